"""Every statement of outgoing webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.hooks.rules import excerpt
from opsroom.board.hooks.shapes import Attempt, Hook, HookDelivery
from opsroom.board.hooks.tables import HOOK_ATTEMPTS, HOOK_DELIVERIES, HOOKS
from opsroom.kernel.actor import Scope
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

_OF_HOOK = set(Hook.model_fields) - {"former_secret_until"}
_OF_DELIVERY = set(HookDelivery.model_fields) - {"tried", "request_excerpt"}


def hook_of(row: Row) -> Hook:
    """A row without its secrets."""
    values = {name: row[name] for name in _OF_HOOK}
    return Hook(**values, former_secret_until=row["former_until"])


def delivery_of(row: Row, attempts: Sequence[Row]) -> HookDelivery:
    """A row with its attempts, the newest first."""
    tried = tuple(Attempt(**{name: one[name] for name in Attempt.model_fields}) for one in attempts)
    values = {name: row[name] for name in _OF_DELIVERY}
    return HookDelivery(**values, tried=tried, request_excerpt=excerpt(row["body"]))


# ---- hooks --------------------------------------------------------------------------------------------


async def hooks(tx: Tx, *, limit: int | None = None, offset: int = 0) -> Sequence[Row]:
    """The project's hooks, the oldest first."""
    order = (HOOKS.c.created_at, HOOKS.c.id)
    return await store.rows(tx, HOOKS, HOOKS.c.deleted_at.is_(None), order=order, limit=limit, offset=offset)


async def how_many_hooks(tx: Tx) -> int:
    """How many hooks the project has."""
    return await store.count(tx, HOOKS, HOOKS.c.deleted_at.is_(None))


async def enabled_hooks(tx: Tx) -> Sequence[Row]:
    """Id and kinds of the project's hooks that are to get news."""
    return await tx.once("hooks.enabled", _enabled)


async def _enabled(tx: Tx) -> Sequence[Row]:
    query = sa.select(HOOKS.c.id, HOOKS.c.kinds).where(store.mine(tx, HOOKS), HOOKS.c.deleted_at.is_(None))
    return (await tx.conn.execute(query.where(HOOKS.c.enabled).order_by(HOOKS.c.id))).mappings().all()


async def hook(tx: Tx, hook_id: str, *, lock: bool = False) -> Row | None:
    """One hook with its sealed secrets."""
    return await store.one(tx, HOOKS, HOOKS.c.id == hook_id, HOOKS.c.deleted_at.is_(None), lock=lock)


async def add_hook(tx: Tx, values: Mapping[str, object]) -> None:
    """A further hook."""
    await store.insert(tx, HOOKS, {**values, "updated_at": tx.now})


async def change_hook(tx: Tx, hook_id: str, values: Mapping[str, object]) -> None:
    """Change what people set."""
    await store.change(tx, HOOKS, HOOKS.c.id == hook_id, values={**values, "updated_at": tx.now})


async def note_hook(tx: Tx, hook_id: str, values: Mapping[str, object]) -> None:
    """Note how a hook fares; its version stays, as nobody's change is in the way of this."""
    await tx.conn.execute(
        sa.update(HOOKS).where(store.mine(tx, HOOKS), HOOKS.c.id == hook_id).values(**values)
    )


# ---- deliveries ---------------------------------------------------------------------------------------


async def add_delivery(tx: Tx, values: Mapping[str, object]) -> bool:
    """A further delivery; False when this hook has one of this event already."""
    row = {"status": "waiting", "attempts": 0, "turn": 1, "tries": 0, "next_at": tx.now, "created_at": tx.now}
    return await store.insert_missing(tx, HOOK_DELIVERIES, [row | dict(values)]) == 1


async def delivery(tx: Tx, delivery_id: str, *, lock: bool = False) -> Row | None:
    """One delivery."""
    return await store.one(tx, HOOK_DELIVERIES, HOOK_DELIVERIES.c.id == delivery_id, lock=lock)


async def deliveries(
    tx: Tx, hook_id: str, *, status: str | None, limit: int, offset: int
) -> tuple[list[HookDelivery], int]:
    """A hook's deliveries, the newest first, with every attempt, and how many there are."""
    where = [HOOK_DELIVERIES.c.hook_id == hook_id]
    if status is not None:
        where.append(HOOK_DELIVERIES.c.status == status)
    order = (HOOK_DELIVERIES.c.created_at.desc(), HOOK_DELIVERIES.c.id.desc())
    rows = await store.rows(tx, HOOK_DELIVERIES, *where, order=order, limit=limit, offset=offset)
    tried = await attempts(tx, [row["id"] for row in rows])
    found = [delivery_of(row, [one for one in tried if one["delivery_id"] == row["id"]]) for row in rows]
    return found, await store.count(tx, HOOK_DELIVERIES, *where)


async def change_delivery(tx: Tx, delivery_id: str, values: Mapping[str, object]) -> None:
    """Note where a delivery stands."""
    mine = (store.mine(tx, HOOK_DELIVERIES), HOOK_DELIVERIES.c.id == delivery_id)
    await tx.conn.execute(sa.update(HOOK_DELIVERIES).where(*mine).values(**values))


async def attempts(tx: Tx, ids: Sequence[str]) -> Sequence[Row]:
    """The attempts of these deliveries, the newest first."""
    order = (HOOK_ATTEMPTS.c.delivery_id, HOOK_ATTEMPTS.c.number.desc())
    return await store.rows(tx, HOOK_ATTEMPTS, HOOK_ATTEMPTS.c.delivery_id.in_(ids), order=order)


async def begin_attempt(tx: Tx, values: Mapping[str, object]) -> None:
    """Note an attempt before it is made. One still open is of a process that died in it."""
    known = (store.mine(tx, HOOK_ATTEMPTS), HOOK_ATTEMPTS.c.delivery_id == values["delivery_id"])
    died = "We stopped before the answer was known; the receiver may have got it."
    broken = sa.update(HOOK_ATTEMPTS).where(*known, HOOK_ATTEMPTS.c.outcome == "sending")
    await tx.conn.execute(broken.values(outcome="unreachable", error=died, ended_at=tx.now))
    await store.insert(tx, HOOK_ATTEMPTS, {**values, "outcome": "sending", "started_at": tx.now})


async def end_attempt(tx: Tx, delivery_id: str, number: int, values: Mapping[str, object]) -> None:
    """Note what became of an attempt."""
    mine = (store.mine(tx, HOOK_ATTEMPTS), HOOK_ATTEMPTS.c.delivery_id == delivery_id)
    query = sa.update(HOOK_ATTEMPTS).where(*mine, HOOK_ATTEMPTS.c.number == number)
    await tx.conn.execute(query.values(ended_at=tx.now, **values))


async def drop_attempt(tx: Tx, delivery_id: str, number: int) -> None:
    """Forget an attempt that was not made after all."""
    mine = (store.mine(tx, HOOK_ATTEMPTS), HOOK_ATTEMPTS.c.delivery_id == delivery_id)
    await tx.conn.execute(sa.delete(HOOK_ATTEMPTS).where(*mine, HOOK_ATTEMPTS.c.number == number))


# ---- the house's own look at all projects -------------------------------------------------------------


async def scopes_with_old(tx: Tx, before: datetime) -> list[Scope]:
    """Projects that have deliveries from before this time."""
    columns = [HOOK_DELIVERIES.c[name] for name in ("organization_id", "instance_id", "project_id")]
    query = sa.select(*columns).where(HOOK_DELIVERIES.c.created_at < before).distinct()
    return [Scope(**row) for row in (await tx.conn.execute(query)).mappings().all()]


async def forget(tx: Tx, before: datetime, limit: int = 1000) -> int:
    """Delete old deliveries of the project that are at an end, with their attempts; how many."""
    old = (store.mine(tx, HOOK_DELIVERIES), HOOK_DELIVERIES.c.created_at < before)
    query = sa.select(HOOK_DELIVERIES.c.id).where(*old, HOOK_DELIVERIES.c.status != "waiting").limit(limit)
    ids = (await tx.conn.execute(query)).scalars().all()
    for table, column in ((HOOK_ATTEMPTS, "delivery_id"), (HOOK_DELIVERIES, "id")):
        await tx.conn.execute(sa.delete(table).where(store.mine(tx, table), table.c[column].in_(ids)))
    return len(ids)
