"""The bytes of an output in a temporary file: checked, seekable, and never whole in memory."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

from opsroom.delivery.ports import Blobs
from opsroom.delivery.shapes import OutputRef
from opsroom.kernel.errors import AdapterError, Fault

_IN_MEMORY_BYTES = 1024 * 1024


@asynccontextmanager
async def spooled(blobs: Blobs, output: OutputRef, *, adapter: str) -> AsyncIterator[IO[bytes]]:
    """A file with the bytes of `output`, at its beginning; gone after the block.

    Raises Fault when the bytes are not those that were kept, AdapterError when the disk refuses.
    """
    try:
        file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed below
    except OSError as error:
        raise _disk(error, adapter) from error
    try:
        await _fill(file, blobs, output, adapter)
        yield file
    finally:
        file.close()


async def _fill(file: IO[bytes], blobs: Blobs, output: OutputRef, adapter: str) -> None:
    digest, size = hashlib.sha256(), 0
    async for piece in await blobs.open_stream(output.sha256):
        digest.update(piece)
        size += len(piece)
        try:
            await asyncio.to_thread(file.write, piece)
        except OSError as error:
            raise _disk(error, adapter) from error
    if size != output.size_bytes or digest.hexdigest() != output.sha256:
        raise Fault(
            f"The kept bytes of {output.name!r} are not those of the run ({size} bytes, "
            f"{output.size_bytes} expected), so they are not delivered."
        )
    file.seek(0)


def _disk(error: OSError, adapter: str) -> AdapterError:
    text = f"No temporary file can be written here: {error.strerror or error}. Is the disk full?"
    return AdapterError(text, adapter=adapter, permanent=False)
