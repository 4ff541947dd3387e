"""Every statement about recurring tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.recurring.shapes import Recurring
from opsroom.board.recurring.tables import RECURRING_OCCURRENCES, RECURRING_TASKS
from opsroom.kernel.actor import Scope
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

_T = RECURRING_TASKS


def _recurring(row: Row) -> Recurring:
    return Recurring(**{name: row[name] for name in Recurring.model_fields})


async def add(tx: Tx, values: Mapping[str, object]) -> None:
    """A further recurring task."""
    await store.insert(tx, _T, values)


async def by_id(tx: Tx, recurring_id: str, *, lock: bool = False) -> Recurring | None:
    """One that is not deleted, locked against other workers if asked."""
    row = await store.one(tx, _T, _T.c.id == recurring_id, _T.c.deleted_at.is_(None), lock=lock)
    return _recurring(row) if row else None


async def deleted(tx: Tx, recurring_id: str) -> Recurring | None:
    """One that was deleted."""
    row = await store.one(tx, _T, _T.c.id == recurring_id, _T.c.deleted_at.is_not(None), lock=True)
    return _recurring(row) if row else None


async def listed(tx: Tx, *, limit: int, offset: int) -> tuple[list[Recurring], int]:
    """Those of the project, the newest first, and how many there are."""
    where = _T.c.deleted_at.is_(None)
    order = (_T.c.created_at.desc(), _T.c.id.desc())
    found = await store.rows(tx, _T, where, order=order, limit=limit, offset=offset)
    return [_recurring(row) for row in found], await store.count(tx, _T, where)


async def change(tx: Tx, recurring_id: str, values: Mapping[str, object]) -> None:
    """Change what people set; the version goes up."""
    await store.change(tx, _T, _T.c.id == recurring_id, values=values)


async def move_on(tx: Tx, recurring_id: str, values: Mapping[str, object]) -> None:
    """Note how far it got: no change of what people set, so the version stays."""
    query = sa.update(_T).where(store.mine(tx, _T), _T.c.id == recurring_id)
    await tx.conn.execute(query.values(**values))


async def due(tx: Tx, now: datetime, limit: int = 100) -> list[tuple[str, Scope]]:
    """Recurring tasks of every project whose next time is here: the house asks, not a tenant."""
    query = (
        sa.select(_T)
        .where(_T.c.next_at <= now, _T.c.deleted_at.is_(None), _T.c.paused.is_(False))
        .order_by(_T.c.next_at)
        .limit(limit)
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    return [(row["id"], Scope(**{name: row[name] for name in Scope.model_fields})) for row in rows]


async def take_occurrence(tx: Tx, recurring_id: str, occurrence: str, **values: object) -> bool:
    """Take an occurrence, whose id is made of the rule and its time; False when it was taken before."""
    row = {
        "id": f"{recurring_id}@{occurrence}",
        "recurring_id": recurring_id,
        "occurrence": occurrence,
        "at": tx.now,
        "task_id": None,
        "reason": None,
        **values,
    }
    return await store.insert_missing(tx, RECURRING_OCCURRENCES, [row]) == 1


async def set_task(tx: Tx, recurring_id: str, occurrence: str, task_id: str) -> None:
    """Note which task an occurrence became."""
    table = RECURRING_OCCURRENCES
    query = sa.update(table).where(store.mine(tx, table), table.c.id == f"{recurring_id}@{occurrence}")
    await tx.conn.execute(query.values(task_id=task_id))


async def occurrences_of(tx: Tx, recurring_id: str, limit: int = 200) -> list[Row]:
    """The newest occurrences that were dealt with."""
    table = RECURRING_OCCURRENCES
    order = (table.c.occurrence.desc(),)
    return list(await store.rows(tx, table, table.c.recurring_id == recurring_id, order=order, limit=limit))
