"""The baseline of the overhead benchmark: the official SDK, as its examples use it. Prints one JSON line."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from anthropic import AsyncAnthropic

BETAS = ["managed-agents-2026-04-01", "files-api-2025-04-14"]


async def session(client: AsyncAnthropic) -> int:
    """One session from its creation to its file; how many events it had."""
    opened = await client.beta.sessions.create(
        agent="agent_many_events",
        environment_id="env_bench",
        initial_events=[{"type": "user.message", "content": [{"type": "text", "text": "Work."}]}],
    )
    seen: set[str] = set()
    stream = await client.beta.sessions.events.stream(opened.id)
    async with stream:
        if not await history(client, opened.id, seen):  # it may have been quicker than our stream
            async for event in stream:
                seen.add(str(getattr(event, "id", "")))
                if event.type == "session.status_idle":
                    break
            await history(client, opened.id, seen)
    listed = [file.id async for file in client.beta.files.list(scope_id=opened.id, betas=BETAS)]
    for file in listed:
        content = await client.beta.files.download(file, betas=BETAS)
        await content.read()
    return len(seen)


async def history(client: AsyncAnthropic, session_id: str, seen: set[str]) -> bool:
    """Read the history; whether the session stands still by now."""
    stands = False
    async for event in client.beta.sessions.events.list(session_id, order="asc", limit=100):
        seen.add(str(getattr(event, "id", "")))
        stands = event.type == "session.status_idle"
    return stands


async def main(base_url: str, count: int) -> None:
    walls: list[float] = []
    async with AsyncAnthropic(base_url=base_url, api_key="sk-ant-bench", max_retries=0) as client:
        await session(client)
        cpu = time.process_time()
        for _ in range(count):
            began = time.perf_counter()
            events = await session(client)
            walls.append((time.perf_counter() - began) * 1000)
        cpu = (time.process_time() - cpu) / count * 1000
    print(json.dumps({"walls": walls, "cpu_ms": cpu, "events": events}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
