"""The steps of one round of delivery. Workflows call them; each may run more than once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from opsroom.delivery import api, rules, store
from opsroom.delivery.events import ChannelFailed, OrderFinished
from opsroom.delivery.outbox import Outbox, Outcome, Owner
from opsroom.delivery.ports import Channel, Link, NothingToSend
from opsroom.delivery.shapes import Delivery, DeliveryOrder
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Fault, OpsroomError
from opsroom.kernel.uow import Tx, UnitsOfWork

log = structlog.get_logger("opsroom.delivery")


class Deliverer:
    """Carries out the rounds of one house."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        channels: Mapping[str, Channel],
        outbox: Outbox,
        broken: Mapping[str, str],
    ) -> None:
        self._uow = unit_of_work
        self._channels = channels
        self._outbox = outbox
        self._broken = broken

    async def open(self, actor: Actor, run_id: str, round_: int) -> list[list[str]]:
        """Who goes first (makers of links) and who follows; a dry run is planned here and nobody goes."""
        async with self._uow(actor) as tx:
            order = (await _order(tx, run_id)).order
            names = await store.channels_in_round(tx, run_id, round_)
            for name in names:
                if name not in self._channels:
                    await store.set_delivery(tx, run_id, name, "failed", error=self._why_missing(name))
            names = [name for name in names if name in self._channels]
            if order.dry_run:
                await self._rehearse(tx, order, names)
                return [[], []]
        first = [n for n in names if self._channels[n].capabilities.provides_links]
        return [first, [n for n in names if n not in first]]

    def _why_missing(self, name: str) -> str:
        if name in self._broken:
            return f"The channel {name!r} cannot be used: {self._broken[name]}"
        known = ", ".join(sorted(self._channels))
        return f"No channel is called {name!r}; there are: {known}. Correct the agent file."

    async def _rehearse(self, tx: Tx, order: DeliveryOrder, names: Sequence[str]) -> None:
        links: list[Link] = []
        makers_first = sorted(names, key=lambda n: not self._channels[n].capabilities.provides_links)
        for name in makers_first:
            channel = self._channels[name]
            try:
                planned = channel.plan(order, links)
            except NothingToSend as nothing:
                await store.set_delivery(tx, order.run_id, name, "skipped", error=nothing.message)
                continue
            except OpsroomError as error:
                await store.set_delivery(tx, order.run_id, name, "failed", error=str(error))
                continue
            await store.plan_items(tx, order.run_id, name, planned, status="dry_run")
            await store.set_delivery(tx, order.run_id, name, "dry_run")
            if channel.capabilities.provides_links:
                links += rules.placeholder_links(name, planned)

    async def send(self, actor: Actor, run_id: str, names: Sequence[str]) -> list[dict[str, object]]:
        """One pass over `names`, side by side. Tells which of them deserve another."""
        async with self._uow(actor) as tx:
            order = (await _order(tx, run_id)).order
            links = await self._links(tx, order)
            for name in names:
                await store.set_delivery(tx, run_id, name, "sending", tries=1)
        # A bug in one channel must not take the others with it, so its error comes back as a value.
        results = await asyncio.gather(
            *(self._send_channel(actor, order, self._channels[name], links) for name in names),
            return_exceptions=True,
        )
        again: list[dict[str, object]] = []
        for name, result in zip(names, results, strict=True):
            if isinstance(result, BaseException):
                await self._broke(actor, run_id, name, result)
            elif result.retry:
                again.append({"channel": name, "retry_after_s": result.retry_after_s})
        return again

    async def _send_channel(
        self, actor: Actor, order: DeliveryOrder, channel: Channel, links: Sequence[Link]
    ) -> Outcome:
        try:
            planned = channel.plan(order, links)
        except NothingToSend as nothing:
            async with self._uow(actor) as tx:
                await store.set_delivery(tx, order.run_id, channel.name, "skipped", error=nothing.message)
            return Outcome(None, retry=False, retry_after_s=None)
        except OpsroomError as error:
            async with self._uow(actor) as tx:
                await store.set_delivery(tx, order.run_id, channel.name, "failed", error=str(error))
            return Outcome(str(error), retry=False, retry_after_s=None)
        owner = Owner(order.run_id, order.started_at, announces=True)
        outcome = await self._outbox.work_off(actor, owner, channel, planned)
        async with self._uow(actor) as tx:
            status = "sent" if outcome.error is None else "failed"
            await store.set_delivery(tx, order.run_id, channel.name, status, error=outcome.error)
        return outcome

    async def _broke(self, actor: Actor, run_id: str, name: str, error: BaseException) -> None:
        log.error("delivery.channel_broke", run_id=run_id, channel=name, exc_info=error)
        text = f"A fault in the channel itself: {type(error).__name__}: {error}"
        async with self._uow(actor) as tx:
            await store.set_delivery(tx, run_id, name, "failed", error=text)

    async def _links(self, tx: Tx, order: DeliveryOrder) -> list[Link]:
        """What the makers of links have made so far."""
        makers = {n for n, c in self._channels.items() if c.capabilities.provides_links}
        links: list[Link] = []
        for name in sorted(makers & set(order.channels)):
            for state in (await store.item_states(tx, order.run_id, name)).values():
                if state.status == "sent" and state.receipt and state.receipt.link:
                    link = state.receipt.link
                    links.append(Link(channel=name, label=state.label, url=link, name=state.output_name))
        return links

    async def finish(self, actor: Actor, run_id: str, round_: int, fault: str | None = None) -> None:
        """Close the round: tell who failed, once, and give the run its news."""
        async with self._uow(actor) as tx:
            state = await _order(tx, run_id, lock=True)
            if not await store.close_round(tx, run_id, round_):
                return
            names = await store.channels_in_round(tx, run_id, round_)
            if fault is not None:
                for name in names:
                    await self._give_up(tx, run_id, name, fault)
            failed = [d for d in await store.deliveries_of(tx, run_id) if d.status == "failed"]
            news = [d for d in failed if d.channel in names]
            for one in news:
                text = one.error or "no reason given"
                tx.record(ChannelFailed(run_id=run_id, channel=one.channel, error=text), subject=run_id)
            if news and not state.order.dry_run:
                await api.raise_alert(tx, rules.failure_alert(state.order, news, round_))
            tx.record(_finished(state.order, round_, failed), subject=run_id)

    async def _give_up(self, tx: Tx, run_id: str, name: str, fault: str) -> None:
        current = {d.channel: d for d in await store.deliveries_of(tx, run_id)}[name]
        if current.status in ("planned", "sending"):
            await store.set_delivery(tx, run_id, name, "failed", error=f"Delivery broke off: {fault}")


def _finished(order: DeliveryOrder, round_: int, failed: Sequence[Delivery]) -> OrderFinished:
    return OrderFinished(
        run_id=order.run_id,
        round=round_,
        ok=not failed,
        failed_channels=tuple(d.channel for d in failed),
        dry_run=order.dry_run,
    )


async def _order(tx: Tx, run_id: str, *, lock: bool = False) -> store.OrderState:
    state = await store.order_state(tx, run_id, lock=lock)
    if state is None:
        raise Fault(f"the delivery order of run {run_id} is gone")
    return state
