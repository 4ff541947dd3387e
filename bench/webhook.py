"""Webhook answers under load, and how many runs a thousand duplicates start."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import aiohttp

from bench.hooks import moved, send
from bench.report import Figure, Result, median, quantile
from bench.world import agent_file, clean_env, process, product, sandbox

TARGET_MS = 20.0
PER_S = 200
# Ends at once with one small file: what is measured is the door, not the session.
SHORT = {"steps": [{"output": {"name": "note.md", "content": "# Note\n"}}, {"idle": "end_turn"}]}


async def run(folder: Path, scale: float) -> Result:
    seconds = max(2, round(20 * scale))
    count, base = PER_S * seconds, 1_763_700_000_000
    moves = [moved(f"tk_{n}", base + n, "in progress") for n in range(count)]
    warm = [moved(f"tk_warm_{n}", base, "in progress") for n in range(16)]
    duplicates = [moved("tk_twin", base + 7_000_000)] * round(1000 * min(1.0, scale * 5))
    starts = [
        moved(f"tk_run_{n}", base + n) if n % 100 == 0 else moves[n] for n in range(count)
    ]  # two new runs a second, as an agency with 7,200 runs an hour would see
    echo = await _echo(folder, moves[: PER_S * max(2, seconds // 2)])
    async with sandbox(folder, {"short": SHORT}) as world:
        for task in ["tk_twin", *(f"tk_run_{n}" for n in range(0, count, 100))]:
            await world.add_task(task, task.replace("_", "-"))
        async with product(folder, world, agents=[agent_file("door")], agent_id="agent_short") as ours:
            url = f"{ours.url}/webhook/door"
            kept = await send(url, moves, PER_S, warm)
            burst = await send(url, duplicates, PER_S, warm)
            twins = await ours.until_ended(2, 20)
            mixed = await send(url, starts, PER_S, warm)
            runs = await ours.until_ended(2 + count // 100, 25)
    return _result(echo, kept, burst, len(twins) - 1, mixed, len(runs) - len(twins), count)


async def _echo(folder: Path, requests: list[tuple[dict[str, str], str]]) -> dict[str, object]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    async with process([sys.executable, "-m", "bench.echo_app", str(port)], folder / "echo.log", clean_env()):
        url = f"http://127.0.0.1:{port}/echo"
        async with asyncio.timeout(20), aiohttp.ClientSession() as http:
            while True:
                try:
                    async with http.post(url, data=b"x"):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
        return await send(url, requests, PER_S, requests[:16])


def _result(echo, kept, burst, twins: int, mixed, started: int, count: int) -> Result:
    def both(report, what: str) -> list[Figure]:
        took, beside = report["took_ms"], echo["took_ms"]
        return [
            Figure(f"{what}, p50", median(took), "ms", baseline=median(beside)),
            Figure(f"{what}, p99", quantile(took, 0.99), "ms", TARGET_MS, baseline=quantile(beside, 0.99)),
        ]

    wrong = [r for r in (kept, burst, mixed) if set(r["statuses"]) != {"200"}]
    notes = [
        (
            f"Slowest single answers: {max(kept['took_ms']):.0f} ms (kept), {max(mixed['took_ms']):.0f} ms "
            f"(mixed), "
            f"{max(echo['took_ms']):.0f} ms (baseline). The generator itself began its requests late by "
            f"{quantile(mixed['late_ms'], 0.99):.1f} ms (p99), which is counted as ours. "
            f"It took {kept['cpu_s'] / count * 1000:.2f} ms of processor per request."
        ),
        f"Answers other than 200: {sum(v for r in wrong for k, v in r['statuses'].items() if k != '200')}.",
    ]
    return Result(
        title="Webhook answers",
        how=f"{count:,} signed webhooks at {PER_S} per second from a generator process, each timed from "
        f"the moment it "
        "was due to the end of the answer, which goes out after the delivery is committed to the disk "
        "(fsync). "
        "*Kept*: moves into a status that triggers nothing. *Mixed*: one in a hundred starts a run, which "
        "the same "
        "process executes and delivers meanwhile. *Duplicates*: the same transition again and again, 200 a "
        "second.",
        baseline="a bare Litestar on Granian that answers the length of the body and keeps nothing.",
        figures=[
            *both(kept, "answer, kept"),
            *both(mixed, "answer, mixed"),
            *both(burst, "answer, duplicates"),
            Figure(f"runs started by {len(burst['took_ms']):,} duplicates", twins, "run(s)", 1, 1),
            Figure("runs started by the mixed load ÷ wanted", started / (count // 100), "", 1, 1),
        ],
        notes=notes,
    )
