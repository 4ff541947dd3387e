"""Files of an owner: names, ceilings, tenants, expiry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opsroom.artifacts import api
from opsroom.artifacts.errors import BlobMissing, LinkExpired, OwnerFull
from opsroom.artifacts.room import ROOM
from opsroom.artifacts.settings import ArtifactsSettings
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.errors import NotFound
from opsroom.kernel.room import House
from opsroom.kernel.seal import Keyring

Build = Callable[..., Awaitable[House]]


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def put(house: House, content: bytes) -> api.Blob:
    return await house.need(api.ArtifactStore).put_stream(stream(content))


async def add(house: House, actor: Actor, name: str, content: bytes = b"x", **more: object) -> api.Artifact:
    blob = await put(house, content)
    async with house.unit_of_work(actor) as tx:
        return await api.add(tx, "run_1", name, blob, "text/plain", **more)  # type: ignore[arg-type]


async def test_same_name_twice_and_hostile_names(build_house: Build, alice: Actor) -> None:
    house = await build_house([ROOM], work=False)
    names = [
        "audit.md",
        "audit.md",
        "AUDIT.md",
        "../audit.md",
        "audit (2).md",
        "",
        "x" * 300 + ".md",
        "/etc/passwd",
    ]
    stored = [(await add(house, alice, name, name.encode())).name for name in names]
    assert stored[:6] == [
        "audit.md",
        "audit (2).md",
        "AUDIT (3).md",
        "audit (4).md",
        "audit (2) (2).md",
        "file",
    ]
    assert stored[7] == "passwd"
    assert len({name.casefold() for name in stored}) == len(names)
    async with house.unit_of_work.reading(alice) as tx:
        listed = await api.list_of(tx, "run_1")
        assert [a.name for a in listed] == stored
        assert await api.get(tx, listed[0].id) == listed[0]
        assert await api.list_of(tx, "run_2") == []


async def test_a_step_that_runs_again_adds_nothing(build_house: Build, alice: Actor) -> None:
    house = await build_house([ROOM], work=False)
    first = await add(house, alice, "audit.md", dedup_key="file_1")
    assert await add(house, alice, "audit.md", dedup_key="file_1") == first
    assert (await add(house, alice, "audit.md", dedup_key="file_2")).name == "audit (2).md"


async def test_ceilings_of_one_owner(build_house: Build, alice: Actor) -> None:
    house = await build_house([ROOM], work=False)
    limits = ArtifactsSettings(max_owner_bytes=10, max_owner_files=3, max_file_bytes=8)
    await add(house, alice, "a", b"123456", limits=limits)
    async with house.unit_of_work.reading(alice) as tx:
        room = await api.allowance(tx, "run_1", limits=limits)
        assert (room.bytes_left, room.files_left, room.next_file_bytes) == (4, 2, 4)
    with pytest.raises(OwnerFull, match="more than 10 bytes"):
        await add(house, alice, "b", b"12345", limits=limits)
    await add(house, alice, "b", b"1234", limits=limits)
    await add(house, alice, "c", b"", limits=limits)
    with pytest.raises(OwnerFull, match="3 files"):
        await add(house, alice, "d", b"", limits=limits)
    results = await asyncio.gather(
        *(_add_to(house, alice, f"run_{n % 2 + 5}", limits) for n in range(12)),
        return_exceptions=True,
    )
    assert sum(not isinstance(r, BaseException) for r in results) == 6
    assert all(isinstance(r, OwnerFull | api.Artifact) for r in results)


async def _add_to(house: House, actor: Actor, owner: str, limits: ArtifactsSettings) -> api.Artifact:
    blob = await put(house, b"")
    async with house.unit_of_work(actor) as tx:
        return await api.add(tx, owner, "same", blob, "text/plain", limits=limits)


async def test_tenants_do_not_see_each_others_files(build_house: Build, alice: Actor, bob: Actor) -> None:
    house = await build_house([ROOM], work=False)
    hers = await add(house, alice, "audit.md", b"same bytes")
    async with house.unit_of_work.reading(bob) as tx:
        assert await api.list_of(tx, "run_1") == []
        with pytest.raises(NotFound):
            await api.get(tx, hers.id)
    async with house.unit_of_work(bob) as tx:
        assert await api.delete_of(tx, "run_1") == 0
    his = await add(house, bob, "audit.md", b"same bytes")
    assert (his.name, his.sha256) == ("audit.md", hers.sha256)


async def test_titles_and_types_are_made_plain(build_house: Build, alice: Actor) -> None:
    house = await build_house([ROOM], work=False)
    blob = await put(house, b"x")
    async with house.unit_of_work(alice) as tx:
        told = await api.add(
            tx, "run_1", "a.bin", blob, 'text/html"; x=\r\nSet-Cookie: a', "Two\nlines\u202e"
        )
        bare = await api.add(tx, "run_1", "b.md", blob, "text/markdown; charset=utf-8")
    assert (told.media_type, told.title) == ("application/octet-stream", "Two lines")
    assert (bare.media_type, bare.title) == ("text/markdown", "b.md")


async def test_the_sweep_takes_what_has_expired_and_nothing_else(
    build_house: Build, alice: Actor, bob: Actor, tmp_path: Path
) -> None:
    clock = FakeClock(datetime.now(UTC))
    settings = ArtifactsSettings(retention_days=30)
    house = await build_house([ROOM], settings=[settings], clock=clock, work=False)
    store = house.need(api.ArtifactStore)
    shared = await add(house, alice, "a.md", b"shared", limits=settings)
    alone = await add(house, alice, "b.md", b"alone", limits=settings)
    orphan = await put(house, b"orphan")
    (tmp_path / "data" / "artifacts" / "incoming" / "old.part").write_bytes(b"half")
    assert (await api.sweep(house)).model_dump() == {"artifacts": 0, "blobs": 0, "bytes_freed": 0}
    assert await store.exists(orphan.sha256)  # its row may be on its way
    clock.advance(timedelta(days=20))
    await add(house, bob, "a.md", b"shared", limits=settings)
    assert (await api.sweep(house)).blobs == 1
    assert not await store.exists(orphan.sha256)
    clock.advance(timedelta(days=11))
    async with house.unit_of_work.reading(alice) as tx:
        with pytest.raises(NotFound):
            await api.get(tx, alone.id)  # expired already, swept or not
    swept = await api.sweep(house)
    assert (swept.artifacts, swept.blobs, swept.bytes_freed) == (2, 1, 5)
    assert await store.exists(shared.sha256)  # Bob's row still points at it
    assert not await store.exists(alone.sha256)
    assert list((tmp_path / "data" / "artifacts" / "incoming").iterdir()) == []


async def test_signed_links(build_house: Build, alice: Actor, tmp_path: Path) -> None:
    clock = FakeClock(datetime(2026, 4, 19, 12, tzinfo=UTC))
    ring = Keyring.open(tmp_path / "keys")
    house = await build_house([ROOM], clock=clock, work=False, provide=lambda h: h.provide(Keyring, ring))
    artifact = await add(house, alice, "audit.md")
    link = await api.signed_link(house, alice, artifact, expires_s=60)
    token = link.url.removeprefix("/files/")
    grant = api.open_link(house, token, house.database.now())
    assert (grant.artifact_id, grant.scope) == (artifact.id, alice.scope)
    ring.add_key()
    assert api.open_link(house, token, house.database.now()) == grant  # signed before a rotation
    for at in range(len(token)):
        flipped = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        # The last character of base64 has bits that mean nothing.
        if at not in (len(token) - 1, token.index(".") - 1):
            with pytest.raises(NotFound):
                api.open_link(house, flipped, house.database.now())
    for wrong in ("", ".", "a.b", "é.é", "x" * 5_000, token + "x", token.replace(".", "")):
        with pytest.raises(NotFound):
            api.open_link(house, wrong, house.database.now())
    clock.advance(timedelta(seconds=60))
    with pytest.raises(LinkExpired):
        api.open_link(house, token, house.database.now())


async def test_a_bucket_hands_out_links_where_settings_say_so(
    build_house: Build, alice: Actor, s3_settings: ArtifactsSettings
) -> None:
    settings = s3_settings.model_copy(update={"s3_direct_links": True})
    house = await build_house([ROOM], settings=[settings], work=False)
    artifact = await add(house, alice, "audit.md")
    link = await api.signed_link(house, alice, artifact)
    assert link.url.startswith(f"{settings.s3_endpoint}/{settings.s3_bucket}/production/blobs/")
    assert (await api.sweep(house)).blobs == 0


async def test_bytes_lost_from_outside_are_told(build_house: Build, alice: Actor) -> None:
    house = await build_house([ROOM], work=False)
    artifact = await add(house, alice, "audit.md")
    store = house.need(api.ArtifactStore)
    await store.delete(artifact.sha256)
    for call in (api.content_response_parts(store, artifact), api.preview_response_parts(store, artifact)):
        with pytest.raises(BlobMissing, match="backup"):
            await call
