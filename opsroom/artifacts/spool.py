"""Writing a stream to a file of our own while hashing and counting it."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from opsroom.artifacts.errors import FileTooLarge
from opsroom.kernel.errors import Fault, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

# One trip to a worker thread per this much: fewer would hold more memory, more would cost more trips.
_BATCH_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Spooled:
    """A stream that arrived whole, on disk and synced."""

    path: Path
    sha256: str
    size_bytes: int


@asynccontextmanager
async def spooled(chunks: AsyncIterator[bytes], folder: Path, limit_bytes: int) -> AsyncIterator[Spooled]:
    """`chunks` as a file in `folder`, gone afterwards unless it was moved away.

    Raises FileTooLarge as soon as the limit is passed, Unavailable when the disk is full.
    """
    path = folder / f"{os.urandom(16).hex()}.part"
    try:
        yield await _write(chunks, path, limit_bytes)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _write(chunks: AsyncIterator[bytes], path: Path, limit_bytes: int) -> Spooled:
    digest = hashlib.sha256()
    size = held = 0
    batch: list[bytes] = []
    descriptor = await on_disk(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > limit_bytes:
                raise FileTooLarge(limit_bytes)
            batch.append(chunk)
            held += len(chunk)
            if held >= _BATCH_BYTES:
                await on_disk(_flush, descriptor, digest, batch)
                batch, held = [], 0
        await on_disk(_flush, descriptor, digest, batch)
        await on_disk(os.fsync, descriptor)
    finally:
        os.close(descriptor)
    return Spooled(path, digest.hexdigest(), size)


async def on_disk(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Disk work in a thread, its errors in our words. Errors of the stream itself pass as they are."""
    try:
        return await asyncio.to_thread(work, *args, **named)
    except OSError as error:
        raise disk_error(error) from error


def _flush(descriptor: int, digest: hashlib._Hash, batch: list[bytes]) -> None:
    for chunk in batch:
        digest.update(chunk)
        view = memoryview(chunk)
        while view:
            view = view[os.write(descriptor, view) :]


def disk_error(error: OSError) -> Fault | Unavailable:
    """A disk error in our own words. A full disk is a wait, not a fault."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            "The disk is full; nothing was kept. Free some space and try again.", retry_after_s=30
        )
    return Fault(f"A file cannot be written or read: {error.strerror or error}")
