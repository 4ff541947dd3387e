"""Every statement about tasks, their order and what hangs on them; lists stand in `listing/store.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.categories.tables import CATEGORIES
from opsroom.board.roster.tables import BOARD_AGENTS
from opsroom.board.shapes import AgentRef, Card, CategoryRef, PersonRef, Task, TaskRef
from opsroom.board.sprints.tables import SPRINTS
from opsroom.board.tasks.ranks import spread
from opsroom.board.tasks.tables import TASK_DEPENDENCIES, TASK_LABELS, TASK_WATCHERS, TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS, BOARD_SETTINGS
from opsroom.kernel.db import Row
from opsroom.kernel.events import EVENTS
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx

LIVE = sa.and_(TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None))

_SUB = TASKS.alias("sub")
_DONE_KEYS = (
    sa.select(BOARD_COLUMNS.c.key)
    .where(BOARD_COLUMNS.c.project_id == TASKS.c.project_id, BOARD_COLUMNS.c.kind == "done")
    .correlate(TASKS)
)
_SUBTASKS = (
    sa.select(sa.func.count())
    .select_from(_SUB)
    .where(_SUB.c.parent_id == TASKS.c.id, _SUB.c.deleted_at.is_(None))
    .correlate(TASKS)
)
SUBTASK_COUNT = _SUBTASKS.scalar_subquery().label("subtask_count")
SUBTASK_DONE_COUNT = (
    _SUBTASKS.where(_SUB.c.status.in_(_DONE_KEYS)).scalar_subquery().label("subtask_done_count")
)
_FIRST = TASKS.alias("first")
WAITING = (
    sa.exists()
    .where(
        TASK_DEPENDENCIES.c.task_id == TASKS.c.id,
        _FIRST.c.id == TASK_DEPENDENCIES.c.depends_on_id,
        _FIRST.c.deleted_at.is_(None),
        _FIRST.c.status.not_in(_DONE_KEYS),
    )
    .correlate(TASKS)
    .label("waiting")
)
_OF_TASK = [c for c in TASKS.c if c.name not in ("organization_id", "instance_id", "project_id")]
_CARD_NAMES = tuple(
    name for name in Card.model_fields if name not in ("subtask_count", "subtask_done_count", "waiting")
)
_OF_CARD = [TASKS.c[name] for name in _CARD_NAMES]
_REFS = [
    BOARD_AGENTS.c.name.label("agent_name"),
    BOARD_AGENTS.c.emoji.label("agent_emoji"),
    BOARD_AGENTS.c.color.label("agent_color"),
    CATEGORIES.c.name.label("category_name"),
    CATEGORIES.c.color.label("category_color"),
]


def with_names(columns: Sequence[Any]) -> sa.Select[*tuple[Any, ...]]:
    """Tasks with the names of their agent and category."""
    joined = TASKS.outerjoin(
        BOARD_AGENTS,
        (BOARD_AGENTS.c.project_id == TASKS.c.project_id) & (BOARD_AGENTS.c.id == TASKS.c.assigned_agent_id),
    ).outerjoin(
        CATEGORIES,
        (CATEGORIES.c.project_id == TASKS.c.project_id) & (CATEGORIES.c.id == TASKS.c.category_id),
    )
    return sa.select(*columns).select_from(joined)


def whole() -> sa.Select[*tuple[Any, ...]]:
    """Everything of a task that one row can hold."""
    return with_names([*_OF_TASK, *_REFS, SUBTASK_COUNT, SUBTASK_DONE_COUNT])


def task_of(row: Row, people: Mapping[str, str], **more: Any) -> Task:
    """A row of `whole` as a shape; `people` are names by id."""
    own = {c.name: row[c.name] for c in _OF_TASK}
    agent, category, accountable = row["assigned_agent_id"], row["category_id"], row["accountable_id"]
    named = {
        "assigned_agent": AgentRef(
            id=agent, name=row["agent_name"], emoji=row["agent_emoji"], color=row["agent_color"]
        )
        if agent and row["agent_name"]
        else None,
        "category": CategoryRef(id=category, name=row["category_name"], color=row["category_color"])
        if category and row["category_name"]
        else None,
        "accountable": PersonRef(id=accountable, name=people.get(accountable, accountable))
        if accountable
        else None,
    }
    counts = {name: row[name] for name in ("subtask_count", "subtask_done_count")}
    absent = {"sort_order": None, "subtasks": None, "depends_on": None, "blocks": None, "watchers": None}
    return Task(**{**own, "labels": tuple(own["labels"]), **named, **counts, **absent, **more})


def card_of(row: Row) -> Card:
    """A row with the card's columns as a shape."""
    return Card(**{name: row[name] for name in Card.model_fields})


# ---- one task -----------------------------------------------------------------------------------------


async def raw(tx: Tx, task_id: str, *, lock: bool = False) -> Row | None:
    """The bare row by id or number, also of a deleted task."""
    return await store.one(tx, TASKS, _named(task_id), lock=lock)


async def status_of(tx: Tx, task_id: str) -> str | None:
    """The column a task stands in."""
    query = sa.select(TASKS.c.status).where(store.mine(tx, TASKS), _named(task_id))
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def lock_tasks(tx: Tx, ids: Sequence[str]) -> None:
    """Lock many tasks in one order, whatever order they are asked for in."""
    query = sa.select(TASKS.c.id).where(store.mine(tx, TASKS), TASKS.c.id.in_(ids)).order_by(TASKS.c.id)
    await tx.conn.execute(query.with_for_update())


def _named(task_id: str) -> sa.ColumnElement[bool]:
    if task_id.isascii() and task_id.isdecimal() and len(task_id) < 10:
        return TASKS.c.number == int(task_id)
    return TASKS.c.id == task_id


async def row(tx: Tx, task_id: str) -> Row | None:
    """A task with the names on it by id or number, also a deleted one."""
    return (await tx.conn.execute(whole().where(store.mine(tx, TASKS), _named(task_id)))).mappings().first()


async def position(tx: Tx, status: str, rank: str, task_id: str) -> int:
    """How many live cards stand above this one in its column."""
    above = sa.tuple_(TASKS.c.rank, TASKS.c.id) < sa.tuple_(rank, task_id)
    return await store.count(tx, TASKS, TASKS.c.status == status, LIVE, above)


async def refs(
    tx: Tx, *where: sa.ColumnElement[bool], order: Sequence[Any] = (TASKS.c.number,)
) -> tuple[TaskRef, ...]:
    """Tasks as links show them."""
    columns = (TASKS.c.id, TASKS.c.number, TASKS.c.title, TASKS.c.status)
    query = sa.select(*columns).where(store.mine(tx, TASKS), TASKS.c.deleted_at.is_(None), *where)
    return tuple(
        TaskRef(**r) for r in (await tx.conn.execute(query.order_by(*order).limit(500))).mappings().all()
    )


async def subtasks(tx: Tx, task_id: str) -> tuple[TaskRef, ...]:
    """The parts of a task, in their order."""
    return await refs(tx, TASKS.c.parent_id == task_id, order=(TASKS.c.rank, TASKS.c.id))


async def depends_on(tx: Tx, task_id: str) -> tuple[TaskRef, ...]:
    """What a task waits for."""
    ids = sa.select(TASK_DEPENDENCIES.c.depends_on_id).where(TASK_DEPENDENCIES.c.task_id == task_id)
    return await refs(tx, TASKS.c.id.in_(ids))


async def blocks(tx: Tx, task_id: str) -> tuple[TaskRef, ...]:
    """What waits for a task."""
    ids = sa.select(TASK_DEPENDENCIES.c.task_id).where(TASK_DEPENDENCIES.c.depends_on_id == task_id)
    return await refs(tx, TASKS.c.id.in_(ids))


async def watchers(tx: Tx, task_id: str) -> tuple[str, ...]:
    """Who watches a task."""
    query = sa.select(TASK_WATCHERS.c.actor_id).where(
        store.mine(tx, TASK_WATCHERS), TASK_WATCHERS.c.task_id == task_id
    )
    return tuple((await tx.conn.execute(query.order_by(TASK_WATCHERS.c.actor_id))).scalars().all())


async def next_number(tx: Tx) -> int:
    """The number of the next task of the project; whoever takes one makes the next wait for the commit."""
    query = (
        sa.update(BOARD_SETTINGS)
        .where(store.mine(tx, BOARD_SETTINGS))
        .values(last_number=BOARD_SETTINGS.c.last_number + 1)
        .returning(BOARD_SETTINGS.c.last_number)
    )
    return (await tx.conn.execute(query)).scalar_one()


async def insert(tx: Tx, values: Mapping[str, object]) -> None:
    """A new task."""
    await store.insert(tx, TASKS, values)


async def update(tx: Tx, task_id: str, values: Mapping[str, object]) -> None:
    """Change columns of a task; its version goes up and its time is now."""
    query = sa.update(TASKS).where(store.mine(tx, TASKS), TASKS.c.id == task_id)
    await tx.conn.execute(query.values(version=TASKS.c.version + 1, updated_at=tx.now, **values))


async def touch_run(tx: Tx, task_id: str, run_id: str, run_status: str) -> None:
    """Note the run a card shows. Its version stays: this is in nobody's way who edits the task."""
    query = sa.update(TASKS).where(store.mine(tx, TASKS), TASKS.c.id == task_id)
    await tx.conn.execute(query.values(run_id=run_id, run_status=run_status))


# ---- what hangs on a task -----------------------------------------------------------------------------


async def set_links(tx: Tx, table: sa.Table, column: str, task_id: str, values: Sequence[str]) -> None:
    """The labels, watchers or dependencies of a task: these and no others."""
    await tx.conn.execute(sa.delete(table).where(store.mine(tx, table), table.c.task_id == task_id))
    if values:
        await store.insert_missing(tx, table, [{"task_id": task_id, column: value} for value in values])


async def set_labels(tx: Tx, task_id: str, labels: Sequence[str]) -> None:
    """The labels lists filter by."""
    await set_links(tx, TASK_LABELS, "label", task_id, labels)


async def set_watchers(tx: Tx, task_id: str, actors: Sequence[str]) -> None:
    """Who watches."""
    await set_links(tx, TASK_WATCHERS, "actor_id", task_id, actors)


async def set_dependencies(tx: Tx, task_id: str, others: Sequence[str]) -> None:
    """What the task waits for."""
    await set_links(tx, TASK_DEPENDENCIES, "depends_on_id", task_id, others)


async def dependencies_of(tx: Tx, ids: Sequence[str]) -> list[tuple[str, str]]:
    """(task, what it waits for) of these tasks."""
    query = sa.select(TASK_DEPENDENCIES.c.task_id, TASK_DEPENDENCIES.c.depends_on_id).where(
        store.mine(tx, TASK_DEPENDENCIES), TASK_DEPENDENCIES.c.task_id.in_(ids)
    )
    return [(r[0], r[1]) for r in (await tx.conn.execute(query)).all()]


async def parent_of(tx: Tx, task_id: str) -> str | None:
    """The task this one is a part of."""
    query = sa.select(TASKS.c.parent_id).where(store.mine(tx, TASKS), TASKS.c.id == task_id)
    return (await tx.conn.execute(query)).scalar_one_or_none()


# ---- what a task may name -----------------------------------------------------------------------------


async def known(
    tx: Tx, *, agent: str | None, category: str | None, sprint: str | None, tasks: Sequence[str]
) -> tuple[bool, bool, bool, set[str]]:
    """Whether the agent (not retired), category and sprint exist, and which of `tasks` do."""

    def there(table: sa.Table, wanted: str | None, gone: str) -> sa.ColumnElement[bool]:
        return sa.exists().where(store.mine(tx, table), table.c.id == (wanted or ""), table.c[gone].is_(None))

    query = sa.select(
        there(BOARD_AGENTS, agent, "retired_at"),
        there(CATEGORIES, category, "deleted_at"),
        there(SPRINTS, sprint, "deleted_at"),
    )
    found = (await tx.conn.execute(query)).one() if agent or category or sprint else (False, False, False)
    ids: set[str] = set()
    if tasks:
        where = (store.mine(tx, TASKS), TASKS.c.id.in_(tasks), TASKS.c.deleted_at.is_(None))
        ids = set((await tx.conn.execute(sa.select(TASKS.c.id).where(*where))).scalars().all())
    return bool(found[0]), bool(found[1]), bool(found[2]), ids


# ---- order --------------------------------------------------------------------------------------------


async def lock_column(tx: Tx, status: str) -> None:
    """Let those who place cards in one column wait for each other until this commit."""
    await store.one(tx, BOARD_COLUMNS, BOARD_COLUMNS.c.key == status, lock=True)


async def standing(tx: Tx, status: str, *, but: str | None = None) -> int:
    """How many live cards stand in a column, one left out."""
    return await store.count(tx, TASKS, TASKS.c.status == status, LIVE, TASKS.c.id != (but or ""))


async def rank_at(tx: Tx, status: str, place: int, *, but: str) -> tuple[str | None, str | None]:
    """The ranks a card at `place` (from 0) of a column would stand between, itself left out."""
    query = (
        sa.select(TASKS.c.rank)
        .where(store.mine(tx, TASKS), TASKS.c.status == status, LIVE, TASKS.c.id != but)
        .order_by(TASKS.c.rank, TASKS.c.id)
    )
    start = max(place - 1, 0)
    ranks = (await tx.conn.execute(query.offset(start).limit(2 if place else 1))).scalars().all()
    if place == 0:
        return None, ranks[0] if ranks else None
    if not ranks:  # beyond the end: at the end
        last = query.order_by(None).order_by(TASKS.c.rank.desc(), TASKS.c.id.desc()).limit(1)
        return (await tx.conn.execute(last)).scalar_one_or_none(), None
    return ranks[0], ranks[1] if len(ranks) > 1 else None


async def neighbour(tx: Tx, status: str, rank: str, *, but: str, above: bool) -> str | None:
    """The rank next to `rank` in a column on one side, None at its end."""
    side = TASKS.c.rank < rank if above else TASKS.c.rank > rank
    order = TASKS.c.rank.desc() if above else TASKS.c.rank.asc()
    query = (
        sa.select(TASKS.c.rank)
        .where(store.mine(tx, TASKS), TASKS.c.status == status, LIVE, TASKS.c.id != but, side)
        .order_by(order)
        .limit(1)
    )
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def renumber(tx: Tx, status: str) -> None:
    """Give every card of a column a fresh, short rank, in the order they stand."""
    query = (
        sa.select(TASKS.c.id)
        .where(store.mine(tx, TASKS), TASKS.c.status == status, LIVE)
        .order_by(TASKS.c.rank, TASKS.c.id)
    )
    ids = (await tx.conn.execute(query)).scalars().all()
    if ids:
        fresh = [{"the_task": i, "the_rank": r} for i, r in zip(ids, spread(len(ids)), strict=True)]
        change = sa.update(TASKS).where(TASKS.c.id == sa.bindparam("the_task"))
        await tx.conn.execute(change.values(rank=sa.bindparam("the_rank")), fresh)


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


# ---- cards --------------------------------------------------------------------------------------------


async def cards(
    tx: Tx, *where: sa.ColumnElement[bool], limit: int | None = None, newest: bool = False
) -> list[Card]:
    """Cards in the order of their columns, or those moved last first."""
    query = sa.select(*_OF_CARD, SUBTASK_COUNT, SUBTASK_DONE_COUNT, WAITING).where(
        store.mine(tx, TASKS), *where
    )
    order = (TASKS.c.moved_at.desc(),) if newest else (TASKS.c.status, TASKS.c.rank, TASKS.c.id)
    rows = (await tx.conn.execute(query.order_by(*order).limit(limit))).mappings().all()
    return [card_of(r) for r in rows]


async def cards_in(tx: Tx, statuses: Sequence[str]) -> list[Card]:
    """The live cards of these columns."""
    return await cards(tx, TASKS.c.status.in_(statuses), LIVE)


async def newest_cards_of(tx: Tx, status: str, limit: int) -> list[Card]:
    """The live cards of a column that came to it last."""
    return await cards(tx, TASKS.c.status == status, LIVE, limit=limit, newest=True)


async def cards_by_id(tx: Tx, ids: Sequence[str]) -> list[Card]:
    """These cards, also deleted and archived ones."""
    return await cards(tx, TASKS.c.id.in_(ids))
