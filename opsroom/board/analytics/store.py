"""Every statement of the figures: pages of the event log, and the saved ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.analytics.stream import Line
from opsroom.board.analytics.tables import ANALYTICS_LEDGERS
from opsroom.board.shapes import TaskRef
from opsroom.board.tasks.tables import TASKS
from opsroom.kernel.events import EVENTS
from opsroom.kernel.uow import Tx


async def events_page(tx: Tx, after: int, kinds: Sequence[str], limit: int) -> list[Line]:
    """The project's next events of these kinds.

    Bare lines, not `Recorded`: half a million of them are read when a project is counted for the first time,
    and what is read here, bodies above all, is read on the event loop.
    """
    columns = (EVENTS.c.seq, *_as_kept(tx), EVENTS.c.kind, EVENTS.c.subject)
    query = (
        sa.select(*columns)
        .where(store.mine(tx, EVENTS), EVENTS.c.seq > after, EVENTS.c.kind.in_(kinds))
        .order_by(EVENTS.c.seq)
        .limit(limit)
    )
    found = (await tx.conn.execute(query)).all()
    return [Line(seq, at, kind, subject, body) for seq, at, body, kind, subject in found]


def _as_kept(tx: Tx) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """Time and body without the reading of their column types; SQLite keeps times as ISO text."""
    if tx.conn.dialect.name == "sqlite":
        return sa.type_coerce(EVENTS.c.at, sa.String), sa.type_coerce(EVENTS.c.body, sa.String)
    return sa.type_coerce(EVENTS.c.at, sa.DateTime(timezone=True)), sa.cast(EVENTS.c.body, sa.Text)


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
