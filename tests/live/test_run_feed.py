"""A run's events as they come: from any position, without gap or repeat, to many at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from opsroom.app.rooms import ROOMS
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import Room
from opsroom.live.feeds import Pace
from opsroom.live.http import routes
from opsroom.live.room import build
from opsroom.runs.changes import note
from tests.app.edge_town import Town
from tests.app.product_town import add_run, end_run, open_product
from tests.live.listening import Message, listen

PACE = Pace(look_s=0.05, heartbeat_s=0.15)
IMPATIENT = Room(name="live", build=build, http=lambda house: routes(house, PACE))


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    async with open_product(build_house, alice, bob) as served:
        yield served


async def say(town: Town, run_id: str, *texts: str) -> None:
    async with town.house.unit_of_work(town.alice) as tx:
        for text in texts:
            await note(tx, run_id, "agent.message", {"text": text})


async def finish(town: Town, run_id: str) -> None:
    async with town.house.unit_of_work(town.alice) as tx:
        await end_run(tx, run_id)


def numbers(messages: list[Message]) -> list[int]:
    return [int(m.id) for m in messages if m.event == "run_event" and m.id]


async def everything(town: Town, run_id: str, after: int | None = None) -> list[Message]:
    """All of a run that has ended."""
    async with listen(town, f"/api/runs/{run_id}/events", after=after) as feed:
        return [message async for message in feed]


async def test_a_run_that_has_ended_is_told_whole_and_closed(town: Town) -> None:
    run = await add_run(town.house, town.alice, events=12)
    await finish(town, run.id)
    told = await everything(town, run.id)
    assert numbers(told) == list(range(1, 13))
    assert [m.event for m in told[-2:]] == ["run", "end"]
    assert json.loads(told[-1].data) == {"status": "DONE", "outcome": "succeeded"}
    assert json.loads(told[-2].data)["id"] == run.id
    texts = [json.loads(m.data)["body"]["text"] for m in told[:12]]
    assert texts == [f"secret line {n} of Alice" for n in range(12)]


async def test_a_reader_resumes_at_every_position(town: Town) -> None:
    run = await add_run(town.house, town.alice, events=25)
    await finish(town, run.id)
    for position in range(27):
        told = await everything(town, run.id, after=position)
        assert numbers(told) == list(range(position + 1, 26)), position
        assert told[-1].event == "end"


async def test_a_reader_that_is_cut_off_again_and_again_misses_nothing(town: Town) -> None:
    """Each connection reads some events and is dropped, while the run goes on."""
    run = await add_run(town.house, town.alice, events=0)

    async def work() -> None:
        for n in range(60):
            await say(town, run.id, *(f"{n}.{part}" for part in range(n % 3 + 1)))
            await asyncio.sleep(0.002)
        await finish(town, run.id)

    working = asyncio.create_task(work())
    seen: list[int] = []
    ended = False
    for take in [1, 2, 3, 5, 8, 13, 1, 1, 4, 20, 7, 1_000]:
        after = seen[-1] if seen else None
        async with listen(town, f"/api/runs/{run.id}/events", after=after) as feed:
            got = 0
            async for message in feed:
                if message.event == "run_event":
                    seen.append(int(message.id or 0))
                    got += 1
                ended = message.event == "end"
                if got >= take:
                    break
    await working
    assert ended
    assert seen == list(range(1, 121))


async def test_more_than_a_page_is_told_without_a_seam(town: Town) -> None:
    run = await add_run(town.house, town.alice, events=0)
    await say(town, run.id, *(str(n) for n in range(1203)))
    await finish(town, run.id)
    assert numbers(await everything(town, run.id)) == list(range(1, 1204))
    assert numbers(await everything(town, run.id, after=500)) == list(range(501, 1204))


async def test_what_happens_is_told_as_it_happens(town: Town) -> None:
    run = await add_run(town.house, town.alice, events=1)
    async with listen(town, f"/api/runs/{run.id}/events") as feed:
        assert (await feed.next()).event == "run_event"
        assert (await feed.next()).event == "run"
        await say(town, run.id, "now")
        began = asyncio.get_running_loop().time()
        message = await feed.next()
        assert asyncio.get_running_loop().time() - began < 2.0  # by the wake, not by the next look
        assert json.loads(message.data)["body"]["text"] == "now"
        assert json.loads((await feed.next()).data)["event_count"] == 2


async def test_a_quiet_feed_says_that_it_lives(build_house: Any, alice: Actor, bob: Actor) -> None:
    rooms = [room for room in ROOMS if room.name != "live"] + [IMPATIENT]
    async with open_product(build_house, alice, bob, rooms=rooms) as town:
        run = await add_run(town.house, town.alice, events=1)
        for path in (f"/api/runs/{run.id}/events", "/api/feed"):
            async with listen(town, path) as feed:
                message = await feed.next()
                while not message.comment:
                    message = await feed.next()
                assert (message.comment, message.id, message.event) == ("hb", None, None)
        # A lost wake is made good by the next look.
        async with listen(town, f"/api/runs/{run.id}/events", after=1) as feed:
            assert (await feed.next()).event == "run"
            call, town.house.wakes.call = town.house.wakes.call, lambda topics: None
            await say(town, run.id, "unheard")
            town.house.wakes.call = call
            message = await feed.next()
            while message.comment:
                message = await feed.next()
            assert json.loads(message.data)["body"]["text"] == "unheard"


async def test_what_may_not_be_read_is_refused_before_the_stream_begins(town: Town) -> None:
    run = await add_run(town.house, town.alice)
    for path, key, status in (
        (f"/api/runs/{run.id}/events", "bob", 404),
        ("/api/runs/run_none/events", "alice", 404),
        (f"/api/runs/{run.id}/events", None, 401),
        ("/api/feed", None, 401),
    ):
        reply = await town.send("GET", path, key=key)
        assert reply.status == status
        assert reply.headers["content-type"] == "application/problem+json"
    for wrong in ("x", "-1", "1.5", "9" * 19, "1 2"):
        for path in (f"/api/runs/{run.id}/events", "/api/feed"):
            reply = await town.send("GET", path, key="alice", headers={"Last-Event-ID": wrong})
            assert reply.status == 422, wrong
            assert reply.body["errors"][0]["path"] == "Last-Event-ID"


async def test_a_feed_may_not_be_kept_or_held_back_on_its_way(town: Town) -> None:
    run = await add_run(town.house, town.alice)
    await finish(town, run.id)
    reply = await town.send("GET", f"/api/runs/{run.id}/events", key="alice")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-accel-buffering"] == "no"


async def test_a_slow_reader_keeps_nobody_waiting(town: Town) -> None:
    run = await add_run(town.house, town.alice, events=0)
    path = f"/api/runs/{run.id}/events"
    slow = aiohttp.ClientSession(read_bufsize=1024)
    async with slow, slow.get(town.url + path, headers={"Authorization": f"Bearer {town.keys['alice']}"}):
        # Megabytes that the slow one never reads: more than its socket takes.
        async with listen(town, path) as feed:
            for n in range(40):
                await say(town, run.id, *(f"{n}.{part}" + "x" * 50_000 for part in range(4)))
            await finish(town, run.id)
            async with asyncio.timeout(10):
                told = [message async for message in feed]
        assert numbers(told) == list(range(1, 161))
        assert (await town.send("GET", "/health")).status == 200


async def test_two_hundred_readers_hear_the_same(town: Town) -> None:
    run = await add_run(town.house, town.alice, events=5)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        listening = asyncio.Semaphore(0)

        async def read(number: int) -> list[int]:
            async with listen(
                town, f"/api/runs/{run.id}/events", after=number % 6 or None, http=http
            ) as feed:
                listening.release()
                return numbers([message async for message in feed])

        readers = [asyncio.create_task(read(n)) for n in range(200)]
        for _ in readers:
            await listening.acquire()
        for n in range(5):
            await say(town, run.id, f"to all {n}")
        await finish(town, run.id)
        async with asyncio.timeout(20):
            heard = await asyncio.gather(*readers)
    assert all(heard[n] == list(range(n % 6 + 1, 11)) for n in range(200))
