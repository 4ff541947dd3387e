"""What was received and what came of it: two append-only lists that tests hold against what should be."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from opsroom.sandbox.wire import JsonObject

_SECRET_HEADERS = frozenset({"authorization", "x-api-key", "cookie", "proxy-authorization"})
_SECRET_FIELDS = frozenset({"token", "assertion", "authorization_token", "client_secret"})
_MAX_REQUESTS = (
    50_000  # a demo left running for weeks must not fill the memory; effects are few and always kept
)


@dataclass(slots=True)
class ReceivedRequest:
    number: int
    at: float
    service: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body_size: int = 0
    body: object = None
    status: int | None = None
    seconds: float | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    number: int
    at: float
    service: str
    kind: str
    subject: str
    detail: JsonObject = field(default_factory=dict)


class Ledger:
    def __init__(self) -> None:
        self.requests: list[ReceivedRequest] = []
        self.effects: list[Effect] = []
        self._number = 0
        self.changes = 0

    def received(
        self, service: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> ReceivedRequest:
        self._number += 1
        self.changes += 1
        entry = ReceivedRequest(
            self._number, time.time(), service, method, path, dict(query), redacted(headers)
        )
        self.requests.append(entry)
        if len(self.requests) > _MAX_REQUESTS:
            del self.requests[: _MAX_REQUESTS // 10]
        return entry

    def effect(self, service: str, kind: str, subject: str, **detail: object) -> Effect:
        self.changes += 1
        entry = Effect(len(self.effects) + 1, time.time(), service, kind, subject, detail)
        self.effects.append(entry)
        return entry

    def find_requests(self, service: str = "", method: str = "", path: str = "*") -> list[ReceivedRequest]:
        return [
            r
            for r in self.requests
            if (not service or r.service == service)
            and (not method or r.method == method)
            and fnmatchcase(r.path, path)
        ]

    def find_effects(self, service: str = "", kind: str = "") -> list[Effect]:
        return [
            e for e in self.effects if (not service or e.service == service) and (not kind or e.kind == kind)
        ]

    def restore(self, requests: list[ReceivedRequest], effects: list[Effect]) -> None:
        """What an earlier sandbox kept in its state file."""
        self.requests = requests
        self.effects = effects
        self._number = max((r.number for r in requests), default=0)

    def clear(self) -> None:
        self.requests.clear()
        self.effects.clear()
        self.changes += 1


def redacted(headers: Mapping[str, str]) -> dict[str, str]:
    return {k: "(redacted)" if k.lower() in _SECRET_HEADERS else v for k, v in headers.items()}


def without_secrets(body: JsonObject) -> JsonObject:
    return {k: "(redacted)" if k in _SECRET_FIELDS else v for k, v in body.items()}
