"""Followers handle each event once, in order, whatever fails in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

import pytest
import sqlalchemy as sa

from opsroom.kernel.actor import Actor
from opsroom.kernel.correlation import causation_id
from opsroom.kernel.events import Event, Recorded
from opsroom.kernel.followers import EVENT_CURSORS, Follower, Following, gathering
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx


class Counted(Event):
    KIND: ClassVar[str] = "test.counted.v1"
    n: int


class Other(Event):
    KIND: ClassVar[str] = "test.other.v1"


class Done(Event):
    """What the handler writes: an event of its own, so that doing twice would show."""

    KIND: ClassVar[str] = "test.done.v1"
    n: int


async def copy(tx: Tx, event: Recorded) -> None:
    tx.record(Done(n=int(str(event.body["n"]))), subject=event.subject)


def following(house: House, handle: Callable[[Tx, Recorded], Awaitable[None]] = copy) -> Following:
    return Following(Follower("test.copy.v1", (Counted.KIND,), handle), house.unit_of_work, house.wakes)


async def tell(house: House, actor: Actor, *numbers: int) -> None:
    for n in numbers:
        async with house.unit_of_work(actor) as tx:
            tx.record(Counted(n=n), subject="s")
            tx.record(Other(), subject="s")


async def done(house: House, actor: Actor) -> list[int]:
    from opsroom.kernel.uow import events_after

    async with house.unit_of_work.reading(actor) as tx:
        return [int(str(e.body["n"])) for e in await events_after(tx, 0, kinds=[Done.KIND])]


async def drain(one: Following) -> None:
    while await one.advance():
        pass


async def test_each_event_once_in_order_under_its_own_project(build_house, alice: Actor, bob: Actor) -> None:
    house = await build_house([])
    await tell(house, alice, 99)
    one = following(house)
    await one.begin()  # what was before is not its business
    await tell(house, alice, 1, 2)
    await tell(house, bob, 3)
    await tell(house, alice, *range(4, 150))
    await drain(one)
    await drain(one)
    assert await done(house, alice) == [1, 2, *range(4, 150)]
    assert await done(house, bob) == [3]


async def test_what_a_handler_records_names_its_cause(build_house, alice: Actor) -> None:
    house = await build_house([])
    causes: list[str | None] = []

    async def note(_tx: Tx, event: Recorded) -> None:
        causes.append(causation_id.get())
        assert causes[-1] == event.id

    one = following(house, note)
    await one.begin()
    await tell(house, alice, 1, 2)
    await drain(one)
    assert len(set(causes)) == 2


async def test_a_handler_that_fails_in_the_middle_did_nothing_and_is_tried_again(
    build_house, alice: Actor
) -> None:
    house = await build_house([])
    failures = [2]

    async def fragile(tx: Tx, event: Recorded) -> None:
        await copy(tx, event)
        if event.body["n"] == 3 and failures:
            failures.pop()
            raise ValueError("not now")

    one = following(house, fragile)
    await one.begin()
    await tell(house, alice, 1, 2, 3, 4)
    await drain(one)
    assert await done(house, alice) == [1, 2, 3, 4]
    assert not failures


async def test_an_event_nobody_can_handle_is_left_behind_and_the_rest_goes_on(
    build_house, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await build_house([])
    monkeypatch.setattr("opsroom.kernel.followers._TRIES", 1)

    async def poisoned(tx: Tx, event: Recorded) -> None:
        if event.body["n"] == 2:
            raise KeyError("what is this")
        await copy(tx, event)

    one = following(house, poisoned)
    await one.begin()
    await tell(house, alice, 2, 3)
    await drain(one)
    assert await done(house, alice) == [3]


async def test_several_at_once_share_the_work_and_repeat_nothing(build_house, alice: Actor) -> None:
    house = await build_house([])
    many = [following(house) for _ in range(4)]
    for one in many:
        await one.begin()
    await tell(house, alice, *range(60))

    async def keep_going(one: Following) -> None:
        for _ in range(20):
            await one.advance()
            await asyncio.sleep(0)

    await asyncio.gather(*(keep_going(one) for one in many))
    await drain(many[0])
    assert await done(house, alice) == list(range(60))


async def test_a_log_full_of_others_is_not_read_again_and_again(build_house, alice: Actor) -> None:
    house = await build_house([])
    one = following(house)
    await one.begin()
    for _ in range(60):
        async with house.unit_of_work(alice) as tx:
            tx.record(Other(), subject="s")
            tx.record(Other(), subject="s")
    await drain(one)
    async with house.unit_of_work.reading(alice) as tx:
        assert (await tx.conn.execute(sa.select(EVENT_CURSORS.c.seq))).scalar_one() == 120


async def test_it_wakes_by_itself(build_house, alice: Actor) -> None:
    house = await build_house([])
    task = asyncio.create_task(following(house).for_ever())
    try:
        async with asyncio.timeout(10):
            while True:
                async with house.unit_of_work.reading(alice) as tx:
                    if (await tx.conn.execute(sa.select(EVENT_CURSORS.c.seq))).first():
                        break
                await asyncio.sleep(0.02)
            await tell(house, alice, 7)
            while await done(house, alice) != [7]:
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_follower_that_takes_long_comes_less_often() -> None:
    assert gathering(0.0) == gathering(0.01) == 0.2
    assert 0.2 < gathering(0.1) < gathering(0.2)
    assert gathering(60.0) == 1.0
