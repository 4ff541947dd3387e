"""Bytes in and out of the store, and what is left when it goes wrong: nothing."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import psutil
import pytest

from opsroom.artifacts.blobs import ArtifactStore
from opsroom.artifacts.errors import BlobMissing, FileTooLarge
from opsroom.artifacts.settings import ArtifactsSettings
from opsroom.kernel.errors import AdapterError, Fault, Unavailable

MIB = 1024 * 1024


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def whole(store: ArtifactStore, sha256: str, span: tuple[int, int] | None = None) -> bytes:
    return b"".join([chunk async for chunk in await store.open_stream(sha256, span)])


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_goes_in_comes_out(store: ArtifactStore, tmp_path: Path) -> None:
    content = os.urandom(3 * MIB + 17)
    blob = await store.put_stream(stream(*(content[i : i + 70_000] for i in range(0, len(content), 70_000))))
    assert blob.sha256 == hashlib.sha256(content).hexdigest()
    assert blob.size_bytes == len(content)
    assert await whole(store, blob.sha256) == content
    assert await whole(store, blob.sha256, (5, 1_000_000)) == content[5:1_000_000]
    assert await store.read(blob.sha256, 10) == content[:10]
    assert await store.size(blob.sha256) == len(content)
    assert files_in(tmp_path / "artifacts" / "incoming") == []
    (tmp_path / "copy").write_bytes(content)
    assert await store.put_file(tmp_path / "copy") == blob
    await store.delete(blob.sha256)
    await store.delete(blob.sha256)
    assert not await store.exists(blob.sha256)
    with pytest.raises(BlobMissing):
        await store.open_stream(blob.sha256)


async def test_nothing_at_all_is_a_file_too(store: ArtifactStore) -> None:
    blob = await store.put_stream(stream())
    assert blob.size_bytes == 0
    assert await whole(store, blob.sha256) == b""
    assert await store.read(blob.sha256, 100) == b""


async def test_a_large_file_to_a_bucket_goes_in_parts(s3_settings: ArtifactsSettings, tmp_path: Path) -> None:
    store = ArtifactStore(s3_settings, tmp_path / "artifacts")
    part = os.urandom(MIB)
    blob = await store.put_stream(stream(*[part] * 20))
    digest = hashlib.sha256()
    async for chunk in await store.open_stream(blob.sha256):
        digest.update(chunk)
    assert digest.hexdigest() == blob.sha256
    assert files_in(tmp_path / "artifacts") == []


async def test_300_megabytes_pass_without_being_held(local: ArtifactStore) -> None:
    process = psutil.Process()
    pattern = os.urandom(64 * 1024)
    peak = before = process.memory_info().rss

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal peak
        for number in range(4_800):
            if number % 200 == 0:
                peak = max(peak, process.memory_info().rss)
            yield pattern[number % 1000 :] + pattern[: number % 1000]

    blob = await local.put_stream(chunks(), 400 * MIB)
    assert blob.size_bytes == 300 * MIB
    async for _chunk in await local.open_stream(blob.sha256):
        peak = max(peak, process.memory_info().rss)
    assert peak - before < 40 * MIB


async def test_two_gigabytes_are_refused_at_the_ceiling(local: ArtifactStore, tmp_path: Path) -> None:
    piece = bytes(MIB)
    sent = on_disk = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent, on_disk
        for _ in range(2_048):
            sent += MIB
            yield piece
            on_disk = max(on_disk, sum(p.stat().st_size for p in files_in(tmp_path / "artifacts")))

    with pytest.raises(FileTooLarge, match="100 MiB"):
        await local.put_stream(chunks())
    assert sent == 101 * MIB
    assert on_disk <= 100 * MIB
    assert files_in(tmp_path / "artifacts") == []


async def test_the_ceiling_is_exact(local: ArtifactStore) -> None:
    assert (await local.put_stream(stream(b"12345", b"67890"), 10)).size_bytes == 10
    with pytest.raises(FileTooLarge):
        await local.put_stream(stream(b"12345", b"678901"), 10)
    with pytest.raises(FileTooLarge):
        await local.put_stream(stream(b"1"), 0)


async def test_a_stream_that_breaks_leaves_nothing(local: ArtifactStore, tmp_path: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(2 * MIB)
        raise ConnectionResetError("the wire was cut")

    with pytest.raises(ConnectionResetError, match="cut"):
        await local.put_stream(breaking())

    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(MIB)
            started.set()
            await asyncio.sleep(0.01)

    task = asyncio.create_task(local.put_stream(endless()))
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert files_in(tmp_path / "artifacts") == []


async def test_a_full_disk_is_a_wait_not_a_fault(local: ArtifactStore) -> None:
    from opsroom.artifacts.spool import disk_error

    assert isinstance(disk_error(OSError(28, "No space left on device")), Unavailable)
    assert isinstance(disk_error(OSError(5, "Input/output error")), Fault)


async def test_only_regular_files_are_taken(local: ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "absent"):
        async with asyncio.timeout(5):
            with pytest.raises(Fault):
                await local.put_file(tmp_path / name)
    with pytest.raises(Fault):
        await local.put_file(tmp_path)


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "/../x"])
async def test_only_a_hash_is_an_address(local: ArtifactStore, address: str) -> None:
    with pytest.raises(Fault, match="no SHA-256"):
        await local.open_stream(address)


async def test_many_put_the_same_bytes_at_once(store: ArtifactStore) -> None:
    blobs = await asyncio.gather(*(store.put_stream(stream(b"same", b"bytes")) for _ in range(12)))
    assert len(set(blobs)) == 1
    assert await whole(store, blobs[0].sha256) == b"samebytes"


async def test_putting_again_keeps_a_blob_from_the_sweep(store: ArtifactStore) -> None:
    blob = await store.put_stream(stream(b"x"))
    assert not await store.delete_if_older(blob.sha256, datetime.now(UTC) - timedelta(hours=1))
    found = [b async for page in store.older_blobs(datetime.now(UTC) + timedelta(hours=1)) for b in page]
    assert found == [blob]
    assert [p async for p in store.older_blobs(datetime.now(UTC) - timedelta(hours=1)) if p] == []
    assert await store.delete_if_older(blob.sha256, datetime.now(UTC) + timedelta(hours=1))
    assert not await store.exists(blob.sha256)


async def test_a_bucket_hands_out_its_own_links(s3_settings: ArtifactsSettings, tmp_path: Path) -> None:
    store = ArtifactStore(s3_settings, tmp_path)
    blob = await store.put_stream(stream(b"from the bucket"))
    url = await store.presigned_url(blob.sha256, 60)
    assert url is not None
    assert "X-Amz-Signature" in url
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 200
        assert await answer.read() == b"from the bucket"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["Content-Type"] == "application/octet-stream"


async def test_the_local_store_has_no_links_of_its_own(local: ArtifactStore) -> None:
    assert await local.presigned_url("0" * 64, 60) is None
    assert "local folder" in await local.check()


async def test_a_bucket_that_is_not_there_is_told(s3_settings: ArtifactsSettings, tmp_path: Path) -> None:
    wrong = ArtifactStore(s3_settings.model_copy(update={"s3_bucket": "no-such-bucket"}), tmp_path)
    with pytest.raises((AdapterError, BlobMissing)):
        await wrong.put_stream(stream(b"x"))
    with pytest.raises(Fault, match="S3_BUCKET"):
        ArtifactStore(ArtifactsSettings(backend="s3"), tmp_path)
