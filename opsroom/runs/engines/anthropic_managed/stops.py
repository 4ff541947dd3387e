"""Does a session stand still, and why? Decided on its history, in the history's own order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from opsroom.kernel.shape import Json
from opsroom.runs.engines.anthropic_managed.mapping import source_id
from opsroom.runs.engines.clean import as_object, as_text
from opsroom.runs.ports import PendingTool, Stop, StopKind

STOP_KINDS: Final[Mapping[str, StopKind]] = {
    "end_turn": "finished",
    "requires_action": "requires_action",
    "retries_exhausted": "retries_exhausted",
    "budget_reached": "budget_reached",
    "refusal": "refused",
}
STANDING_TYPES: Final = frozenset({"session.status_idle", "session.status_terminated", "session.deleted"})
MOVING_TYPES: Final = frozenset({"session.status_running", "session.status_rescheduled"})
_USES: Final = frozenset({"agent.tool_use", "agent.mcp_tool_use"})


class Standing:
    """What is known of one session: the tools it asked for, the answers it had, where it stands."""

    def __init__(self) -> None:
        self.custom: dict[str, str] = {}
        """Custom tool uses without a result, id to name."""
        self._uses: dict[str, PendingTool] = {}
        self._answered: set[str] = set()
        self._last: Json | None = None

    def read(self, raw: Json) -> None:
        """Take in the next event, seen before or not: the last one that tells a status counts."""
        kind = raw.get("type")
        if kind in _USES:
            self._remember(raw)
        elif kind == "agent.custom_tool_use":
            self._remember(raw)
            if (use := source_id(raw)) not in self._answered:
                self.custom[use] = as_text(raw.get("name"), 500)
        elif kind in ("agent.tool_result", "agent.mcp_tool_result"):
            self._uses.pop(as_text(raw.get("tool_use_id") or raw.get("mcp_tool_use_id")), None)
        elif kind in ("user.tool_confirmation", "user.custom_tool_result", "user.tool_result"):
            self._answer(as_text(raw.get("tool_use_id") or raw.get("custom_tool_use_id")))
        elif kind in STANDING_TYPES:
            self._last = raw
        elif kind in MOVING_TYPES:
            self._last = None

    def _remember(self, raw: Json) -> None:
        use = source_id(raw)
        # Uses that need nobody's word come by the hundred: they are no candidates for waiting.
        if raw.get("evaluated_permission") in (None, "ask"):
            self._uses[use] = PendingTool(
                tool_use_id=use,
                tool_name=as_text(raw.get("name"), 500),
                input=as_object(raw.get("input")),
                thread_id=as_text(raw.get("session_thread_id"), 500) or None,
            )

    def _answer(self, use: str) -> None:
        self._answered.add(use)
        self.custom.pop(use, None)

    def is_answered(self, use: str) -> bool:
        """Has somebody answered this tool use?"""
        return use in self._answered

    @property
    def stands_on(self) -> str | None:
        """Id of the event it stands on; None while it works, or when all it waited for is answered."""
        if self._last is None or (self._reason == "requires_action" and not self._open_ids):
            return None
        return source_id(self._last)

    @property
    def raw(self) -> Json:
        """The event it stands on."""
        return self._last or {}

    @property
    def _reason(self) -> str:
        if self.raw.get("type") != "session.status_idle":
            return ""
        return as_text(as_object(self.raw.get("stop_reason")).get("type"), 200)

    @property
    def _open_ids(self) -> list[str]:
        ids = as_object(self.raw.get("stop_reason")).get("event_ids")
        asked = [str(use) for use in ids] if isinstance(ids, list) else []
        return [use for use in asked if use not in self._answered and use not in self.custom]

    def unknown_uses(self) -> list[str]:
        """Tool uses it waits for that no event has told us of."""
        return [use for use in self._open_ids if use not in self._uses]

    def stop(self) -> Stop:
        """Why it stands."""
        kind = self.raw.get("type")
        if kind == "session.status_terminated":
            return Stop(kind="terminated", detail="the session was terminated")
        if kind == "session.deleted":
            return Stop(kind="deleted", detail="the session was deleted")
        reason = self._reason
        if reason == "requires_action":
            return Stop(kind="requires_action", pending=tuple(map(self._pending, self._open_ids)))
        if reason == "refusal":
            return Stop(kind="refused", detail=_refusal(as_object(self.raw.get("stop_details"))))
        if reason not in STOP_KINDS:
            return Stop(kind="unknown", detail=f"stop reason {reason or '(none)'!r}, which we do not know")
        return Stop(kind=STOP_KINDS[reason])

    def _pending(self, use: str) -> PendingTool:
        return self._uses.get(use) or PendingTool(tool_use_id=use, tool_name="unknown", input={})


def _refusal(details: Json) -> str:
    told: Iterable[str] = (as_text(details.get(name), 5_000) for name in ("category", "explanation"))
    return ": ".join(part for part in told if part) or "no reason given"
