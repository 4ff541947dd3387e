"""SSE clients of the streams benchmark: prints how late each event was, in seconds."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import datetime

import aiohttp


async def follow(http: aiohttp.ClientSession, url: str, began: float, late: list[float]) -> None:
    async with http.get(url) as stream:
        async for line in stream.content:
            if line.startswith(b"data: ") and b'"kind"' in line:
                at = datetime.fromisoformat(json.loads(line[6:])["at"]).timestamp()
                if at >= began:
                    late.append(time.time() - at)


async def main(base: str, began: float, seconds: float) -> None:
    given = json.load(sys.stdin)
    late: list[float] = []
    headers = {"Authorization": given["key"]}
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as http:
        urls = [f"{base}/api/runs/{run_id}/events" for run_id in given["ids"]]
        tasks = [asyncio.create_task(follow(http, url, began, late)) for url in urls]
        await asyncio.sleep(max(0.0, began + seconds - time.time()))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(late))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
