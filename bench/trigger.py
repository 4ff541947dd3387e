"""From a webhook's 2xx to the request for a session at the provider."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from bench.hooks import moved, send
from bench.report import Figure, Result, median, quantile
from bench.webhook import SHORT
from bench.world import agent_file, clean_env, process, product, sandbox


async def run(folder: Path, scale: float) -> Result:
    count, per_s = max(20, round(100 * scale)), 2.0
    base = 1_763_700_000_000
    requests = [moved(f"tk_{n}", base + n) for n in range(count)]
    async with sandbox(folder, {"short": SHORT}) as world:
        for n in range(count):
            await world.add_task(f"tk_{n}", f"client-{n}")
        async with product(folder, world, agents=[agent_file("door")], agent_id="agent_short") as ours:
            report = await send(f"{ours.url}/webhook/door", requests, per_s)
            runs = await ours.until_ended(count + 1, 20)
        asked = [
            r
            for r in await world.get("requests")
            if r["method"] == "POST" and r["path"].endswith("/v1/sessions")
        ]
        reads = [
            r for r in await world.get("requests") if "/v2/task/tk_" in r["path"] and r["method"] == "GET"
        ]
    sent = {f"tk_{number}": at for number, at, _ in report["answered"]}
    task_of = {r["id"]: r["task_id"] for r in runs}
    asked_at = {task_of[a["body"]["metadata"]["opsroom_run"]]: a["at"] for a in asked}
    asked_at.pop(None, None)  # the warm-up run belongs to no task
    read_at = {r["path"].rsplit("/", 1)[1]: r["at"] for r in reversed(reads)}
    gaps = [max(0.0, asked_at[t] - sent[t]) * 1000 for t in sent if t in asked_at]
    first = [max(0.0, read_at[t] - sent[t]) * 1000 for t in sent if t in read_at]
    bare = await _bare(folder, max(10, round(40 * scale)))
    return Result(
        title="Trigger to session",
        how=f"{count} webhooks, {per_s:.0f} per second, each starting a run of its own: time from our 2xx, "
        f"as the sender "
        "saw it, to the arrival of the request for the engine's session at the sandbox (its ledger). In "
        "between the task is "
        "read from ClickUp, checked, and the run is committed; the run's session, outputs and delivery "
        "follow meanwhile.",
        baseline="bare DBOS on SQLite with its default queue (polls once a second): enqueue returned → "
        "workflow begins.",
        figures=[
            Figure("accepted → session requested, p50", median(gaps), "ms", 50, baseline=median(bare)),
            Figure(
                "accepted → session requested, p99",
                quantile(gaps, 0.99),
                "ms",
                250,
                baseline=quantile(bare, 0.99),
            ),
            Figure("accepted → session requested, slowest", max(gaps), "ms", baseline=max(bare)),
            Figure("of which until the task is asked for, p50", median(first), "ms"),
            Figure("sessions requested ÷ triggers", len(asked_at) / count, "", 1, 1),
        ],
        notes=[
            f"Webhook answers other than 200: {sum(v for k, v in report['statuses'].items() if k != '200')}."
        ],
    )


async def _bare(folder: Path, count: int) -> list[float]:
    log = folder / "bare.log"
    argv = [sys.executable, "-m", "bench.bare_queue", str(folder / "bare.sqlite"), str(count)]
    async with process(argv, log, clean_env()) as running:
        while running.poll() is None:
            await asyncio.sleep(0.2)
    return json.loads(next(line for line in log.read_text().splitlines() if line.startswith("[")))
