"""Every statement of the figures: pages of the event log, and the saved ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.analytics.tables import ANALYTICS_LEDGERS
from opsroom.board.shapes import TaskRef
from opsroom.board.tasks.tables import TASKS
from opsroom.kernel.events import EVENTS
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx

EventRow = tuple[int, datetime, str, str, Json]


async def events_page(tx: Tx, after: int, kinds: Sequence[str], limit: int) -> list[EventRow]:
    """(seq, at, kind, subject, body) of the project's next events of these kinds.

    Bare rows, not `Recorded`: half a million of them are read when a project is counted for the first time.
    """
    # SQLite keeps times as ISO text; the column type's own reading of it takes longer than all the rest.
    is_text = tx.conn.dialect.name == "sqlite"
    at = sa.type_coerce(EVENTS.c.at, sa.String) if is_text else EVENTS.c.at
    columns = (EVENTS.c.seq, at, EVENTS.c.kind, EVENTS.c.subject, EVENTS.c.body)
    query = (
        sa.select(*columns)
        .where(store.mine(tx, EVENTS), EVENTS.c.seq > after, EVENTS.c.kind.in_(kinds))
        .order_by(EVENTS.c.seq)
        .limit(limit)
    )
    rows = (await tx.conn.execute(query)).all()
    if is_text:
        return [(row[0], datetime.fromisoformat(row[1]), row[2], row[3], row[4]) for row in rows]
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


async def refs(tx: Tx, ids: Sequence[str]) -> dict[str, TaskRef]:
    """What these tasks are called, those not deleted."""
    found: dict[str, TaskRef] = {}
    for start in range(0, len(ids), 500):  # statements take only so many parameters
        part = TASKS.c.id.in_(ids[start : start + 500])
        query = sa.select(TASKS.c.id, TASKS.c.number, TASKS.c.title, TASKS.c.status)
        rows = await tx.conn.execute(query.where(store.mine(tx, TASKS), TASKS.c.deleted_at.is_(None), part))
        found |= {row["id"]: TaskRef(**row) for row in rows.mappings()}
    return found


async def saved_ledger(tx: Tx) -> bytes | None:
    """The project's ledger as it was saved last."""
    query = sa.select(ANALYTICS_LEDGERS.c.body).where(store.mine(tx, ANALYTICS_LEDGERS))
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def save_ledger(tx: Tx, seq: int, body: bytes) -> None:
    """Keep this ledger unless a newer one was saved meanwhile."""
    values = {"seq": seq, "body": body, "saved_at": tx.now}
    older = (store.mine(tx, ANALYTICS_LEDGERS), ANALYTICS_LEDGERS.c.seq < seq)
    await tx.conn.execute(sa.update(ANALYTICS_LEDGERS).where(*older).values(**values))
    await store.insert_missing(tx, ANALYTICS_LEDGERS, [values])


async def drop_ledger(tx: Tx) -> None:
    """Forget the saved ledger: it was of another time zone or another form."""
    await tx.conn.execute(sa.delete(ANALYTICS_LEDGERS).where(store.mine(tx, ANALYTICS_LEDGERS)))
