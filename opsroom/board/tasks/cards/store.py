"""Every statement about cards. What a card counts is asked once for all of them, not card by card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.shapes import Card
from opsroom.board.tasks.store import done_keys
from opsroom.board.tasks.tables import TASK_DEPENDENCIES, TASKS
from opsroom.kernel.db import UtcTime
from opsroom.kernel.uow import Tx

_COUNTED = ("subtask_count", "subtask_done_count", "waiting")
_NAMES = tuple(name for name in Card.model_fields if name not in _COUNTED)
_ON_BOARD = (TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None))
# Times as the database has them: thousands of cards are read only to be written down again.
_OF_CARD = tuple(
    sa.type_coerce(TASKS.c[name], sa.String) if isinstance(TASKS.c[name].type, UtcTime) else TASKS.c[name]
    for name in _NAMES
)
# What a card need not say: it is so unless it says otherwise. Labels come as lists.
_USUAL = tuple([] if name == "labels" else Card.model_fields[name].default for name in _NAMES)
Fields = dict[str, Any]
"""A card's fields by name, those left out that are as usual."""
Times = tuple[str, datetime, datetime | None, datetime | None]


async def cards_by_id(tx: Tx, ids: Sequence[str]) -> list[Card]:
    """These cards, also deleted and archived ones."""
    found: list[Fields] = []
    for start in range(0, len(ids), 500):  # statements take only so many parameters
        found += await _cards(tx, TASKS.c.id.in_(ids[start : start + 500]))
    await _count(tx, found, [card["id"] for card in found])
    return [Card(**card) for card in found]


async def off_board(tx: Tx, ids: Sequence[str]) -> set[str]:
    """Those of these tasks that are deleted or archived."""
    gone = sa.or_(TASKS.c.deleted_at.is_not(None), TASKS.c.archived_at.is_not(None))
    query = sa.select(TASKS.c.id).where(store.mine(tx, TASKS), TASKS.c.id.in_(ids), gone)
    return set((await tx.conn.execute(query)).scalars())


async def counted_by(tx: Tx, ids: Sequence[str]) -> list[tuple[str, str]]:
    """(task, card that counts it): the parents of these tasks, and the tasks that wait for them."""
    parents = sa.select(TASKS.c.id, TASKS.c.parent_id).where(
        store.mine(tx, TASKS), TASKS.c.id.in_(ids), TASKS.c.parent_id.is_not(None)
    )
    waiting = sa.select(TASK_DEPENDENCIES.c.depends_on_id, TASK_DEPENDENCIES.c.task_id).where(
        store.mine(tx, TASK_DEPENDENCIES), TASK_DEPENDENCIES.c.depends_on_id.in_(ids)
    )
    return [(row[0], row[1]) for row in (await tx.conn.execute(sa.union_all(parents, waiting))).all()]


async def cards_in(tx: Tx, statuses: Sequence[str], *, done: Sequence[str], shown: int) -> list[Fields]:
    """The cards of these columns, and of each `done` column those that came to it last, at most `shown`;
    in the order of their columns."""
    found = await _cards(tx, TASKS.c.status.in_(statuses), *_ON_BOARD)
    for status in done:
        found += await _cards(tx, TASKS.c.id.in_(await _newest(tx, status, shown)))
    await _count(tx, found, None)
    return found


async def _newest(tx: Tx, status: str, shown: int) -> Sequence[str]:
    newest = sa.select(TASKS.c.id).where(store.mine(tx, TASKS), TASKS.c.status == status, *_ON_BOARD)
    newest = newest.order_by(TASKS.c.moved_at.desc(), TASKS.c.id.desc()).limit(shown)
    return (await tx.conn.execute(newest)).scalars().all()


async def times_in(tx: Tx, statuses: Sequence[str], *, done: Sequence[str], shown: int) -> list[Times]:
    """(id, made, begun, done) of the cards that `cards_in` gives."""
    found = await _times(tx, TASKS.c.status.in_(statuses))
    for status in done:
        found += await _times(tx, TASKS.c.id.in_(await _newest(tx, status, shown)))
    return found


async def times_of(tx: Tx, ids: Sequence[str]) -> list[Times]:
    """(id, made, begun, done) of those of these cards that are on the board."""
    return await _times(tx, TASKS.c.id.in_(ids))


async def _times(tx: Tx, where: sa.ColumnElement[bool]) -> list[Times]:
    columns = (TASKS.c.id, TASKS.c.created_at, TASKS.c.started_at, TASKS.c.completed_at)
    query = sa.select(*columns).where(store.mine(tx, TASKS), where, *_ON_BOARD)
    return [(row[0], row[1], row[2], row[3]) for row in (await tx.conn.execute(query)).all()]


async def dependencies(tx: Tx, ids: Sequence[str] | None) -> list[tuple[str, str]]:
    """(task, what it waits for), of these tasks or, for None, of all."""
    query = sa.select(TASK_DEPENDENCIES.c.task_id, TASK_DEPENDENCIES.c.depends_on_id).where(
        store.mine(tx, TASK_DEPENDENCIES)
    )
    if ids is not None:
        query = query.where(TASK_DEPENDENCIES.c.task_id.in_(ids))
    ordered = query.order_by(TASK_DEPENDENCIES.c.task_id, TASK_DEPENDENCIES.c.depends_on_id)
    return [(row[0], row[1]) for row in (await tx.conn.execute(ordered)).all()]


async def _cards(tx: Tx, *where: sa.ColumnElement[bool]) -> list[Fields]:
    query = sa.select(*_OF_CARD).where(store.mine(tx, TASKS), *where)
    rows = (await tx.conn.execute(query.order_by(TASKS.c.status, TASKS.c.rank, TASKS.c.id))).all()
    pairs = tuple(zip(_NAMES, _USUAL, strict=True))
    return [
        {
            name: value
            for (name, usual), value in zip(pairs, row, strict=True)
            if value is not None and value != usual
        }
        for row in rows
    ]


async def _count(tx: Tx, cards: Sequence[Fields], ids: Sequence[str] | None) -> None:
    """Give cards what they count, where there is anything; `ids` None asks for the whole project's."""
    parts, waiting = await _parts_of(tx, ids), await _waiting(tx, ids)
    for card in cards:
        if card["id"] in parts:
            card["subtask_count"], done = parts[card["id"]]
            if done:
                card["subtask_done_count"] = done
        if card["id"] in waiting:
            card["waiting"] = True


async def _parts_of(tx: Tx, ids: Sequence[str] | None) -> dict[str, tuple[int, int]]:
    is_done = TASKS.c.status.in_(done_keys(sa.literal(tx.actor.scope.project_id)))
    query = (
        sa.select(TASKS.c.parent_id, sa.func.count(), sa.func.sum(sa.case((is_done, 1), else_=0)))
        .where(store.mine(tx, TASKS), TASKS.c.parent_id.is_not(None), TASKS.c.deleted_at.is_(None))
        .group_by(TASKS.c.parent_id)
    )
    if ids is not None:
        query = query.where(TASKS.c.parent_id.in_(ids))
    return {r[0]: (r[1], r[2]) for r in (await tx.conn.execute(query)).all()}


async def _waiting(tx: Tx, ids: Sequence[str] | None) -> set[str]:
    query = (
        sa.select(TASK_DEPENDENCIES.c.task_id)
        .join(TASKS, TASKS.c.id == TASK_DEPENDENCIES.c.depends_on_id)
        .where(store.mine(tx, TASK_DEPENDENCIES), store.mine(tx, TASKS), TASKS.c.deleted_at.is_(None))
        .where(TASKS.c.status.not_in(done_keys(sa.literal(tx.actor.scope.project_id))))
    )
    if ids is not None:
        query = query.where(TASK_DEPENDENCIES.c.task_id.in_(ids))
    return set((await tx.conn.execute(query)).scalars().all())
