"""What a ClickUp webhook says, as pure decisions.

Vendor facts (contracts.md section 2, 2026-11-21): `X-Signature` is the lower-case hex HMAC-SHA256
of the raw body; there is no timestamp; creating a task emits a status change too, whose `before`
is empty or of type "removed".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

SIGNATURE_HEADER = "x-signature"


@dataclass(frozen=True, slots=True)
class Transition:
    """A task went into a status. `changed_ms` is ClickUp's time of the change, as it wrote it."""

    task_id: str
    changed_ms: str
    into: str
    out_of: str | None

    @property
    def changed_at(self) -> datetime | None:
        """The time of the change, or None when ClickUp's text is no time."""
        digits = self.changed_ms
        if not digits.isdecimal() or len(digits) > 15:
            return None
        return datetime.fromtimestamp(int(digits) / 1000, UTC)


def signature_fits(body: bytes, signature: str | None, secrets: Iterable[str]) -> bool:
    """True when `signature` is that of `body` under one of `secrets`.

    Constant time, also over the number of secrets; anything that is not 64 ASCII hex digits is no
    signature.
    """
    given = signature or ""
    wellformed = len(given) == 64 and given.isascii()
    candidate = given if wellformed else "0" * 64
    fits = False
    for secret in secrets:
        wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        fits |= hmac.compare_digest(wanted, candidate)
    return fits and wellformed


def sign(body: bytes, secret: str) -> str:
    """The signature ClickUp would send."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def transition_in(payload: object, trigger_status: str) -> Transition | str:
    """The transition into `trigger_status` that this event reports, or why it is none of ours."""
    if not isinstance(payload, Mapping):
        return "the body is not a JSON object"
    event, task_id = payload.get("event"), payload.get("task_id")
    if event != "taskStatusUpdated":
        return f"the event is {str(event)[:60]!r}, not a change of status"
    if not isinstance(task_id, str) or not 0 < len(task_id) <= 64 or not task_id.isprintable():
        return "the event names no task"
    items = payload.get("history_items")
    found = [_change_of(item) for item in items] if isinstance(items, Sequence) else []
    changes = [c for c in found if c is not None]
    into_ours = [c for c in changes if same_status(c[1], trigger_status)]
    if not into_ours:
        went = f"the task went to {changes[-1][1]!r}" if changes else "the event carries no change of status"
        return f"{went}; only a move to {trigger_status!r} starts a run"
    changed_ms, into, out_of = into_ours[-1]
    if out_of is None or same_status(out_of, into):
        why = "was created in this status" if out_of is None else "was in this status already"
        return f"the task {why}; only a move into it starts a run"
    return Transition(task_id=task_id, changed_ms=changed_ms, into=into, out_of=out_of)


def _change_of(item: object) -> tuple[str, str, str | None] | None:
    """(time, into, out of) of one history item about the status; out of is None at creation."""
    if not isinstance(item, Mapping):
        return None
    after = item.get("after")
    if item.get("field", "status") != "status" or not isinstance(after, Mapping):
        return None
    into = after.get("status")
    if not isinstance(into, str):
        return None
    date = item.get("date") or item.get("id") or ""
    before = item.get("before")
    if not isinstance(before, Mapping) or before.get("type") == "removed":
        # The seed's own example has no `before` at all; only an explicit empty one means creation.
        created = "before" in item
        return str(date)[:40], into, None if created else ""
    out_of = before.get("status")
    return str(date)[:40], into, out_of if isinstance(out_of, str) else None


def same_status(one: str, other: str) -> bool:
    """ClickUp shows statuses in capitals and sends them in small letters."""
    return one.strip().casefold() == other.strip().casefold()


def trigger_key(agent: str, task_id: str, changed: str) -> str:
    """The seed's idempotency key: SHA-256 of agent, task and time of the change."""
    return hashlib.sha256(f"{agent}:{task_id}:{changed}".encode()).hexdigest()
