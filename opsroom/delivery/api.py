"""The verbs of delivery. Each takes an open unit of work and never commits."""

from __future__ import annotations

from opsroom.delivery import rules, store
from opsroom.delivery.alerting import store as alert_store
from opsroom.delivery.errors import DeliveryBusy, NothingOrdered, UnknownChannel
from opsroom.delivery.events import AlertRaised
from opsroom.delivery.shapes import Alert, AlertOrder, Delivery, DeliveryOrder
from opsroom.kernel.errors import NotFound
from opsroom.kernel.uow import Tx

DELIVER = "delivery.deliver.v1"
ALERT = "delivery.alert.v1"
DAILY_COST = "delivery.daily_cost.v1"
DIME_MICRO_USD = 100_000


async def request_delivery(tx: Tx, order: DeliveryOrder) -> list[Delivery]:
    """Order the delivery of a run's outputs. Asking again for the same run changes nothing."""
    if await store.insert_order(tx, order):
        await store.insert_deliveries(tx, order.run_id, rules.wanted_channels(order))
        _enqueue(tx, order.run_id, 1)
    return await store.deliveries_of(tx, order.run_id)


async def deliveries_of(tx: Tx, run_id: str) -> list[Delivery]:
    """The run's deliveries, channel by channel; empty when none was requested."""
    return await store.deliveries_of(tx, run_id)


async def delivery(tx: Tx, delivery_id: str) -> Delivery:
    """One delivery by its id. Raises NotFound."""
    found = await store.delivery_by_id(tx, delivery_id)
    if found is None:
        raise NotFound(f"There is no delivery {delivery_id}.")
    return found


async def redeliver(
    tx: Tx, run_id: str, channel: str | None = None, *, force: bool = False
) -> list[Delivery]:
    """Deliver again what is not sent, on `channel` or on all; with `force` also what is.

    Raises NothingOrdered, UnknownChannel, and DeliveryBusy while a round is under way.
    """
    order = await store.order_state(tx, run_id, lock=True)
    if order is None:
        raise NothingOrdered(f"No delivery was requested for run {run_id}, so there is nothing to repeat.")
    if order.finished_round < order.round:
        raise DeliveryBusy(f"Run {run_id} is being delivered right now; wait until it has finished.")
    deliveries = {d.channel: d for d in await store.deliveries_of(tx, run_id)}
    if channel is not None and channel not in deliveries:
        listed = ", ".join(sorted(deliveries)) or "none"
        raise UnknownChannel(f"Run {run_id} has no delivery on {channel!r}; its channels are: {listed}.")
    on = [name for name, turned_on in rules.wanted_channels(order.order).items() if turned_on]
    if channel is not None and channel not in on:
        raise UnknownChannel(f"{channel} is turned off in the agent file that run {run_id} began with.")
    chosen = [
        name
        for name in on
        if channel in (None, name) and (force or deliveries[name].status not in ("sent", "dry_run"))
    ]
    await store.open_round(tx, run_id, chosen, force=force)
    _enqueue(tx, run_id, order.round + 1)
    return await store.deliveries_of(tx, run_id)


async def raise_alert(tx: Tx, order: AlertOrder) -> Alert:
    """Tell a person. The alert is recorded now; the message goes out after the commit, within the rate
    limit of its key."""
    alert = await alert_store.insert_alert(tx, order)
    tx.record(
        AlertRaised(
            alert_id=alert.id,
            kind=order.kind,
            title=order.title,
            agent_name=order.agent_name,
            run_id=order.run_id,
        ),
        subject=alert.id,
    )
    tx.enqueue(ALERT, tx.actor.scope.model_dump(), alert.id, workflow_id=f"alert:{alert.id}")
    return alert


async def check_daily_cost(tx: Tx, spent_micro_usd_today: int) -> None:
    """Raise the daily cost alert, once a day, when today's spend passes the threshold in the settings.

    Cheap enough to call at every cost sample: the comparison runs once for each ten cents.
    """
    dime = spent_micro_usd_today // DIME_MICRO_USD
    key = f"daily_cost:{tx.actor.scope.project_id}:{tx.now:%Y-%m-%d}:{dime}"
    tx.enqueue(DAILY_COST, tx.actor.scope.model_dump(), spent_micro_usd_today, workflow_id=key)


async def alerts(
    tx: Tx, *, run_id: str | None = None, limit: int = 50, offset: int = 0
) -> tuple[list[Alert], int]:
    """Alerts, newest first, and how many there are in all."""
    return await alert_store.alerts(tx, run_id=run_id, limit=limit, offset=offset)


def _enqueue(tx: Tx, run_id: str, round_: int) -> None:
    tx.enqueue(DELIVER, tx.actor.scope.model_dump(), run_id, round_, workflow_id=f"deliver:{run_id}:{round_}")
