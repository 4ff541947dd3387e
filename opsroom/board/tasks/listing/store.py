"""Every statement of lists: filters, order, full text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.comments.tables import TASK_COMMENTS
from opsroom.board.shapes import Task
from opsroom.board.tasks.listing.filters import NONE, TaskFilter
from opsroom.board.tasks.listing.tables import TASK_TEXTS
from opsroom.board.tasks.listing.texts import (
    MARK_OFF,
    MARK_ON,
    fts5_query,
    highlights_of,
    number_of,
    ts_query,
    words_of,
)
from opsroom.board.tasks.store import task_of, whole
from opsroom.board.tasks.tables import TASK_DEPENDENCIES, TASK_LABELS, TASK_WATCHERS, TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

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
_FTS = sa.table("tasks_fts", sa.column("rowid"))
_LONGEST_TEXT = 200_000


def _keys_of_kind(tx: Tx, kinds: Sequence[str]) -> sa.Select[Any]:
    return sa.select(BOARD_COLUMNS.c.key).where(
        store.mine(tx, BOARD_COLUMNS), BOARD_COLUMNS.c.kind.in_(kinds)
    )


def _one_of(column: sa.ColumnElement[Any], values: Sequence[str]) -> sa.ColumnElement[bool]:
    named = [value for value in values if value != NONE]
    tests = [column.in_(named)] if named else []
    return sa.or_(*tests, column.is_(None)) if NONE in values else sa.or_(*tests)


def _conditions(tx: Tx, f: TaskFilter, today: date) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = [store.mine(tx, TASKS)]
    where += [_one_of(column, values) for name, column in _COLUMN_OF.items() if (values := getattr(f, name))]
    for name, column in _FROM_TO.items():
        low, high = getattr(f, f"{name}_from"), getattr(f, f"{name}_to")
        where += [column >= _plain(low)] if low is not None else []
        where += [column <= _plain(high)] if high is not None else []
    if f.kind:
        where.append(TASKS.c.status.in_(_keys_of_kind(tx, f.kind)))
    where += _hanging(tx, f)
    if f.overdue is not None:
        late = sa.and_(
            TASKS.c.due_date < today.isoformat(), TASKS.c.status.not_in(_keys_of_kind(tx, ["done"]))
        )
        where.append(late if f.overdue else sa.not_(sa.and_(TASKS.c.due_date.is_not(None), late)))
    if f.blocked is not None:
        stuck = TASKS.c.status.in_(_keys_of_kind(tx, ["blocked"]))
        where.append(stuck if f.blocked else sa.not_(stuck))
    if f.client_visible is not None:
        where.append(TASKS.c.client_visible.is_(f.client_visible))
    gone = f.deleted == "only"
    where.append(TASKS.c.deleted_at.is_not(None) if gone else TASKS.c.deleted_at.is_(None))
    if f.archived != "include" and not gone:
        kept = f.archived == "only"
        where.append(TASKS.c.archived_at.is_not(None) if kept else TASKS.c.archived_at.is_(None))
    return where


def _plain(value: object) -> object:
    return value.isoformat() if type(value) is date else value


def _hanging(tx: Tx, f: TaskFilter) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    for values, table, column in (
        (f.label, TASK_LABELS, TASK_LABELS.c.label),
        (f.watcher, TASK_WATCHERS, TASK_WATCHERS.c.actor_id),
    ):
        if values:
            of_project = sa.select(table.c.task_id).where(store.mine(tx, table))
            named = TASKS.c.id.in_(of_project.where(column.in_([v for v in values if v != NONE])))
            where.append(sa.or_(named, TASKS.c.id.not_in(of_project)) if NONE in values else named)
    if f.waiting is not None:
        first = TASKS.alias("needed")
        waits = sa.exists().where(
            TASK_DEPENDENCIES.c.task_id == TASKS.c.id,
            first.c.id == TASK_DEPENDENCIES.c.depends_on_id,
            first.c.deleted_at.is_(None),
            first.c.status.not_in(_keys_of_kind(tx, ["done"])),
        )
        where.append(waits if f.waiting else sa.not_(waits))
    return where


def _order(tx: Tx, sort: Sequence[tuple[str, bool]], relevance: sa.ColumnElement[Any] | None) -> list[Any]:
    order: list[Any] = []
    for name, descending in sort:
        if name == "relevance":
            order += [relevance] if relevance is not None else []
            continue
        column = _sorted_by(tx, name)
        order.append(column.desc().nulls_last() if descending else column.asc().nulls_last())
    return [*order, TASKS.c.id.desc()]


def _sorted_by(tx: Tx, name: str) -> sa.ColumnElement[Any]:
    if name == "sort_order":
        return TASKS.c.rank
    if name == "status":
        place = sa.select(BOARD_COLUMNS.c.position).where(
            store.mine(tx, BOARD_COLUMNS), BOARD_COLUMNS.c.key == TASKS.c.status
        )
        return place.correlate(TASKS).scalar_subquery()
    return TASKS.c[name]


async def listed(
    tx: Tx, f: TaskFilter, sort: Sequence[tuple[str, bool]], today: date
) -> tuple[list[Row], int]:
    """A page of rows and how many tasks fit in all."""
    where = _conditions(tx, f, today)
    query, relevance, extra = whole(), None, []
    if f.search and f.search.strip():
        query, relevance, extra = _searching(tx, query, f.search)
    counted = query.with_only_columns(sa.func.count(), maintain_column_froms=True).where(*where, *extra)
    total = (await tx.conn.execute(counted.order_by(None))).scalar_one()
    query = query.where(*where, *extra).order_by(*_order(tx, sort, relevance))
    rows = (await tx.conn.execute(query.limit(f.limit).offset(f.offset))).mappings().all()
    return list(rows), total


async def rows_of(tx: Tx, ids: Sequence[str]) -> list[Row]:
    """These tasks, whatever became of them."""
    found: list[Row] = []
    for start in range(0, len(ids), 500):  # statements take only so many parameters
        query = whole().where(store.mine(tx, TASKS), TASKS.c.id.in_(ids[start : start + 500]))
        found += (await tx.conn.execute(query)).mappings().all()
    return found


def tasks_of(rows: Sequence[Row], people: Mapping[str, str]) -> list[Task]:
    """Rows as shapes, with what was found where something was searched for."""
    return [task_of(row, people, highlights=_highlights(row)) for row in rows]


def _highlights(row: Row) -> tuple[str, ...] | None:
    if "found_title" not in row:
        return None
    return highlights_of(row["found_title"], row["found_description"], row["found_comments"])


def _searching(
    tx: Tx, query: sa.Select[Any], search: str
) -> tuple[sa.Select[Any], sa.ColumnElement[Any] | None, list[sa.ColumnElement[bool]]]:
    number, words = number_of(search), words_of(search)
    if number is not None:
        return query, None, [TASKS.c.number == number]
    if not words:
        return query, None, [sa.false()]
    texts = query.get_final_froms()[0].join(TASK_TEXTS, TASK_TEXTS.c.task_id == TASKS.c.id)
    if tx.conn.dialect.name == "postgresql":
        return _in_postgres(query, texts, words)
    return _in_sqlite(query, texts, words)


def _in_sqlite(query: sa.Select[Any], texts: Any, words: list[str]) -> Any:
    def marked(column: int, length: int) -> sa.ColumnElement[str]:
        call = f"snippet(tasks_fts, {column}, char(2), char(3), '…', {length})"
        return sa.literal_column(call, sa.String)

    joined = texts.join(_FTS, _FTS.c.rowid == TASK_TEXTS.c.id)
    query = query.select_from(joined).add_columns(
        marked(0, 40).label("found_title"),
        marked(1, 24).label("found_description"),
        marked(2, 24).label("found_comments"),
    )
    match = sa.text("tasks_fts MATCH :words").bindparams(words=fts5_query(words))
    return query, sa.literal_column("bm25(tasks_fts, 10.0, 3.0, 1.0)"), [match]


def _in_postgres(query: sa.Select[Any], texts: Any, words: list[str]) -> Any:
    simple = sa.literal_column("'simple'::regconfig")
    asked = sa.func.to_tsquery(simple, ts_query(words))

    def vector(column: sa.ColumnElement[str], weight: str) -> sa.ColumnElement[Any]:
        return sa.func.setweight(
            sa.func.to_tsvector(simple, column), sa.literal_column(f"'{weight}'::\"char\"")
        )

    def marked(column: sa.ColumnElement[str], words_shown: int) -> sa.ColumnElement[str]:
        options = f"StartSel={MARK_ON},StopSel={MARK_OFF},MaxWords={words_shown},MinWords=5"
        return sa.func.ts_headline(simple, column, asked, options)

    c = TASK_TEXTS.c
    document = sa.literal_column(DOCUMENT)
    weighed = vector(c.title, "A").op("||")(vector(c.description, "B")).op("||")(vector(c.comments, "D"))
    query = query.select_from(texts).add_columns(
        marked(c.title, 40).label("found_title"),
        marked(c.description, 24).label("found_description"),
        marked(c.comments, 24).label("found_comments"),
    )
    return query, sa.func.ts_rank(weighed, asked).desc(), [document.op("@@")(asked)]


DOCUMENT = (
    "to_tsvector('simple'::regconfig, "
    "task_texts.title || ' ' || task_texts.description || ' ' || task_texts.comments)"
)
"""What PostgreSQL's index is on: the query must say it in the same words."""


# ---- upkeep -------------------------------------------------------------------------------------------


async def add_text(tx: Tx, task_id: str, title: str, description: str) -> None:
    """Make a new task findable."""
    values = {"task_id": task_id, "title": title, "description": description, "comments": ""}
    await store.insert(tx, TASK_TEXTS, values)


async def change_text(tx: Tx, task_id: str, values: Mapping[str, str]) -> None:
    """Find a task by its new words."""
    query = sa.update(TASK_TEXTS).where(store.mine(tx, TASK_TEXTS), TASK_TEXTS.c.task_id == task_id)
    await tx.conn.execute(query.values(**values))


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
    await change_text(tx, task_id, {"comments": "\n".join(said)[:_LONGEST_TEXT]})
