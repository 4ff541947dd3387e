"""One commit: row, event and durable work together or not at all."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest

from opsroom.kernel.actor import Actor
from opsroom.kernel.events import Event, Recorded
from opsroom.kernel.room import House, Room
from opsroom.kernel.uow import events_after, last_seq


class ThingDone(Event):
    KIND: ClassVar[str] = "test.thing_done.v1"
    n: int


class Seen:
    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.more = asyncio.Event()

    async def take(self, event: Recorded) -> None:
        self.events.append(event)
        self.more.set()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.events) < count:
                self.more.clear()
                await self.more.wait()


def room_that_reacts(seen: Seen) -> Room:
    return Room(name="r", build=lambda house: house.react(ThingDone, "test.on_thing.v1", seen.take))


async def test_an_event_is_numbered_and_its_reaction_runs(build_house, alice: Actor) -> None:
    seen = Seen()
    house: House = await build_house([room_that_reacts(seen)])
    async with house.unit_of_work(alice) as tx:
        tx.record(ThingDone(n=1), subject="thing_1")
        tx.record(ThingDone(n=2), subject="thing_2")
    await seen.wait_for(2)
    assert sorted(e.seq for e in seen.events) == [1, 2]
    assert {e.body["n"] for e in seen.events} == {1, 2}
    assert all(e.project_id == alice.scope.project_id for e in seen.events)


async def test_a_failed_unit_leaves_nothing(build_house, alice: Actor) -> None:
    seen = Seen()
    house: House = await build_house([room_that_reacts(seen)])

    async def fail() -> None:
        async with house.unit_of_work(alice) as tx:
            tx.record(ThingDone(n=1), subject="thing_1")
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await fail()
    async with house.unit_of_work.reading(alice) as tx:
        assert await events_after(tx, 0) == []
    assert await house.durable.backlog() == {"ENQUEUED": 0, "PENDING": 0}


async def test_numbers_stay_gapless_under_many_writers(build_house, alice: Actor, bob: Actor) -> None:
    house: House = await build_house([])

    async def write(actor: Actor, n: int) -> None:
        async with house.unit_of_work(actor) as tx:
            tx.record(ThingDone(n=n), subject=f"thing_{n}")

    await asyncio.gather(*(write(alice if n % 2 else bob, n) for n in range(40)))
    async with house.unit_of_work.reading(alice) as tx:
        mine = await events_after(tx, 0)
        assert await last_seq(tx) == 40
    async with house.unit_of_work.reading(bob) as tx:
        theirs = await events_after(tx, 0)
    assert sorted(e.seq for e in mine + theirs) == list(range(1, 41))
    assert not {e.id for e in mine} & {e.id for e in theirs}


async def test_the_same_order_twice_starts_once(build_house, alice: Actor) -> None:
    runs: list[str] = []

    async def body(name: str) -> None:
        runs.append(name)

    house: House = await build_house(
        [Room(name="w", build=lambda h: h.durable.workflow("test.work.v1", body))]
    )
    for _ in range(5):
        async with house.unit_of_work(alice) as tx:
            tx.enqueue("test.work.v1", "x", workflow_id="only-one")
    async with asyncio.timeout(10):
        while await house.durable.status("only-one") != "SUCCESS":
            await asyncio.sleep(0.01)
    assert runs == ["x"]


async def test_a_listener_hears_of_a_commit(build_house, alice: Actor) -> None:
    house: House = await build_house([])
    with house.wakes.listen("thing_9") as listener:
        assert not await listener.wait(0.01)
        async with house.unit_of_work(alice) as tx:
            tx.record(ThingDone(n=9), subject="thing_9")
        assert await listener.wait(1.0)


async def test_an_unexpected_error_reaches_the_fault_handler(build_house, alice: Actor) -> None:
    told: list[tuple[list[object], str]] = []

    async def body(_ref: str) -> None:
        raise KeyError("boom")

    async def on_fault(args, message: str) -> None:
        told.append((list(args), message))

    house: House = await build_house(
        [Room(name="w", build=lambda h: h.durable.workflow("test.bad.v1", body, on_fault=on_fault))]
    )
    async with house.unit_of_work(alice) as tx:
        tx.enqueue("test.bad.v1", "ref_1", workflow_id="bad")
    async with asyncio.timeout(10):
        while await house.durable.status("bad") != "ERROR":
            await asyncio.sleep(0.01)
    assert told == [(["ref_1"], "KeyError: 'boom'")]
