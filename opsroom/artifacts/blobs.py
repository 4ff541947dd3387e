"""The store of bytes: a local folder or an S3-compatible bucket, addressed by content hash.

Everything arrives through a file on the local disk, because the address is known only once the last
byte is hashed. Locally that file is then moved into place (atomic), to a bucket it is uploaded.
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import (
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnknownConfigurationKeyError,
)
from obstore.store import LocalStore, S3Store

from opsroom.artifacts.errors import BlobMissing
from opsroom.artifacts.settings import ArtifactsSettings
from opsroom.artifacts.shapes import Blob
from opsroom.artifacts.spool import disk_error, on_disk, spooled
from opsroom.kernel.errors import AdapterError, Fault

if TYPE_CHECKING:
    from obstore import GetResult  # these two exist for type checkers only
    from obstore.store import S3Config

_SHA256 = re.compile(r"[0-9a-f]{64}")
_READ_BYTES = 256 * 1024
_UPLOAD_PART_BYTES = 8 * 1024 * 1024
_KEY = re.compile(r"blobs/[0-9a-f]{2}/([0-9a-f]{64})")


class ArtifactStore:
    """Puts, opens and deletes blobs. `local` is the folder for what is on its way, and for local blobs."""

    def __init__(self, settings: ArtifactsSettings, local: Path) -> None:
        self.settings = settings
        self._local = local
        self._incoming = local / "incoming"
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._bucket = _open_s3(settings) if settings.backend == "s3" else None
        self._store = self._bucket or LocalStore(local)
        # Putting a blob into place and sweeping the same blob away must not cross.
        self._placing = [asyncio.Lock() for _ in range(64)]

    async def put_stream(self, chunks: AsyncIterator[bytes], limit_bytes: int | None = None) -> Blob:
        """Keep a stream. Raises FileTooLarge past `limit_bytes` (default: the ceiling for one file).

        Whatever goes wrong, nothing half-written stays.
        """
        limit = self.settings.max_file_bytes if limit_bytes is None else limit_bytes
        async with spooled(chunks, self._incoming, limit) as file:
            async with self._placing_of(file.sha256):
                await self._place(file.path, file.sha256)
            return Blob(sha256=file.sha256, size_bytes=file.size_bytes)

    async def put_file(self, path: Path, limit_bytes: int | None = None) -> Blob:
        """Keep a copy of a regular file; links are not followed. Raises FileTooLarge, Fault."""
        return await self.put_stream(_chunks_of(path), limit_bytes)

    async def open_stream(self, sha256: str, span: tuple[int, int] | None = None) -> AsyncIterator[bytes]:
        """The bytes of a blob, or of `span` (first, one past the last).

        Raises BlobMissing here already, before the first byte.
        """
        with self._told(sha256):
            found = await obstore.get_async(
                self._store, _key(sha256), options={"range": span} if span else None
            )
        return self._chunks(found, sha256)

    async def read(self, sha256: str, most: int) -> bytes:
        """The first `most` bytes of a blob. Raises BlobMissing."""
        if most <= 0 or await self.size(sha256) == 0:
            return b""
        parts = [chunk async for chunk in await self.open_stream(sha256, (0, most))]
        return b"".join(parts)[:most]

    async def size(self, sha256: str) -> int:
        """Bytes of a blob. Raises BlobMissing."""
        with self._told(sha256):
            return (await obstore.head_async(self._store, _key(sha256)))["size"]

    async def exists(self, sha256: str) -> bool:
        """True when the bytes are there."""
        try:
            await self.size(sha256)
        except BlobMissing:
            return False
        return True

    async def delete(self, sha256: str) -> None:
        """Remove a blob; none is fine too. Only the sweep knows that nobody points at it."""
        with self._told(sha256):
            try:
                await obstore.delete_async(self._store, _key(sha256))
            except (NotFoundError, FileNotFoundError):
                return

    async def delete_if_older(self, sha256: str, than: datetime) -> bool:
        """Remove a blob nobody has put again since `than`. True when it was removed."""
        async with self._placing_of(sha256):
            try:
                with self._told(sha256):
                    found = await obstore.head_async(self._store, _key(sha256))
            except BlobMissing:
                return False
            if found["last_modified"] >= than:
                return False
            await self.delete(sha256)
        return True

    async def older_blobs(self, than: datetime) -> AsyncIterator[list[Blob]]:
        """Pages of blobs last put before `than`."""
        with self._told("the list of files"):
            async for page in obstore.list(self._store, prefix="blobs", chunk_size=500):
                yield [
                    Blob(sha256=match[1], size_bytes=meta["size"])
                    for meta in page
                    if meta["last_modified"] < than and (match := _KEY.search(meta["path"]))
                ]

    async def clear_incoming(self, than: datetime) -> int:
        """Remove what an earlier process left half-written before `than`. Returns how many."""

        def clear() -> int:
            old = [p for p in self._incoming.iterdir() if p.lstat().st_mtime < than.timestamp()]
            for path in old:
                path.unlink(missing_ok=True)
            return len(old)

        return await asyncio.to_thread(clear)

    async def presigned_url(self, sha256: str, expires_s: int) -> str | None:
        """An address in the bucket itself that works for `expires_s`; None for the local store."""
        if self._bucket is None:
            return None
        with self._told(sha256):
            return await obstore.sign_async(self._bucket, "GET", _key(sha256), timedelta(seconds=expires_s))

    async def check(self) -> str:
        """Look whether the store answers. Raises AdapterError or Fault that says what to do."""
        with self._told("the store"):
            async for _page in obstore.list(self._store, prefix="blobs/00", chunk_size=1):
                break
        where = f"bucket {self.settings.s3_bucket}" if self._bucket else "local folder"
        return f"artifacts are kept in a {where}"

    def _placing_of(self, sha256: str) -> asyncio.Lock:
        return self._placing[int(sha256[:2], 16) % len(self._placing)]

    async def _place(self, path: Path, sha256: str) -> None:
        if self._bucket is None:
            # Also where the blob exists: the move makes it young again, so no sweep takes it.
            await on_disk(_move, path, self._local / _key(sha256))
            return
        with self._told(sha256):
            await obstore.put_async(
                self._bucket,
                _key(sha256),
                path,
                attributes={"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"},
                chunk_size=_UPLOAD_PART_BYTES,
                max_concurrency=2,
            )

    async def _chunks(self, found: GetResult, sha256: str) -> AsyncIterator[bytes]:
        with self._told(sha256):
            async for chunk in found.stream(min_chunk_size=_READ_BYTES):
                yield bytes(chunk)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Errors of the store in our own words."""
        try:
            yield
        except (NotFoundError, FileNotFoundError) as error:
            raise BlobMissing(
                f"The bytes of {what} are not in the store; restore them from a backup."
            ) from error
        except (PermissionDeniedError, UnauthenticatedError, UnknownConfigurationKeyError) as error:
            raise self._failed("refuses our credentials; check the s3 settings", permanent=True) from error
        except OSError as error:
            raise disk_error(error) from error
        except BaseError as error:
            if self._bucket is None:
                raise Fault(f"The local store failed: {_first_line(error)}") from error
            raise self._failed(f"failed: {_first_line(error)}", permanent=False) from error

    def _failed(self, message: str, *, permanent: bool) -> AdapterError:
        return AdapterError(
            f"The bucket {self.settings.s3_bucket} {message}", adapter="s3", permanent=permanent
        )


def _open_s3(settings: ArtifactsSettings) -> S3Store:
    if not settings.s3_bucket:
        raise Fault("The artifacts backend is s3 but no bucket is named; set OPSROOM_ARTIFACTS__S3_BUCKET.")
    config: S3Config = {"region": settings.s3_region, "virtual_hosted_style_request": False}
    if settings.s3_endpoint:
        config["endpoint"] = settings.s3_endpoint
    if settings.s3_access_key_id:
        config["access_key_id"] = settings.s3_access_key_id.get_secret_value()
    if settings.s3_secret_access_key:
        config["secret_access_key"] = settings.s3_secret_access_key.get_secret_value()
    plain_http = (settings.s3_endpoint or "").startswith("http://")
    return S3Store(
        settings.s3_bucket,
        prefix=settings.s3_prefix or None,
        config=config,
        client_options={"allow_http": plain_http, "connect_timeout": "5s", "timeout": "120s"},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
    )


def _key(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise Fault("a blob was asked for by something that is no SHA-256")
    return f"blobs/{sha256[:2]}/{sha256}"


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.replace(target)
    # The move itself must survive a power cut, or a committed row could point at nothing.
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _chunks_of(path: Path) -> AsyncIterator[bytes]:
    descriptor = await on_disk(_open_regular, path)
    try:
        while chunk := await on_disk(os.read, descriptor, _READ_BYTES):
            yield chunk
    finally:
        os.close(descriptor)


def _open_regular(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Fault(f"{path.name[:80]} is not a regular file")
    return descriptor


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]
