"""Heartbeats, take-over of the dead, strays, poison, the clock, retention: with processes that really die."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from opsroom.app.house import open_house
from opsroom.kernel.actor import Actor
from opsroom.kernel.db import open_database
from opsroom.kernel.durable_settings import DurableSettings
from opsroom.kernel.room import House, Room
from opsroom.kernel.suspects import _batches
from opsroom.kernel.workers import WORKERS, Caretaker, workers_seen
from tests.conftest import GivenSettings
from tests.kernel.worker_process import SkewedClock

pytestmark = pytest.mark.durability
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


def test_suspects_come_back_in_growing_batches() -> None:
    sizes = [len(batch) for batch in _batches([str(n) for n in range(30)])]
    assert sizes == [1, 1, 2, 4, 8, 8, 6]
    assert _batches([]) == []


class Held:
    """A room whose work waits until it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go_on = asyncio.Event()
        self.told: list[tuple[list[Any], str]] = []

    def room(self) -> Room:
        def build(house: House) -> None:
            async def step(ref: str) -> str:
                self.begun.append(ref)
                await self.go_on.wait()
                return ref

            async def body(ref: str) -> None:
                await house.durable.step("wait", step, ref)

            async def on_fault(args: Any, message: str) -> None:
                self.told.append((list(args), message))

            house.durable.workflow("test.held.v1", body, on_fault=on_fault)

        return Room(name="held", build=build)


async def until(wanted: Callable[[], bool | Awaitable[bool]], patience_s: float = 20) -> None:
    async with asyncio.timeout(patience_s):
        while True:
            held = wanted()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0.01)


def caretaker_of(house: House, **settings: Any) -> Caretaker:
    return Caretaker(house.database, house.durable, DurableSettings(**settings))


async def test_a_worker_beats_and_is_seen(build_house) -> None:
    house: House = await build_house([])
    caretaker = caretaker_of(house)
    await caretaker.begin()
    [first] = await workers_seen(house.database)
    assert (first.executor_id, first.pid, first.claiming) == (house.durable.executor_id, os.getpid(), True)
    await asyncio.sleep(0.02)
    await caretaker._round()
    [second] = await workers_seen(house.database)
    assert second.last_seen > first.last_seen


async def test_strays_of_ours_are_taken_back_after_three_looks(build_house, alice: Actor) -> None:
    """A row that says it runs here, and nothing here runs it: what a full disk leaves behind."""
    held = Held()
    held.go_on.set()
    house: House = await build_house([held.room()])
    caretaker = caretaker_of(house)
    house.durable.set_claiming(False)
    async with house.unit_of_work(alice) as tx:
        tx.enqueue("test.held.v1", "stray", workflow_id="stray")
    set_row(house, "stray", status="PENDING", executor_id=house.durable.executor_id)
    house.durable.set_claiming(True)
    for _ in range(2):
        await caretaker._round()
        assert held.begun == []
    await caretaker._round()
    await until(lambda: has_status(house, "stray", "SUCCESS"))
    assert held.begun == ["stray"]


async def test_work_of_an_unknown_name_is_given_up_and_told(build_house, alice: Actor) -> None:
    held = Held()
    house: House = await build_house([held.room()])
    caretaker = caretaker_of(house)
    house.durable.set_claiming(False)
    async with house.unit_of_work(alice) as tx:
        tx.enqueue("test.held.v1", "unknown", workflow_id="unknown")
    set_row(house, "unknown", name="test.gone.v1")
    house.durable.set_claiming(True)
    house.durable.ring("work")
    await until(lambda: has_status(house, "unknown", "PENDING"))
    for _ in range(3):
        await caretaker._round()
    assert await house.durable.status("unknown") == "CANCELLED"
    assert held.begun == []


async def test_running_work_is_no_stray(build_house, alice: Actor) -> None:
    held = Held()
    house: House = await build_house([held.room()])
    caretaker = caretaker_of(house)
    async with house.unit_of_work(alice) as tx:
        tx.enqueue("test.held.v1", "steady", workflow_id="steady")
    await until(lambda: held.begun == ["steady"])
    for _ in range(5):
        await caretaker._round()
    assert held.begun == ["steady"]
    held.go_on.set()
    await until(lambda: has_status(house, "steady", "SUCCESS"))


async def test_long_running_work_is_absolved(build_house, alice: Actor) -> None:
    held = Held()
    house: House = await build_house([held.room()])
    caretaker = caretaker_of(house, suspect_apart_s=3.0)
    async with house.unit_of_work(alice) as tx:
        tx.enqueue("test.held.v1", "old", workflow_id="old")
    await until(lambda: held.begun == ["old"])
    set_row(house, "old", recovery_attempts=4)
    for _ in range(2):
        await caretaker._round()
    assert row(house, "old")["recovery_attempts"] == 4
    await caretaker._round()
    assert row(house, "old")["recovery_attempts"] == 1
    held.go_on.set()


async def test_a_worker_with_a_wrong_clock_stops_claiming_and_starts_again(
    database_url: str, tmp_path: Path, alice: Actor
) -> None:
    clock = SkewedClock(0)
    held = Held()
    held.go_on.set()
    async with open_house(
        [held.room()],
        settings=GivenSettings({}),
        database=open_database(database_url, clock=clock),
        workspace=tmp_path,
        data_dir=tmp_path / "data",
        background=False,
    ) as house:
        if house.database.is_sqlite:
            pytest.skip("the file has no clock of its own")
        caretaker = caretaker_of(house)
        before = house.database.now()
        clock._skew = timedelta(hours=1)
        for _ in range(10):
            await caretaker._round()
        [me] = await workers_seen(house.database)
        assert not caretaker.claiming
        async with house.unit_of_work(alice) as tx:
            tx.enqueue("test.held.v1", "late", workflow_id="late")
        await asyncio.sleep(1.2)
        assert await house.durable.status("late") == "ENQUEUED"
        # Our own reckoning of time follows the database's, so no deadline jumps by an hour.
        assert abs(house.database.now() - before) < timedelta(minutes=1)
        clock._skew = timedelta(0)
        for _ in range(10):
            await caretaker._round()
        assert caretaker.claiming
        await until(lambda: has_status(house, "late", "SUCCESS"))
        await caretaker._round()
        [me] = await workers_seen(house.database)
        assert me.claiming


async def test_what_is_past_its_time_is_forgotten(build_house, alice: Actor) -> None:
    held = Held()
    held.go_on.set()
    house: House = await build_house([held.room()])
    for ref in ("old", "new"):
        async with house.unit_of_work(alice) as tx:
            tx.enqueue("test.held.v1", ref, workflow_id=ref)
        await until(lambda ref=ref: has_status(house, ref, "SUCCESS"))
    long_ago = house.database.now() - timedelta(days=31)
    set_row(house, "old", completed_at=round(long_ago.timestamp() * 1000))
    caretaker = caretaker_of(house)
    await caretaker.begin()
    async with house.database.writing() as conn:
        await conn.execute(
            sa.insert(WORKERS).values(
                executor_id="gone",
                pid=1,
                started_at=long_ago,
                last_seen=long_ago,
                clock_offset_s=0.0,
                claiming=True,
            )
        )
    await caretaker._forget()
    assert await house.durable.status("old") is None
    assert await house.durable.status("new") == "SUCCESS"
    assert [w.executor_id for w in await workers_seen(house.database)] == [house.durable.executor_id]


def set_row(house: House, workflow_id: str, **values: Any) -> None:
    table = status_table(house, *values)
    with house.database.sync_engine.begin() as conn:
        conn.execute(sa.update(table).where(table.c.workflow_uuid == workflow_id).values(**values))


def row(house: House, workflow_id: str) -> Any:
    table = status_table(house, "recovery_attempts", "status")
    with house.database.sync_engine.connect() as conn:
        return conn.execute(sa.select(table).where(table.c.workflow_uuid == workflow_id)).mappings().one()


def status_table(house: House, *columns: str) -> sa.TableClause:
    schema = None if house.database.is_sqlite else "dbos"
    return sa.table(
        "workflow_status", sa.column("workflow_uuid"), *(sa.column(c) for c in columns), schema=schema
    )


async def has_status(house: House, workflow_id: str, status: str) -> bool:
    return await house.durable.status(workflow_id) == status
