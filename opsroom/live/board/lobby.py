"""The way in and the way out: tickets, limits, and looking after those who stay."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog

from opsroom.identity import api as identity
from opsroom.kernel.actor import Scope
from opsroom.kernel.ids import new_id
from opsroom.kernel.room import House
from opsroom.live.board import store, tickets
from opsroom.live.board.board_room import BoardRoom
from opsroom.live.board.connection import (
    BAD_MESSAGE,
    BAD_TICKET,
    BROKEN,
    LATER,
    TOO_IDLE,
    TOO_MUCH,
    Connection,
    Wire,
    say_goodbye,
)
from opsroom.live.board.errors import HungUp
from opsroom.live.board.frames import kinds_of_board
from opsroom.live.board.settings import LiveSettings
from opsroom.live.board.stats import Stats

log = structlog.get_logger("opsroom.live")

_SWEEP_S: Final = 1.0
_TIDY_S: Final = 600.0
_BAD_TICKET: Final = "The ticket is unknown, used, or too late. Ask for another: POST /api/live/ticket."


class Lobby:
    """One per process."""

    def __init__(self, house: House, settings: LiveSettings, stats: Stats) -> None:
        self._house, self._settings, self._stats = house, settings, stats
        self._process_id = new_id("proc")
        self._desk = tickets.Desk(house)
        self._rooms: dict[str, BoardRoom] = {}
        self._connections: dict[str, Connection] = {}
        self._by_address: Counter[Hashable] = Counter()
        self._by_actor: Counter[Hashable] = Counter()
        self._kinds: tuple[str, ...] = ()
        self._tasks: list[asyncio.Task[None]] = []
        self._closing_rooms: set[asyncio.Task[None]] = set()
        self._emptied = asyncio.Event()
        self._emptied.set()

    async def serve(self, wire: Wire, query: bytes, address: str) -> None:
        """One socket, from its first message to its last."""
        if (await wire.receive())["type"] != "websocket.connect":
            return
        await wire.send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        try:
            code = await self._admit(wire, query, address)
        except HungUp as end:
            code = end.code
            await say_goodbye(wire, end)
        self._stats.ended[code] += 1

    async def _admit(self, wire: Wire, query: bytes, address: str) -> int:
        ticket, since = read_query(query)
        settings, group = self._settings, identity.address_group(address)
        if len(self._connections) >= settings.connections:
            raise HungUp(TOO_MUCH, "This server holds as many connections as it may. Try again later.")
        with _one_more(self._by_address, group, settings.connections_per_address, "from your address"):
            try:
                who = await self._desk.use(ticket)
            except store.DATABASE_ERRORS as error:
                log.warning("live.ticket_not_read", error=type(error).__name__)
                raise HungUp(LATER, "The database does not answer just now. Try again.") from error
            if who is None:
                raise HungUp(BAD_TICKET, _BAD_TICKET)
            with _one_more(self._by_actor, who.actor.id, settings.connections_per_actor, "of yours"):
                connection = Connection(wire, who, settings, self._house.clock, self._stats)
                await self._attend(connection, since)
                return connection.ended.code if connection.ended else 0

    async def _attend(self, connection: Connection, since: int | None) -> None:
        room = self._room(connection.actor.scope)
        self._connections[connection.id] = connection
        self._stats.connections += 1
        self._emptied.clear()
        self._look_after()
        try:
            await room.join(connection, since)
            await connection.run(room)
        except store.DATABASE_ERRORS as error:
            log.warning("live.not_joined", error=type(error).__name__)
            raise HungUp(LATER, "The database does not answer just now. Try again.") from error
        finally:
            room.leave(connection)
            del self._connections[connection.id]
            self._stats.connections -= 1
            if not any(c.actor.scope == room.scope for c in self._connections.values()):
                self._let_go(room)
            if not self._connections:
                self._emptied.set()

    def _room(self, scope: Scope) -> BoardRoom:
        room = self._rooms.get(scope.project_id)
        if room is None:
            self._kinds = self._kinds or kinds_of_board()
            room = self._rooms[scope.project_id] = BoardRoom(
                self._house,
                scope,
                kinds=self._kinds,
                settings=self._settings,
                process_id=self._process_id,
                on_broken=self._let_go,
            )
            self._stats.rooms = len(self._rooms)
        return room

    def _let_go(self, room: BoardRoom) -> None:
        if self._rooms.get(room.scope.project_id) is not room:
            return
        del self._rooms[room.scope.project_id]
        self._stats.rooms = len(self._rooms)
        task = asyncio.create_task(room.close())
        self._closing_rooms.add(task)
        task.add_done_callback(self._closing_rooms.discard)

    # ---- those who stay ----------------------------------------------------------------------------

    def _look_after(self) -> None:
        if not self._tasks:
            self._tasks = [self._begun(self._sweep_for_ever()), self._begun(self._recheck_for_ever())]

    def _begun(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(job)
        task.add_done_callback(self._is_over)
        return task

    def _is_over(self, task: asyncio.Task[None]) -> None:
        """Without these jobs nobody would be sent away any more: then everybody is, and all begins anew."""
        if task.cancelled():
            return
        log.error("live.lobby_broken", exc_info=task.exception())
        for other in self._tasks:
            other.cancel()
        self._tasks = []
        for connection in list(self._connections.values()):
            connection.hang_up(BROKEN, "Something went wrong on our side; connect again.")

    async def _sweep_for_ever(self) -> None:
        """Send away who says nothing, and who does not listen."""
        clock, idle_s = self._house.clock, self._settings.idle_s
        while True:
            await asyncio.sleep(min(_SWEEP_S, idle_s / 4, self._settings.drain_s / 4))
            now = clock.monotonic()
            for connection in list(self._connections.values()):
                if connection.overdue(now):
                    connection.hang_up(TOO_IDLE, "You did not take what was sent.", at_once=True)
                elif now - connection.heard_at > idle_s:
                    connection.hang_up(TOO_IDLE, f"Nothing was heard for {idle_s:g} s; send ping.")

    async def _recheck_for_ever(self) -> None:
        """Send away whose key or session has ended."""
        clock, tidied = self._house.clock, float("-inf")
        with self._house.wakes.listen(identity.CREDENTIALS_CHANGED) as listener:
            while True:
                await listener.wait(self._settings.recheck_s)
                try:
                    await self._recheck()
                    if clock.monotonic() - tidied > _TIDY_S:
                        tidied = clock.monotonic()
                        await tickets.forget_old(self._house)
                except store.DATABASE_ERRORS as error:
                    log.warning("live.not_rechecked", error=type(error).__name__)

    async def _recheck(self) -> None:
        looked_at = list(self._connections.values())
        if not looked_at:
            return
        standing = await identity.still_admitted(self._house, sorted({c.credential for c in looked_at}))
        for connection in looked_at:
            now = standing.get(connection.credential)
            moved = now is None or now.scope.project_id != connection.actor.scope.project_id
            if now is None or moved or not identity.may(now, tickets.VERB):
                connection.hang_up(BAD_TICKET, "Your key or session has ended, or may no longer read this.")

    async def close(self) -> None:
        """The house is closing: nobody is told anything any more."""
        for connection in list(self._connections.values()):
            connection.hang_up(BROKEN, "The server is stopping; connect again.", at_once=True)
        if self._connections:
            await asyncio.wait({asyncio.ensure_future(self._emptied.wait())}, timeout=5.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._closing_rooms, return_exceptions=True)
        self._tasks = []


def read_query(query: bytes) -> tuple[str, int | None]:
    """`token` and `since`. Raises HungUp for anything else."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=8)
    except ValueError as error:
        raise HungUp(BAD_MESSAGE, "The query string cannot be read.") from error
    given = dict(pairs)
    if len(given) != len(pairs) or not given.keys() <= {"token", "since"}:
        raise HungUp(BAD_MESSAGE, "This address takes token and since, each once.")
    since = given.get("since")
    if since is not None and not (since.isascii() and since.isdecimal() and len(since) <= 18):
        raise HungUp(BAD_MESSAGE, "since must be a number this feed has sent.")
    return given.get("token", ""), None if since is None else int(since)


@contextmanager
def _one_more(counts: Counter[Hashable], who: Hashable, most: int, whose: str) -> Iterator[None]:
    if counts[who] >= most:
        raise HungUp(TOO_MUCH, f"There are {most} connections {whose} already. Close one first.")
    counts[who] += 1
    try:
        yield
    finally:
        counts[who] -= 1
        if not counts[who]:
            del counts[who]
