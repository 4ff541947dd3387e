"""The load generator of the board, a process of its own: mixed requests at a fixed rate, or one by one.

Reads one JSON plan from standard input, prints one JSON report. At a rate, a request is timed from the
moment it was due, so that a server that stalls is charged for everyone who had to wait.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp


async def load(plan: dict[str, Any]) -> dict[str, Any]:
    """`plan`: url, headers, requests = [[kind, method, path, body], …], per_s (0: one after another)."""
    took: dict[str, list[float]] = {}
    wrong: list[str] = []
    late: list[float] = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=plan["headers"]) as http:

        async def one(request: list[Any], due: float) -> None:
            kind, method, path, body = request
            late.append((time.perf_counter() - due) * 1000)
            try:
                async with http.request(method, plan["url"] + path, json=body) as response:
                    text = await response.read()
                    if response.status >= 400:
                        wrong.append(f"{response.status} {method} {path}: {text[:200]!r}")
            except aiohttp.ClientError as error:
                wrong.append(f"{method} {path}: {error}")
            took.setdefault(kind, []).append((time.perf_counter() - due) * 1000)

        for request in plan["warm"]:  # connections made, code paths warm
            await one(request, time.perf_counter())
        for told in (took, wrong, late):
            told.clear()
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        if plan["per_s"]:
            running: list[asyncio.Task[None]] = []
            for number, request in enumerate(plan["requests"]):
                due = start + number / plan["per_s"]
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                running.append(asyncio.create_task(one(request, due)))
            await asyncio.gather(*running)
        else:
            for request in plan["requests"]:
                await one(request, time.perf_counter())
        elapsed = time.perf_counter() - start
    return {"took": took, "wrong": wrong, "late": late, "per_s": len(plan["requests"]) / elapsed}


async def send(plan: dict[str, Any]) -> dict[str, Any]:
    """Let a load generator carry out a plan; its report."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.board_load",
        cwd=Path(__file__).resolve().parents[1],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await running.communicate(json.dumps(plan).encode())
    return json.loads(out)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(json.load(sys.stdin)))))
