"""The small facts that figures are made of, and how an event of the log becomes some. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from opsroom.board.events import (
    BoardArranged,
    SprintChanged,
    SprintCompleted,
    SprintStarted,
    TaskArchived,
    TaskChanged,
    TaskCreated,
    TaskDeleted,
    TaskMoved,
    TaskRestored,
)
from opsroom.kernel.shape import Json

What = Literal[
    "created", "changed", "moved", "deleted", "archived", "restored",
    "sprint_started", "sprint_completed", "sprint_reopened", "sprint_unstarted", "column_kind",
]  # fmt: skip

KINDS: Final = tuple(
    kind.KIND
    for kind in (
        TaskCreated, TaskChanged, TaskMoved, TaskDeleted, TaskArchived, TaskRestored,
        SprintStarted, SprintCompleted, SprintChanged, BoardArranged,
    )
)  # fmt: skip
"""The events that figures are made of."""

_FIELDS: Final = {
    "status": "status",
    "kind": "kind",
    "sprint_id": "sprint",
    "estimate": "estimate",
    "assigned_agent_id": "agent",
    "accountable_id": "person",
    "category_id": "category",
    "created_at": "created_at",
    "started_at": "started_at",
    "completed_at": "completed_at",
    "archived_at": "archived_at",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, as far as figures go. `subject` is a task, a sprint or a column.

    `values` holds what it became: of a task the fields by our short names, of a sprint that was completed
    `carried`, the ids of the tasks that went on, of a column its `kind`.
    """

    seq: int
    at: datetime
    what: What
    subject: str
    values: Mapping[str, object] = field(default_factory=dict)


def facts_of(seq: int, at: datetime, kind: str, subject: str, body: Json) -> Iterator[Fact]:
    """What an event of the log says about figures: nothing, or one fact."""
    found = _what_of(kind, body)
    if found is not None:
        yield Fact(seq, at, found[0], subject, found[1])


def _what_of(kind: str, body: Json) -> tuple[What, Mapping[str, object]] | None:
    plain: dict[str, What] = {
        TaskDeleted.KIND: "deleted",
        TaskArchived.KIND: "archived",
        TaskRestored.KIND: "restored",
        SprintStarted.KIND: "sprint_started",
    }
    if kind in plain:
        return plain[kind], {}
    if kind == TaskCreated.KIND:
        return "created", {"status": body["status"], **_fields(_mapping(body.get("task")))}
    if kind == TaskMoved.KIND:
        moved = {"status": body["to_status"], "kind": body["to_kind"]}
        return "moved", {**_after(body), **moved}
    if kind == SprintCompleted.KIND:
        return "sprint_completed", {"carried": body.get("carried_tasks") or ()}
    return _of_changes(kind, body)


def _of_changes(kind: str, body: Json) -> tuple[What, Mapping[str, object]] | None:
    if kind == TaskChanged.KIND:
        values = _after(body)
        return ("changed", values) if values else None
    if kind == SprintChanged.KIND:
        status = _mapping(body.get("changes")).get("status")
        turns: dict[object, What] = {"active": "sprint_reopened", "planned": "sprint_unstarted"}
        turned = turns.get(status[1]) if isinstance(status, list | tuple) and len(status) == 2 else None
        return (turned, {}) if turned else None
    if kind == BoardArranged.KIND and body.get("noun") == "column":
        turned_to = _mapping(body.get("changes")).get("kind")
        if isinstance(turned_to, list | tuple) and len(turned_to) == 2:
            return "column_kind", {"kind": turned_to[1]}
    return None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _fields(values: Mapping[str, object]) -> dict[str, object]:
    return {ours: values[name] for name, ours in _FIELDS.items() if name in values}


def _after(body: Json) -> dict[str, object]:
    changes = _mapping(body.get("changes"))
    after = {
        name: pair[1] for name, pair in changes.items() if isinstance(pair, list | tuple) and len(pair) == 2
    }
    return _fields(after)
