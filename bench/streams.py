"""Five hundred sessions streaming at once into one product process."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from bench.report import Figure, Result, median, quantile
from bench.world import ENDS, ROOT, Product, agent_file, clean_env, process, product, sandbox

# One event a second, for longer than the measurement lasts. The sessions start spread over the opening.
TICKING = {
    "steps": [
        {
            "repeat": 150,
            "steps": [{"after_ms": 1000, "say": "Tick {i} of {client_id}, some words of an agent at work."}],
        },
        {"idle": "end_turn"},
    ]
}


async def run(folder: Path, scale: float) -> Result:
    count, watched_s = max(20, round(500 * scale)), 30.0 if scale == 1 else 8.0
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(sandbox(folder, {"ticking": TICKING}))
        ours = await stack.enter_async_context(
            product(folder, world, agents=[agent_file("ticker")], agent_id="agent_ticking")
        )
        empty_mb = ours.rss_mb
        runs = await _open(ours, count)
        began, cpu, sandbox_cpu = time.time(), ours.cpu_s, _cpu(world.running)
        peak = asyncio.create_task(_peak(ours, watched_s))
        watcher = asyncio.create_task(_rows(folder, ours, began, watched_s))
        told = await _feeds(ours, runs[:: max(1, count // 20)], began, watched_s)
        late, rss = await watcher, await peak
        cpu, sandbox_cpu = ours.cpu_s - cpu, _cpu(world.running) - sandbox_cpu
        states = [r["status"] for r in await ours.runs()]
    streaming = sum(s == "STREAMING" for s in states)
    ended = sum(s in ENDS for s in states)
    per_s = len(late) / watched_s
    return Result(
        title="Many sessions at once",
        how=f"{count} runs of sessions that tell one event a second each, all followed by one product "
        f"process while the sandbox "
        f"is another; {watched_s:.0f} s watched once all are streaming. Lateness in the log: from the "
        f"sandbox's time of an "
        "event to the moment a reader outside sees its committed row (it looks every 50 ms, which is "
        "counted as ours). "
        "Lateness on the page: the same to the arrival at an SSE client, on every 25th run.",
        baseline="the same process before the sessions were opened (memory).",
        figures=[
            Figure("memory of the product, peak", rss, "MB", 400, baseline=empty_mb),
            Figure("memory per session", (rss - empty_mb) / count * 1024, "kB"),
            Figure("events a second", per_s, "/s"),
            Figure("latest event in the log", max(late) * 1000, "ms", 1000),
            Figure("lateness in the log, p99", quantile(late, 0.99) * 1000, "ms"),
            Figure("lateness in the log, p50", median(late) * 1000, "ms"),
            Figure("latest event on the page", max(told) * 1000, "ms", 1000),
            Figure("lateness on the page, p50", median(told) * 1000, "ms"),
            Figure("sessions still streaming at the end", streaming, "", count + 1, count + 1),
            Figure("processor used by the product", cpu / watched_s * 100, "% of a core"),
            Figure("processor used by the sandbox", sandbox_cpu / watched_s * 100, "% of a core"),
        ],
        notes=[
            (
                f"{ended} runs had ended while we watched. The sandbox, the row reader and the SSE client "
                f"share the two cores."
            )
        ],
    )


def _cpu(running) -> float:
    used = running.cpu_times()
    return used.user + used.system


async def _open(ours: Product, count: int) -> list[str]:
    """All runs started and streaming; their ids."""
    few = asyncio.Semaphore(8)

    async def one(n: int) -> str:
        async with few:
            return (await ours.start("ticker", f"client-{n}"))["id"]

    ids = await asyncio.gather(*(one(n) for n in range(count)))
    async with asyncio.timeout(90):
        while len(await ours.runs(query="&status=STREAMING")) <= count:
            await asyncio.sleep(0.5)
    await _settled(ours, count)
    return list(ids)


async def _settled(ours: Product, count: int) -> None:
    """Wait until every session has been told of lately: opening hundreds leaves a backlog of its own."""
    until = time.time() + 45
    while time.time() < until:
        await asyncio.sleep(2)
        lately = time.time() - 3
        streaming = await ours.runs(query="&status=STREAMING")
        told = [r["last_event_at"] for r in streaming if r["last_event_at"]]
        if sum(datetime.fromisoformat(at).timestamp() > lately for at in told) >= count * 0.99:
            return


async def _peak(ours: Product, seconds: float) -> float:
    most, until = ours.rss_mb, time.time() + seconds
    while time.time() < until:
        await asyncio.sleep(0.25)
        most = max(most, ours.rss_mb)
    return most


async def _rows(folder: Path, ours: Product, began: float, seconds: float) -> list[float]:
    log = folder / "rows.log"
    argv = [sys.executable, "-m", "bench.row_reader", str(ours.data / "opsroom.db"), str(began), str(seconds)]
    async with process(argv, log, clean_env()) as running:
        while running.poll() is None:
            await asyncio.sleep(0.2)
    lines = log.read_text().splitlines()
    if running.returncode:
        raise RuntimeError("\n".join(lines[-10:]))
    return json.loads(lines[-1])


async def _feeds(ours: Product, ids: list[str], began: float, seconds: float) -> list[float]:
    """How late events are at SSE clients in a process of their own."""
    key = ours.http.headers["Authorization"]
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.sse_reader", ours.url, str(began), str(seconds),
        cwd=ROOT, env=clean_env(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await running.communicate(json.dumps({"key": key, "ids": ids}).encode())
    return json.loads(out)
