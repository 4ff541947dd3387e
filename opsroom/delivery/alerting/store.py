"""Every statement on alerts and their rate limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from opsroom.delivery.shapes import Alert, AlertOrder, AlertStatus
from opsroom.delivery.store import here, insert_unless_there, items_shown
from opsroom.delivery.tables import ALERT_KEYS as K
from opsroom.delivery.tables import ALERTS as A
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx

# Alerts


async def insert_alert(tx: Tx, order: AlertOrder) -> Alert:
    """Note the alert; whether it goes out is decided when it is its turn."""
    alert_id = new_id("alert")
    await tx.conn.execute(
        sa.insert(A).values(
            **tx.actor.scope.model_dump(),
            id=alert_id,
            kind=order.kind,
            alert_key=order.key,
            body=order.model_dump(mode="json"),
            run_id=order.run_id,
            status="raised",
            earlier_suppressed=0,
            created_at=tx.now,
        )
    )
    found = await alert_by_id(tx, alert_id)
    assert found is not None  # noqa: S101 - inserted two lines above
    return found[0]


async def alert_by_id(tx: Tx, alert_id: str) -> tuple[Alert, AlertOrder] | None:
    """An alert, and the order it was raised with."""
    query = sa.select(A).where(A.c.id == alert_id, here(tx, A))
    row = (await tx.conn.execute(query)).mappings().first()
    if row is None:
        return None
    return (await _shown(tx, [row]))[0], AlertOrder.model_validate(row["body"])


async def alerts(tx: Tx, *, run_id: str | None, limit: int, offset: int) -> tuple[list[Alert], int]:
    """Newest first, and the number of all."""
    where = here(tx, A) if run_id is None else sa.and_(here(tx, A), A.c.run_id == run_id)
    total = (await tx.conn.execute(sa.select(sa.func.count()).select_from(A).where(where))).scalar_one()
    query = sa.select(A).where(where).order_by(A.c.created_at.desc(), A.c.id.desc())
    rows = (await tx.conn.execute(query.limit(limit).offset(offset))).mappings().all()
    return await _shown(tx, rows), total


async def turn_given(tx: Tx, alert_id: str) -> bool | None:
    """What the rate limit said of this alert; None before it was asked."""
    query = sa.select(A.c.granted).where(A.c.id == alert_id, here(tx, A)).with_for_update()
    return (await tx.conn.execute(query)).scalar_one()


async def note_turn(tx: Tx, alert_id: str, earlier: int | None) -> None:
    """Keep the rate limit's answer: `earlier` held back before it, or None when held back itself."""
    granted = earlier is not None
    values = {"granted": granted, "earlier_suppressed": earlier or 0}
    if not granted:
        values["status"] = "suppressed"
    await tx.conn.execute(sa.update(A).where(A.c.id == alert_id, here(tx, A)).values(**values))


async def is_raised(tx: Tx, key: str) -> bool:
    """Has an alert with this key ever been raised?"""
    query = sa.select(A.c.id).where(here(tx, A), A.c.alert_key == key).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def _shown(tx: Tx, rows: Sequence[sa.RowMapping]) -> list[Alert]:
    items = await items_shown(tx, [row["id"] for row in rows])
    by_owner: dict[str, list] = {}
    for (owner, _channel), some in items.items():
        by_owner.setdefault(owner, []).extend(some)
    of_row = ("id", "kind", "status", "error", "earlier_suppressed", "created_at", "sent_at")
    of_order = ("title", "text", "agent_name", "run_id", "channel", "tags", "fields", "task_id")
    shown = []
    for row in rows:
        order = AlertOrder.model_validate(row["body"])
        fields = {name: row[name] for name in of_row} | {name: getattr(order, name) for name in of_order}
        shown.append(
            Alert(
                **fields,
                key=order.key,
                last_event=order.last_event,
                run_url=order.run_url,
                items=tuple(by_owner.get(row["id"], ())),
            )
        )
    return shown


async def set_alert(tx: Tx, alert_id: str, status: AlertStatus, *, error: str | None = None) -> None:
    """Where an alert stands now."""
    values: dict[str, object] = {"status": status, "error": error}
    if status == "sent":
        values["sent_at"] = tx.now
    await tx.conn.execute(sa.update(A).where(A.c.id == alert_id, here(tx, A)).values(**values))


async def take_turn(tx: Tx, key: str, window: timedelta, *, closed: bool = False) -> int | None:
    """Claim the one message that `key` may send per `window`; nobody can while it is `closed`.

    Returns how many were held back since the last one, or None when this one is held back too. The
    comparison and the claim are one UPDATE, so two processes cannot both win.
    """
    mine = sa.and_(here(tx, K), K.c.alert_key == key)
    row = {"id": new_id("akey"), "alert_key": key, "last_at": tx.now - window, "suppressed": 0}
    await insert_unless_there(tx, K, row)
    query = sa.select(K.c.suppressed).where(mine).with_for_update()
    held_back = (await tx.conn.execute(query)).scalar_one()
    due = sa.and_(K.c.last_at <= tx.now - window, sa.literal(not closed))
    taken = await tx.conn.execute(sa.update(K).where(mine, due).values(last_at=tx.now, suppressed=0))
    if taken.rowcount == 1:
        return held_back
    await tx.conn.execute(sa.update(K).where(mine).values(suppressed=K.c.suppressed + 1))
    return None


async def turns_since(tx: Tx, window: timedelta) -> int:
    """How many keys sent a message within `window`."""
    query = sa.select(sa.func.count()).select_from(K).where(here(tx, K), K.c.last_at > tx.now - window)
    return (await tx.conn.execute(query)).scalar_one()


async def forget_quiet_keys(tx: Tx, older: timedelta) -> None:
    """Drop keys that have been quiet for long: they are one row per trouble, for ever."""
    await tx.conn.execute(sa.delete(K).where(here(tx, K), K.c.last_at < tx.now - older))
