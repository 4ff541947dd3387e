"""Who is on a board, which card they look at and where their pointers are.

All of it is fleeting: only the newest counts, and it is told within a budget, so that a thousand
people who wave their pointers never hold up what really happened. On PostgreSQL each process keeps one
row for each board somebody looks at through it; the others read it, and forget it when it grows old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import structlog

from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.live.board import store
from opsroom.live.board.connection import Connection
from opsroom.live.board.outbox import frame
from opsroom.live.board.settings import LiveSettings

log = structlog.get_logger("opsroom.live")

Person = dict[str, Any]

_BEAT_S: Final = 0.05
_LISTS_APART_S: Final = 0.2
# A list goes to everybody on it: the more there are, the rarer it goes.
_LISTS_APART_EACH_S: Final = 0.002
_CURSOR_FRAMES_PER_S: Final = 4000.0
_SAID_EVERY_S: Final = 2.0
_SAID_APART_S: Final = 0.2
_STALE: Final = timedelta(seconds=6)
_FORGOTTEN: Final = timedelta(minutes=1)


class Presence:
    """Of one board in one process. `connections` is the board's own, read and never changed."""

    def __init__(
        self,
        house: House,
        actor: Actor,
        process_id: str,
        connections: Mapping[str, Connection],
        settings: LiveSettings,
    ) -> None:
        self._house, self._actor, self._process_id = house, actor, process_id
        self._connections, self._settings = connections, settings
        self._clock = house.clock
        self._topic = f"live:{actor.scope.project_id}"
        self._stirred = asyncio.Event()
        self._is_changed = False
        self._next_list = 0.0
        self._moved: dict[str, Person] = {}
        self._places: dict[str, Person] = {}
        self._budget, self._budget_at = 0.0, self._clock.monotonic()
        self._elsewhere: dict[str, Person] = {}
        self._is_unsaid = False

    def changed(self) -> None:
        """Somebody came, left, or opened another card."""
        self._is_changed = True
        self._stir()

    def moved(self, connection: Connection, x: float, y: float, column: str | None) -> None:
        """Somebody's pointer moved."""
        where = {"x": round(x, 4), "y": round(y, 4), "column": column}
        body = {"type": "cursor_move", **_who(connection), **where}
        self._moved[connection.id] = self._places[connection.id] = body
        self._stir()

    def left(self, connection_id: str) -> None:
        """Somebody left."""
        self._moved.pop(connection_id, None)
        self._places.pop(connection_id, None)
        self.changed()

    def _stir(self) -> None:
        self._stirred.set()
        if not self._house.database.is_sqlite and not self._is_unsaid:
            self._is_unsaid = True
            self._house.wakes.call([self._topic])

    async def tell_for_ever(self) -> None:
        """Tell those here, at a measured pace."""
        while True:
            await self._stirred.wait()
            now = self._clock.monotonic()
            if self._is_changed and now >= self._next_list:
                self._tell_list(now)
            if self._moved:
                self._tell_cursors(now)
            if not self._is_changed and not self._moved:
                self._stirred.clear()
            await asyncio.sleep(_BEAT_S)

    def _tell_list(self, now: float) -> None:
        self._is_changed = False
        self._next_list = now + max(_LISTS_APART_S, len(self._connections) * _LISTS_APART_EACH_S)
        people, total = self._here(), len(self._connections)
        for said in self._elsewhere.values():
            people += said["people"]["list"]
            total += said["people"]["total"]
        most = self._settings.presence_at_most
        item = frame({"type": "presence", "data": people[:most], "total": total})
        for connection in self._connections.values():
            connection.outbox.put_presence(item)

    def _here(self) -> list[Person]:
        """Those here, who look at a card first; as many as one list names."""
        most = self._settings.presence_at_most
        viewing = [c for c in self._connections.values() if c.viewing is not None][:most]
        others = [c for c in self._connections.values() if c.viewing is None][: most - len(viewing)]
        return [{**_who(c), "kind": c.actor.kind, "viewingTask": c.viewing} for c in (*viewing, *others)]

    def _tell_cursors(self, now: float) -> None:
        """As many pointers as the budget allows, who moved first first."""
        cost = max(1, len(self._connections) - 1)
        earned = (now - self._budget_at) * _CURSOR_FRAMES_PER_S
        self._budget = min(max(cost, _CURSOR_FRAMES_PER_S * _BEAT_S), self._budget + earned)
        self._budget_at = now
        while self._moved and self._budget >= cost:
            self._budget -= cost
            connection_id = next(iter(self._moved))
            item = frame(self._moved.pop(connection_id))
            for connection in self._connections.values():
                if connection.id != connection_id:
                    connection.outbox.put_cursor(connection_id, item)

    # ---- the other processes ---------------------------------------------------------------------

    async def exchange_for_ever(self) -> None:
        """Say who is here, hear who is elsewhere. PostgreSQL only."""
        said_at = float("-inf")
        with self._house.wakes.listen(self._topic) as listener:
            while True:
                now = self._clock.monotonic()
                try:
                    if self._is_unsaid or now - said_at >= _SAID_EVERY_S:
                        said_at = now
                        await self._say()
                    await self._hear()
                except store.DATABASE_ERRORS as error:
                    log.warning("live.presence_not_exchanged", error=type(error).__name__)
                await asyncio.sleep(_SAID_APART_S)
                await listener.wait(_SAID_EVERY_S - _SAID_APART_S)

    async def _say(self) -> None:
        is_news, self._is_unsaid = self._is_unsaid, False
        people = {"list": self._here(), "total": len(self._connections)}
        cursors = list(self._places.values())[-self._settings.presence_at_most :]
        async with self._house.unit_of_work(self._actor) as tx:
            await store.put_presence(tx, self._process_id, people, cursors)
            if is_news:
                tx.wake(self._topic)

    async def _hear(self) -> None:
        async with self._house.unit_of_work.reading(self._actor) as tx:
            rows = await store.presence_elsewhere(tx, self._process_id, tx.now - _STALE)
        heard = {r["process_id"]: {"people": r["people"], "cursors": r["cursors"]} for r in rows}
        known = {c["connectionId"]: c for said in self._elsewhere.values() for c in said["cursors"]}
        for said in heard.values():
            for body in said["cursors"]:
                if known.get(body["connectionId"]) != body:
                    self._moved[body["connectionId"]] = body
        is_changed = _people(heard) != _people(self._elsewhere)
        self._elsewhere = heard
        self._is_changed = self._is_changed or is_changed
        if self._is_changed or self._moved:
            self._stirred.set()

    async def forget(self) -> None:
        """Nobody is here any more: the others need not wait until our row grows old."""
        if self._house.database.is_sqlite:
            return
        try:
            async with self._house.unit_of_work(self._actor) as tx:
                await store.forget_presence(tx, self._process_id, tx.now - _FORGOTTEN)
                tx.wake(self._topic)
        except store.DATABASE_ERRORS as error:
            log.warning("live.presence_not_exchanged", error=type(error).__name__)


def _who(connection: Connection) -> Person:
    actor = connection.actor
    return {"connectionId": connection.id, "agentId": actor.id, "name": actor.name}


def _people(elsewhere: Mapping[str, Person]) -> dict[str, object]:
    return {process: said["people"] for process, said in elsewhere.items()}
