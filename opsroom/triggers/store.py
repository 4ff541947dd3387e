"""Every statement of the triggers room."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from opsroom.kernel.db import Database
from opsroom.kernel.uow import Tx
from opsroom.triggers.shapes import WebhookDelivery
from opsroom.triggers.tables import TRIGGER_KEYS, WAITING_TASKS, WEBHOOK_DELIVERIES


def _scope(tx: Tx) -> dict[str, str]:
    return tx.actor.scope.model_dump()


# -- deliveries ---------------------------------------------------------------------------------


async def insert_deliveries(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what arrived."""
    if rows:
        await tx.conn.execute(sa.insert(WEBHOOK_DELIVERIES), [r | _scope(tx) for r in rows])


async def settle_delivery(tx: Tx, delivery_id: str, **values: Any) -> None:
    """Record what a delivery came to."""
    table = WEBHOOK_DELIVERIES
    mine = (table.c.project_id == tx.actor.scope.project_id) & (table.c.id == delivery_id)
    await tx.conn.execute(sa.update(table).where(mine).values(**values))
    tx.wake(delivery_id)


def _replays() -> sa.ScalarSelect[int]:
    again = WEBHOOK_DELIVERIES.alias("again")
    return (
        sa.select(sa.func.count())
        .select_from(again)
        .where(again.c.replay_of == WEBHOOK_DELIVERIES.c.id)
        .scalar_subquery()
    )


async def deliveries(
    tx: Tx, *, agent: str | None, verdict: str | None, limit: int, offset: int
) -> tuple[list[WebhookDelivery], int]:
    """Deliveries, newest first, and how many there are."""
    table = WEBHOOK_DELIVERIES
    where = [table.c.project_id == tx.actor.scope.project_id]
    if agent:
        where.append(table.c.agent == agent)
    if verdict:
        where.append(table.c.verdict == verdict)
    total = (await tx.conn.execute(sa.select(sa.func.count()).select_from(table).where(*where))).scalar_one()
    query = (
        sa.select(table, _replays().label("replays"))
        .where(*where)
        .order_by(table.c.received_at.desc(), table.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    return [_delivery(r) for r in rows], total


async def delivery(tx: Tx, delivery_id: str) -> WebhookDelivery | None:
    """One delivery."""
    table = WEBHOOK_DELIVERIES
    query = sa.select(table, _replays().label("replays")).where(
        table.c.project_id == tx.actor.scope.project_id, table.c.id == delivery_id
    )
    row = (await tx.conn.execute(query)).mappings().first()
    return _delivery(row) if row else None


def _delivery(row: RowMapping) -> WebhookDelivery:
    return WebhookDelivery(**{k: row[k] for k in WebhookDelivery.model_fields})


async def forget_deliveries(database: Database, before: datetime, refused_before: datetime) -> int:
    """Delete deliveries older than `before`, and refused ones older than `refused_before`."""
    table = WEBHOOK_DELIVERIES
    old = sa.or_(
        table.c.received_at < before,
        sa.and_(table.c.verdict == "refused", table.c.received_at < refused_before),
    )
    async with database.writing() as conn:
        return (await conn.execute(sa.delete(table).where(old))).rowcount


# -- keys ---------------------------------------------------------------------------------------


async def keys_taken(tx: Tx, keys: Collection[str]) -> dict[str, RowMapping]:
    """Those of these trigger keys that were counted before, locked against other processes."""
    if not keys:
        return {}
    if not tx.conn.dialect.name.startswith("sqlite"):
        # Two processes with the same key: the second waits, then sees the first. In one order and in one
        # statement, for a burst brings hundreds of keys.
        locks = "select pg_advisory_xact_lock(hashtextextended('trigger:' || k, 0)) from ("
        ordered = "select k from unnest(cast(:keys as text[])) as k order by k offset 0) as sorted"
        await tx.conn.execute(sa.text(locks + ordered), {"keys": sorted(keys)})
    query = sa.select(TRIGGER_KEYS).where(TRIGGER_KEYS.c.trigger_key.in_(keys))
    return {r["trigger_key"]: r for r in (await tx.conn.execute(query)).mappings().all()}


async def insert_keys(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Count these triggers."""
    if rows:
        await tx.conn.execute(
            sa.insert(TRIGGER_KEYS), [r | _scope(tx) | {"created_at": tx.now} for r in rows]
        )


async def set_run_of_key(tx: Tx, key: str, run_id: str) -> None:
    """Remember which run a trigger became."""
    await tx.conn.execute(
        sa.update(TRIGGER_KEYS).where(TRIGGER_KEYS.c.trigger_key == key).values(run_id=run_id)
    )


async def reconciled_after(tx: Tx, agent: str, task_id: str, changed_at: datetime) -> RowMapping | None:
    """A trigger that reconciliation found for this task at or after a change: its webhook is late."""
    query = (
        sa.select(TRIGGER_KEYS)
        .where(
            TRIGGER_KEYS.c.project_id == tx.actor.scope.project_id,
            TRIGGER_KEYS.c.agent == agent,
            TRIGGER_KEYS.c.task_id == task_id,
            TRIGGER_KEYS.c.source == "reconciliation",
            TRIGGER_KEYS.c.changed_at >= changed_at,
        )
        .limit(1)
    )
    return (await tx.conn.execute(query)).mappings().first()


async def triggered_since(tx: Tx, agent: str, task_ids: Collection[str], since: datetime) -> set[str]:
    """Tasks that triggered the agent at or after `since`."""
    query = sa.select(TRIGGER_KEYS.c.task_id).where(
        TRIGGER_KEYS.c.project_id == tx.actor.scope.project_id,
        TRIGGER_KEYS.c.agent == agent,
        TRIGGER_KEYS.c.task_id.in_(task_ids),
        TRIGGER_KEYS.c.created_at >= since,
    )
    return set((await tx.conn.execute(query)).scalars())


# -- tasks that wait ----------------------------------------------------------------------------


async def waiting_tasks(tx: Tx, agent: str) -> dict[str, RowMapping]:
    """Tasks we saw waiting in the agent's trigger status, by id."""
    query = sa.select(WAITING_TASKS).where(
        WAITING_TASKS.c.project_id == tx.actor.scope.project_id, WAITING_TASKS.c.agent == agent
    )
    return {r["task_id"]: r for r in (await tx.conn.execute(query)).mappings().all()}


async def note_waiting(tx: Tx, agent: str, new: Collection[str], gone: Collection[str]) -> None:
    """Tasks that began to wait, and tasks that wait no more."""
    if gone:
        await tx.conn.execute(
            sa.delete(WAITING_TASKS).where(
                WAITING_TASKS.c.project_id == tx.actor.scope.project_id,
                WAITING_TASKS.c.agent == agent,
                WAITING_TASKS.c.task_id.in_(gone),
            )
        )
    rows = [
        _scope(tx)
        | {
            "agent": agent,
            "task_id": task_id,
            "first_seen_at": tx.now,
            "last_seen_at": tx.now,
            "handled": False,
        }
        for task_id in new
    ]
    if rows:
        await tx.conn.execute(sa.insert(WAITING_TASKS), rows)


async def set_handled(tx: Tx, agent: str, task_ids: Collection[str]) -> None:
    """These waiting tasks have had their trigger."""
    await tx.conn.execute(
        sa.update(WAITING_TASKS)
        .where(
            WAITING_TASKS.c.project_id == tx.actor.scope.project_id,
            WAITING_TASKS.c.agent == agent,
            WAITING_TASKS.c.task_id.in_(task_ids),
        )
        .values(handled=True, last_seen_at=tx.now)
    )
