"""The write gate: first come, first served, for threads and coroutines alike; nobody in the line is lost."""

from __future__ import annotations

import asyncio
import random
import threading
from pathlib import Path

import pytest

from opsroom.kernel.db import open_database
from opsroom.kernel.gate import OpenGate, ReadTurns, WriteGate


class Line:
    """A gate under watch: who passed in which order, and that never two are inside."""

    def __init__(self) -> None:
        self.gate = WriteGate()
        self.passed: list[int] = []
        self.inside = 0
        self.joined = 0

    def length(self) -> int:
        return len(self.gate._line)

    def visit(self, who: int) -> None:
        self.inside += 1
        assert self.inside == 1
        self.passed.append(who)
        self.inside -= 1

    async def coroutine(self, who: int) -> None:
        await self.gate.acquire_async()
        self.visit(who)
        self.gate.release()

    def thread(self, who: int) -> threading.Thread:
        def body() -> None:
            self.gate.acquire()
            self.visit(who)
            self.gate.release()

        thread = threading.Thread(target=body)
        thread.start()
        return thread

    async def until_length(self, wanted: int) -> None:
        async with asyncio.timeout(10):
            while self.length() != wanted:
                await asyncio.sleep(0.001)

    async def until_idle(self) -> None:
        async with asyncio.timeout(10):
            while self.gate._held:
                await asyncio.sleep(0.001)


async def test_threads_and_coroutines_pass_in_the_order_they_came() -> None:
    line = Line()
    await line.gate.acquire_async()
    threads: list[threading.Thread] = []
    tasks: list[asyncio.Task[None]] = []
    for who in range(40):
        if who % 3 == 0:
            threads.append(line.thread(who))
        else:
            tasks.append(asyncio.create_task(line.coroutine(who)))
        await line.until_length(who + 1)
    line.gate.release()
    await asyncio.gather(*tasks)
    await asyncio.to_thread(lambda: [t.join(10) for t in threads])
    assert line.passed == list(range(40))
    await line.until_idle()


async def test_whoever_is_cancelled_in_the_line_is_passed_over() -> None:
    line = Line()
    await line.gate.acquire_async()
    tasks = [asyncio.create_task(line.coroutine(n)) for n in range(6)]
    await line.until_length(6)
    for n in (0, 2, 5):
        tasks[n].cancel()
    line.gate.release()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(d, asyncio.CancelledError) for d in done] == [n in (0, 2, 5) for n in range(6)]
    assert line.passed == [1, 3, 4]
    await line.until_idle()


async def test_a_cancel_that_crosses_the_turn_hands_it_on() -> None:
    """The turn is given and the taker cancelled before it runs: the turn must not be lost with it."""
    line = Line()
    await line.gate.acquire_async()
    first = asyncio.create_task(line.coroutine(1))
    second = asyncio.create_task(line.coroutine(2))
    await line.until_length(2)
    line.gate.release()
    await asyncio.sleep(0)  # the turn has been offered to `first`, which has not run yet
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert 2 in line.passed
    await line.until_idle()


async def test_a_storm_of_cancellations_never_stops_the_line() -> None:
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    line = Line()
    threads = [line.thread(1000 + n) for n in range(20)]
    tasks = [asyncio.create_task(line.coroutine(n)) for n in range(300)]
    for task in rng.sample(tasks, 150):
        task.cancel()
        if rng.random() < 0.5:
            await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.to_thread(lambda: [t.join(10) for t in threads])
    assert not any(t.is_alive() for t in threads), f"seed {seed}"
    await line.until_idle()
    assert line.length() == 0, f"seed {seed}"


async def test_a_loop_that_is_gone_does_not_keep_the_turn() -> None:
    line = Line()
    await line.gate.acquire_async()

    async def wait_for_ever() -> None:
        asyncio.get_running_loop().create_task(line.gate.acquire_async())
        await asyncio.sleep(0)

    def other_loop() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(wait_for_ever())
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.close()

    await asyncio.to_thread(other_loop)
    assert line.length() == 1
    mine = asyncio.create_task(line.coroutine(7))
    await line.until_length(2)
    line.gate.release()
    async with asyncio.timeout(5):
        await mine
    assert line.passed == [7]


async def test_rows_and_durable_work_queue_at_one_gate(tmp_path: Path) -> None:
    """A thread's transaction on the durable engine's connections waits for ours, and ours for it."""
    database = open_database(f"sqlite:///{tmp_path}/x.db")
    gate = database.gate
    assert isinstance(gate, WriteGate)
    order: list[str] = []

    def as_the_engine_does() -> None:
        with database.sync_engine.begin() as conn:
            conn.exec_driver_sql("create table t (n integer)")
            order.append("engine")

    async with database.writing():
        thread = threading.Thread(target=as_the_engine_does)
        thread.start()
        async with asyncio.timeout(10):
            while not gate._line:
                await asyncio.sleep(0.001)
        order.append("ours")
    await asyncio.to_thread(thread.join, 10)
    assert order == ["ours", "engine"]
    async with database.writing() as conn:
        await conn.exec_driver_sql("insert into t values (1)")
    assert not gate._held
    await database.close()


async def test_a_failing_transaction_gives_the_gate_back(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/x.db")
    gate = database.gate
    assert isinstance(gate, WriteGate)
    async with database.writing() as conn:
        await conn.exec_driver_sql("create table t (n integer)")

    def failing() -> None:
        with database.sync_engine.begin() as conn:
            conn.exec_driver_sql("insert into t values (1)")
            raise RuntimeError("boom")

    for _ in range(3):
        with pytest.raises(RuntimeError, match="boom"):
            await asyncio.to_thread(failing)
        assert not gate._held
        with pytest.raises(RuntimeError, match="bang"):
            async with database.writing():
                raise RuntimeError("bang")
        assert not gate._held
    async with database.reading() as conn:
        assert (await conn.exec_driver_sql("select count(*) from t")).scalar() == 0
    await database.close()


async def test_a_cancelled_writer_gives_the_gate_back(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/x.db")
    gate = database.gate
    assert isinstance(gate, WriteGate)

    async def write(pause_s: float) -> None:
        async with database.writing() as conn:
            await conn.exec_driver_sql("create table if not exists t (n integer)")
            await asyncio.sleep(pause_s)

    rng = random.Random(7)
    for _ in range(30):
        task = asyncio.create_task(write(0.01))
        await asyncio.sleep(rng.random() * 0.012)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(10):
        await write(0)
    assert not gate._held
    await database.close()


async def test_postgres_needs_no_gate() -> None:
    gate = OpenGate()
    gate.acquire()
    await gate.acquire_async()
    gate.release()


async def test_a_crowd_of_readers_lets_others_pass() -> None:
    """Whoever comes back to the loop waits for one reader, not for all who came meanwhile, in their order."""
    turns, order = ReadTurns(), list[object]()

    async def reader(number: int) -> None:
        await turns.take()
        order.append(number)

    async def writer() -> None:
        for step in "abc":
            await asyncio.sleep(0)
            order.append(step)

    readers = [asyncio.create_task(reader(n)) for n in range(50)]
    await asyncio.gather(writer(), *readers)
    assert [x for x in order if isinstance(x, int)] == list(range(50))
    assert order.index("c") <= 8


async def test_a_reader_who_leaves_the_line_is_passed_over() -> None:
    turns, came = ReadTurns(), list[int]()

    async def reader(number: int) -> None:
        await turns.take()
        came.append(number)

    readers = [asyncio.create_task(reader(n)) for n in range(6)]
    await asyncio.sleep(0)
    readers[2].cancel()
    readers[3].cancel()
    await asyncio.wait_for(asyncio.gather(*readers, return_exceptions=True), 5)
    assert came == [0, 1, 4, 5]
    await asyncio.wait_for(turns.take(), 1)
