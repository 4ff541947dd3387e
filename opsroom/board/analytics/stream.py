"""The small facts that figures are made of, and how an event of the log becomes some. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from pydantic_core import from_json

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


_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class Fact(NamedTuple):
    """One thing that happened, as far as figures go. `subject` is a task, a sprint or a column.

    `values` holds what it became: of a task the fields by our short names, of a sprint that was completed
    `carried`, the ids of the tasks that went on, of a column its `kind`.
    """

    seq: int
    at: datetime
    what: What
    subject: str
    values: Mapping[str, object] = _NOTHING


class Line(NamedTuple):
    """A line of the event log as the database keeps it: the time and the body may still be text."""

    seq: int
    at: datetime | str
    kind: str
    subject: str
    body: str


def facts_of(lines: Iterable[Line]) -> Iterator[Fact]:
    """What lines of the log say about figures, nothing or one fact each. Bodies are read here, not by the
    store: half a million of them take seconds, which belong beside the event loop."""
    for line in lines:
        found = _what_of(line.kind, from_json(line.body))
        if found is not None:
            at = datetime.fromisoformat(line.at) if isinstance(line.at, str) else line.at
            yield Fact(line.seq, at, found[0], line.subject, found[1])


_PLAIN: Final[Mapping[str, What]] = {
    TaskDeleted.KIND: "deleted",
    TaskArchived.KIND: "archived",
    TaskRestored.KIND: "restored",
    SprintStarted.KIND: "sprint_started",
}


def _what_of(kind: str, body: Json) -> tuple[What, Mapping[str, object]] | None:
    if kind in _PLAIN:
        return _PLAIN[kind], _NOTHING
    if kind == TaskCreated.KIND:
        return "created", {"status": body["status"], **_fields(_mapping(body.get("task")))}
    if kind == TaskMoved.KIND:
        values = _after(body)
        values["status"], values["kind"] = body["to_status"], body["to_kind"]
        return "moved", values
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
    return {_FIELDS[name]: value for name, value in values.items() if name in _FIELDS}


def _after(body: Json) -> dict[str, object]:
    changes = _mapping(body.get("changes"))
    return {
        _FIELDS[name]: pair[1]
        for name, pair in changes.items()
        if name in _FIELDS and isinstance(pair, list | tuple) and len(pair) == 2
    }
