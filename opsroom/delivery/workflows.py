"""The durable side: one workflow per round of delivery, one per alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from opsroom.delivery import api
from opsroom.delivery.alerting.alerter import Alerter
from opsroom.delivery.deliver import Deliverer
from opsroom.delivery.settings import DeliverySettings
from opsroom.kernel.actor import Actor, Scope
from opsroom.kernel.durable import Durable, JsonValue

ScopeJson = dict[str, str]

# Each item is tried once more at most. A folder that came at the second try leaves its files their own
# two, so a channel can need more than two passes.
MAX_PASSES = 4


def register(
    durable: Durable,
    as_system: Callable[[Scope], Actor],
    deliverer: Deliverer,
    alerter: Alerter,
    settings: DeliverySettings,
) -> None:
    """Make the workflows known. Their names and the order of their steps are kept for what is running."""
    flows = _Workflows(durable, as_system, deliverer, alerter, settings)
    durable.workflow(api.DELIVER, flows.deliver, on_fault=flows.delivery_broke)
    durable.workflow(api.ALERT, flows.alert, on_fault=flows.alert_broke)
    durable.workflow(api.DAILY_COST, flows.daily_cost)


class _Workflows:
    def __init__(
        self,
        durable: Durable,
        as_system: Callable[[Scope], Actor],
        deliverer: Deliverer,
        alerter: Alerter,
        settings: DeliverySettings,
    ) -> None:
        self._durable = durable
        self._as_system = as_system
        self._deliverer = deliverer
        self._alerter = alerter
        self._settings = settings

    def _actor(self, scope: ScopeJson) -> Actor:
        return self._as_system(Scope.model_validate(scope))

    def _pause(self, asked_s: Sequence[object]) -> float:
        asked = [float(s) for s in asked_s if isinstance(s, int | float)]
        wanted = max([self._settings.retry_delay_s, *asked])
        return min(wanted, self._settings.retry_delay_limit_s)

    # Delivery

    async def deliver(self, scope: ScopeJson, run_id: str, round_: int) -> JsonValue:
        """Makers of links first, then the others; what failed is tried once more; then the books close."""
        phases = await self._durable.step("open", self._open, scope, run_id, round_)
        for phase, names in zip(("first", "then"), phases, strict=True):
            if not names:
                continue
            for number in range(1, MAX_PASSES + 1):
                again = await self._durable.step(f"{phase}_{number}", self._send, scope, run_id, names)
                if not again or number == MAX_PASSES:
                    break
                await self._durable.sleep(self._pause([one["retry_after_s"] for one in again]))
                names = [one["channel"] for one in again]  # noqa: PLW2901 - only those go again
        await self._durable.step("finish", self._finish, scope, run_id, round_, None)
        return None

    async def _open(self, scope: ScopeJson, run_id: str, round_: int) -> list[Any]:
        return await self._deliverer.open(self._actor(scope), run_id, round_)

    async def _send(self, scope: ScopeJson, run_id: str, names: list[str]) -> list[Any]:
        return await self._deliverer.send(self._actor(scope), run_id, names)

    async def _finish(self, scope: ScopeJson, run_id: str, round_: int, fault: str | None) -> None:
        await self._deliverer.finish(self._actor(scope), run_id, round_, fault)

    async def delivery_broke(self, args: Sequence[Any], message: str) -> None:
        scope, run_id, round_ = args
        await self._finish(scope, run_id, round_, message)

    # Alerts

    async def alert(self, scope: ScopeJson, alert_id: str) -> JsonValue:
        """Within the rate limit a message; the task is blocked in any case; tried once more on failure."""
        loud = await self._durable.step("turn", self._turn, scope, alert_id)
        for number in range(1, MAX_PASSES + 1):
            result = await self._durable.step(f"send_{number}", self._send_alert, scope, alert_id, loud)
            if not result["retry"] or number == MAX_PASSES:
                break
            await self._durable.sleep(self._pause([result["retry_after_s"]]))
        return None

    async def _turn(self, scope: ScopeJson, alert_id: str) -> bool:
        return await self._alerter.take_turn(self._actor(scope), alert_id)

    async def _send_alert(self, scope: ScopeJson, alert_id: str, loud: bool) -> dict[str, Any]:
        return await self._alerter.send(self._actor(scope), alert_id, loud)

    async def alert_broke(self, args: Sequence[Any], message: str) -> None:
        scope, alert_id = args
        await self._alerter.broke(self._actor(scope), alert_id, message)

    async def daily_cost(self, scope: ScopeJson, spent_micro_usd: int) -> JsonValue:
        """Compare today's spend with the threshold, outside the transaction that measured it."""
        await self._durable.step("compare", self._compare, scope, spent_micro_usd)
        return None

    async def _compare(self, scope: ScopeJson, spent_micro_usd: int) -> None:
        await self._alerter.compare_daily_cost(self._actor(scope), spent_micro_usd)
