"""Every statement on orders, deliveries, the outbox and what channels remember. Alerts have their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from opsroom.delivery.ports import PlannedItem, Receipt
from opsroom.delivery.shapes import Delivery, DeliveryItem, DeliveryOrder, DeliveryStatus
from opsroom.delivery.tables import CHANNEL_MEMORY as M
from opsroom.delivery.tables import DELIVERIES as D
from opsroom.delivery.tables import DELIVERY_ITEMS as I
from opsroom.delivery.tables import DELIVERY_ORDERS as O
from opsroom.kernel.actor import Scope
from opsroom.kernel.events import EVENTS
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order and where its rounds stand."""

    order: DeliveryOrder
    round: int
    finished_round: int


@dataclass(frozen=True, slots=True)
class ItemState:
    """What the outbox knows of one effect."""

    id: str
    key: str
    kind: str
    label: str
    status: DeliveryStatus
    generation: int
    tries: int
    maybe_sent: bool
    final: bool
    error: str | None
    receipt: Receipt | None
    output_name: str | None


def here(tx: Tx, table: sa.Table) -> sa.ColumnElement[bool]:
    """Only rows of the actor's project."""
    scope = tx.actor.scope
    return sa.and_(
        table.c.organization_id == scope.organization_id,
        table.c.instance_id == scope.instance_id,
        table.c.project_id == scope.project_id,
    )


async def insert_unless_there(tx: Tx, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """INSERT … ON CONFLICT DO NOTHING; False when the row was there already.

    Told by RETURNING: PostgreSQL's driver does not count the rows of an INSERT for us.
    """
    values = {**tx.actor.scope.model_dump(), **row}
    dialect = sqlite if tx.conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(values).on_conflict_do_nothing()
    return (await tx.conn.execute(statement.returning(table.c.project_id))).first() is not None


# Orders


async def insert_order(tx: Tx, order: DeliveryOrder) -> bool:
    """Note the order; False when this run has one already."""
    row = {
        "run_id": order.run_id,
        "body": order.model_dump(mode="json"),
        "round": 1,
        "finished_round": 0,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    return await insert_unless_there(tx, O, row)


async def order_state(tx: Tx, run_id: str, *, lock: bool = False) -> OrderState | None:
    """The order of a run; with `lock` nobody else opens or closes a round until the commit."""
    query = sa.select(O).where(O.c.run_id == run_id, here(tx, O))
    row = (await tx.conn.execute(query.with_for_update() if lock else query)).mappings().first()
    if row is None:
        return None
    return OrderState(DeliveryOrder.model_validate(row["body"]), row["round"], row["finished_round"])


async def open_round(tx: Tx, run_id: str, channels: Sequence[str], *, force: bool) -> None:
    """Begin the next round for `channels`: what failed (with `force` everything) is planned again."""
    await tx.conn.execute(
        sa.update(O).where(O.c.run_id == run_id, here(tx, O)).values(round=O.c.round + 1, updated_at=tx.now)
    )
    mine = sa.and_(I.c.owner_id == run_id, I.c.channel.in_(channels), here(tx, I))
    again: dict[str, Any] = {"status": "planned", "error": None, "final": False, "tries": 0}
    if force:
        again |= {"generation": I.c.generation + 1, "maybe_sent": False, "receipt": None, "link": None}
        await tx.conn.execute(sa.update(I).where(mine).values(**again))
    else:
        await tx.conn.execute(sa.update(I).where(mine, I.c.status != "sent").values(**again))
    round_ = sa.select(O.c.round).where(O.c.run_id == run_id).scalar_subquery()
    await tx.conn.execute(
        sa.update(D)
        .where(D.c.run_id == run_id, D.c.channel.in_(channels), here(tx, D))
        .values(status="planned", error=None, in_round=round_, updated_at=tx.now)
    )


async def close_round(tx: Tx, run_id: str, round_: int) -> bool:
    """End the round; False when it was ended before (the step ran twice)."""
    done = await tx.conn.execute(
        sa.update(O)
        .where(O.c.run_id == run_id, here(tx, O), O.c.finished_round < round_)
        .values(finished_round=round_, updated_at=tx.now)
    )
    return done.rowcount == 1


# Deliveries


async def insert_deliveries(tx: Tx, run_id: str, wanted: Mapping[str, bool]) -> None:
    """One row per channel; those turned off are skipped and say so."""
    for position, (channel, on) in enumerate(wanted.items()):
        row = {
            "id": new_id("dlv"),
            "run_id": run_id,
            "channel": channel,
            "position": position,
            "status": "planned" if on else "skipped",
            "in_round": 1 if on else 0,
            "attempts": 0,
            "error": None if on else "Turned off in the agent file.",
            "link": None,
            "updated_at": tx.now,
        }
        await insert_unless_there(tx, D, row)


async def channels_in_round(tx: Tx, run_id: str, round_: int) -> list[str]:
    """Channels that take part in this round, in order."""
    query = (
        sa.select(D.c.channel)
        .where(D.c.run_id == run_id, D.c.in_round == round_, here(tx, D))
        .order_by(D.c.position)
    )
    return list((await tx.conn.execute(query)).scalars())


async def set_delivery(
    tx: Tx, run_id: str, channel: str, status: DeliveryStatus, *, error: str | None = None, tries: int = 0
) -> None:
    """Where the channel of a run stands now. Its link is the first one its items have."""
    link = (
        sa.select(I.c.link)
        .where(I.c.owner_id == run_id, I.c.channel == channel, I.c.link.is_not(None))
        .order_by(I.c.position)
        .limit(1)
        .scalar_subquery()
    )
    await tx.conn.execute(
        sa.update(D)
        .where(D.c.run_id == run_id, D.c.channel == channel, here(tx, D))
        .values(status=status, error=error, attempts=D.c.attempts + tries, link=link, updated_at=tx.now)
    )


async def deliveries_of(tx: Tx, run_id: str) -> list[Delivery]:
    """All channels of a run with their items."""
    query = sa.select(D).where(D.c.run_id == run_id, here(tx, D)).order_by(D.c.position)
    return await _with_items(tx, (await tx.conn.execute(query)).mappings().all())


async def delivery_by_id(tx: Tx, delivery_id: str) -> Delivery | None:
    """One channel of one run."""
    query = sa.select(D).where(D.c.id == delivery_id, here(tx, D))
    found = await _with_items(tx, (await tx.conn.execute(query)).mappings().all())
    return found[0] if found else None


async def _with_items(tx: Tx, rows: Sequence[sa.RowMapping]) -> list[Delivery]:
    items = await items_shown(tx, sorted({row["run_id"] for row in rows}))
    fields = ("id", "run_id", "channel", "status", "attempts", "error", "link", "updated_at")
    return [
        Delivery(
            **{name: row[name] for name in fields},
            items=tuple(items.get((row["run_id"], row["channel"]), ())),
        )
        for row in rows
    ]


async def newest_scope(tx: Tx) -> Scope | None:
    """Where something happened last: the place for what concerns the whole installation."""
    place = (EVENTS.c.organization_id, EVENTS.c.instance_id, EVENTS.c.project_id)
    row = (await tx.conn.execute(sa.select(*place).order_by(EVENTS.c.seq.desc()).limit(1))).mappings().first()
    return Scope.model_validate(dict(row)) if row else None


# The outbox


async def items_shown(tx: Tx, owners: Sequence[str]) -> dict[tuple[str, str], list[DeliveryItem]]:
    """Items of runs or alerts as people see them, by owner and channel."""
    query = (
        sa.select(I)
        .where(I.c.owner_id.in_(owners), here(tx, I))
        .order_by(I.c.owner_id, I.c.channel, I.c.position)
    )
    shown: dict[tuple[str, str], list[DeliveryItem]] = {}
    fields = ("id", "kind", "label", "status", "receipt", "link", "error", "sent_at", "attempts")
    for row in (await tx.conn.execute(query)).mappings():
        item = DeliveryItem(**{name: row[name] for name in fields}, preview=row["body"])
        shown.setdefault((row["owner_id"], row["channel"]), []).append(item)
    return shown


async def plan_items(
    tx: Tx, owner_id: str, channel: str, planned: Sequence[PlannedItem], *, status: DeliveryStatus = "planned"
) -> None:
    """Put what is new into the outbox; refresh what would be sent for what is not sent yet."""
    for position, item in enumerate(planned):
        content = {"label": item.label, "body": item.body, "position": position}
        row = {
            **content,
            "id": new_id("dli"),
            "owner_id": owner_id,
            "channel": channel,
            "item_key": item.key,
            "kind": item.kind,
            "output_name": item.output.name if item.output else None,
            "status": status,
            "attempts": 0,
            "tries": 0,
            "generation": 0,
            "maybe_sent": False,
            "final": False,
            "receipt_detail": {},
        }
        if not await insert_unless_there(tx, I, row):
            which = sa.and_(I.c.owner_id == owner_id, I.c.channel == channel, I.c.item_key == item.key)
            unsent = I.c.status != "sent"
            await tx.conn.execute(sa.update(I).where(which, here(tx, I), unsent).values(**content))


async def item_states(tx: Tx, owner_id: str, channel: str) -> dict[str, ItemState]:
    """The outbox of one owner and channel, by key, in sending order."""
    query = (
        sa.select(I)
        .where(I.c.owner_id == owner_id, I.c.channel == channel, here(tx, I))
        .order_by(I.c.position)
    )
    return {row["item_key"]: _item_state(row) for row in (await tx.conn.execute(query)).mappings()}


def _item_state(row: sa.RowMapping) -> ItemState:
    receipt = None
    if row["receipt"] is not None:
        receipt = Receipt(id=row["receipt"], link=row["link"], detail=row["receipt_detail"])
    same = ("id", "kind", "label", "status", "generation", "tries", "maybe_sent", "final", "error")
    return ItemState(
        **{name: row[name] for name in same},
        key=row["item_key"],
        receipt=receipt,
        output_name=row["output_name"],
    )


async def begin_item(tx: Tx, item_id: str) -> None:
    """The intent: from here on the effect may exist."""
    await tx.conn.execute(
        sa.update(I)
        .where(I.c.id == item_id, here(tx, I))
        .values(
            status="sending",
            attempts=I.c.attempts + 1,
            tries=I.c.tries + 1,
            maybe_sent=True,
            error=None,
        )
    )


async def confirm_item(tx: Tx, item_id: str, receipt: Receipt) -> bool:
    """The effect exists and this is its receipt; False when that was known already."""
    done = await tx.conn.execute(
        sa.update(I)
        .where(I.c.id == item_id, here(tx, I), I.c.status != "sent")
        .values(
            status="sent",
            receipt=receipt.id,
            receipt_detail=receipt.detail,
            link=receipt.link,
            error=None,
            sent_at=tx.now,
        )
    )
    return done.rowcount == 1


async def fail_item(tx: Tx, item_id: str, error: str, *, maybe_sent: bool, final: bool) -> None:
    """It did not work, or nobody can tell (`maybe_sent`); `final` when trying again is no use."""
    await tx.conn.execute(
        sa.update(I)
        .where(I.c.id == item_id, here(tx, I), I.c.status != "sent")
        .values(status="failed", error=error[:2000], maybe_sent=maybe_sent, final=final)
    )


# What channels remember


async def recall(tx: Tx, channel: str, key: str) -> str | None:
    """The value remembered under `key`."""
    query = sa.select(M.c.value).where(here(tx, M), M.c.channel == channel, M.c.memory_key == key)
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def remember(tx: Tx, channel: str, key: str, value: str) -> None:
    """Keep `value` under `key`."""
    row = {"id": new_id("mem"), "channel": channel, "memory_key": key, "value": value}
    if not await insert_unless_there(tx, M, row):
        mine = sa.and_(here(tx, M), M.c.channel == channel, M.c.memory_key == key)
        await tx.conn.execute(sa.update(M).where(mine).values(value=value))


async def hold(tx: Tx, channel: str, key: str, holder: str, lease: timedelta) -> bool:
    """Take the right to work on `key` until the lease ends; False while someone else has it."""
    row = {"id": new_id("mem"), "channel": channel, "memory_key": key}
    await insert_unless_there(tx, M, row)
    mine = sa.and_(here(tx, M), M.c.channel == channel, M.c.memory_key == key)
    free = sa.or_(M.c.held_by.is_(None), M.c.held_by == holder, M.c.held_until < tx.now)
    taken = await tx.conn.execute(
        sa.update(M).where(mine, free).values(held_by=holder, held_until=tx.now + lease)
    )
    return taken.rowcount == 1


async def let_go(tx: Tx, channel: str, key: str, holder: str) -> None:
    """Give the right back."""
    mine = sa.and_(here(tx, M), M.c.channel == channel, M.c.memory_key == key, M.c.held_by == holder)
    await tx.conn.execute(sa.update(M).where(mine).values(held_by=None, held_until=None))
