"""The board as one text, piece by piece: no more than a page of tasks is ever in memory.

Each page is read in a unit of its own, so a slow reader holds no transaction open. Tasks are walked by
number: one that is made meanwhile is in it, none is in it twice.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from opsroom.board.exchange import store
from opsroom.board.exchange.api import board_now
from opsroom.board.exchange.cells import lines
from opsroom.board.exchange.readers.own import FORMAT
from opsroom.board.roster import api as roster
from opsroom.board.tasks.rules import plain
from opsroom.board.views import api as views
from opsroom.board.workflow import api as workflow
from opsroom.identity import api as identity
from opsroom.kernel.actor import Actor
from opsroom.kernel.db import Row
from opsroom.kernel.room import House
from opsroom.kernel.shape import Json, Shape
from opsroom.kernel.uow import Tx

PAGE: Final = 500
_COLUMNS: Final = (
    "id", "number", "title", "description", "status", "priority", "assignee", "accountable", "labels",
    "category", "sprint", "parent", "depends_on", "start", "due", "estimate", "blocked_reason", "client_id",
    "brand",
    "created_at", "created_by", "started_at", "completed_at", "archived_at", "comments",
)  # fmt: skip


async def json_export(house: House, actor: Actor) -> AsyncIterator[bytes]:
    """The export as JSON; see `BoardExport`."""
    async with workflow.reading(house, actor) as tx:
        head = await _furniture(tx)
    yield _text(head)[:-1].encode() + b',"tasks":['
    first = True
    async for page in _pages(house, actor):
        text = ",".join(_text(task) for task in page)
        yield (text if first else f",{text}").encode()
        first = False
    yield b'],"complete":true}'


async def csv_export(house: House, actor: Actor) -> AsyncIterator[bytes]:
    """Tasks as CSV: a row for each, names instead of ids, a column for each custom field."""
    async with workflow.reading(house, actor) as tx:
        names = await _names(tx)
    fields = names["fields"]
    # With the mark that tells spreadsheets it is UTF-8.
    yield b"\xef\xbb\xbf" + lines([[*_COLUMNS, *fields.values()]]).encode()
    async for page in _pages(house, actor):
        yield lines(_row(task, names) for task in page).encode()


async def _pages(house: House, actor: Actor) -> AsyncIterator[list[Json]]:
    number = 0
    while True:
        async with house.unit_of_work.reading(actor) as tx:
            page = await _page(tx, number)
        if page:
            number = int(str(page[-1]["number"]))
            yield page
        if len(page) < PAGE:
            return


async def _page(tx: Tx, after: int) -> list[Json]:
    rows = await store.tasks_after(tx, after, PAGE)
    ids = [row["id"] for row in rows]
    said = await store.comments_of(tx, ids)
    watching = await store.watchers_of(tx, ids)
    waits = await store.dependencies_of(tx, ids)
    return [
        {name: plain(value) for name, value in row.items()}
        | {
            "watchers": [one["actor_id"] for one in watching.get(row["id"], ())],
            "depends_on": [one["depends_on_id"] for one in waits.get(row["id"], ())],
            "comments": [_comment(one) for one in said.get(row["id"], ())],
        }
        for row in rows
    ]


def _comment(row: Row) -> Json:
    kept = ("id", "author_kind", "agent_id", "content", "created_at", "edited_at")
    author = {"id": row["author_id"], "name": row["author_name"]}
    return {"author": author, **{name: plain(row[name]) for name in kept}}


async def _furniture(tx: Tx) -> Json:
    board = await board_now(tx)
    shared, _ = await views.views(tx, limit=1000, offset=0)
    whole: Mapping[str, Sequence[Shape]] = {
        "columns": board.columns,
        "agents": await roster.roster(tx, retired=True),
        "people": board.members,
        "categories": board.categories,
        "sprints": board.sprints,
        "fields": board.fields,
        "views": [view for view in shared if view.shared or view.owner_id == tx.actor.id],
    }
    listed = {name: [shape.model_dump(mode="json") for shape in shapes] for name, shapes in whole.items()}
    projects = {project.id: project.name for project in await identity.list_projects(tx)}
    project = tx.actor.scope.project_id
    return {
        "format": FORMAT,
        "exported_at": tx.now.isoformat(),
        "project": {"id": project, "name": projects.get(project, project)},
        "settings": (await workflow.settings(tx)).model_dump(mode="json"),
        **listed,
    }


async def _names(tx: Tx) -> dict[str, dict[str, str]]:
    board = await board_now(tx)
    return {
        "columns": {column.key: column.name for column in board.columns},
        "agents": {agent.id: agent.name for agent in await roster.roster(tx, retired=True)},
        "people": {member.id: member.name for member in board.members},
        "categories": {category.id: category.name for category in board.categories},
        "sprints": {sprint.id: sprint.name for sprint in board.sprints},
        "fields": {field.key: field.name for field in board.fields},
    }


def _row(task: Json, names: Mapping[str, Mapping[str, str]]) -> list[object]:
    def named(kind: str, key: str) -> object:
        value = task[key]
        return names[kind].get(str(value), value) if value is not None else None

    own = {
        "status": named("columns", "status"),
        "assignee": named("agents", "assigned_agent_id"),
        "accountable": named("people", "accountable_id"),
        "labels": _joined(task["labels"]),
        "category": named("categories", "category_id"),
        "sprint": named("sprints", "sprint_id"),
        "parent": task["parent_id"],
        "depends_on": _joined(task["depends_on"]),
        "start": task["start_date"],
        "due": task["due_date"],
        "created_by": task["created_by_name"],
        "comments": _spoken(task["comments"]),
    }
    custom = task["custom"] if isinstance(task["custom"], dict) else {}
    return [
        *(own[name] if name in own else task[name] for name in _COLUMNS),
        *(custom.get(key) for key in names["fields"]),
    ]


def _joined(values: object) -> str:
    return ", ".join(str(value) for value in values) if isinstance(values, list) else ""


def _spoken(comments: object) -> str:
    if not isinstance(comments, list):
        return ""
    return "\n\n".join(f"{one['author']['name']}, {one['created_at']}:\n{one['content']}" for one in comments)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
