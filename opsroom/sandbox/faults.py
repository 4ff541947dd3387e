"""Faults on demand: armed for a route, counted, taken by the request they match."""

from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase

from opsroom.sandbox.wire import JsonObject, new_id


@dataclass(slots=True)
class Fault:
    """What shall go wrong. Several members may be set at once; README.md tells what each does."""

    route: str  # "POST /anthropic/v1/sessions", "* /slack/*"; * stands for any text
    times: int | None = 1  # how often; None: until disarmed
    skip: int = 0  # let so many matching requests through first
    body_contains: str = ""
    latency_ms: int = 0
    status: int | None = None
    error: str = ""  # the vendor's own error word: channel_not_found, storageQuotaExceeded, ITEM_114 …
    message: str = ""
    retry_after: str = ""
    after_effect: bool = False  # do the work first, then answer with the error
    drop_request: bool = False  # close the connection before anything is done
    lost_reply: bool = False  # do the work, then close the connection
    half_json: bool = False
    html: bool = False
    error_body_200: bool = False
    slow_bytes_per_s: int = 0
    wrong_content_length: bool = False
    drop_stream_after: int | None = None
    duplicate_events: bool = False
    reorder_events: bool = False
    unknown_events: bool = False
    id: str = ""
    taken: int = 0

    def matches(self, method: str, path: str, body: str) -> bool:
        wanted_method, _, pattern = self.route.partition(" ")
        if not pattern:
            wanted_method, pattern = "*", self.route
        return (
            fnmatchcase(method, wanted_method.upper())
            and fnmatchcase(path, pattern)
            and self.body_contains in body
        )

    @property
    def answers_itself(self) -> bool:
        """True when the reply is an error instead of the vendor's answer."""
        return bool(self.status or self.error or self.html or self.error_body_200)

    @property
    def name(self) -> str:
        idle = Fault(route="")
        return ",".join(
            f.name
            for f in fields(self)
            if f.name not in _BOOKKEEPING and getattr(self, f.name) != getattr(idle, f.name)
        )


_BOOKKEEPING = frozenset(
    {"route", "times", "skip", "body_contains", "id", "taken", "message", "retry_after", "after_effect"}
)


class FaultBoard:
    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> str:
        """Arm a fault and return its id. The first armed fault that matches a request is taken."""
        fault.id = fault.id or new_id("fault_")
        self._armed.append(fault)
        return fault.id

    def disarm(self, fault_id: str | None = None) -> int:
        """Disarm one fault, or all; returns how many were armed."""
        before = len(self._armed)
        self._armed = [f for f in self._armed if fault_id is not None and f.id != fault_id]
        return before - len(self._armed)

    def take(self, method: str, path: str, body: str) -> Fault | None:
        for fault in self._armed:
            if not fault.matches(method, path, body):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                return None
            fault.taken += 1
            if fault.times is not None and fault.taken >= fault.times:
                self._armed.remove(fault)
            return fault
        return None

    def armed(self) -> list[JsonObject]:
        return [asdict(f) for f in self._armed]


def fault_from(body: JsonObject) -> Fault:
    """A fault from its JSON form. Raises ValueError that names every unknown member."""
    known = {f.name: f for f in fields(Fault) if f.name != "taken"}
    problems = [f"{k}: not a member of a fault" for k in body if k not in known]
    if not isinstance(body.get("route"), str):
        problems.append('route: needed, such as "POST /anthropic/v1/sessions"')
    if problems:
        raise ValueError("; ".join(problems))
    return Fault(**body)
