"""Followers: who reads the event log from a cursor of its own, each event once (ADR 0030).

A reaction is a durable workflow for each event: right where an event asks for work that waits or calls
out, and dear where most events ask for nothing. A follower reads the log in its order instead. What it
does about an event and its cursor commit together, so it happens once, also when the process dies; it
calls nobody outside, and enqueues durable work where more is wanted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from opsroom.kernel.actor import Actor, Scope, system_actor
from opsroom.kernel.correlation import work_context
from opsroom.kernel.db import METADATA, Row, UtcTime
from opsroom.kernel.errors import OpsroomError
from opsroom.kernel.events import EVENTS, Recorded
from opsroom.kernel.prepared import Prepared, among
from opsroom.kernel.uow import Tx, UnitsOfWork
from opsroom.kernel.wake import Wakes

log = structlog.get_logger("opsroom.followers")

EVENT_CURSORS = sa.Table(
    "event_cursors",
    METADATA,
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("moved_at", UtcTime, nullable=False),
    sa.Column("stuck_seq", sa.BigInteger),
    sa.Column("stuck_times", sa.Integer, nullable=False, server_default="0"),
)

ANY_EVENT = "events"
"""The topic that wakes followers: some event was committed."""

Handle = Callable[[Tx, Recorded], Awaitable[None]]

_PAGE = 100
_LOOK_EVERY_S = 5.0
# After each look the events of this long are gathered for the next: one commit for many on a busy board,
# and nobody notices the wait on a quiet one. Where looking takes long the machine is busy with people who
# wait, and a follower keeps away for longer.
_GATHER_S, _GATHER_MOST_S, _REST = 0.2, 1.0, 4.0
_TRIES = 5
_NOWHERE = Scope(organization_id="-", instance_id="-", project_id="-")


@dataclass(frozen=True, slots=True)
class Follower:
    """`name` ends in .vN and is the cursor's key. It begins at the log's end when it is new."""

    name: str
    kinds: tuple[str, ...]
    handle: Handle
    as_whom: Callable[[Scope], Actor] = system_actor


class Following:
    """Carries out one follower. Any number of processes may: the cursor's row lets one in at a time."""

    def __init__(self, follower: Follower, unit_of_work: UnitsOfWork, wakes: Wakes) -> None:
        self._follower = follower
        self._uow = unit_of_work
        self._wakes = wakes
        self._query = Prepared(
            sa.select(EVENTS)
            .where(EVENTS.c.seq > sa.bindparam("the_seq"), among(EVENTS.c.kind, "the_kinds"))
            .order_by(EVENTS.c.seq)
            .limit(_PAGE)
        )

    async def for_ever(self) -> None:
        """Follow the log until cancelled."""
        await self.begin()
        with self._wakes.listen(ANY_EVENT) as listener:
            while True:
                began = time.monotonic()
                try:
                    while await self.advance():
                        pass
                except (DBAPIError, OpsroomError) as error:
                    log.warning("followers.paused", name=self._follower.name, error=str(error)[:500])
                    await asyncio.sleep(1.0)
                await asyncio.sleep(gathering(time.monotonic() - began))
                await listener.wait(_LOOK_EVERY_S)

    async def begin(self) -> None:
        """Have a cursor. A new follower does not react to what happened before it existed."""
        async with self._uow(system_actor(_NOWHERE)) as tx:
            if await _cursor(tx, self._follower.name) is None:
                last = sa.select(sa.func.coalesce(sa.func.max(EVENTS.c.seq), 0)).scalar_subquery()
                values = {"name": self._follower.name, "seq": last, "moved_at": tx.now}
                await tx.conn.execute(_insert_once(tx, values))

    async def advance(self) -> bool:
        """Handle the next events of one project, in one commit. True when there may be more."""
        async with self._uow.reading(system_actor(_NOWHERE)) as tx:
            cursor = await _cursor(tx, self._follower.name)
            page = await self._after(tx, cursor["seq"]) if cursor else []
            end = None if page else await _end_of_log(tx)
        if cursor is None:
            return False
        if end is not None:
            await self._skip_to(cursor["seq"], end)
            return False
        alike = _of_first_project(page)
        if cursor["stuck_seq"] == alike[0].seq:
            alike = alike[:1]
        try:
            await self._handle(cursor["seq"], alike)
        except (DBAPIError, OpsroomError, ValueError, KeyError, TypeError, AttributeError) as error:
            return await self._stuck(cursor, alike, error)
        return len(alike) < len(page) or len(page) == _PAGE

    async def _after(self, tx: Tx, seq: int) -> list[Recorded]:
        rows = await self._query.all(tx.conn, {"the_seq": seq, "the_kinds": self._follower.kinds})
        return [Recorded.model_validate(dict(zip(self._query.names, row, strict=True))) for row in rows]

    async def _handle(self, seen: int, events: Sequence[Recorded]) -> None:
        scope = scope_of(events[0])
        async with self._uow(self._follower.as_whom(scope)) as tx:
            cursor = await _cursor(tx, self._follower.name, lock=True)
            if cursor is None or cursor["seq"] != seen:
                return  # another process was quicker
            for event in events:
                with work_context(correlation=event.correlation_id, causation=event.id):
                    await self._follower.handle(tx, event)
            await _move(tx, self._follower.name, events[-1].seq)

    async def _skip_to(self, seen: int, end: int) -> None:
        """Nothing for us up to the log's end: remember that, not at every commit of others."""
        if end - seen < _PAGE:
            return
        async with self._uow(system_actor(_NOWHERE)) as tx:
            cursor = await _cursor(tx, self._follower.name, lock=True)
            if cursor is not None and cursor["seq"] == seen:
                await _move(tx, self._follower.name, end)

    async def _stuck(self, cursor: Row, events: Sequence[Recorded], error: Exception) -> bool:
        """An event that cannot be handled is tried by itself, and left behind when that fails for good."""
        first = events[0]
        times = cursor["stuck_times"] + 1 if cursor["stuck_seq"] == first.seq else 1
        given_up = times > _TRIES and len(events) == 1
        log.error(
            "followers.given_up" if given_up else "followers.failed",
            name=self._follower.name,
            event_id=first.id,
            kind=first.kind,
            times=times,
            error=repr(error)[:1000],
        )
        async with self._uow(system_actor(_NOWHERE)) as tx:
            now = await _cursor(tx, self._follower.name, lock=True)
            if now is None or now["seq"] != cursor["seq"]:
                return True  # another process got past it
            if given_up:
                await _move(tx, self._follower.name, first.seq)
            else:
                await _note_stuck(tx, self._follower.name, first.seq, times)
        if not given_up:
            await asyncio.sleep(min(0.1 * 2**times, 3.0))
        return True


def gathering(took_s: float) -> float:
    """How long to gather events after a look that took this long."""
    return min(max(_GATHER_S, took_s * _REST), _GATHER_MOST_S)


def scope_of(event: Recorded) -> Scope:
    """Where an event happened."""
    return Scope(
        organization_id=event.organization_id, instance_id=event.instance_id, project_id=event.project_id
    )


def _of_first_project(page: Sequence[Recorded]) -> list[Recorded]:
    alike: list[Recorded] = []
    for event in page:
        if event.project_id != page[0].project_id:
            break
        alike.append(event)
    return alike


# Built once: on SQLite building a statement costs as much as running it.
_CURSOR = sa.select(EVENT_CURSORS).where(EVENT_CURSORS.c.name == sa.bindparam("the_name"))
_LOCKED_CURSOR = _CURSOR.with_for_update()
_END = sa.select(sa.func.coalesce(sa.func.max(EVENTS.c.seq), 0))
_MOVE = sa.update(EVENT_CURSORS).where(EVENT_CURSORS.c.name == sa.bindparam("the_name"))


async def _cursor(tx: Tx, name: str, *, lock: bool = False) -> Row | None:
    query = _LOCKED_CURSOR if lock else _CURSOR
    return (await tx.conn.execute(query, {"the_name": name})).mappings().first()


async def _end_of_log(tx: Tx) -> int:
    return (await tx.conn.execute(_END)).scalar_one()


async def _move(tx: Tx, name: str, seq: int) -> None:
    values = {"seq": seq, "moved_at": tx.now, "stuck_seq": None, "stuck_times": 0}
    await tx.conn.execute(_MOVE, {"the_name": name, **values})


async def _note_stuck(tx: Tx, name: str, seq: int, times: int) -> None:
    values = {"stuck_seq": seq, "stuck_times": times}
    await tx.conn.execute(sa.update(EVENT_CURSORS).where(EVENT_CURSORS.c.name == name).values(**values))


def _insert_once(tx: Tx, values: dict[str, object]) -> sa.Insert:
    if tx.conn.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    return insert(EVENT_CURSORS).values(**values).on_conflict_do_nothing()
