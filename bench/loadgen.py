"""The load generator, a process of its own: posts bodies at a fixed rate whatever the answers take.

Reads one JSON plan from standard input, prints one JSON report. A request is timed from the moment it
was due, so that a server that stalls is charged for everyone who had to wait (no coordinated omission).
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from typing import Any

import aiohttp


async def load(plan: dict[str, Any]) -> dict[str, Any]:
    """`plan`: url, per_s, requests = [[headers, body], …]."""
    requests, step_s = plan["requests"], 1.0 / plan["per_s"]
    late_ms: list[float] = []
    took_ms: list[float] = []
    answered: list[list[Any]] = []
    statuses: dict[str, int] = {}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def one(number: int, due: float) -> None:
            headers, body = requests[number]
            began = time.perf_counter()
            status, text = 0, ""
            try:
                async with http.post(plan["url"], data=body.encode(), headers=headers) as response:
                    text = await response.text()
                    status = response.status
            except aiohttp.ClientError as error:
                text = str(error)
            ended = time.perf_counter()
            took_ms.append((ended - due) * 1000)
            late_ms.append((began - due) * 1000)
            statuses[str(status)] = statuses.get(str(status), 0) + 1
            answered.append([number, time.time(), text if plan.get("keep") else ""])

        for number in range(min(16, len(plan.get("warm", [])))):  # connections made, code paths warm
            headers, body = plan["warm"][number]
            async with http.post(plan["url"], data=body.encode(), headers=headers) as response:
                await response.read()
        gc.collect()
        gc.disable()
        start = time.perf_counter() + 0.1
        tasks: list[asyncio.Task[None]] = []
        for number in range(len(requests)):
            due = start + number * step_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(one(number, due)))
        await asyncio.gather(*tasks)
        elapsed = time.perf_counter() - start
    return {
        "took_ms": took_ms,
        "late_ms": late_ms,
        "statuses": statuses,
        "answered": answered,
        "per_s": len(requests) / elapsed,
        "cpu_s": time.process_time(),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(json.load(sys.stdin)))))
