"""PostgreSQL carries wake-ups between processes: LISTEN on one connection, hand on to `Wakes`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg
import structlog
from sqlalchemy.engine import make_url

from opsroom.kernel.db import Database
from opsroom.kernel.wake import Wakes

log = structlog.get_logger("opsroom.wake")


@asynccontextmanager
async def relay_wakes(database: Database, wakes: Wakes, ring: Callable[[str], None]) -> AsyncIterator[None]:
    """Listen for as long as the block lasts. A lost connection is opened again; polls cover the gap."""
    task = asyncio.create_task(_listen_for_ever(database, wakes, ring))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen_for_ever(database: Database, wakes: Wakes, ring: Callable[[str], None]) -> None:
    url = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            conn = await psycopg.AsyncConnection.connect(url, autocommit=True)
            async with conn:
                await conn.execute("LISTEN opsroom_wake")
                async for notice in conn.notifies():
                    _hand_on(notice.payload, wakes, ring)
        except psycopg.OperationalError as error:
            log.warning("wake.connection_lost", error=str(error))
            await asyncio.sleep(1.0)


def _hand_on(topic: str, wakes: Wakes, ring: Callable[[str], None]) -> None:
    if topic.startswith("queue:"):
        ring(topic.removeprefix("queue:"))
    else:
        wakes.call([topic])
