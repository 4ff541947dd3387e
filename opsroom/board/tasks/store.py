"""Every statement about single tasks and what hangs on them; lists, order and cards have stores of their own.

Statements are built once: on SQLite building one costs as much as running it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.categories.tables import CATEGORIES
from opsroom.board.roster.tables import BOARD_AGENTS
from opsroom.board.shapes import AgentRef, CategoryRef, TaskRef
from opsroom.board.sprints.tables import SPRINTS
from opsroom.board.tasks.tables import TASK_DEPENDENCIES, TASK_LABELS, TASK_WATCHERS, TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS, BOARD_SETTINGS
from opsroom.kernel.events import EVENTS
from opsroom.kernel.prepared import Prepared, among
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx

_PROJECT = sa.bindparam("the_project", type_=sa.String)
_TASK = sa.bindparam("the_task", type_=sa.String)
_NUMBER = sa.bindparam("the_task", type_=sa.Integer)
_MINE = TASKS.c.project_id == _PROJECT
Fields = dict[str, Any]
"""The fields of a task by name."""
_REST = ("organization_id", "instance_id", "project_id")
_OF_TASK = [c for c in TASKS.c if c.name not in _REST]


def _count(alias: sa.FromClause, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).select_from(alias).where(alias.c.project_id == TASKS.c.project_id)
    return counted.where(alias.c.deleted_at.is_(None), *where).correlate(TASKS).scalar_subquery()


def done_keys(project: sa.ColumnElement[str]) -> sa.Select[Any]:
    """The done columns of a project."""
    return sa.select(BOARD_COLUMNS.c.key).where(
        BOARD_COLUMNS.c.project_id == project, BOARD_COLUMNS.c.kind == "done"
    )


_PART, _HIGHER = TASKS.alias("part"), TASKS.alias("higher")
_COUNTS = (
    _count(_PART, _PART.c.parent_id == TASKS.c.id).label("subtask_count"),
    _count(_PART, _PART.c.parent_id == TASKS.c.id, _PART.c.status.in_(done_keys(_PROJECT))).label(
        "subtask_done_count"
    ),
)
_POSITION = _count(
    _HIGHER,
    _HIGHER.c.archived_at.is_(None),
    _HIGHER.c.status == TASKS.c.status,
    sa.tuple_(_HIGHER.c.rank, _HIGHER.c.id) < sa.tuple_(TASKS.c.rank, TASKS.c.id),
).label("sort_order")
_NAMES = (
    BOARD_AGENTS.c.name.label("agent_name"),
    BOARD_AGENTS.c.emoji.label("agent_emoji"),
    BOARD_AGENTS.c.color.label("agent_color"),
    CATEGORIES.c.name.label("category_name"),
    CATEGORIES.c.color.label("category_color"),
)
_JOINED = TASKS.outerjoin(
    BOARD_AGENTS,
    (BOARD_AGENTS.c.project_id == TASKS.c.project_id) & (BOARD_AGENTS.c.id == TASKS.c.assigned_agent_id),
).outerjoin(
    CATEGORIES, (CATEGORIES.c.project_id == TASKS.c.project_id) & (CATEGORIES.c.id == TASKS.c.category_id)
)
_WHOLE = sa.select(*_OF_TASK, *_NAMES, *_COUNTS).select_from(_JOINED).where(_MINE)
_ONE = _WHOLE.add_columns(_POSITION)
_ONE_BY_ID, _ONE_BY_NUMBER = (
    Prepared(_ONE.where(which)) for which in (TASKS.c.id == _TASK, TASKS.c.number == _NUMBER)
)
_NAMES_OF_ROW = tuple(column.name for column in _WHOLE.selected_columns)
# The project is asked for so that no index fits it, as in `also_mine`.
_MANY = Prepared(
    sa.select(*_OF_TASK, *_NAMES, *_COUNTS)
    .select_from(_JOINED)
    .where(TASKS.c.project_id + "" == _PROJECT, among(TASKS.c.id, "the_tasks"))
)
_RAW = sa.select(TASKS).where(_MINE)
_RAW_BY_ID, _RAW_BY_NUMBER = (
    Prepared(_RAW.where(which)) for which in (TASKS.c.id == _TASK, TASKS.c.number == _NUMBER)
)


def _binds(tx: Tx, **more: object) -> dict[str, object]:
    return {"the_project": tx.actor.scope.project_id, **more}


def _is_number(task_id: str) -> bool:
    return task_id.isascii() and task_id.isdecimal() and len(task_id) < 10


def _named(tx: Tx, task_id: str) -> dict[str, object]:
    return _binds(tx, the_task=int(task_id) if _is_number(task_id) else task_id)


# ---- one task -----------------------------------------------------------------------------------------


async def raw(tx: Tx, task_id: str, *, lock: bool = False) -> Fields | None:
    """The bare row by id or number, also of a deleted task."""
    prepared, named = _RAW_BY_NUMBER if _is_number(task_id) else _RAW_BY_ID, _named(tx, task_id)
    if not (lock and _locks(tx)):
        return await prepared.first_by_name(tx.conn, named)
    found = (await tx.conn.execute(prepared.query.with_for_update(), named)).mappings().first()
    return dict(found) if found else None


def _locks(tx: Tx) -> bool:
    return tx.conn.dialect.name != "sqlite"  # which has one writer at a time anyway


async def fields_of(tx: Tx, ids: Sequence[str]) -> list[Fields]:
    """These tasks as lists show them, whatever became of them, in no order and without names of people."""
    rows = await _MANY.all(tx.conn, _binds(tx, the_tasks=ids))
    return [_fields(dict(zip(_NAMES_OF_ROW, row, strict=True))) for row in rows]


async def lock_tasks(tx: Tx, ids: Sequence[str]) -> None:
    """Lock many tasks in one order, whatever order they are asked for in."""
    if _locks(tx):
        query = sa.select(TASKS.c.id).where(store.mine(tx, TASKS), TASKS.c.id.in_(ids)).order_by(TASKS.c.id)
        await tx.conn.execute(query.with_for_update())


def _fields(row: Fields) -> Fields:
    """A row with names as the fields of a task. Plain, since a list makes a hundred of them at a time."""
    agent, category, accountable = row["assigned_agent_id"], row["category_id"], row["accountable_id"]
    name, emoji, color = row.pop("agent_name"), row.pop("agent_emoji"), row.pop("agent_color")
    is_agent = agent is not None and name is not None
    row["assigned_agent"] = {"id": agent, "name": name, "emoji": emoji, "color": color} if is_agent else None
    name, color = row.pop("category_name"), row.pop("category_color")
    is_category = category is not None and name is not None
    row["category"] = {"id": category, "name": name, "color": color} if is_category else None
    row["accountable"] = {"id": accountable, "name": accountable} if accountable is not None else None
    return _ABSENT | row


_ABSENT: Fields = dict.fromkeys(("sort_order", "subtasks", "depends_on", "blocks", "watchers", "highlights"))


async def fields(tx: Tx, task_id: str) -> Fields | None:
    """One task by id or number with the names on it and its place, also a deleted one."""
    query = _ONE_BY_NUMBER if _is_number(task_id) else _ONE_BY_ID
    row = await query.first_by_name(tx.conn, _named(tx, task_id))
    return _fields(row) if row else None


# ---- writing ------------------------------------------------------------------------------------------

_TAKE_NUMBER = (
    sa.update(BOARD_SETTINGS)
    .where(BOARD_SETTINGS.c.project_id == _PROJECT)
    .values(last_number=BOARD_SETTINGS.c.last_number + 1)
    .returning(BOARD_SETTINGS.c.last_number)
)
_INSERT = sa.insert(TASKS)
_UPDATE = sa.update(TASKS).where(_MINE, TASKS.c.id == _TASK).values(version=TASKS.c.version + 1)
_TOUCH_RUN = sa.update(TASKS).where(_MINE, TASKS.c.id == _TASK)


async def next_number(tx: Tx) -> int:
    """The number of the next task of the project; whoever takes one makes the next wait for the commit."""
    return (await tx.conn.execute(_TAKE_NUMBER, _binds(tx))).scalar_one()


async def insert(tx: Tx, values: Mapping[str, object]) -> None:
    """A new task."""
    await tx.conn.execute(_INSERT, {**tx.actor.scope.model_dump(), **values})


async def update(tx: Tx, task_id: str, values: Mapping[str, object]) -> None:
    """Change columns of a task; its version goes up and its time is now."""
    await tx.conn.execute(_UPDATE, {**_binds(tx, the_task=task_id), "updated_at": tx.now, **values})


async def touch_run(tx: Tx, task_id: str, run_id: str, run_status: str) -> None:
    """Note the run a card shows. Its version stays: this is in nobody's way who edits the task."""
    binds = _binds(tx, the_task=task_id, run_id=run_id, run_status=run_status)
    await tx.conn.execute(_TOUCH_RUN, binds)


# ---- what hangs on a task -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Links:
    """What a task is tied to. Deleted tasks are left out."""

    subtasks: tuple[TaskRef, ...]
    depends_on: tuple[TaskRef, ...]
    blocks: tuple[TaskRef, ...]
    watchers: tuple[str, ...]


def _ref(link: str, *where: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    columns = (TASKS.c.id, TASKS.c.number, TASKS.c.title, TASKS.c.status, TASKS.c.rank)
    selected = sa.select(sa.literal_column(f"'{link}'", sa.String).label("link"), *columns)
    return selected.where(_MINE, TASKS.c.deleted_at.is_(None), *where)


_D = TASK_DEPENDENCIES.c
_BOTH = (_D.project_id == _PROJECT,)
_LINKS = sa.union_all(
    _ref("subtasks", TASKS.c.parent_id == _TASK),
    _ref("depends_on", TASKS.c.id.in_(sa.select(_D.depends_on_id).where(*_BOTH, _D.task_id == _TASK))),
    _ref("blocks", TASKS.c.id.in_(sa.select(_D.task_id).where(*_BOTH, _D.depends_on_id == _TASK))),
    sa.select(
        sa.literal_column("'watchers'", sa.String),
        TASK_WATCHERS.c.actor_id,
        sa.literal_column("0", sa.Integer),
        *(sa.literal_column("''", sa.String) for _ in range(3)),
    ).where(TASK_WATCHERS.c.project_id == _PROJECT, TASK_WATCHERS.c.task_id == _TASK),
).limit(2000)
_ALL_LINKS = Prepared(_LINKS)


async def links(tx: Tx, task_id: str) -> Links:
    """Everything a task is tied to, in one question: parts in their order, others by number."""
    found: dict[str, list[Any]] = {"subtasks": [], "depends_on": [], "blocks": [], "watchers": []}
    for row in await _ALL_LINKS.all(tx.conn, _binds(tx, the_task=task_id)):
        found[row[0]].append(row)
    parts = sorted(found["subtasks"], key=lambda r: (r[5], r[1]))
    waits, waiting = (sorted(found[name], key=lambda r: r[2]) for name in ("depends_on", "blocks"))
    return Links(
        *(
            tuple(TaskRef(id=r[1], number=r[2], title=r[3], status=r[4]) for r in rows)
            for rows in (parts, waits, waiting)
        ),
        watchers=tuple(sorted(r[1] for r in found["watchers"])),
    )


async def watchers(tx: Tx, task_id: str) -> tuple[str, ...]:
    """Who watches a task."""
    return (await links(tx, task_id)).watchers


async def depends_on(tx: Tx, task_id: str) -> tuple[TaskRef, ...]:
    """What a task waits for."""
    return (await links(tx, task_id)).depends_on


def _tying(table: sa.Table) -> tuple[sa.Delete, sa.Insert]:
    gone = sa.delete(table).where(table.c.project_id == _PROJECT, table.c.task_id == _TASK)
    return gone, sa.insert(table)


_LABELS, _WATCHERS, _DEPENDENCIES = map(_tying, (TASK_LABELS, TASK_WATCHERS, TASK_DEPENDENCIES))


async def _tie(
    tx: Tx, pair: tuple[sa.Delete, sa.Insert], column: str, task_id: str, values: Sequence[str], fresh: bool
) -> None:
    """These and no others. A `fresh` task has none yet."""
    gone, new = pair
    if not fresh:
        await tx.conn.execute(gone, _binds(tx, the_task=task_id))
    if values:
        scope = tx.actor.scope.model_dump()
        await tx.conn.execute(new, [{**scope, "task_id": task_id, column: v} for v in dict.fromkeys(values)])


async def set_labels(tx: Tx, task_id: str, labels: Sequence[str], *, fresh: bool = False) -> None:
    """The labels lists filter by."""
    await _tie(tx, _LABELS, "label", task_id, labels, fresh)


async def set_watchers(tx: Tx, task_id: str, actors: Sequence[str], *, fresh: bool = False) -> None:
    """Who watches."""
    await _tie(tx, _WATCHERS, "actor_id", task_id, actors, fresh)


async def set_dependencies(tx: Tx, task_id: str, others: Sequence[str], *, fresh: bool = False) -> None:
    """What the task waits for."""
    await _tie(tx, _DEPENDENCIES, "depends_on_id", task_id, others, fresh)


async def dependencies_of(tx: Tx, ids: Sequence[str]) -> list[tuple[str, str]]:
    """(task, what it waits for) of these tasks."""
    found: list[tuple[str, str]] = []
    for part in _parts(ids):
        query = sa.select(_D.task_id, _D.depends_on_id).where(
            store.mine(tx, TASK_DEPENDENCIES), _D.task_id.in_(part)
        )
        found += [(r[0], r[1]) for r in (await tx.conn.execute(query)).all()]
    return found


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + 500] for start in range(0, len(ids), 500))


async def parent_of(tx: Tx, task_id: str) -> str | None:
    """The task this one is a part of."""
    row = await raw(tx, task_id)
    return row["parent_id"] if row else None


# ---- what a task may name -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """What of the things a task names is there: retired agents and deleted things are not."""

    agent: AgentRef | None = None
    category: CategoryRef | None = None
    sprint: str | None = None


_NOTHING = sa.select(sa.literal_column("1").label("one")).subquery("single")


def _there(table: sa.Table, bind: str, gone: str) -> sa.ColumnElement[bool]:
    wanted = table.c.id == sa.bindparam(bind, type_=sa.String)
    return (table.c.project_id == _PROJECT) & wanted & table.c[gone].is_(None)


_NAMED = sa.select(*_NAMES, SPRINTS.c.id).select_from(
    _NOTHING.outerjoin(BOARD_AGENTS, _there(BOARD_AGENTS, "agent", "retired_at"))
    .outerjoin(CATEGORIES, _there(CATEGORIES, "category", "deleted_at"))
    .outerjoin(SPRINTS, _there(SPRINTS, "sprint", "deleted_at"))
)


async def named(tx: Tx, *, agent: str | None, category: str | None, sprint: str | None) -> Named:
    """The agent, category and sprint of these ids, in one question."""
    if not (agent or category or sprint):
        return Named()
    binds = _binds(tx, agent=agent or "", category=category or "", sprint=sprint or "")
    r = (await tx.conn.execute(_NAMED, binds)).one()
    return Named(
        AgentRef(id=agent, name=r[0], emoji=r[1], color=r[2]) if agent and r[0] else None,
        CategoryRef(id=category, name=r[3], color=r[4]) if category and r[3] else None,
        r[5],
    )


async def there(tx: Tx, ids: Sequence[str]) -> set[str]:
    """Which of these are tasks of the project that were not deleted."""
    if not ids:
        return set()
    query = sa.select(TASKS.c.id).where(
        store.mine(tx, TASKS), TASKS.c.deleted_at.is_(None), TASKS.c.id.in_(ids)
    )
    return set((await tx.conn.execute(query)).scalars().all())


# ---- history ------------------------------------------------------------------------------------------


async def bodies_since(tx: Tx, task_id: str, kinds: Sequence[str], count: int) -> list[tuple[Any, Json]]:
    """(time, body) of the newest `count` events that changed a task, newest first."""
    query = (
        sa.select(EVENTS.c.at, EVENTS.c.body)
        .where(EVENTS.c.subject == task_id, EVENTS.c.project_id == tx.actor.scope.project_id)
        .where(EVENTS.c.kind.in_(kinds))
        .order_by(EVENTS.c.seq.desc())
        .limit(count)
    )
    return [(r[0], r[1]) for r in (await tx.conn.execute(query)).all()]
