"""The board's socket over real sockets: who may open it, what it tells, and what it survives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from opsroom.app.rooms import ROOMS
from opsroom.kernel.actor import Actor
from opsroom.live.board.settings import LiveSettings
from tests.app.edge_town import Town
from tests.app.product_town import open_product

SETTINGS = LiveSettings(ticket_s=1.0, messages_per_s=20, connections_per_actor=4, queue_frames=16)


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    async with open_product(
        build_house, alice, bob, rooms=ROOMS, settings=[SETTINGS], background=True
    ) as served:
        yield served


async def ticket(town: Town, key: str = "alice") -> str:
    reply = await town.send("POST", "/api/live/ticket", key=key)
    assert reply.status == 201, reply.body
    return reply.body["data"]["ticket"]


@asynccontextmanager
async def socket(
    town: Town, token: str, since: int | None = None, **more: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    query = f"?token={token}" + (f"&since={since}" if since is not None else "")
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(town.url.replace("http", "ws") + "/ws/board" + query, **more) as ws,
    ):
        yield ws


async def until(ws: aiohttp.ClientWebSocketResponse, kind: str, **wanted: Any) -> dict[str, Any]:
    """The next frame of this kind with these values."""
    async with asyncio.timeout(10):
        while True:
            frame = await ws.receive_json()
            if frame["type"] == kind and all(frame.get(k) == v for k, v in wanted.items()):
                return frame


async def closed(ws: aiohttp.ClientWebSocketResponse) -> int:
    """The code the server hangs up with."""
    async with asyncio.timeout(10):
        while (await ws.receive()).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
            pass
    return ws.close_code or 0


async def create(town: Town, title: str, key: str = "alice") -> str:
    reply = await town.send("POST", "/api/tasks", key=key, json={"title": title})
    return reply.body["data"]["id"]


async def test_what_happens_is_told_to_the_project_and_to_nobody_else(town: Town) -> None:
    async with socket(town, await ticket(town)) as mine, socket(town, await ticket(town, "bob")) as theirs:
        hello = await until(mine, "hello")
        assert hello["you"]["name"] == "Alice"
        await until(theirs, "hello")
        await create(town, "hers")
        told = await until(mine, "task_update", action="created")
        assert told["task"]["title"] == "hers"
        assert told["triggeredByName"] == "Alice"
        assert told["seq"] > hello["seq"]
        await create(town, "his", "bob")
        first = await until(theirs, "task_update")
        assert first["task"]["title"] == "his"


async def test_a_ticket_opens_one_socket_and_not_too_late(town: Town) -> None:
    token = await ticket(town)
    async with socket(town, token) as ws:
        await until(ws, "hello")
    async with socket(town, token) as again:
        assert await closed(again) == 4401
    late = await ticket(town)
    await asyncio.sleep(1.2)
    async with socket(town, late) as ws:
        assert await closed(ws) == 4401
    async with socket(town, "owt_guessed") as ws:
        assert await closed(ws) == 4401


async def test_nobody_speaks_as_another(town: Town) -> None:
    async with socket(town, await ticket(town)) as mine, socket(town, await ticket(town)) as watching:
        await until(mine, "hello")
        await mine.send_json({"type": "identify", "agentId": "per_bob"})
        assert (await until(mine, "error"))["code"]
        await mine.send_json({"type": "task_update", "task": {"title": "forged"}})
        assert (await until(mine, "error"))["code"]
        present = await until(watching, "presence")
        assert {p["agentId"] for p in present["data"]} == {"per_alice"}


async def test_who_comes_back_misses_nothing_and_hears_nothing_twice(town: Town) -> None:
    async with socket(town, await ticket(town)) as ws:
        seq = (await until(ws, "hello"))["seq"]
        await create(town, "one")
        seq = (await until(ws, "task_update"))["seq"]
    for title in ("two", "three", "four"):
        await create(town, title)
    async with socket(town, await ticket(town), since=seq) as ws:
        told = [(await until(ws, "task_update"))["task"]["title"] for _ in range(3)]
        await create(town, "five")
        told.append((await until(ws, "task_update"))["task"]["title"])
    assert told == ["two", "three", "four", "five"]


async def test_who_was_away_too_long_takes_a_snapshot(town: Town) -> None:
    async with socket(town, await ticket(town)) as ws:
        seq = (await until(ws, "hello"))["seq"]
    for n in range(SETTINGS.queue_frames + 5):
        await create(town, f"n{n}")
    async with socket(town, await ticket(town), since=seq) as ws:
        assert (await until(ws, "snapshot_needed"))["seq"] >= seq


@pytest.mark.parametrize(
    "text", ["not json", "[]", "{}", '{"type": 5}', '{"type": "cursor_move", "x": "far"}', '"' + "x" * 100]
)
async def test_what_cannot_be_read_is_told_and_breaks_nothing(town: Town, text: str) -> None:
    async with socket(town, await ticket(town)) as ws:
        await until(ws, "hello")
        await ws.send_str(text)
        message = await asyncio.wait_for(ws.receive(), 10)
        while message.type == aiohttp.WSMsgType.TEXT and json.loads(message.data)["type"] == "presence":
            message = await asyncio.wait_for(ws.receive(), 10)
        told = message.type == aiohttp.WSMsgType.TEXT and json.loads(message.data)["type"] == "error"
        assert told or ws.close_code == 4400
    async with socket(town, await ticket(town)) as ws:
        await until(ws, "hello")


async def test_a_flood_and_a_giant_end_the_connection(town: Town) -> None:
    async with socket(town, await ticket(town)) as ws:
        await until(ws, "hello")
        for _ in range(200):
            await ws.send_json({"type": "ping"})
        assert await closed(ws) == 4429
    async with socket(town, await ticket(town), max_msg_size=0) as ws:
        await until(ws, "hello")
        await ws.send_str(json.dumps({"type": "viewing_task", "taskId": "x" * 100_000}))
        assert await closed(ws) in (4400, 1009)


async def test_one_actor_has_so_many_sockets(town: Town) -> None:
    opened = []
    try:
        for _ in range(SETTINGS.connections_per_actor):
            one = socket(town, await ticket(town))
            opened.append(one)
            await until(await one.__aenter__(), "hello")
        async with socket(town, await ticket(town)) as more:
            assert await closed(more) == 4429
    finally:
        for one in opened:
            await one.__aexit__(None, None, None)
