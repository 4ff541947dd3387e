"""Building a house of rooms, keeping it running, and taking it down in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from opsroom.app.migrations import migrate
from opsroom.kernel.db import Database
from opsroom.kernel.durable import Durable, DurableSettings
from opsroom.kernel.room import Background, House, Room, SectionSource
from opsroom.kernel.wake import Wakes
from opsroom.kernel.wake_relay import relay_wakes
from opsroom.kernel.workers import Caretaker

log = structlog.get_logger("opsroom.house")


@asynccontextmanager
async def open_house(
    rooms: Sequence[Room],
    *,
    settings: SectionSource,
    database: Database,
    workspace: Path,
    data_dir: Path,
    work: bool = True,
    background: bool = True,
    public_url: str = "",
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[House]:
    """A running house: migrated, wired from the ground floor up, claiming work if `work`.

    Leaving stops background work first, then claiming, then lets go of the database. Work in
    flight is not waited for: the next launch takes it up, which is the tested, normal path.
    """
    await asyncio.to_thread(migrate, database)
    await database.measure_clock()
    durable = Durable(database, settings.section(DurableSettings))
    house = House(
        settings, database, Wakes(), durable, database.clock, workspace, data_dir, public_url, environ or {}
    )
    house.provide(DurableSettings, settings.section(DurableSettings))
    for room in rooms:
        room.build(house)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        stack.push_async_callback(_close_parts, house)
        await durable.launch(work=work)
        stack.push_async_callback(durable.stop)  # before the parts: running work still uses them
        if background:
            caretaker = Caretaker(database, durable, settings.section(DurableSettings))
            house.provide(Caretaker, caretaker)
            await caretaker.begin()
            jobs = [*house.background, caretaker.run] if work else list(house.background)
            await stack.enter_async_context(_running(jobs))
        if not database.is_sqlite:
            await stack.enter_async_context(relay_wakes(database, house.wakes, durable.ring))
        yield house


async def _close_parts(house: House) -> None:
    # Looked at on the way out: what is built on first use says only then how it is closed.
    for close in reversed(house.closing):
        await close()


@asynccontextmanager
async def _running(jobs: Sequence[Background]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(_kept_alive(job)) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_alive(job: Background) -> None:
    """Run a background job for ever: one that fails is told of and begun again after a pause."""
    pause_s = 1.0
    while True:
        task = asyncio.ensure_future(job())
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("house.background_failed", job=getattr(job, "__qualname__", "?"), error=repr(error))
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 30.0)
        else:
            return
