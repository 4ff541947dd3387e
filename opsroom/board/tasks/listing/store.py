"""Every statement of lists: filters, order, full text.

A list is asked in two steps: which tasks stand on the page, by what the indexes hold, then those whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.categories.tables import CATEGORIES
from opsroom.board.comments.tables import TASK_COMMENTS
from opsroom.board.roster.tables import BOARD_AGENTS
from opsroom.board.sprints.tables import SPRINTS
from opsroom.board.tasks.listing import custom_store
from opsroom.board.tasks.listing.custom import Question
from opsroom.board.tasks.listing.filters import NONE, TaskFilter
from opsroom.board.tasks.listing.tables import TASK_TEXTS
from opsroom.board.tasks.listing.texts import fts5_query, number_of, searchable, ts_query, words_of
from opsroom.board.tasks.tables import TASK_DEPENDENCIES, TASK_LABELS, TASK_WATCHERS, TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS
from opsroom.kernel.uow import Tx

COUNTED = 1_000
"""A list counts up to here; one more means that there are more."""
RANKED = 1_000
"""So many tasks that a search finds, the newest, are ranked and listed."""
TOLD = 5_000
"""Of so many tasks that fit a filter the ids are told at once."""

_COLUMN_OF = {
    "status": TASKS.c.status,
    "assigned": TASKS.c.assigned_agent_id,
    "accountable": TASKS.c.accountable_id,
    "category": TASKS.c.category_id,
    "sprint": TASKS.c.sprint_id,
    "priority": TASKS.c.priority,
    "client": TASKS.c.client_id,
    "brand": TASKS.c.brand,
    "subscription": TASKS.c.subscription,
    "parent": TASKS.c.parent_id,
    "created_by": TASKS.c.created_by,
}
_FROM_TO = {
    "due": TASKS.c.due_date,
    "start": TASKS.c.start_date,
    "created": TASKS.c.created_at,
    "updated": TASKS.c.updated_at,
    "completed": TASKS.c.completed_at,
}
_FTS = sa.table("tasks_fts", sa.column("rowid", sa.Integer))
Sorting = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter in plain values: `today` where the project is, custom fields by their kind."""

    filter: TaskFilter
    today: date
    custom: Sequence[Question] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The ids on a page in their order, how many tasks fit in all, and the words that were searched for."""

    ids: list[str]
    total: int
    words: list[str]


def _keys_of_kind(tx: Tx, kinds: Sequence[str]) -> sa.Select[Any]:
    return sa.select(BOARD_COLUMNS.c.key).where(
        store.mine(tx, BOARD_COLUMNS), BOARD_COLUMNS.c.kind.in_(kinds)
    )


def _one_of(column: sa.ColumnElement[Any], values: Sequence[str]) -> sa.ColumnElement[bool]:
    named = [value for value in values if value != NONE]
    tests = [column.in_(named)] if named else []
    return sa.or_(*tests, column.is_(None)) if NONE in values else sa.or_(*tests)


def _conditions(tx: Tx, asked: Asked) -> list[sa.ColumnElement[bool]]:
    f, today = asked.filter, asked.today
    where: list[sa.ColumnElement[bool]] = [store.mine(tx, TASKS)]
    where += [_one_of(column, values) for name, column in _COLUMN_OF.items() if (values := getattr(f, name))]
    for name, column in _FROM_TO.items():
        low, high = getattr(f, f"{name}_from"), getattr(f, f"{name}_to")
        where += [column >= _plain(low)] if low is not None else []
        where += [column <= _plain(high)] if high is not None else []
    if f.kind:
        where.append(TASKS.c.status.in_(_keys_of_kind(tx, f.kind)))
    if f.overdue is not None:
        late = sa.and_(
            TASKS.c.due_date < today.isoformat(), TASKS.c.status.not_in(_keys_of_kind(tx, ["done"]))
        )
        where.append(late if f.overdue else sa.not_(sa.and_(TASKS.c.due_date.is_not(None), late)))
    if f.blocked is not None:
        stuck = TASKS.c.status.in_(_keys_of_kind(tx, ["blocked"]))
        where.append(stuck if f.blocked else sa.not_(stuck))
    if f.due:
        where.append(sa.or_(*(_due(tx, word, today) for word in f.due)))
    where += custom_store.conditions(tx, asked.custom)
    if f.client_visible is not None:
        where.append(TASKS.c.client_visible.is_(f.client_visible))
    gone = f.deleted == "only"
    where.append(TASKS.c.deleted_at.is_not(None) if gone else TASKS.c.deleted_at.is_(None))
    if f.archived != "include" and not gone:
        kept = f.archived == "only"
        where.append(TASKS.c.archived_at.is_not(None) if kept else TASKS.c.archived_at.is_(None))
    return where + _hanging(tx, f)


def _due(tx: Tx, word: str, today: date) -> sa.ColumnElement[bool]:
    day = TASKS.c.due_date
    if word == NONE:
        return day.is_(None)
    if word == "overdue":
        return sa.and_(day < today.isoformat(), TASKS.c.status.not_in(_keys_of_kind(tx, ["done"])))
    monday = today - timedelta(days=today.weekday())
    if word == "later":
        return day >= (monday + timedelta(days=14)).isoformat()
    first, days = {
        "today": (today, 1),
        "tomorrow": (today + timedelta(days=1), 1),
        "this_week": (monday, 7),
        "next_week": (monday + timedelta(days=7), 7),
    }[word]
    return sa.and_(day >= first.isoformat(), day < (first + timedelta(days=days)).isoformat())


def _plain(value: object) -> object:
    return value.isoformat() if type(value) is date else value


def _hanging(tx: Tx, f: TaskFilter) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    for values, table, column in (
        (f.label, TASK_LABELS, TASK_LABELS.c.label),
        (f.watcher, TASK_WATCHERS, TASK_WATCHERS.c.actor_id),
    ):
        if values:
            of_task = sa.exists().where(table.c.task_id == TASKS.c.id, store.mine(tx, table)).correlate(TASKS)
            named = of_task.where(column.in_([v for v in values if v != NONE]))
            where.append(sa.or_(named, sa.not_(of_task)) if NONE in values else named)
    if f.waiting is not None:
        first = TASKS.alias("needed")
        waiting = (
            sa.select(TASK_DEPENDENCIES.c.task_id)
            .join(first, first.c.id == TASK_DEPENDENCIES.c.depends_on_id)
            .where(store.mine(tx, TASK_DEPENDENCIES), first.c.deleted_at.is_(None))
            .where(first.c.status.not_in(_keys_of_kind(tx, ["done"])))
        )
        where.append(TASKS.c.id.in_(waiting) if f.waiting else TASKS.c.id.not_in(waiting))
    return where


def _order(tx: Tx, sort: Sorting, relevance: sa.ColumnElement[Any] | None) -> list[Any]:
    order: list[Any] = []
    for name, descending in sort:
        if name == "relevance":
            order += [relevance] if relevance is not None else []
            continue
        columns, can_be_empty = _sorted_by(tx, name)
        ways = [column.desc() if descending else column.asc() for column in columns]
        order += [way.nulls_last() if can_be_empty else way for way in ways]
    # The same way as the last field, so that one index can serve both.
    return [
        *order,
        TASKS.c.id.asc() if sort and not sort[-1][1] and sort[-1][0] != "relevance" else TASKS.c.id.desc(),
    ]


_SORTED_AS = {"accountable": "accountable_id", "client": "client_id"}
_BY_THEIR_ORDER: dict[str, tuple[sa.Table, sa.ColumnElement[Any], sa.ColumnElement[Any]]] = {
    "status": (BOARD_COLUMNS, BOARD_COLUMNS.c.key, BOARD_COLUMNS.c.position),
    "assigned": (BOARD_AGENTS, BOARD_AGENTS.c.id, BOARD_AGENTS.c.position),
    "category": (CATEGORIES, CATEGORIES.c.id, CATEGORIES.c.sort_order),
    "sprint": (SPRINTS, SPRINTS.c.id, SPRINTS.c.start_date),
}
"""What is sorted as it stands on the board, not by its id: where, which, and by what."""


def _sorted_by(tx: Tx, name: str) -> tuple[list[sa.ColumnElement[Any]], bool]:
    """By what to sort, and whether it may be empty. What is of one kind stands together."""
    if name == "sort_order":
        return [TASKS.c.rank], False
    if name in _BY_THEIR_ORDER:
        table, key, by = _BY_THEIR_ORDER[name]
        own = _COLUMN_OF[name]
        place = sa.select(by).where(store.mine(tx, table), key == own).correlate(TASKS).scalar_subquery()
        return ([place], False) if name == "status" else ([place, own], True)
    column = TASKS.c[_SORTED_AS.get(name, name)]
    return [column], bool(column.nullable)


async def page_of(tx: Tx, asked: Asked, sort: Sorting) -> Page:
    """Which tasks stand on the page that was asked for."""
    f, where = asked.filter, _conditions(tx, asked)
    if f.search and f.search.strip():
        return await _found(tx, f, f.search, where, sort)
    query = sa.select(TASKS.c.id).where(*where).order_by(*_order(tx, sort, None))
    ids = list((await tx.conn.execute(query.limit(f.limit).offset(f.offset))).scalars().all())
    if len(ids) < f.limit and (ids or not f.offset):
        return Page(ids, f.offset + len(ids), [])
    some = sa.select(sa.literal_column("1")).select_from(TASKS).where(*where).limit(COUNTED + 1).subquery()
    total = (await tx.conn.execute(sa.select(sa.func.count()).select_from(some))).scalar_one()
    return Page(ids, total, [])


async def fitting(tx: Tx, asked: Asked) -> list[str]:
    """Which tasks fit, the newest first: at most one more than are told."""
    f, where = asked.filter, _conditions(tx, asked)
    if f.search and f.search.strip():
        return await _hits(tx, f.search, where, [("relevance", False)])
    query = sa.select(TASKS.c.id).where(*where).order_by(TASKS.c.id.desc()).limit(TOLD + 1)
    return list((await tx.conn.execute(query)).scalars().all())


# ---- full text ----------------------------------------------------------------------------------------


async def _found(
    tx: Tx, f: TaskFilter, search: str, where: Sequence[sa.ColumnElement[bool]], sort: Sorting
) -> Page:
    ids = await _hits(tx, search, where, sort)
    return Page(ids[f.offset : f.offset + f.limit], len(ids), words_of(search))


async def _hits(tx: Tx, search: str, where: Sequence[sa.ColumnElement[bool]], sort: Sorting) -> list[str]:
    number, words = number_of(search), words_of(search)
    ids: list[str] = []
    if number is not None:
        by_number = sa.select(TASKS.c.id).where(*where, TASKS.c.number == number)
        ids += (await tx.conn.execute(by_number)).scalars().all()
    if words and not search.strip().startswith("#"):
        dialect = tx.conn.dialect.name
        hits = (_in_postgres if dialect == "postgresql" else _in_sqlite)(words, where).cte("hits")
        query = sa.select(TASKS.c.id).join(hits, hits.c.id == TASKS.c.id)
        ids += (await tx.conn.execute(query.order_by(*_order(tx, sort, hits.c.score)))).scalars().all()
    return list(dict.fromkeys(ids))


def _titled(words: Sequence[str]) -> sa.ColumnElement[float]:
    """Words of the title weigh more than anything that stands elsewhere, however long the rest is."""
    title = sa.literal(" ") + TASK_TEXTS.c.title
    hits = [sa.case((title.like(f"% {word}%"), 100.0), else_=0.0) for word in words]
    return sum(hits[1:], hits[0])


def _in_sqlite(words: Sequence[str], where: Sequence[sa.ColumnElement[bool]]) -> sa.Select[*tuple[Any, ...]]:
    match = sa.text("tasks_fts MATCH :words").bindparams(words=fts5_query(words))
    score = sa.literal_column("bm25(tasks_fts, 10.0, 3.0, 1.0)", sa.Float)
    return (
        sa.select(TASKS.c.id, (score - _titled(words)).label("score"))
        .select_from(_FTS.join(TASK_TEXTS, TASK_TEXTS.c.id == _FTS.c.rowid))
        .join(TASKS, TASKS.c.id == TASK_TEXTS.c.task_id)
        .where(match, *where)
        .order_by(_FTS.c.rowid.desc())
        .limit(RANKED)
    )


def _in_postgres(
    words: Sequence[str], where: Sequence[sa.ColumnElement[bool]]
) -> sa.Select[*tuple[Any, ...]]:
    simple = sa.literal_column("'simple'::regconfig")
    asked = sa.func.to_tsquery(simple, ts_query(words))

    def vector(column: sa.ColumnElement[str], weight: str) -> sa.ColumnElement[Any]:
        return sa.func.setweight(
            sa.func.to_tsvector(simple, column), sa.literal_column(f"'{weight}'::\"char\"")
        )

    c = TASK_TEXTS.c
    weighed = vector(c.title, "A").op("||")(vector(c.description, "B")).op("||")(vector(c.comments, "D"))
    return (
        sa.select(TASKS.c.id, (-sa.func.ts_rank(weighed, asked) - _titled(words)).label("score"))
        .join(TASK_TEXTS, TASK_TEXTS.c.task_id == TASKS.c.id)
        .where(sa.literal_column(DOCUMENT).op("@@")(asked), *where)
        .order_by(c.id.desc())
        .limit(RANKED)
    )


DOCUMENT = (
    "to_tsvector('simple'::regconfig, "
    "task_texts.title || ' ' || task_texts.description || ' ' || task_texts.comments)"
)
"""What PostgreSQL's index is on: the query must say it in the same words."""


async def said_about(tx: Tx, ids: Sequence[str]) -> dict[str, list[str]]:
    """What was said about these tasks, the newest first."""
    query = (
        sa.select(TASK_COMMENTS.c.task_id, TASK_COMMENTS.c.content)
        .where(store.mine(tx, TASK_COMMENTS), TASK_COMMENTS.c.task_id.in_(ids))
        .where(TASK_COMMENTS.c.deleted_at.is_(None))
        .order_by(TASK_COMMENTS.c.created_at.desc())
        .limit(1000)
    )
    said: dict[str, list[str]] = {}
    for task_id, content in (await tx.conn.execute(query)).all():
        said.setdefault(task_id, []).append(content)
    return said


# ---- upkeep -------------------------------------------------------------------------------------------

_ADD = sa.insert(TASK_TEXTS)


async def add_text(tx: Tx, task_id: str, title: str, description: str) -> None:
    """Make a new task findable."""
    words = {"title": searchable(title), "description": searchable(description), "comments": ""}
    await tx.conn.execute(_ADD, {**tx.actor.scope.model_dump(), "task_id": task_id, **words})


async def change_text(tx: Tx, task_id: str, values: Mapping[str, str]) -> None:
    """Find a task by its new words."""
    query = sa.update(TASK_TEXTS).where(store.mine(tx, TASK_TEXTS), TASK_TEXTS.c.task_id == task_id)
    await tx.conn.execute(query.values({name: searchable(text) for name, text in values.items()}))


async def refresh_comments(tx: Tx, task_id: str) -> None:
    """Find a task by what is said about it."""
    query = (
        sa.select(TASK_COMMENTS.c.content)
        .where(store.mine(tx, TASK_COMMENTS), TASK_COMMENTS.c.task_id == task_id)
        .where(TASK_COMMENTS.c.deleted_at.is_(None))
        .order_by(TASK_COMMENTS.c.created_at.desc())
        .limit(200)
    )
    said = (await tx.conn.execute(query)).scalars().all()
    await change_text(tx, task_id, {"comments": "\n".join(said)})
