"""A served board with sockets: two tenants, tickets, clients that keep what they were told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.board.room import ROOM as BOARD
from opsroom.board.tasks import http as tasks_http
from opsroom.board.tasks.cards import http as cards_http
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import Room
from opsroom.kernel.uow import events_after
from opsroom.live.board.settings import LiveSettings
from opsroom.live.room import ROOM as LIVE
from tests.app.edge_town import QUICK, Town, open_town

ROOMS = [IDENTITY, ARTIFACTS, BOARD, LIVE]
# Every route takes its time when an application is built, and each test builds one: these do here.
SERVED = [
    IDENTITY,
    Room(
        name="board",
        build=lambda _: None,
        http=lambda h: [r for f in (tasks_http, cards_http) for r in f.routes(h)],
    ),
    LIVE,
]

Frame = dict[str, Any]


class Client:
    """One socket of a client."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, town: Town, key: str) -> None:
        self.ws, self._town = ws, town
        self._actor = town.alice if key == "alice" else town.bob

    async def next(self, kind: str | None = None, *, within: float = 5.0) -> Frame:
        """The next frame (of this kind); the end of the line is a failure."""
        async with asyncio.timeout(within):
            while True:
                message = await self.ws.receive()
                assert message.type is aiohttp.WSMsgType.TEXT, (message, self.ws.close_code)
                frame = json.loads(message.data)
                if kind in (None, frame["type"]):
                    return frame

    async def until(self, fits: Callable[[Frame], bool], *, within: float = 5.0) -> Frame:
        """The next frame that fits."""
        async with asyncio.timeout(within):
            while True:
                frame = await self.next()
                if fits(frame):
                    return frame

    async def end(self, *, within: float = 5.0) -> tuple[int | None, list[Frame]]:
        """The code the line ends with, and what was said before."""
        said: list[Frame] = []
        async with asyncio.timeout(within):
            while True:
                message = await self.ws.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return self.ws.close_code, said
                said.append(json.loads(message.data))

    async def say(self, **message: Any) -> None:
        await self.ws.send_json(message)

    async def quiet(self) -> list[Frame]:
        """All that was said of what is in the log by now; presence and pointers are left out."""
        async with self._town.house.unit_of_work.reading(self._actor) as tx:
            seq = max(event.seq for event in await events_after(tx, 0, limit=100_000))
        heard: list[Frame] = []
        while True:
            await self.say(type="ping")
            while (frame := await self.next())["type"] != "pong":
                if frame["type"] not in ("presence", "cursor_move"):
                    heard.append(frame)
            if frame["seq"] >= seq:
                return heard
            await asyncio.sleep(0.03)


async def ticket(town: Town, key: str = "alice", headers: dict[str, str] | None = None) -> str:
    named = None if headers else key
    reply = await town.send("POST", "/api/live/ticket", key=named, headers=headers)
    assert reply.status == 201, reply.body
    return reply.body["data"]["ticket"]


def address(town: Town, token: str, since: int | None = None) -> str:
    return f"{town.url}/ws/board?token={token}" + ("" if since is None else f"&since={since}")


@asynccontextmanager
async def open_client(
    town: Town, key: str = "alice", *, since: int | None = None, token: str | None = None, **more: Any
) -> AsyncIterator[Client]:
    """A connected client."""
    token = token or await ticket(town, key)
    async with town.http.ws_connect(address(town, token, since), max_msg_size=0, **more) as ws:
        yield Client(ws, town, key)


@asynccontextmanager
async def greeted(
    town: Town, key: str = "alice", *, since: int | None = None
) -> AsyncIterator[tuple[Client, Frame]]:
    """A connected client and the server's hello."""
    async with open_client(town, key, since=since) as client:
        yield client, await client.next("hello")


@asynccontextmanager
async def open_sockets(
    build_house: Any,
    alice: Actor,
    bob: Actor,
    *,
    rooms: Sequence[Room] = ROOMS,
    live: LiveSettings | None = None,
) -> AsyncIterator[Town]:
    """A served house of two tenants with the board and its sockets."""
    house = await build_house(rooms, settings=[QUICK, live or LiveSettings()], work=False)
    async with open_town(house, SERVED, alice, bob) as town:
        yield town


async def add_task(town: Town, title: str = "A task", key: str = "alice", **more: Any) -> dict[str, Any]:
    reply = await town.send("POST", "/api/tasks", key=key, json={"title": title, **more})
    assert reply.status == 201, reply.body
    return reply.body["data"]


async def ask(town: Town, method: str, path: str, key: str = "alice", **body: Any) -> Any:
    reply = await town.send(method, f"/api{path}", key=key, json=body or None)
    assert reply.status in (200, 201), reply.body
    return reply.body["data"]
