"""Our own time around a scripted session of 200 events, beside the bare SDK loop doing the same."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from bench.report import Figure, Result, median, quantile
from bench.world import ENDS, ROOT, Sandbox, agent_file, clean_env, product, sandbox

_NO_WAITING = {"OPSROOM_ANTHROPIC__OUTPUTS_QUIET_S": "0", "OPSROOM_ANTHROPIC__OUTPUTS_POLL_S": "0.005"}


async def run(folder: Path, scale: float) -> Result:
    count = max(6, round(40 * scale))
    async with sandbox(folder) as world:
        async with product(folder, world, agents=[agent_file("steady")], settings=_NO_WAITING) as ours:
            walls: list[float] = []
            cpu = ours.cpu_s
            for n in range(count):
                await _one_run(ours, f"client-{n}", walls)
            cpu = (ours.cpu_s - cpu) / count
            events = (await ours.runs())[-1]["event_count"]
        bare = await _bare(world, count)
    own = [w - median(bare["walls"]) for w in walls]
    return Result(
        title="Our own time per run",
        how=f"{count} runs one after the other, each of a session with 200 events and one file that the "
        f"script plays without "
        "pauses: from the request for the run to its end, delivered to the folder, by the times in its "
        "row. Both read the stream, the history and "
        "the file with the Anthropic SDK; what the bare loop takes is the session's own time and is "
        "subtracted. Neither waits for the listing of files to be quiet, as one does at the vendor, where it "
        "lags behind a session's end by a second or more.",
        baseline="a bare loop with the official SDK: create, stream, list the history, list and download "
        "the file, keep nothing.",
        figures=[
            Figure("whole run, p50", median(walls), "ms", baseline=median(bare["walls"])),
            Figure("our own time, p50", median(own), "ms", 150),
            Figure("our own time, p90", quantile(own, 0.9), "ms"),
            Figure("processor per run", cpu * 1000, "ms", baseline=bare["cpu_ms"]),
        ],
        notes=[
            (
                f"Events in the log of a run: {events}. All of them are committed, copied to JSONL, and "
                f"delivered once."
            )
        ],
    )


async def _one_run(ours, client: str, walls: list[float]) -> None:
    run = await ours.start("steady", client)
    while (end := await ours.call("GET", f"/api/runs?client={client}"))[0]["status"] not in ENDS:
        await asyncio.sleep(0.1)
    if end[0]["status"] != "DONE":
        raise RuntimeError(f"run {run['id']} ended as {end[0]['status']}: {end[0]['error']}")
    created, ended = (datetime.fromisoformat(end[0][name]) for name in ("created_at", "ended_at"))
    walls.append((ended - created).total_seconds() * 1000)


async def _bare(world: Sandbox, count: int) -> dict:
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.bare_loop",
        f"{world.url}/anthropic",
        str(count),
        cwd=ROOT,
        env=clean_env(),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await running.communicate()
    return json.loads(out)
