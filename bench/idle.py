"""What the product takes while nothing happens, and how long it takes to start."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from bench.report import Figure, Result, median
from bench.world import ROOT, agent_file, clean_env, product, sandbox

_BARE = (
    "import asyncio, os; from litestar import Litestar; from granian.server.embed import Server; import "
    "dbos, sqlalchemy;"
    "import resource; print(int(open('/proc/self/statm').read().split()[1]) * os.sysconf('SC_PAGESIZE') / "
    "2**20)"
)


async def run(folder: Path, scale: float) -> Result:
    rest_s = 20.0 if scale == 1 else 5.0
    alone: list[float] = []
    for number in range(3):
        place = folder / f"alone-{number}"
        place.mkdir()
        async with product(place) as one:
            alone.append(one.start_s)
            if number == 0:
                plain_mb, plain_cpu = await _rest(one, rest_s)
        if number == 0:
            async with product(place) as again:  # its tables exist by now
                again_s = again.start_s
    async with sandbox(folder) as world, product(folder, world, agents=[agent_file("steady")]) as one:
        with_world_s = one.start_s
        used_mb, used_cpu = await _rest(one, rest_s)
    imports = _timed("import opsroom.app.serve")
    bare_mb = float(
        subprocess.run([sys.executable, "-c", _BARE], capture_output=True, text=True, check=True).stdout
    )
    return Result(
        title="Idle",
        how=f"Memory (RSS) and processor of the serving process after {rest_s:.0f} s in which nobody asks "
        f"for anything; start "
        "from `exec` to the first 200 of /health on a fresh data folder (tables made, first admin founded, "
        "key written).",
        baseline="memory of a Python with Litestar, Granian, SQLAlchemy and DBOS imported and nothing done "
        "with them.",
        figures=[
            Figure("memory, idle", plain_mb, "MB", 150, baseline=bare_mb),
            Figure("memory, idle, accounts set and one run done", used_mb, "MB", baseline=bare_mb),
            Figure("processor, idle", plain_cpu, "% of a core"),
            Figure("processor, idle, after one run", used_cpu, "% of a core"),
            Figure("start to healthy, fresh data, median of 3", median(alone), "s", 3),
            Figure("start to healthy, second start", again_s, "s", 3),
            Figure("start to healthy, all accounts at the sandbox", with_world_s, "s", 3),
            Figure("imports alone, median of 3", imports, "s"),
        ],
    )


async def _rest(one, seconds: float) -> tuple[float, float]:
    """Memory and processor share over a quiet time."""
    await asyncio.sleep(3)
    cpu, began = one.cpu_s, time.monotonic()
    await asyncio.sleep(seconds)
    return one.rss_mb, (one.cpu_s - cpu) / (time.monotonic() - began) * 100


def _timed(code: str) -> float:
    took: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=clean_env(), check=True)
        took.append(time.perf_counter() - began)
    return median(took)
