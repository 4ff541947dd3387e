"""WebSocket clients of the live board benchmark: `ready` once all are connected, then how late frames were.

Reads a JSON list of addresses. The frames it times carry `tick <time sent>` in a title.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

import aiohttp

_TICK = re.compile(r'tick (\d+\.\d+)"')


async def follow(ws: aiohttp.ClientWebSocketResponse, late: list[float]) -> None:
    async for message in ws:
        if message.type is aiohttp.WSMsgType.TEXT and (found := _TICK.search(message.data)):
            late.append(time.time() - float(found[1]))  # noqa: PERF401 - as they come


async def ping(sockets: list[aiohttp.ClientWebSocketResponse]) -> None:
    """As browsers do, every twenty seconds; not all in the same moment."""
    while True:
        for ws in sockets:
            if not ws.closed:
                await ws.send_str('{"type":"ping"}')
            await asyncio.sleep(20 / len(sockets))


async def main() -> None:
    addresses: list[str] = json.loads(sys.stdin.readline())
    late: list[float] = []
    few = asyncio.Semaphore(16)
    connector, patience = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=patience) as http:

        async def connect(address: str) -> aiohttp.ClientWebSocketResponse:
            async with few:
                return await http.ws_connect(address, max_msg_size=0)

        sockets = await asyncio.gather(*(connect(address) for address in addresses))
        tasks = [asyncio.create_task(follow(ws, late)) for ws in sockets]
        tasks.append(asyncio.create_task(ping(sockets)))
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        left = sum(ws.closed for ws in sockets)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        print(json.dumps({"late": late, "left": left}))


if __name__ == "__main__":
    asyncio.run(main())
