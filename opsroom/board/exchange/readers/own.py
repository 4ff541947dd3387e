"""This product's own export as JSON: nothing is guessed, everything comes back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Final, cast, get_args

from pydantic import ValidationError

from opsroom.board.exchange.drafts import (
    Draft,
    DraftComment,
    Found,
    SourceColumn,
    SourceField,
    SourcePerson,
    SourceSprint,
)
from opsroom.board.exchange.readers.gathering import Gathering, comment, mapping, mappings, text, texts
from opsroom.board.shapes import ColumnKind, FieldKind, Priority
from opsroom.kernel.shape import Json

FORMAT: Final = "opsroom.board.v1"
"""What an export says it is. Another number comes with another shape."""

OWN_FIELDS: Final = ("client_id", "brand", "subscription", "client_visible")
_PRIORITIES: Final = get_args(Priority)


def is_own(data: object) -> bool:
    """Does it say so?"""
    return isinstance(data, dict) and str(data.get("format", "")).startswith("opsroom.board.")


def read_own(data: object, zone: tzinfo) -> Found:
    """Tasks with all they carry, and the furniture they stand in."""
    board = mapping(data)
    to = Gathering("opsroom", text(mapping(board.get("project")).get("name")) or "Opsroom board", zone)
    if board.get("format") != FORMAT:
        to.misfit("file", "format", board.get("format"), f"is not {FORMAT}, which we know; read as that")
    if board.get("complete") is not True:
        to.misfit("file", "complete", "", "the export does not say that it is complete")
    _furniture(board, to)
    for number, task in enumerate(mappings(board.get("tasks")), start=1):
        _task(task, to, f"task {text(task.get('number')) or number}")
    return to.found


def _furniture(board: Json, to: Gathering) -> None:
    found = to.found
    for one in mappings(board.get("columns")):
        key, kind = text(one.get("key")), text(one.get("kind"))
        known = cast("ColumnKind", kind) if kind in get_args(ColumnKind) else None
        found.columns[key] = SourceColumn(key=key, name=text(one.get("name")) or key, kind=known)
    for one in mappings(board.get("fields")):
        key, kind = text(one.get("key")), text(one.get("kind"))
        if kind in get_args(FieldKind):
            found.fields[key] = SourceField(
                key=key,
                name=text(one.get("name")) or key,
                kind=cast("FieldKind", kind),
                options=tuple(texts(one.get("options"))),
            )
    for one in mappings(board.get("sprints")):
        key = text(one.get("id"))
        start, end = (to.day("sprint", name, one.get(name), key) for name in ("start_date", "end_date"))
        found.sprints[key] = SourceSprint(key=key, name=text(one.get("name")) or key, start=start, end=end)
    for one in mappings(board.get("agents")):
        key = text(one.get("id"))
        found.people[key] = SourcePerson(key=key, name=text(one.get("name")) or key, is_agent=True)
    for one in mappings(board.get("people")):
        key = text(one.get("id"))
        found.people.setdefault(key, SourcePerson(key=key, name=text(one.get("name")) or key))


def _task(task: Json, to: Gathering, place: str) -> None:
    source_id = text(task.get("id"))
    if not source_id:
        to.misfit(place, "id", task.get("title"), "has no id; left out")
        return
    priority = text(task.get("priority"))
    people = [text(task.get(name)) for name in ("assigned_agent_id", "accountable_id")]
    for key in filter(None, people):
        to.person(key, key)
    status = text(task.get("status"))
    if status:
        to.column(status, status)
    try:
        draft = Draft(
            source_id=source_id,
            place=place,
            title=text(task.get("title")),
            description=text(task.get("description")),
            column=status or None,
            people=tuple(filter(None, people)),
            labels=tuple(texts(task.get("labels"))),
            category=text(task.get("category_id")) or None,
            sprint=text(task.get("sprint_id")) or None,
            priority=cast("Priority", priority) if priority in _PRIORITIES else None,
            start=to.day(place, "start_date", task.get("start_date"), source_id),
            due=to.day(place, "due_date", task.get("due_date"), source_id),
            estimate=to.number(place, "estimate", task.get("estimate"), source_id),
            parent=text(task.get("parent_id")) or None,
            depends_on=tuple(texts(task.get("depends_on"))),
            comments=tuple(_comments(task, to, place, source_id)),
            fields=mapping(task.get("custom")),
            author=text(task.get("created_by_name")) or None,
            created_at=to.moment(place, "created_at", task.get("created_at"), source_id),
            started_at=to.moment(place, "started_at", task.get("started_at"), source_id),
            completed_at=to.moment(place, "completed_at", task.get("completed_at"), source_id),
            archived=task.get("archived_at") is not None,
            blocked_reason=text(task.get("blocked_reason")) or None,
            own={name: task[name] for name in OWN_FIELDS if task.get(name) not in (None, False)},
        )
    except ValidationError as error:
        to.misfit(place, "task", source_id, f"cannot be read: {error.errors()[0]['msg']}", source_id)
        return
    to.add(draft)


def _comments(task: Json, to: Gathering, place: str, source_id: str) -> Iterator[DraftComment]:
    for said in mappings(task.get("comments")):
        who = mapping(said.get("author"))
        at = to.moment(place, "created_at", said.get("created_at"), source_id)
        yield comment(
            text(said.get("id")),
            text(who.get("name")),
            text(said.get("content")),
            at,
            text(who.get("id")) or None,
        )
