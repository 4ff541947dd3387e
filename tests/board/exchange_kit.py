"""A house with what exchanges, tells and counts; followers run when told, attempts when asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestServer

from opsroom.board.analytics import http as analytics_http
from opsroom.board.analytics import wiring as analytics
from opsroom.board.exchange import http as exchange_http
from opsroom.board.exchange import wiring as exchange
from opsroom.board.hooks import http as hooks_http
from opsroom.board.hooks import wiring as hooks
from opsroom.board.hooks.sending import Sender
from opsroom.board.hooks.settings import HookSettings
from opsroom.board.hooks.tables import HOOK_DELIVERIES
from opsroom.board.sprints import http as sprints_http
from opsroom.board.workflow import reactions as furnishing
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from opsroom.kernel.followers import Following
from opsroom.kernel.room import House, Room
from opsroom.kernel.shape import Shape
from tests.app.edge_town import QUICK, Reply, Town, open_town


def _build(house: House) -> None:
    for part in (furnishing, hooks, analytics, exchange):
        part.build(house)


def _routes(house: House) -> list[object]:
    parts = (hooks_http, analytics_http, exchange_http, sprints_http)
    return [route for part in parts for route in part.routes(house)]


# The parts of the board that are under test here, wired as the board wires them.
BOARD = Room(name="board", build=_build, http=_routes, settings={**hooks.SETTINGS, **exchange.SETTINGS})
ROOMS = [IDENTITY, BOARD]
PRIVATE = HookSettings(allow_private=True)


@dataclass
class Exchange:
    """The served house, seen with one tenant's key."""

    town: Town
    key: str = "alice"

    @property
    def house(self) -> House:
        return self.town.house

    @property
    def actor(self) -> Actor:
        return self.town.alice if self.key == "alice" else self.town.bob

    def of(self, key: str) -> Exchange:
        return Exchange(self.town, key)

    async def send(self, method: str, path: str, body: Any = None) -> Reply:
        return await self.town.send(method, f"/api{path}", key=self.key, json=body)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        reply = await self.send(method, path, body)
        assert reply.status in (200, 201), reply.body
        return reply.body["data"]

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str]]:
        reply = await self.send(method, path, body)
        assert reply.status >= 400, reply.body
        return reply.status, {e["path"]: e["message"] for e in reply.body.get("errors", [])}

    async def follow(self) -> None:
        """Let the followers come to the end of the log."""
        for job in self.house.background:
            owner = getattr(job, "__self__", None)
            if isinstance(owner, Following):
                while await owner.advance():
                    pass

    async def deliver(self) -> None:
        """Make the attempt at hand of every delivery that waits, whatever its time."""
        async with self.house.unit_of_work.reading(self.actor) as tx:
            waiting = HOOK_DELIVERIES.c.status == "waiting"
            query = sa.select(HOOK_DELIVERIES.c.id, HOOK_DELIVERIES.c.turn).where(waiting)
            mine = query.where(HOOK_DELIVERIES.c.project_id == self.actor.scope.project_id)
            rows = (await tx.conn.execute(mine.order_by(HOOK_DELIVERIES.c.seq))).all()
        for delivery_id, turn in rows:
            await self.house.need(Sender).attempt(self.actor.scope.model_dump(), delivery_id, turn)


@asynccontextmanager
async def open_exchange(
    build_house: Any,
    alice: Actor,
    bob: Actor,
    *,
    settings: Sequence[Shape] = (PRIVATE,),
    work: bool = False,
    **more: Any,
) -> AsyncIterator[Exchange]:
    """A served house of two tenants."""
    house = await build_house(ROOMS, settings=[QUICK, *settings], work=work, **more)
    for job in house.background:
        owner = getattr(job, "__self__", None)
        if isinstance(owner, Following):
            await owner.begin()
    async with open_town(house, ROOMS, alice, bob) as town:
        yield Exchange(town)


@dataclass
class Receiver:
    """Somebody's web server that takes our news. `answers` are what it says, the last one for ever."""

    url: str = ""
    answers: list[Any] = field(default_factory=lambda: [200])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.got.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, web.Response):
            return answer
        return web.Response(status=answer, text=f"said {answer}")


@asynccontextmanager
async def open_receiver(*answers: Any) -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver(answers=list(answers) or [200])
    app = web.Application(client_max_size=10 * 1024 * 1024)
    app.router.add_post("/{tail:.*}", receiver.take)
    server = TestServer(app)
    await server.start_server()
    receiver.url = str(server.make_url("/news"))
    try:
        yield receiver
    finally:
        await server.close()
