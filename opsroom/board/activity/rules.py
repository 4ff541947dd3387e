"""Pure decisions about activity: what of an event still stands, is undo offered, what a day was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from opsroom.board.activity.sentences import short_kind
from opsroom.board.activity.shapes import Counts, Fact
from opsroom.board.revising import changes_in
from opsroom.kernel.events import Recorded
from opsroom.kernel.shape import Json

_LONGEST: Final = 500
_SETS: Final = frozenset({"labels", "watchers", "depends_on"})
EVERYBODYS: Final = frozenset({"view", "automation", "recurring task"})
"""Furniture that not only admins arrange."""
_ARRANGED: Final = EVERYBODYS | {"column", "agent", "category", "field", "settings", "template"}


def details_of(event: Recorded) -> Json:
    """What the feed shows of an event's body. Addresses of webhooks may hold secrets."""
    hidden = {"url"} if short_kind(event.kind).startswith("hook_") else set()
    return {key: trimmed(value) for key, value in event.body.items() if key not in hidden}


def trimmed(value: object) -> object:
    """A body as the feed shows it: long texts are cut, or one page would hold every description twice."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    if isinstance(value, dict):
        return {key: trimmed(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [trimmed(inner) for inner in value[:100]]
    return value


def moved_on(changes: Mapping[str, tuple[object, object]], current: Mapping[str, object]) -> tuple[str, ...]:
    """The fields that no longer hold what the event gave them. What is not in `current` is not judged."""
    return tuple(
        name
        for name, (before, after) in sorted(changes.items())
        if name in current and not _stands(name, before, after, current[name])
    )


def _stands(name: str, before: object, after: object, now: object) -> bool:
    if name in _SETS:
        return sorted(map(str, _listed(now))) == sorted(map(str, _listed(after)))
    if name == "custom":
        held = now if isinstance(now, dict) else {}
        given = after if isinstance(after, dict) else {}
        return all(held.get(key) == given.get(key) for key in differing(before, after))
    if isinstance(now, list | tuple) or isinstance(after, list | tuple):
        return list(_listed(now)) == list(_listed(after))
    return now == after


def differing(before: object, after: object) -> list[str]:
    """The custom fields that two sets of values do not agree in."""
    was = before if isinstance(before, dict) else {}
    now = after if isinstance(after, dict) else {}
    return [key for key in dict.fromkeys([*was, *now]) if was.get(key) != now.get(key)]


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def offers_undo(event: Recorded, task: Mapping[str, object] | None, *, admin: bool) -> bool:
    """Is undoing it offered? What only a closer look can tell is refused then, with the reason."""
    short = short_kind(event.kind)
    if short.startswith("task_"):
        return task is not None and _task_stands(short, event.body, task)
    if short in ("comment_added", "comment_changed", "sprint_created", "sprint_changed"):
        return True
    if short in ("sprint_started", "sprint_completed"):
        return True
    if short == "board_arranged":
        noun = event.body.get("noun")
        return noun in _ARRANGED and (admin or noun in EVERYBODYS)
    return False


def _task_stands(short: str, body: Json, task: Mapping[str, object]) -> bool:
    deleted, archived = task.get("deleted_at") is not None, task.get("archived_at") is not None
    if short in ("task_deleted", "task_archived"):
        return deleted if short == "task_deleted" else archived and not deleted
    if deleted:
        return False
    if short == "task_changed":
        return not moved_on(changes_in(body), task)
    if short == "task_moved":
        return not move_superseded(body, task)
    if short == "task_restored":
        return not (archived and body.get("from_state") == "archived")
    return short == "task_created"


def move_superseded(body: Json, task: Mapping[str, object]) -> tuple[str, ...]:
    """What of a move no longer stands: the column, or for a move within one, the place."""
    if body.get("from_status") != body.get("to_status"):
        return () if task.get("status") == body.get("to_status") else ("status",)
    stands = task.get("status") == body.get("to_status") and task.get("rank") == body.get("to_rank")
    return () if stands else ("place",)


@dataclass
class Tally:
    """The counts of a day, whole and by whoever did it, and the tasks that were completed and stayed so."""

    total: Counter[str] = field(default_factory=Counter)
    by_actor: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_task: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    completed: list[str] = field(default_factory=list)


def tally(events: Iterable[Fact]) -> Tally:
    """Count a day's events, given oldest first."""
    counted = Tally()
    completer: dict[str, str | None] = {}
    for event in events:
        what = _counted_as(event)
        if what is not None:
            _add(counted, what, event.actor_id, event.subject)
        _follow_done(completer, event)
    for task, actor in completer.items():
        if actor is not None:
            _add(counted, "completed", actor, task)
            counted.completed.append(task)
    return counted


def _add(counted: Tally, what: str, actor: str, task: str) -> None:
    counted.total[what] += 1
    counted.by_actor[actor][what] += 1
    counted.by_task[task][what] += 1


def _counted_as(event: Fact) -> str | None:
    body, short = event.body, short_kind(event.kind)
    if short == "task_created":
        return "created"
    if short == "comment_added":
        return "commented"
    if short == "task_moved" and body.get("from_status") != body.get("to_status"):
        return "moved"
    return None


def _follow_done(completer: dict[str, str | None], event: Fact) -> None:
    """Who last brought each task to a done column; None for a task that left it again."""
    body, short = event.body, short_kind(event.kind)
    if short == "task_moved" and body.get("from_kind") != body.get("to_kind"):
        if body.get("to_kind") == "done":
            completer[event.subject] = event.actor_id
        elif body.get("from_kind") == "done":
            completer[event.subject] = None
    elif short == "task_created":
        facts = body.get("task")
        if isinstance(facts, dict) and facts.get("kind") == "done":
            completer[event.subject] = event.actor_id
    elif short == "task_deleted" and event.subject in completer:
        completer[event.subject] = None


def counts_of(counter: Mapping[str, int]) -> Counts:
    """A counter as a shape."""
    return Counts.model_validate({name: counter.get(name, 0) for name in Counts.model_fields})
