"""The steps of one alert. A failed alert is recorded and logged, and that is the end of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from opsroom.delivery import api, rules
from opsroom.delivery.alerting import store
from opsroom.delivery.outbox import Outbox, Outcome, Owner
from opsroom.delivery.ports import AlertChannel, Channel
from opsroom.delivery.settings import DeliverySettings
from opsroom.delivery.shapes import Alert, AlertOrder
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Fault, OpsroomError
from opsroom.kernel.uow import UnitsOfWork

log = structlog.get_logger("opsroom.delivery")

_FORGET_KEYS_AFTER = timedelta(days=2)


class Alerter:
    """Sends the alerts of one house over every channel that carries alerts."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        channels: Mapping[str, Channel],
        outbox: Outbox,
        settings: DeliverySettings,
    ) -> None:
        self._uow = unit_of_work
        self._channels = channels
        self._outbox = outbox
        self._settings = settings

    async def take_turn(self, actor: Actor, alert_id: str) -> bool:
        """Is the message let through? The answer stands on the alert; its task is blocked either way."""
        window = timedelta(seconds=self._settings.alert_window_s)
        async with self._uow(actor) as tx:
            given = await store.turn_given(tx, alert_id)
            if given is not None:
                return given
            alert, _ = _found(await store.alert_by_id(tx, alert_id), alert_id)
            await store.forget_quiet_keys(tx, max(window, _FORGET_KEYS_AFTER))
            crowded = await store.turns_since(tx, window) >= self._settings.alerts_per_window
            earlier = await store.take_turn(tx, alert.key, window, closed=crowded)
            await store.note_turn(tx, alert_id, earlier)
        if earlier is None:
            log.info("delivery.alert_suppressed", alert_id=alert_id, key=alert.key)
        return earlier is not None

    async def send(self, actor: Actor, alert_id: str, loud: bool) -> dict[str, object]:
        """One pass over the channels, side by side; whether a second one could help."""
        async with self._uow.reading(actor) as tx:
            alert, order = _found(await store.alert_by_id(tx, alert_id), alert_id)
        carriers = [c for c in self._channels.values() if c.capabilities.alerts]
        results = await asyncio.gather(
            *(self._send_on(actor, c, alert, order, loud) for c in carriers), return_exceptions=True
        )
        errors: list[str] = []
        again: list[Outcome] = []
        for carrier, result in zip(carriers, results, strict=True):
            if isinstance(result, BaseException):
                log.error("delivery.alert_broke", channel=carrier.name, exc_info=result)
                errors.append(f"{carrier.name}: {type(result).__name__}: {result}")
            elif result.error is not None:
                errors.append(f"{carrier.name}: {result.error}")
                again += [result] if result.retry else []
        await self._note(actor, alert_id, errors, loud)
        waits = [outcome.retry_after_s for outcome in again if outcome.retry_after_s is not None]
        return {"retry": bool(again), "retry_after_s": max(waits) if waits else None}

    async def _send_on(
        self, actor: Actor, channel: Channel, alert: Alert, order: AlertOrder, loud: bool
    ) -> Outcome:
        if not isinstance(channel, AlertChannel):
            raise Fault(f"the channel {channel.name} says it carries alerts and cannot plan one")
        status = order.blocked_status if order.block_task else None
        try:
            planned = channel.plan_alert(alert, block_task=status, quiet=not loud)
        except OpsroomError as error:
            return Outcome(str(error), retry=False, retry_after_s=None)
        owner = Owner(alert.id, alert.created_at, announces=False)
        return await self._outbox.work_off(actor, owner, channel, planned)

    async def _note(self, actor: Actor, alert_id: str, errors: list[str], loud: bool) -> None:
        error = "; ".join(errors) or None
        if error:
            log.error("delivery.alert_failed", alert_id=alert_id, error=error)
        status = "failed" if error else "sent" if loud else "suppressed"
        async with self._uow(actor) as tx:
            await store.set_alert(tx, alert_id, status, error=error)

    async def broke(self, actor: Actor, alert_id: str, message: str) -> None:
        """The workflow itself ended with a fault."""
        await self._note(actor, alert_id, [message], loud=True)

    async def compare_daily_cost(self, actor: Actor, spent_micro_usd: int) -> None:
        """Raise the daily cost alert if today's spend is over the threshold and it was not raised today."""
        threshold = round(self._settings.daily_cost_alert_threshold_usd * 1_000_000)
        if threshold == 0 or spent_micro_usd < threshold:
            return
        async with self._uow(actor) as tx:
            key = f"daily_cost:{tx.now:%Y-%m-%d}"
            if not await store.is_raised(tx, key):
                await api.raise_alert(tx, rules.daily_cost_alert(key, spent_micro_usd, threshold))


def _found(row: tuple[Alert, AlertOrder] | None, alert_id: str) -> tuple[Alert, AlertOrder]:
    if row is None:
        raise Fault(f"alert {alert_id} is gone")
    return row
