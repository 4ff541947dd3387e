"""Pure decisions about outgoing webhooks: what is sent, when again, and what an answer means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from opsroom.board import events as board
from opsroom.board.documents import events as documents
from opsroom.board.exchange import events as exchange
from opsroom.board.hooks.events import HookPinged
from opsroom.board.hooks.shapes import HookKind
from opsroom.kernel.errors import Problem
from opsroom.kernel.events import Event, Recorded
from opsroom.kernel.shape import Json

TIMETABLE_S: Final = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
"""Pauses after the first, second, … failed attempt, as Standard Webhooks suggests: 27 hours and a half."""
JITTER: Final = 0.2
LONGEST_PAUSE_S: Final = 86_400.0
OVERLAP: Final = timedelta(hours=24)
EXCERPT_CHARS: Final = 2000
EVERYTHING: Final = "*"


def _events_of(module: object) -> list[type[Event]]:
    found = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Event)]
    return [event for event in found if event is not Event]


_NEWS: Final = {*_events_of(board), *_events_of(documents), *_events_of(exchange)}
EVENTS: Final = tuple(sorted(_NEWS, key=lambda event: event.KIND))
"""The news that hooks can have."""
KINDS: Final = tuple(event.KIND for event in EVENTS)


def hook_kinds() -> list[HookKind]:
    """The news that hooks can have, and what each means."""
    return [HookKind(kind=event.KIND, about=_first_sentence(event.__doc__ or "")) for event in EVENTS]


def _first_sentence(text: str) -> str:
    plain = " ".join(text.replace(" (the subject)", "").split())
    return f"{plain.partition('. ')[0].rstrip('.')}."


def kind_problems(kinds: Sequence[str]) -> tuple[Problem, ...]:
    """Kinds that are none of the board's, each under its place."""
    wrong = [n for n, kind in enumerate(kinds) if kind != EVERYTHING and kind not in KINDS]
    return tuple(
        Problem(f"kinds.{n}", f"{kinds[n][:80]!r} is no event of the board; there are: *, {', '.join(KINDS)}")
        for n in wrong
    )


def wants(kinds: Sequence[str], kind: str) -> bool:
    """Does a hook with these kinds want news of this kind?"""
    return EVERYTHING in kinds or kind in kinds


def is_news(event: Recorded) -> bool:
    """Not if it is a task that an import brought: a receiver is told once, of the import."""
    task = event.body.get("task")
    return not (isinstance(task, dict) and task.get("imported"))


def host_of(url: str) -> str:
    """What a hook without a name is called."""
    return (urlsplit(url).hostname or url)[:120]


def body_of(event: Recorded, *, actor_name: str | None, task: Json | None) -> str:
    """The text that is signed and sent: Standard Webhooks' `type`, `timestamp` and `data`."""
    data: Json = {
        "id": event.id,
        "seq": event.seq,
        "project_id": event.project_id,
        "subject": event.subject,
        "actor": {"id": event.actor_id, "name": actor_name},
        "correlation_id": event.correlation_id,
        "event": event.body,
        "task": task,
    }
    whole = {"type": event.kind, "timestamp": event.at.isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), default=str)


def pause_s(failed: int, *, chance: float, asked_s: float | None = None) -> float | None:
    """Seconds until the next attempt after `failed` of them; None when there is none.

    `chance` from 0 to 1 spreads receivers that failed together. `asked_s` is what the receiver asked for.
    """
    if failed > len(TIMETABLE_S):
        return None
    pause = TIMETABLE_S[failed - 1] * (1 + JITTER * chance)
    return max(pause, min(asked_s or 0.0, LONGEST_PAUSE_S))


def is_given_up(failing_since: datetime | None, now: datetime, after_days: float) -> bool:
    """Has a hook failed for so long that it is disabled?"""
    return failing_since is not None and now - failing_since >= timedelta(days=after_days)


def is_ping(kind: str) -> bool:
    """Test deliveries go to hooks whatever kinds they want."""
    return kind == HookPinged.KIND


def excerpt(text: str, most: int = EXCERPT_CHARS) -> str:
    """The beginning of a text, fit for a row and a page."""
    plain = "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text[:most])
    return plain if len(text) <= most else f"{plain} …"
