"""Without gap or repeat: whatever breaks, a client that resumes knows every event once, in order."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from opsroom.app.edge.build import build_asgi
from opsroom.board.events import TaskChanged
from opsroom.kernel.actor import Actor
from opsroom.kernel.uow import events_after
from opsroom.live.board.settings import LiveSettings
from tests.app.edge_town import QUICK, Town, serve
from tests.live.board_sockets import (
    ROOMS,
    SERVED,
    add_task,
    address,
    greeted,
    open_client,
    open_sockets,
    ticket,
)


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    async with open_sockets(build_house, alice, bob) as served:
        yield served


@asynccontextmanager
async def other_process(
    build_house: Any, town: Town, live: LiveSettings | None = None
) -> AsyncIterator[Town]:
    """A second server on the same database: a house of its own, joined to the first by PostgreSQL alone."""
    house = await build_house(ROOMS, settings=[QUICK, live or LiveSettings()], work=False)
    async with serve(build_asgi(house, SERVED, web_dist=None)) as url:
        yield replace(town, house=house, url=url)


async def change(town: Town, task_id: str, count: int = 1) -> None:
    async with town.house.unit_of_work(town.alice) as tx:
        for n in range(count):
            tx.record(TaskChanged(title="t", changes={"estimate": (n, n + 1)}), subject=task_id)


async def in_the_log(town: Town, after: int) -> list[str]:
    async with town.house.unit_of_work.reading(town.alice) as tx:
        found = await events_after(tx, after, limit=100_000)
    return [event.id for event in found if event.kind.startswith("board.")]


async def follow(towns: list[Town], start: int, working: asyncio.Task[None], rng: random.Random) -> list[str]:
    """Every event after `start`, by a client that is cut off again and again, now here and now there."""
    seen: list[str] = []
    cursor = start
    while not working.done() or len(seen) < len(await in_the_log(towns[0], start)):
        async with open_client(rng.choice(towns), since=cursor) as client:
            hello = await client.next()
            assert (hello["type"], hello["seq"]) == ("hello", cursor)
            with suppress(TimeoutError):
                for _ in range(rng.choice((0, 1, 3, 10, 60))):
                    frame = await client.next("task_update", within=0.3)
                    assert frame["seq"] > cursor
                    seen.append(frame["eventId"])
                    cursor = frame["seq"]
            if rng.random() < 0.7:  # not a farewell: the line is cut
                transport = client.ws._writer.transport
                assert transport is not None
                transport.abort()
    return seen


@pytest.mark.parametrize("seed", [1, 2])
async def test_clients_that_are_cut_off_again_and_again_know_everything_once(
    build_house: Any, town: Town, seed: int
) -> None:
    rng = random.Random(seed)
    task = await add_task(town)
    async with greeted(town) as (_, hello):
        start = hello["seq"]

    async def work() -> None:
        for _ in range(60):
            await change(rng.choice(towns), task["id"], rng.choice((1, 1, 2, 7)))
            await asyncio.sleep(rng.random() * 0.02)

    beside = _same(town) if town.house.database.is_sqlite else other_process(build_house, town)
    async with beside as other, asyncio.timeout(40):
        towns = [town, other]
        working = asyncio.create_task(work())
        clients = [follow(towns, start, working, random.Random(seed * 100 + n)) for n in range(4)]
        heard = await asyncio.gather(*clients)
        log = await in_the_log(town, start)
    assert len(log) > 100
    assert all(seen == log for seen in heard)


@asynccontextmanager
async def _same(town: Town) -> AsyncIterator[Town]:
    yield town


async def test_a_new_server_continues_where_the_old_one_broke_off(build_house: Any, town: Town) -> None:
    task = await add_task(town)
    async with greeted(town) as (client, hello):
        await change(town, task["id"], 3)
        first = [(await client.next("task_update"))["seq"] for _ in range(2)]
    async with other_process(build_house, town) as later:
        await change(later, task["id"], 2)
        async with greeted(later, since=first[-1]) as (client, again):
            assert again["seq"] == first[-1]
            await change(later, task["id"], 1)
            told = [frame["seq"] for frame in await client.quiet()]
    assert first + told == list(range(hello["seq"] + 1, hello["seq"] + 7))


async def test_who_was_away_for_too_long_takes_a_snapshot(build_house: Any, alice: Actor, bob: Actor) -> None:
    async with open_sockets(build_house, alice, bob, live=LiveSettings(queue_frames=16)) as town:
        task = await add_task(town)
        async with greeted(town) as (_, hello):
            start = hello["seq"]
        await change(town, task["id"], 8)
        async with greeted(town, since=start) as (client, _):
            assert [f["type"] for f in await client.quiet()] == ["task_update"] * 8
        await change(town, task["id"], 1)
        for since in (start, 0, 10**17):
            async with open_client(town, since=since) as client:
                hello, needed = await client.next(), await client.next()
                assert (hello["type"], needed["type"]) == ("hello", "snapshot_needed")
                board = await town.send("GET", "/api/board", key="alice")
                assert board.body["meta"]["seq"] >= needed["seq"] == hello["seq"] == start + 9
                await change(town, task["id"], 1)
                assert (await client.next("task_update"))["seq"] > needed["seq"]
                start += 1


async def test_a_snapshot_and_the_tail_after_it_leave_nothing_out(town: Town) -> None:
    """Clients take a snapshot while others write, and follow from its number."""
    task = await add_task(town)
    made: list[str] = []

    async def work() -> None:
        for n in range(25):
            made.append((await add_task(town, f"t{n}"))["id"])
            await change(town, task["id"])

    async def join() -> set[str]:
        await asyncio.sleep(random.random() * 0.5)
        board = (await town.send("GET", "/api/board", key="alice")).body
        known = {card["id"] for card in board["data"]["cards"]}
        async with open_client(town, since=board["meta"]["seq"]) as client:
            await working
            known |= {f["task"]["id"] for f in await client.quiet() if f["type"] == "task_update"}
        return known

    working = asyncio.create_task(work())
    for known in await asyncio.gather(*(join() for _ in range(6))):
        assert known == {task["id"], *made}


# ---- those who do not keep up -------------------------------------------------------------------------


async def _deaf(town: Town) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that reads its hello and nothing more."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    host, _, port = town.url.removeprefix("http://").partition(":")
    await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=raw, limit=2048)
    path = address(town, await ticket(town)).removeprefix(town.url)
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    assert b"101" in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_a_slow_client_keeps_nobody_waiting_and_grows_no_memory(
    build_house: Any, alice: Actor, bob: Actor
) -> None:
    limits = LiveSettings(queue_frames=64, drain_s=1.0, idle_s=30)
    async with open_sockets(build_house, alice, bob, live=limits) as town:
        task = await add_task(town, "x" * 500, labels=[f"label {n} {'y' * 40}" for n in range(50)])
        _, writer = await _deaf(town)
        async with greeted(town) as (quick, _):
            count = 0
            while "opsroom_live_frames_dropped_total 0.0" in (await town.send("GET", "/metrics")).body:
                await change(town, task["id"], 50)
                count += 50
                assert count < 20_000
                heard = [f["seq"] for f in await quick.quiet() if f["type"] == "task_update"]
                assert len(heard) == 50
            async with asyncio.timeout(5):
                while (
                    'opsroom_live_ended_total{code="4408"} 1.0'
                    not in (await town.send("GET", "/metrics")).body
                ):
                    await asyncio.sleep(0.1)
                    await quick.say(type="ping")
        writer.close()


async def test_a_client_that_lags_is_told_to_take_a_snapshot_and_goes_on(
    build_house: Any, alice: Actor, bob: Actor
) -> None:
    async with open_sockets(build_house, alice, bob, live=LiveSettings(queue_frames=64, drain_s=30)) as town:
        task = await add_task(town, "x" * 500, labels=[f"label {n} {'y' * 40}" for n in range(50)])
        token = await ticket(town)
        async with (
            aiohttp.ClientSession(read_bufsize=2048) as slow,
            slow.ws_connect(address(town, token), max_msg_size=0) as ws,
        ):
            ws._response.connection.transport.pause_reading()  # type: ignore[union-attr]
            for _ in range(200):
                await change(town, task["id"], 50)
                if "opsroom_live_frames_dropped_total 0.0" not in (await town.send("GET", "/metrics")).body:
                    break
            ws._response.connection.transport.resume_reading()  # type: ignore[union-attr]
            await change(town, task["id"])
            last = (await in_the_log(town, 0))[-1]
            cursor = 0
            async with asyncio.timeout(20):
                while True:
                    frame = (await ws.receive()).json()
                    if frame["type"] == "snapshot_needed":
                        cursor = (await town.send("GET", "/api/board", key="alice")).body["meta"]["seq"]
                        assert cursor >= frame["seq"]
                    elif frame["type"] == "task_update":
                        assert frame["seq"] > cursor or cursor > 0
                        if frame["eventId"] == last:
                            break
            assert cursor > 0
