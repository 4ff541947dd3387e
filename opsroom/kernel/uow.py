"""The unit of work: the one place a transaction opens and commits (DESIGN section 4).

Leaving it writes the recorded events with their numbers, enqueues the reactions to them and any
durable work, commits all of it at once, then wakes the live feed. A row without its event, or an
event without its work, cannot exist.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from opsroom.kernel.actor import Actor
from opsroom.kernel.correlation import causation_id, correlation_id, transaction_open
from opsroom.kernel.db import Database
from opsroom.kernel.events import EVENTS, Event, Recorded
from opsroom.kernel.ids import new_id
from opsroom.kernel.shape import Json
from opsroom.kernel.wake import Wakes

T = TypeVar("T")

# One lock for all who append to the log on PostgreSQL: numbers then follow the order of commits.
_LOG_LOCK = 0x0_6F70_7372
# Built once: on SQLite building a statement costs as much as running it.
_LAST_SEQ = sa.select(sa.func.coalesce(sa.func.max(EVENTS.c.seq), 0))
_INSERT_EVENTS = sa.insert(EVENTS).values(
    seq=sa.select(sa.func.coalesce(sa.func.max(EVENTS.c.seq), 0) + 1).scalar_subquery()
)


class Work(Protocol):
    """Durable work that can be put into somebody else's transaction. Fulfilled by `Durable`."""

    def enqueue_in(
        self,
        conn: Connection,
        workflow: str,
        args: Sequence[object],
        *,
        workflow_id: str,
        queue: str,
        delay_s: float | None,
    ) -> None: ...

    def ring(self, queue: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Order:
    workflow: str
    args: tuple[object, ...]
    workflow_id: str
    queue: str
    delay_s: float | None


@dataclass(slots=True)
class Tx:
    """An open unit of work. Rooms' `api` functions take it; they never commit.

    `now` is the database's time at the opening, the same for every row of the commit.
    """

    conn: AsyncConnection
    actor: Actor
    now: datetime
    events: list[Recorded] = field(default_factory=list)
    _orders: list[_Order] = field(default_factory=list)
    _topics: set[str] = field(default_factory=set)
    _once: dict[str, object] = field(default_factory=dict)

    async def once(self, name: str, read: Callable[[Tx], Awaitable[T]]) -> T:
        """What `read` finds, read once in this unit: for what it does not change itself.

        A follower that handles a hundred events in one commit asks for the rules of the project once.
        """
        if name not in self._once:
            self._once[name] = await read(self)
        return cast("T", self._once[name])

    def record(self, event: Event, *, subject: str) -> Recorded:
        """Note that `event` happened to `subject` (an id). It is written when the unit commits."""
        scope = self.actor.scope
        recorded = Recorded(
            seq=0,
            id=new_id("ev"),
            kind=event.KIND,
            actor_id=self.actor.id,
            organization_id=scope.organization_id,
            instance_id=scope.instance_id,
            project_id=scope.project_id,
            subject=subject,
            at=self.now,
            correlation_id=correlation_id.get() or new_id("cor"),
            causation_id=causation_id.get(),
            body=event.model_dump(mode="json"),
        )
        self.events.append(recorded)
        self.wake(subject)
        return recorded

    def enqueue(
        self,
        workflow: str,
        *args: str | int | bool | Json | None,
        workflow_id: str,
        queue: str = "work",
        delay_s: float | None = None,
    ) -> None:
        """Start `workflow` (a name ending in .vN) when this unit commits.

        `workflow_id` is the idempotency key: a second order with the same id starts nothing.
        Arguments are references, not data, and never secrets.
        """
        self._orders.append(_Order(workflow, args, workflow_id, queue, delay_s))

    @asynccontextmanager
    async def attempting(self) -> AsyncIterator[None]:
        """What is written in here is taken back when it ends in an error, and the unit can go on."""
        async with self.conn.begin_nested():
            yield

    def wake(self, topic: str) -> None:
        """Wake listeners of `topic` after the commit."""
        self._topics.add(topic)


class _Rehearsed(Exception):
    """A rehearsal is over."""


class UnitsOfWork:
    """Opens units of work on one database. Call it: `async with unit_of_work(actor) as tx:`."""

    def __init__(
        self,
        database: Database,
        wakes: Wakes,
        *,
        work: Callable[[], Work],
        reactions: Mapping[str, Sequence[str]],
    ) -> None:
        self.database = database
        self.wakes = wakes
        self._work = work
        self._reactions = reactions

    @asynccontextmanager
    async def __call__(self, actor: Actor) -> AsyncIterator[Tx]:
        token = transaction_open.set(True)
        try:
            async with self.database.writing() as conn:
                tx = Tx(conn, actor, self.database.now())
                yield tx
                await self._write_events(tx)
                await self._enqueue(tx)
                await self._notify(tx)
        finally:
            transaction_open.reset(token)
        for queue in {o.queue for o in tx._orders}:
            self._work().ring(queue)
        self.wakes.call(tx._topics)

    @asynccontextmanager
    async def reading(self, actor: Actor) -> AsyncIterator[Tx]:
        """A read-only unit: a steady snapshot, nothing recorded, nothing committed."""
        token = transaction_open.set(True)
        try:
            async with self.database.reading() as conn:
                yield Tx(conn, actor, self.database.now())
        finally:
            transaction_open.reset(token)

    @asynccontextmanager
    async def rehearsing(self, actor: Actor) -> AsyncIterator[Tx]:
        """A unit that takes everything back at its end: one sees what would happen, and nothing of it stays.

        It waits for its turn to write and locks what it touches, as the real thing does.
        """
        token = transaction_open.set(True)
        try:
            with suppress(_Rehearsed):
                async with self.database.writing() as conn:
                    yield Tx(conn, actor, self.database.now())
                    raise _Rehearsed  # what ends in an error is not committed
        finally:
            transaction_open.reset(token)

    async def _write_events(self, tx: Tx) -> None:
        if not tx.events:
            return
        if not self.database.is_sqlite:
            await tx.conn.execute(sa.text("select pg_advisory_xact_lock(:k)"), {"k": _LOG_LOCK})
        # Each takes the number after the last as it is inserted: one trip for all of them.
        await tx.conn.execute(_INSERT_EVENTS, [e.model_dump(exclude={"seq"}) for e in tx.events])
        tx._topics |= {f"project:{tx.actor.scope.project_id}", "events"}
        for event in tx.events:
            for reaction in self._reactions.get(event.kind, ()):
                tx.enqueue(reaction, event.id, workflow_id=f"{reaction}:{event.id}")

    async def _enqueue(self, tx: Tx) -> None:
        if not tx._orders:
            return
        work = self._work()

        def put(conn: Connection) -> None:
            for o in tx._orders:
                work.enqueue_in(
                    conn, o.workflow, o.args, workflow_id=o.workflow_id, queue=o.queue, delay_s=o.delay_s
                )

        await tx.conn.run_sync(put)

    async def _notify(self, tx: Tx) -> None:
        tx._topics |= {f"queue:{o.queue}" for o in tx._orders if not o.delay_s}
        if self.database.is_sqlite or not tx._topics:
            return
        await tx.conn.execute(
            sa.text("select pg_notify('opsroom_wake', t) from unnest(cast(:topics as text[])) as t"),
            {"topics": sorted(tx._topics)},
        )


async def event_by_id(tx: Tx, event_id: str) -> Recorded | None:
    """The recorded event with this id, or None."""
    row = (await tx.conn.execute(sa.select(EVENTS).where(EVENTS.c.id == event_id))).mappings().first()
    return Recorded.model_validate(dict(row)) if row else None


async def last_seq(tx: Tx) -> int:
    """The number of the newest event: what a snapshot hands to the tail that follows it."""
    return (await tx.conn.execute(_LAST_SEQ)).scalar_one()


async def events_after(tx: Tx, seq: int, *, kinds: Sequence[str] = (), limit: int = 500) -> list[Recorded]:
    """Events of the actor's project after `seq`, oldest first, at most `limit`."""
    query = (
        sa.select(EVENTS)
        .where(EVENTS.c.project_id == tx.actor.scope.project_id, EVENTS.c.seq > seq)
        .order_by(EVENTS.c.seq)
        .limit(limit)
    )
    if kinds:
        query = query.where(EVENTS.c.kind.in_(kinds))
    rows = (await tx.conn.execute(query)).mappings().all()
    return [Recorded.model_validate(dict(row)) for row in rows]
