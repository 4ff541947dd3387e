"""Bytes uploaded, or written by a scripted agent: on disk, or described by a size and made when read."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader, web

from opsroom.sandbox.keys import fault_of
from opsroom.sandbox.wire import new_id

_CHUNK = 256 * 1024
# Bytes made on demand repeat this line, so a 2 GB file costs neither disk nor memory and still reads as text.
_FILLER = (b"The quick brown fox jumps over the lazy dog. 0123456789\n" * 4682)[:_CHUNK]


@dataclass(frozen=True, slots=True)
class Blob:
    size: int
    key: str = ""  # file in the blob folder; empty: made on demand


class BlobStore:
    def __init__(self, folder: Path | None) -> None:
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="opsroom-sandbox-"))
        self.folder.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> Blob:
        key = new_id("blob_")
        (self.folder / key).write_bytes(data)
        return Blob(len(data), key)

    def generated(self, size: int) -> Blob:
        return Blob(size)

    def start(self) -> str:
        """The key of a new, empty file that grows by `append`."""
        key = new_id("blob_")
        (self.folder / key).touch()
        return key

    def append(self, key: str, data: bytes) -> None:
        with (self.folder / key).open("ab") as file:
            file.write(data)

    def truncate(self, key: str, size: int) -> None:
        with (self.folder / key).open("r+b") as file:
            file.truncate(size)

    def finish(self, key: str) -> Blob:
        return Blob((self.folder / key).stat().st_size, key)

    async def receive(self, chunks: AsyncIterator[bytes]) -> Blob:
        key = self.start()
        with (self.folder / key).open("ab") as file:
            async for chunk in chunks:
                file.write(chunk)
        return self.finish(key)

    def read(self, blob: Blob, limit: int | None = None) -> bytes:
        return b"".join(self.chunks(blob, 0, blob.size if limit is None else min(limit, blob.size)))

    def chunks(self, blob: Blob, start: int, end: int) -> Iterator[bytes]:
        if blob.key:
            with (self.folder / blob.key).open("rb") as file:
                file.seek(start)
                while start < end and (data := file.read(min(_CHUNK, end - start))):
                    start += len(data)
                    yield data
            return
        while start < end:
            offset = start % len(_FILLER)
            data = _FILLER[offset : offset + min(_CHUNK, end - start)]
            start += len(data)
            yield data

    def checksum(self, blob: Blob, algorithm: str = "md5") -> str:
        digest = hashlib.new(algorithm, usedforsecurity=False)
        for chunk in self.chunks(blob, 0, blob.size):
            digest.update(chunk)
        return digest.hexdigest()

    def close(self) -> None:
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def clear(self) -> None:
        for path in self.folder.glob("blob_*"):
            path.unlink(missing_ok=True)


async def part_chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    """The decoded bytes of one part of a multipart body, piece by piece."""
    while chunk := await part.read_chunk(_CHUNK):
        yield bytes(chunk)


async def send_blob(
    request: web.Request, store: BlobStore, blob: Blob, headers: dict[str, str]
) -> web.StreamResponse:
    """Answer with the blob, honouring one byte range."""
    span = request.http_range
    start, end = span.start or 0, span.stop if span.stop is not None else blob.size
    if start < 0:
        start = max(0, blob.size + start)
    partial = span.start is not None or span.stop is not None
    end = min(end, blob.size)
    if blob.size <= _CHUNK and not partial:
        # One piece, so that the faults which break a reply can reach it.
        return web.Response(body=store.read(blob), headers=headers)
    answer = web.StreamResponse(status=206 if partial else 200, headers=headers)
    fault = fault_of(request)
    too_short = fault is not None and fault.wrong_content_length
    answer.content_length = max(0, end - start) + (512 if too_short else 0)
    if partial:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{blob.size}"
    await answer.prepare(request)
    rate = fault.slow_bytes_per_s if fault is not None else 0
    for chunk in store.chunks(blob, start, end):
        await drip(answer, chunk, rate)
    if too_short and request.transport is not None:
        request.transport.abort()
    return answer


async def drip(answer: web.StreamResponse, data: bytes, bytes_per_s: int) -> None:
    """Write at a given speed, twenty times a second; 0 means at once."""
    step = max(1, bytes_per_s // 20) if bytes_per_s else max(1, len(data))
    for start in range(0, len(data), step):
        await answer.write(data[start : start + step])
        if bytes_per_s:
            await asyncio.sleep(step / bytes_per_s)
