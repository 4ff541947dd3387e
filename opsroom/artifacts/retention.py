"""The sweep: expired rows first, then bytes nobody points at, then what a crash left half-written."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from opsroom.artifacts import store
from opsroom.artifacts.blobs import ArtifactStore
from opsroom.artifacts.settings import ArtifactsSettings
from opsroom.artifacts.shapes import Swept
from opsroom.kernel.actor import Scope
from opsroom.kernel.room import House

log = structlog.get_logger("opsroom.artifacts")

_BATCH = 500
_EVERYWHERE = Scope(organization_id="-", instance_id="-", project_id="-")


async def sweep(house: House) -> Swept:
    """Delete what has expired, of every project. Safe at any time and in several processes.

    A blob goes only when no row points at it and nobody has put it for `orphan_grace_s`: a file
    whose row is about to be written is younger than that.
    """
    settings = house.settings.section(ArtifactsSettings)
    blobs = house.need(ArtifactStore)
    artifacts = await _delete_expired_rows(house)
    than = house.database.now() - timedelta(seconds=settings.orphan_grace_s)
    removed = freed = 0
    async for page in blobs.older_blobs(than):
        async with house.unit_of_work.reading(house.system_actor(_EVERYWHERE)) as tx:
            kept = await store.pointed_at(tx, [blob.sha256 for blob in page])
        for blob in page:
            if blob.sha256 not in kept and await blobs.delete_if_older(blob.sha256, than):
                removed += 1
                freed += blob.size_bytes
    await blobs.clear_incoming(than)
    swept = Swept(artifacts=artifacts, blobs=removed, bytes_freed=freed)
    if artifacts or removed:
        log.info("artifacts.swept", artifacts=artifacts, blobs=removed, bytes_freed=freed)
    return swept


async def sweep_for_ever(house: House) -> None:
    """Sweep once a day, for the life of the process; the first time a while after the start."""
    every_s = house.settings.section(ArtifactsSettings).sweep_every_s
    await asyncio.sleep(min(every_s, 300))
    while True:
        await sweep(house)
        await asyncio.sleep(every_s)


async def _delete_expired_rows(house: House) -> int:
    total = 0
    while True:
        # Small batches: other writers get their turn at the gate in between.
        async with house.unit_of_work(house.system_actor(_EVERYWHERE)) as tx:
            count = await store.delete_expired(tx, _BATCH)
        total += count
        if count < _BATCH:
            return total
