"""Working off the outbox: intent, call, confirmation, for one channel of one owner at a time.

The intent is committed before the call and the confirmation after it. Whoever finds an intent without
a confirmation (we died in between, or the reply was lost) asks the other side first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from opsroom.delivery import rules, store
from opsroom.delivery.events import ItemSent
from opsroom.delivery.ports import Blobs, Channel, Job, PlannedItem, Receipt
from opsroom.delivery.store import ItemState
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import AdapterError, OpsroomError
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.uow import UnitsOfWork

log = structlog.get_logger("opsroom.delivery")

TRIES_PER_ROUND = 2
UNSURE = "It may have been sent before, and it could not be looked for, so it is not sent again:"
# Short, and renewed while the work lasts: what a killed process held must not hold up the next one.
_HOLD_LEASE = timedelta(seconds=6)
_HOLD_RENEW_S = 1.5
_HOLD_PATIENCE_S = 75.0  # longer than the lease, so that one dead holder fails nobody
_HOLD_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left after one pass: `error` in words, and whether a second pass could help."""

    error: str | None
    retry: bool
    retry_after_s: float | None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose effects: a run or an alert. `announces` when each one sent is an event (runs)."""

    id: str
    since: datetime
    announces: bool


class Outbox:
    """Sends what is planned and keeps the books. One per house."""

    def __init__(self, unit_of_work: UnitsOfWork, blobs: Blobs) -> None:
        self._uow = unit_of_work
        self._blobs = blobs

    async def work_off(
        self, actor: Actor, owner: Owner, channel: Channel, planned: Sequence[PlannedItem]
    ) -> Outcome:
        """Send what is not sent of `planned`, in order. Failures are noted, never raised."""
        async with self._uow(actor) as tx:
            await store.plan_items(tx, owner.id, channel.name, planned)
            states = await store.item_states(tx, owner.id, channel.name)
        failpoint("outbox.planned")
        retry_after: list[float] = []
        for item in planned:
            state = states[item.key]
            if state.status == "sent" or _given_up(state):
                continue
            states[item.key], error = await self._settle(actor, owner, channel, item, states)
            pause_s = rules.asked_pause_s(error)
            if pause_s is not None:
                retry_after.append(pause_s)
        return _outcome([states[item.key] for item in planned], retry_after)

    async def _settle(
        self,
        actor: Actor,
        owner: Owner,
        channel: Channel,
        item: PlannedItem,
        states: dict[str, ItemState],
    ) -> tuple[ItemState, OpsroomError | None]:
        """Bring one item to sent or failed; its state then, and the error of the failure."""
        state = states[item.key]
        missing = rules.unmet(item, {key: s.status for key, s in states.items()})
        if missing:
            names = ", ".join(states[key].label if key in states else key for key in missing)
            text = f"Not done, because this failed before it: {names}."
            return await self._failed(actor, replace(state, error=text)), None
        async with self._uow(actor) as tx:
            await store.begin_item(tx, state.id)
        state = replace(state, tries=state.tries + 1)
        named = rules.marker(owner.id, channel.name, item.key, state.generation)
        marked = item.model_copy(update={"marker": named})
        job, looking = self._job(actor, owner, channel, states), state.maybe_sent
        try:
            receipt = await channel.find(marked, job) if looking else None
            looking = False
            failpoint("outbox.begun")
            receipt = receipt or await channel.send(marked, job)
            failpoint("outbox.sent")
        except OpsroomError as error:
            text = f"{UNSURE} {error}" if looking else str(error)
            log.warning(
                "delivery.item_failed", owner=owner.id, channel=channel.name, item=item.key, error=text
            )
            maybe, final = looking or rules.may_have_happened(error), not rules.worth_retrying(error)
            return await self._failed(actor, replace(state, error=text, maybe_sent=maybe, final=final)), error
        await self._confirm(actor, owner, channel.name, state, receipt)
        failpoint("outbox.confirmed")
        return replace(state, status="sent", receipt=receipt), None

    def _job(self, actor: Actor, owner: Owner, channel: Channel, states: dict[str, ItemState]) -> Job:
        receipts = {key: s.receipt for key, s in states.items() if s.receipt is not None}
        memory = RoomMemory(self._uow, actor, channel.name, owner.id)
        return Job(owner.id, owner.since, receipts, self._blobs, memory)

    async def _confirm(
        self, actor: Actor, owner: Owner, channel: str, state: ItemState, receipt: Receipt
    ) -> None:
        async with self._uow(actor) as tx:
            news = await store.confirm_item(tx, state.id, receipt)
            if news and owner.announces:
                tx.record(
                    ItemSent(
                        run_id=owner.id,
                        channel=channel,
                        item_id=state.id,
                        kind=state.kind,
                        label=state.label,
                        receipt=receipt.id,
                        link=receipt.link,
                    ),
                    subject=owner.id,
                )

    async def _failed(self, actor: Actor, state: ItemState) -> ItemState:
        async with self._uow(actor) as tx:
            await store.fail_item(
                tx, state.id, state.error or "", maybe_sent=state.maybe_sent, final=state.final
            )
        return replace(state, status="failed")


def _outcome(states: Sequence[ItemState], retry_after: Sequence[float]) -> Outcome:
    failed = [s for s in states if s.status != "sent"]
    if not failed:
        return Outcome(None, retry=False, retry_after_s=None)
    reasons = dict.fromkeys(f"{s.label}: {s.error}" for s in failed)
    # What waits for something that was given up (no tries of its own) has no hope either.
    hopeful = any(s.tries > 0 and not _given_up(s) for s in failed)
    return Outcome("; ".join(reasons), retry=hopeful, retry_after_s=max(retry_after) if retry_after else None)


def _given_up(state: ItemState) -> bool:
    """Refused for good, or failed and failed once more in this round."""
    return state.status == "failed" and (state.final or state.tries >= TRIES_PER_ROUND)


class RoomMemory:
    """What one channel remembers, in rows of the actor's project. Fulfils `Memory`.

    It holds in the name of the run or alert: when its process dies, the next one is not kept out.
    """

    def __init__(self, unit_of_work: UnitsOfWork, actor: Actor, channel: str, owner_id: str) -> None:
        self._uow = unit_of_work
        self._actor = actor
        self._channel = channel
        self._holder = owner_id

    async def recall(self, key: str) -> str | None:
        async with self._uow.reading(self._actor) as tx:
            return await store.recall(tx, self._channel, key)

    async def remember(self, key: str, value: str) -> None:
        async with self._uow(self._actor) as tx:
            await store.remember(tx, self._channel, key, value)

    @asynccontextmanager
    async def holding(self, key: str) -> AsyncIterator[None]:
        await self._take(key)
        failpoint("outbox.holding")
        done = asyncio.Event()
        renewing = asyncio.create_task(self._renew(key, done))
        try:
            yield
        finally:
            done.set()
            await asyncio.gather(renewing, return_exceptions=True)
            async with self._uow(self._actor) as tx:
                await store.let_go(tx, self._channel, key, self._holder)

    async def _renew(self, key: str, done: asyncio.Event) -> None:
        while not done.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), _HOLD_RENEW_S)
                return
            async with self._uow(self._actor) as tx:
                await store.hold(tx, self._channel, key, self._holder, _HOLD_LEASE)

    async def _take(self, key: str) -> None:
        for _ in range(int(_HOLD_PATIENCE_S / _HOLD_POLL_S)):
            async with self._uow(self._actor) as tx:
                if await store.hold(tx, self._channel, key, self._holder, _HOLD_LEASE):
                    return
            await asyncio.sleep(_HOLD_POLL_S)
        raise AdapterError(
            f"Another delivery has been working on {key!r} for {_HOLD_PATIENCE_S:.0f} seconds.",
            adapter=self._channel,
            permanent=False,
            retry_after_s=_HOLD_LEASE.total_seconds(),
        )
