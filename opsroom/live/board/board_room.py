"""One project's board in one process: the log is read once and encoded once, for however many look."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

import structlog

from opsroom.board import api as board
from opsroom.identity import api as identity
from opsroom.kernel.actor import Scope
from opsroom.kernel.events import Recorded
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx, events_after, last_seq
from opsroom.live.board import store
from opsroom.live.board.connection import BROKEN, Connection
from opsroom.live.board.frames import Cards, Told, parents_of, recounted, told_of
from opsroom.live.board.outbox import frame
from opsroom.live.board.presence import Presence
from opsroom.live.board.settings import LiveSettings

log = structlog.get_logger("opsroom.live")

_PAGE: Final = 100
_REMEMBERED: Final = 1024
_LOOK_S: Final = 2.0
_PAUSE_S: Final = 1.0
_NAMES_KEPT_S: Final = 300.0


class BoardRoom:
    """Everybody of this process who looks at one board. `seq` is how far the log has been told."""

    def __init__(
        self,
        house: House,
        scope: Scope,
        *,
        kinds: Sequence[str],
        settings: LiveSettings,
        process_id: str,
        on_broken: Callable[[BoardRoom], None],
    ) -> None:
        self.scope = scope
        self.seq = 0
        self.connections: dict[str, Connection] = {}
        self._house, self._kinds, self._settings = house, kinds, settings
        self._actor = house.system_actor(scope)
        self._presence = Presence(house, self._actor, process_id, self.connections, settings)
        # Events from `_floor` (exclusive) to `seq`, ready for those who resume.
        self._recent: deque[Told] = deque()
        self._floor = 0
        self._reaching_back = asyncio.Lock()
        self._names: dict[str, str] = {}
        self._names_until = 0.0
        self._is_ready = asyncio.Event()
        self._on_broken = on_broken
        jobs = [self._read_for_ever(), self._presence.tell_for_ever()]
        if not house.database.is_sqlite:
            jobs.append(self._presence.exchange_for_ever())
        self._tasks = [self._begun(job) for job in jobs]

    def _begun(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(job)
        task.add_done_callback(self._is_over)
        return task

    def _is_over(self, task: asyncio.Task[None]) -> None:
        """A job that ends by itself is a bug: everybody is sent away, and comes back to a fresh room."""
        if task.cancelled():
            return
        log.error("live.board_broken", project_id=self.scope.project_id, exc_info=task.exception())
        self._is_ready.set()
        self._on_broken(self)
        for connection in list(self.connections.values()):
            connection.hang_up(BROKEN, "Something went wrong on our side; connect again.")

    # ---- who is here -------------------------------------------------------------------------------

    async def join(self, connection: Connection, since: int | None) -> None:
        """Let a client in, told everything after event `since` or from now on."""
        await self._is_ready.wait()
        missed = [] if since is None else await self._missed(since)
        # From here to the end nothing is awaited: no event can come between what was missed and what follows.
        start = self.seq if since is None or missed is None else since
        connection.cursor = max(start, self.seq)
        you = {"id": connection.actor.id, "name": connection.actor.name}
        hello = {"type": "hello", "connectionId": connection.id, "you": you, "seq": start}
        connection.tell(frame(hello))
        if missed is None:
            connection.tell(frame({"type": "snapshot_needed", "seq": self.seq}))
        for told in missed or ():
            for item in told.frames:
                connection.tell(item)
        self.connections[connection.id] = connection
        self._presence.changed()

    def leave(self, connection: Connection) -> None:
        """A client has left."""
        self.connections.pop(connection.id, None)
        self._presence.left(connection.id)

    def seen(self, connection: Connection) -> None:
        """A client opened or closed a card."""
        del connection
        self._presence.changed()

    def moved(self, connection: Connection, x: float, y: float, column: str | None) -> None:
        """A client's pointer moved."""
        self._presence.moved(connection, x, y, column)

    async def close(self) -> None:
        """Stop reading; nobody is here any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._presence.forget()

    # ---- the log -----------------------------------------------------------------------------------

    async def _read_for_ever(self) -> None:
        with self._house.wakes.listen(f"project:{self.scope.project_id}") as listener:
            while True:
                try:
                    await self._look()
                except store.DATABASE_ERRORS as error:
                    log.warning("live.log_not_read", error=type(error).__name__)
                    await asyncio.sleep(_PAUSE_S)
                    continue
                await listener.wait(_LOOK_S)

    async def _look(self) -> None:
        """Tell what has happened since the last look."""
        if not self._is_ready.is_set():
            async with self._house.unit_of_work.reading(self._actor) as tx:
                self.seq = self._floor = await last_seq(tx)
            self._is_ready.set()
        while True:
            async with self._house.unit_of_work.reading(self._actor) as tx:
                # In this order: on PostgreSQL a later statement may see more, never less.
                reached = await last_seq(tx)
                events = await events_after(tx, self.seq, kinds=self._kinds, limit=_PAGE)
                told = await self._told(tx, events)
            if events:
                last = events[-1].seq
                reached = last if len(events) == _PAGE else max(reached, last)
            self._tell(told, max(reached, self.seq))
            if len(events) < _PAGE:
                return
            await asyncio.sleep(0)

    def _tell(self, news: Sequence[Told], reached: int) -> None:
        for told in news:
            self._recent.append(told)
            for connection in self.connections.values():
                if connection.cursor < told.seq:
                    connection.cursor = told.seq
                    for item in told.frames:
                        connection.tell(item)
        self.seq = reached
        while len(self._recent) > _REMEMBERED:
            self._floor = self._recent.popleft().seq

    async def _missed(self, since: int) -> list[Told] | None:
        """What happened after `since` and was told to the others; None when it is more than we replay."""
        if since > self.seq:
            async with self._house.unit_of_work.reading(self._actor) as tx:
                if since > await last_seq(tx):
                    return None  # no number of ours: another database, or a made-up one
        if since < self._floor:
            async with self._reaching_back:
                if since < self._floor and not await self._reach_back(since):
                    return None
        found = [told for told in self._recent if told.seq > since]
        # Its hello waits in the same queue: what is replayed must leave room for it.
        count = sum(len(told.frames) for told in found)
        return found if count <= self._settings.queue_frames // 2 else None

    async def _reach_back(self, since: int) -> bool:
        """Read older events into memory, for this client and those who come back with it."""
        floor, most = self._floor, self._settings.queue_frames // 2
        async with self._house.unit_of_work.reading(self._actor) as tx:
            events = await events_after(tx, since, kinds=self._kinds, limit=most + 1)
            older = [event for event in events if event.seq <= floor]
            if len(older) > most:
                return False
            told = await self._told(tx, older)
        if self._floor != floor:
            return False  # more happened meanwhile than we remember
        self._recent.extendleft(reversed(told))
        self._floor = since
        return True

    async def _told(self, tx: Tx, events: Sequence[Recorded]) -> list[Told]:
        if not events:
            return []
        related = await self._related(tx, events)
        subjects = {event.subject for event in events if event.subject.startswith("task_")}
        ids = sorted(subjects.union(*related.values()))
        found = {card.id: card for card in await board.cards_by_id(tx, ids)}
        cards = Cards(found, await board.off_board(tx, ids))
        await self._learn_names(tx, {event.actor_id for event in events})
        names = self._names
        return [
            told_of(event, cards, related.get(event.seq, ()), names.get(event.actor_id, event.actor_id))
            for event in events
        ]

    async def _related(self, tx: Tx, events: Sequence[Recorded]) -> dict[int, set[str]]:
        """By event: other cards that count differently because of it."""
        found = {event.seq: parents_of(event) for event in events}
        asked = sorted({event.subject for event in events if recounted(event)})
        counted = await board.counted_by(tx, asked)
        for event in events:
            if recounted(event):
                found[event.seq].update(counted.get(event.subject, ()))
        return {seq: ids for seq, ids in found.items() if ids}

    async def _learn_names(self, tx: Tx, ids: set[str]) -> None:
        now = self._house.clock.monotonic()
        if now > self._names_until:
            self._names = {self._actor.id: self._actor.name}
            self._names_until = now + _NAMES_KEPT_S
        if unknown := sorted(ids - self._names.keys()):
            self._names |= await identity.names_of(tx, unknown)
