"""The ticket over HTTP, and the socket it opens."""

from __future__ import annotations

from typing import Any

from litestar import WebSocket, post, websocket

from opsroom.identity.shapes import Authenticated
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer
from opsroom.live.board import tickets
from opsroom.live.board.connection import Wire
from opsroom.live.board.lobby import Lobby
from opsroom.live.board.settings import LiveSettings
from opsroom.live.board.tickets import Ticket


def routes(house: House) -> list[object]:
    """POST /api/live/ticket and /ws/board."""
    lobby, settings = house.need(Lobby), house.settings.section(LiveSettings)

    @post("/api/live/ticket", opt={"verb": tickets.VERB}, summary="A ticket that opens one live socket")
    async def live_ticket(who: Authenticated) -> Answer[Ticket]:
        """Connect to `/ws/board?token=` with it, once and soon; `&since=` resumes after an event's number."""
        async with house.unit_of_work(who.actor) as tx:
            return Answer(data=await tickets.issue(tx, who, settings))

    # Public by address: the ticket says who it is. The edge has looked at where the page came from.
    @websocket("/ws/board", opt={"public": True})
    async def board(socket: WebSocket[Any, Any, Any], address: str) -> None:
        query = socket.scope.get("query_string", b"")
        await lobby.serve(Wire(socket.receive, socket.send), query, address)  # pyright: ignore[reportArgumentType]

    return [live_ticket, board]
