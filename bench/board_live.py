"""A thousand screens on one board: how soon a change shows on them, and what they cost."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bench.report import Figure, Result, median, quantile
from bench.world import ROOT, Product, clean_env, process, product

_APART_S = 0.2
_LIMITS = {
    "OPSROOM_LIVE__TICKET_S": "300",
    "OPSROOM_LIVE__TICKETS_AT_ONCE": "5000",
    "OPSROOM_LIVE__CONNECTIONS_PER_ADDRESS": "5000",
    "OPSROOM_LIVE__CONNECTIONS_PER_ACTOR": "5000",
}
_NOTE = (
    "Most of the memory per client is the server's: its WebSocket library reads into a buffer of 128 KiB for "
    "each connection (tungstenite's default), and the server has no setting for it. Lateness is how long one "
    "core takes for a thousand sends, here and in the baseline, and the clients' core for reading them."
)
Tick = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Heard:
    """What the clients heard: how late each frame was, and how many clients were hung up on."""

    late: list[float]
    left: int


@asynccontextmanager
async def readers(addresses: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Clients in a process of their own, connected."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.ws_reader", cwd=ROOT, env=clean_env(), limit=2**27,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert running.stdin is not None
    assert running.stdout is not None
    try:
        running.stdin.write(json.dumps(addresses).encode() + b"\n")
        async with asyncio.timeout(120):
            assert await running.stdout.readline() == b"ready\n"
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def heard(running: asyncio.subprocess.Process) -> Heard:
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(b"enough\n")
    async with asyncio.timeout(60):
        return Heard(**json.loads(await running.stdout.readline()))


async def ticks(tick: Tick, seconds: float) -> int:
    """Changes at a steady pace; how many."""
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        await tick(f"tick {time.time():.6f}")
        count += 1
        await asyncio.sleep(max(0.0, _APART_S - (time.monotonic() - began)))
    await asyncio.sleep(1.0)
    return count


@dataclass
class Measured:
    """One server under the same load."""

    heard: Heard
    ticks: int
    empty_mb: float
    full_mb: float
    cpu: float


async def measure(
    running: psutil.Popen, addresses: Sequence[str], tick: Tick, seconds: float, empty_mb: float
) -> Measured:
    async with readers(addresses) as clients:
        await asyncio.sleep(2.0)
        await ticks(tick, 2.0)  # what is loaded at first use
        used, began = running.cpu_times(), time.monotonic()
        count = await ticks(tick, seconds)
        took, now = time.monotonic() - began, running.cpu_times()
        full_mb = running.memory_info().rss / 2**20
        cpu = (now.user + now.system - used.user - used.system) / took * 100
        return Measured(await heard(clients), count, empty_mb, full_mb, cpu)


async def ours(folder: Path, count: int, seconds: float) -> Measured:
    async with product(folder, settings=_LIMITS) as one:
        task = await one.call("POST", "/api/tasks", {"title": "Of a thousand screens"})
        addresses = await _tickets(one, count)
        empty_mb = one.rss_mb

        async def tick(title: str) -> None:
            await one.call("PATCH", f"/api/tasks/{task['id']}", {"title": title})

        return await measure(one.running, addresses, tick, seconds, empty_mb)


async def _tickets(one: Product, count: int) -> list[str]:
    base = one.url.replace("http", "ws", 1)
    few = asyncio.Semaphore(8)

    async def ask() -> str:
        async with few:
            return (await one.call("POST", "/api/live/ticket"))["ticket"]

    return [f"{base}/ws/board?token={t}" for t in await asyncio.gather(*(ask() for _ in range(count)))]


async def bare(folder: Path, count: int, seconds: float) -> Measured:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    argv = [sys.executable, "-m", "bench.ws_app", str(port)]
    async with process(argv, folder / "ws_app.log") as running, aiohttp.ClientSession() as http:
        await _until_up(port)
        card = {"type": "task_update", "action": "updated", "task": {"id": "task_1", "title": ""}}
        empty_mb = running.memory_info().rss / 2**20

        async def tick(title: str) -> None:
            body: dict[str, Any] = {**card, "task": {"title": title}, "padding": "x" * 300}
            async with http.post(f"http://127.0.0.1:{port}/say", json=body) as answer:
                answer.raise_for_status()

        addresses = [f"ws://127.0.0.1:{port}/ws/board"] * count
        return await measure(running, addresses, tick, seconds, empty_mb)


async def _until_up(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return


async def run(folder: Path, scale: float) -> Result:
    count, seconds = max(50, round(1000 * scale)), 20.0 if scale == 1 else 5.0
    base = await bare(folder, count, seconds)
    we = await ours(folder, count, seconds)

    def ms(measured: Measured, share: float) -> float:
        return quantile(measured.heard.late, share) * 1000

    told = len(we.heard.late) / ((we.ticks + 2.0 / _APART_S) * count)
    return Result(
        title="A thousand screens on one board",
        how=f"{count:,} WebSocket clients in a process of their own; a card is changed over HTTP five times "
        f"a second for {seconds:.0f} s. Lateness: from the moment the change is sent to the moment a client "
        "has its frame, commit included. Memory: of the server's process, when all are connected and served.",
        baseline="Litestar on Granian that sends what is posted to every socket: nothing is kept, nobody is "
        "asked who they are.",
        figures=[
            Figure("lateness, p95", ms(we, 0.95), "ms", 100, baseline=ms(base, 0.95)),
            Figure(
                "lateness, p50", median(we.heard.late) * 1000, "ms", baseline=median(base.heard.late) * 1000
            ),
            Figure("lateness, p99", ms(we, 0.99), "ms", baseline=ms(base, 0.99)),
            Figure("memory of the process, full", we.full_mb, "MB", 250, baseline=base.full_mb),
            Figure("memory of the process, empty", we.empty_mb, "MB", baseline=base.empty_mb),
            Figure(
                "memory per client",
                (we.full_mb - we.empty_mb) / count * 1024,
                "kB",
                baseline=(base.full_mb - base.empty_mb) / count * 1024,
            ),
            Figure("frames that arrived, of those due", told * 100, "%", at_least=99),
            Figure("clients hung up on", we.heard.left, "", 0),
            Figure("processor used", we.cpu, "% of a core", baseline=base.cpu),
        ],
        notes=[_NOTE],
    )
