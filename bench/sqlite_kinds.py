"""One arrangement of the SQLite benchmark, in a process of its own. Prints one JSON line."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from opsroom.app.house import open_house
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.db import METADATA, Database, open_database
from opsroom.kernel.gate import OpenGate
from opsroom.kernel.room import House, Room
from opsroom.kernel.settings import Settings
from opsroom.runs.eventlog import EventLog
from opsroom.runs.ports import EngineEvent
from opsroom.runs.tables import RUNS

SCOPE = Scope(organization_id="org_bench", instance_id="ins_bench", project_id="prj_bench")
ACTOR = system_actor(SCOPE)
COUNTERS = sa.Table(
    "bench_counters", METADATA, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer)
)
SESSIONS = 100


class Defaults:
    """Every section at its defaults."""

    def section(self, kind):
        return kind()


def arranged(kind: str, folder: Path) -> Database:
    """The database of this arrangement."""
    database = open_database(f"sqlite:///{folder / 'app.db'}")
    if kind == "two":
        other = open_database(f"sqlite:///{folder / 'engine.db'}")
        database = replace(database, sync_engine=other.sync_engine)
    elif kind == "open":
        # The gate as it is on PostgreSQL: SQLite's own locks order the writers.
        gate = database.gate
        free = OpenGate()
        for verb in ("acquire", "acquire_async", "release"):
            setattr(gate, verb, getattr(free, verb))
    return database


async def contended(house: House, seconds: float) -> dict[str, object]:
    """Two writers and a supply of durable work."""
    done, write_ms, errors, orders = [0], [], [0], [0]
    until = time.perf_counter() + seconds

    async def little(_n: int) -> int:
        return 1

    async def body(n: int) -> None:
        await house.durable.step("one", little, n)
        await house.durable.step("two", little, n)
        done[0] += 1

    house.durable.workflow("bench.work.v1", body)

    async def writer(row: int) -> None:
        while time.perf_counter() < until:
            began = time.perf_counter()
            try:
                async with house.unit_of_work(ACTOR) as tx:
                    n = (
                        await tx.conn.execute(sa.select(COUNTERS.c.n).where(COUNTERS.c.id == row))
                    ).scalar_one()
                    await tx.conn.execute(sa.update(COUNTERS).where(COUNTERS.c.id == row).values(n=n + 1))
            except sa.exc.DBAPIError:
                errors[0] += 1
            write_ms.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.002)

    async def supply(two: bool) -> None:
        while time.perf_counter() < until:
            if orders[0] - done[0] > 100:
                await asyncio.sleep(0.01)
                continue
            try:
                await order(two)
                orders[0] += 1
            except sa.exc.DBAPIError:
                errors[0] += 1

    async def order(two: bool) -> None:
        async with house.unit_of_work(ACTOR) as tx:
            await tx.conn.execute(sa.update(COUNTERS).where(COUNTERS.c.id == 3).values(n=COUNTERS.c.n + 1))
            if not two:
                tx.enqueue("bench.work.v1", orders[0], workflow_id=f"w{orders[0]}")
        if two:
            await asyncio.to_thread(_order_elsewhere, orders[0])
            house.durable.ring("work")

    def _order_elsewhere(n: int) -> None:
        with house.database.sync_engine.begin() as conn:
            house.durable.enqueue_in(
                conn, "bench.work.v1", (n,), workflow_id=f"w{n}", queue="work", delay_s=None
            )

    async with house.unit_of_work(ACTOR) as tx:
        await tx.conn.execute(sa.insert(COUNTERS), [{"id": n, "n": 0} for n in (1, 2, 3)])
    two = "engine.db" in str(house.database.sync_engine.url)
    await asyncio.gather(writer(1), writer(2), supply(two))
    return {
        "write_ms": write_ms,
        "writes": len(write_ms) / seconds,
        "workflows": done[0] / seconds,
        "orders": orders[0] / seconds,
        "errors": errors[0],
    }


async def logged(house: House, folder: Path, seconds: float, *, shared: bool) -> dict[str, object]:
    """A hundred sessions that tell one event after the other."""
    log = EventLog(house, folder / "sessions")
    alone = asyncio.Lock()
    append_ms: list[float] = []
    async with house.unit_of_work(ACTOR) as tx:
        for n in range(SESSIONS):
            await tx.conn.execute(sa.insert(RUNS).values(**_run_row(n, tx.now)))
    until, cpu = time.perf_counter() + seconds, time.process_time()

    async def session(n: int) -> None:
        number = 0
        while time.perf_counter() < until:
            number += 1
            event = EngineEvent(
                source_id=f"e{number}",
                source_type="agent.message",
                kind="agent.message",
                at=house.database.now(),
                body={"text": f"Event {number} of session {n}, a line of what an agent says while it works."},
            )
            began = time.perf_counter()
            if shared:
                await log.append(SCOPE, f"run_{n}", [event])
            else:
                async with alone:  # one commit each: nobody joins another's
                    await log.append(SCOPE, f"run_{n}", [event])
            append_ms.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(session(n) for n in range(SESSIONS)))
    cpu = time.process_time() - cpu
    return {
        "append_ms": append_ms,
        "events": len(append_ms) / seconds,
        "cpu_ms": cpu / len(append_ms) * 1000,
    }


def _run_row(n: int, now) -> dict[str, object]:
    """Whatever a run must have; the rest is left to its defaults."""
    row: dict[str, object] = SCOPE.model_dump()
    for column in RUNS.columns:
        if column.name in row or column.nullable or column.default is not None:
            continue
        kind = column.type.__class__.__name__
        row[column.name] = {
            "UtcTime": now,
            "Integer": 0,
            "BigInteger": 0,
            "Boolean": False,
            "JsonText": {},
        }.get(kind, "x")
    return row | {"id": f"run_{n}", "status": "STREAMING", "session_id": f"sesn_{n}", "version": 1}


async def main(kind: str, folder: Path, seconds: float) -> None:
    database = arranged(kind, folder)
    made: list[House] = []
    room = Room(name="bench", build=made.append)
    settings: Settings = Defaults()  # type: ignore[assignment]
    async with open_house(
        [room], settings=settings, database=database, workspace=folder, data_dir=folder, background=False
    ) as house:
        await asyncio.to_thread(_create, database)
        if kind.startswith("log"):
            found = await logged(house, folder, seconds, shared=kind == "log-shared")
        else:
            found = await contended(house, seconds)
    print(json.dumps(found), flush=True)


def _create(database: Database) -> None:
    engine = sa.create_engine(database.url)
    COUNTERS.create(engine)
    engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
