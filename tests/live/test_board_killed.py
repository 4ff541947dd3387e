"""A server that is killed at work: whoever comes back to the next one knows every event once."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from opsroom.kernel.actor import Actor
from tests.app.edge_town import Town
from tests.live.board_sockets import add_task, address, greeted, open_sockets, ticket
from tests.live.test_board_resume import in_the_log

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def server(url: str, data: Path, port: int, task_id: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, up; killed at the end."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.live.board_process", url, str(data), str(port), task_id,
        cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            while True:
                assert running.returncode is None, "the server did not come up"
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                break
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def read_until_killed(
    town: Town, running: asyncio.subprocess.Process, cursor: int, seen: list[str], count: int
) -> int:
    """Follow from `cursor`; after `count` frames the server is killed, and what had arrived is read."""
    async with town.http.ws_connect(address(town, await ticket(town), cursor)) as ws:
        while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            frame = message.json()
            if frame["type"] == "task_update":
                assert frame["seq"] > cursor
                cursor = frame["seq"]
                seen.append(frame["eventId"])
            if len(seen) == count:
                running.kill()
    return cursor


@pytest.mark.durability
async def test_a_killed_server_costs_no_event_and_repeats_none(
    build_house: Any, database_url: str, tmp_path: Path, alice: Actor, bob: Actor
) -> None:
    async with open_sockets(build_house, alice, bob) as here:
        task = await add_task(here)
        async with greeted(here) as (_, hello):
            start = cursor = hello["seq"]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        there = replace(here, url=f"http://127.0.0.1:{port}")
        seen: list[str] = []
        for count in (40, 95, 150):
            async with server(database_url, tmp_path / "data", port, task["id"]) as running:
                cursor = await read_until_killed(there, running, cursor, seen, count)
        # What was committed and never told by those who died is told by the one who lives.
        log = await in_the_log(here, start)
        async with greeted(here, since=cursor) as (client, _):
            seen += [frame["eventId"] for frame in await client.quiet()]
    assert len(log) >= 150
    assert seen == log
