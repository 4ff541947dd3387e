"""Random deaths among many runs. `--full` makes it hundreds and writes the table in bench/results/kill.md."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.durability.ledgers import violations
from tests.durability.rig import ROOT, Nursery, Rig, rig

pytestmark = pytest.mark.durability
AGENTS = ("walker", "walker", "sentinel")


@dataclass
class Storm:
    """What a storm of kills came to."""

    seed: int
    kills: int = 0
    in_flight_at_kill: list[int] = field(default_factory=list)
    restarts_s: list[float] = field(default_factory=list)
    resumed_s: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


async def storm(one: Rig, seed: int, *, waves: int, runs_per_wave: int, kills_per_wave: int) -> Storm:
    """Waves of runs that start together; each meets random kills and is then left to end."""
    rng = random.Random(seed)
    result = Storm(seed)
    await one.birth()
    await one.loaded()
    for _ in range(waves):
        orders = [one.new_order(rng.choice(AGENTS)) for _ in range(runs_per_wave)]
        for _ in range(kills_per_wave):
            placing = asyncio.gather(*(one.place(o) for o in orders if o.run_id is None))
            await asyncio.sleep(rng.uniform(0.05, 2.0))
            await one.kill()
            result.kills += 1
            await asyncio.gather(placing, return_exceptions=True)
            life = await one.birth()
            result.restarts_s.append((life.ready_at or 0.0) - life.born_at)
            runs = await one.all_runs()
            result.in_flight_at_kill.append(sum(r["ended_at"] is None for r in runs))
            result.resumed_s.append(await resumed(one, life.ready_at or 0.0))
        await one.settle()
    result.broken = await violations(one)
    return result


async def resumed(one: Rig, since: float) -> float:
    """Seconds until the first run in flight is seen to go on, by the sandbox's ledger; 0 when none is."""
    before = one.sandbox.ledger.changes
    if all(r["ended_at"] for r in await one.all_runs()):
        return 0.0
    async with asyncio.timeout(60):
        while one.sandbox.ledger.changes == before:
            await asyncio.sleep(0.02)
    return time.monotonic() - since


async def test_random_kills_among_concurrent_runs(
    nursery: Nursery, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    full = pytestconfig.getoption("--full")
    seed = int(os.environ.get("OPSROOM_TEST_SEED") or random.randrange(2**32))
    print(f"seed {seed}: repeat with OPSROOM_TEST_SEED={seed}")
    # Four deaths in a row at most: after five the run at the head of the line is rightly given up.
    waves, per_wave = (25, 8) if full else (4, 8)
    async with rig(nursery, tmp_path) as one:
        began = time.monotonic()
        result = await storm(one, seed, waves=waves, runs_per_wave=per_wave, kills_per_wave=4)
        table = table_of(one, result, time.monotonic() - began)
    print(table)
    if full:
        path = ROOT / "bench" / "results" / "kill.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(table)
    assert not result.broken, f"seed {seed}\n" + "\n".join(result.broken)
    assert max(result.resumed_s) < 10, f"seed {seed}: {result.resumed_s}"


def table_of(one: Rig, result: Storm, took_s: float) -> str:
    rows = {
        "runs": len(one.orders),
        "kills (SIGKILL at random moments)": result.kills,
        "runs in flight at a kill, median / most": f"{_median(result.in_flight_at_kill):.0f} / "
        f"{max(result.in_flight_at_kill)}",
        "runs lost": sum("lost" in b for b in result.broken),
        "sessions opened": len(one.sandbox.ledger.find_effects("anthropic", "session.created")),
        "reports, comments or files sent twice or missing, logs with gaps": len(result.broken),
        "restart until it serves, median / worst": f"{_median(result.restarts_s):.1f} s / "
        f"{max(result.restarts_s):.1f} s",
        "serving until work goes on, median / worst": f"{_median(result.resumed_s):.1f} s / "
        f"{max(result.resumed_s):.1f} s",
        "whole trial": f"{took_s:.0f} s",
        "seed": result.seed,
    }
    lines = [f"| {what} | {value} |" for what, value in rows.items()]
    head = (
        "# Killed at random\n\n"
        "The product on SQLite, killed while runs stream, fetch and deliver; counted on the ledgers of the\n"
        "outside services. Python had the code loaded already, so a restart shows what the product does.\n"
        "`python -m pytest tests/durability/test_random_kills.py --full -s` repeats it.\n\n"
    )
    return head + "| | |\n|---|---|\n" + "\n".join(lines) + "\n"


def _median(values: list[int] | list[float]) -> float:
    return float(statistics.median(values)) if values else 0.0
