"""Looking after durable work: heartbeats, take-over of the dead, strays, the clock, retention.

The engine does none of this by itself (RELIABILITY 2.2, 2.8, 2.10): a dead process's runs stay
where they are, a disk that was full strands what was in flight, a wrong clock cancels healthy
work. All judgement is on the database's clock, and nobody is judged while the database itself was
away.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from opsroom.kernel.db import METADATA, Database, UtcTime
from opsroom.kernel.durable import Durable
from opsroom.kernel.durable_settings import DurableSettings

log = structlog.get_logger("opsroom.workers")

WORKERS = sa.Table(
    "workers",
    METADATA,
    sa.Column("executor_id", sa.String(120), primary_key=True),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("last_seen", UtcTime, nullable=False),
    sa.Column("clock_offset_s", sa.Float, nullable=False),
    sa.Column("claiming", sa.Boolean, nullable=False),
)

_LEADER_LOCK = 0x0_6F70_7361
_BEAT_S = 1.0
_STRAY_AFTER_BEATS = 3
_HOUSEKEEPING_EVERY_BEATS = 600


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that works: as /health shows it."""

    executor_id: str
    pid: int
    last_seen: datetime
    clock_offset_s: float
    claiming: bool


class Caretaker:
    """One per process; `begin` once, then `run` for the life of the process."""

    def __init__(self, database: Database, durable: Durable, settings: DurableSettings) -> None:
        self._database = database
        self._durable = durable
        self._settings = settings
        self._unseen: dict[str, int] = {}
        self._running_beats: dict[str, int] = {}
        self._steady_beats = 0
        self._beats = 0
        self.claiming = True

    async def begin(self) -> None:
        """Register this process and take back what an earlier life of it left (SQLite)."""
        await self._beat()

    async def run(self) -> None:
        """Beat and look around each second, until cancelled."""
        while True:
            await asyncio.sleep(_BEAT_S)
            try:
                await self._round()
            except DBAPIError as error:
                # The database is away: start counting again, so nobody is judged by our own absence.
                self._steady_beats = 0
                log.warning("workers.database_away", error=str(error.orig))

    async def _round(self) -> None:
        self._beats += 1
        await self._beat()
        self._steady_beats += 1
        if self._beats % 10 == 0:
            await self._guard_clock()
        await self._sweep_strays()
        await self._absolve()
        if not self._database.is_sqlite and self._steady_beats * _BEAT_S > self._settings.lease_s + 2:
            await self._take_over()
        if self._beats % 30 == 0:
            for workflow_id in await self._durable.dead_letters():
                log.error("workers.dead_letter", workflow_id=workflow_id)
        if self._beats % _HOUSEKEEPING_EVERY_BEATS == 0:
            await self._forget()

    async def _beat(self) -> None:
        now = self._database.now()
        row = {
            "pid": os.getpid(),
            "last_seen": now,
            "clock_offset_s": self._database.clock_offset_s,
            "claiming": self.claiming,
        }
        async with self._database.writing() as conn:
            mine = WORKERS.c.executor_id == self._durable.executor_id
            updated = await conn.execute(sa.update(WORKERS).where(mine).values(**row))
            if updated.rowcount == 0:
                await conn.execute(
                    sa.insert(WORKERS).values(executor_id=self._durable.executor_id, started_at=now, **row)
                )

    async def _guard_clock(self) -> None:
        offset = abs(await self._database.measure_clock())
        wrong = offset > self._settings.clock_tolerance_s
        if wrong == self.claiming:
            self.claiming = not wrong
            self._durable.set_claiming(self.claiming)
            log.error("workers.clock_wrong" if wrong else "workers.clock_right", offset_s=round(offset, 3))

    async def _sweep_strays(self) -> None:
        strays = {s.workflow_id: s for s in await self._durable.strays()}
        self._unseen = {k: self._unseen.get(k, 0) + 1 for k in strays}
        for workflow_id, beats in self._unseen.items():
            if beats < _STRAY_AFTER_BEATS:
                continue
            if strays[workflow_id].known:
                taken = await self._durable.take_back(workflow_id, [self._durable.executor_id])
                log.warning("workers.stray_taken_back", workflow_id=workflow_id, taken=taken)
            else:
                await self._durable.give_up(workflow_id, "no code of this name is installed any more")
                log.error("workers.unknown_workflow", workflow_id=workflow_id, name=strays[workflow_id].name)

    async def _absolve(self) -> None:
        """What has run here for a while is not what kills processes: its starts count anew."""
        self._running_beats = {k: self._running_beats.get(k, 0) + 1 for k in self._durable.running()}
        due = round(self._settings.suspect_apart_s / _BEAT_S)
        ripe = [k for k, beats in self._running_beats.items() if beats == due]
        if ripe:
            await asyncio.to_thread(self._durable.suspects.absolve, ripe)

    async def _take_over(self) -> None:
        dead = await self._dead_owners()
        if not dead:
            return
        await self._durable.hold_back_suspects(sorted(dead))
        taken = await self._durable.take_over(sorted(dead))
        if taken:
            log.warning("workers.taken_over", dead=sorted(dead), workflows=len(taken))
            self._durable.ring("runs")
            self._durable.ring("work")

    async def _dead_owners(self) -> set[str]:
        """Executors that own running work and have no live heartbeat. Only the leader judges."""
        owners = await self._durable.owners_of_pending() - {self._durable.executor_id}
        if not owners:
            return set()
        lease = timedelta(seconds=self._settings.lease_s)
        async with self._database.writing() as conn:
            leads = await conn.execute(
                sa.text(
                    "select pg_try_advisory_xact_lock(:k)"
                    " and pg_postmaster_start_time() < now() - make_interval(secs => :s)"
                ),
                {"k": _LEADER_LOCK, "s": self._settings.lease_s + 2},
            )
            if not leads.scalar():
                return set()
            alive = await conn.execute(
                sa.select(WORKERS.c.executor_id).where(WORKERS.c.last_seen > sa.func.now() - lease)
            )
            return owners - set(alive.scalars())

    async def _forget(self) -> None:
        now = self._database.now()
        before = now - timedelta(days=self._settings.retention_days)
        with suppress(DBAPIError):
            deleted = await self._durable.forget_finished(before.isoformat())
            if deleted:
                log.info("workers.finished_work_forgotten", workflows=deleted)
        async with self._database.writing() as conn:
            await conn.execute(sa.delete(WORKERS).where(WORKERS.c.last_seen < now - timedelta(days=1)))


async def workers_seen(database: Database) -> list[Worker]:
    """Every process that ever beat and was not forgotten, the liveliest first."""
    async with database.reading() as conn:
        rows = await conn.execute(sa.select(WORKERS).order_by(WORKERS.c.last_seen.desc()))
        return [Worker(r.executor_id, r.pid, r.last_seen, r.clock_offset_s, r.claiming) for r in rows.all()]
