"""Files over real HTTP: downloads, ranges, previews, signed links, strangers."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from edge_town import QUICK, Town, open_town

from opsroom.artifacts import api
from opsroom.artifacts.room import ROOM
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from opsroom.kernel.seal import Keyring

CONTENT = bytes(range(256)) * 4_000


@pytest.fixture
async def town(build_house, alice: Actor, bob: Actor, tmp_path: Path) -> AsyncIterator[Town]:
    rooms = [IDENTITY, ROOM]

    def provide(house) -> None:
        house.provide(Keyring, Keyring.open(tmp_path / "keys"))

    house = await build_house(rooms, settings=[QUICK], work=False, provide=provide)
    async with open_town(house, rooms, alice, bob) as served:
        yield served


async def add(town: Town, name: str, content: bytes) -> api.Artifact:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    store = town.house.need(api.ArtifactStore)
    blob = await store.put_stream(chunks())
    media_type = await api.detect_media_type(store, blob, name)
    async with town.house.unit_of_work(town.alice) as tx:
        return await api.add(tx, "run_1", name, blob, media_type)


async def test_a_file_is_downloaded_whole_and_in_part(town: Town) -> None:
    artifact = await add(town, "data é.bin", CONTENT)
    url = f"{town.url}/api/artifacts/{artifact.id}/content"
    key = {"Authorization": f"Bearer {town.keys['alice']}"}
    async with town.http.get(url, headers=key) as answer:
        body = await answer.read()
        assert answer.status == 200
        assert hashlib.sha256(body).hexdigest() == artifact.sha256
        assert answer.headers["Content-Length"] == str(len(CONTENT))
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Accept-Ranges"] == "bytes"
        etag = answer.headers["ETag"]
    for asked, status, expected in (
        ({"Range": "bytes=10-19"}, 206, CONTENT[10:20]),
        ({"Range": "bytes=-5"}, 206, CONTENT[-5:]),
        ({"Range": "bytes=999990-", "If-Range": etag}, 206, CONTENT[999_990:]),
        ({"Range": "bytes=10-19", "If-Range": '"other"'}, 200, CONTENT),
        ({"Range": "bytes=9999999-"}, 416, b""),
    ):
        async with town.http.get(url, headers=key | asked) as answer:
            assert (answer.status, await answer.read()) == (status, expected)
            if status == 416:
                assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


async def test_pages_and_pictures_cannot_run(town: Town) -> None:
    for name, content in (
        ("report.html", b"<!doctype html><h1>x</h1><script>alert(1)</script>"),
        ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    ):
        artifact = await add(town, name, content)
        sent = await town.send("GET", f"/api/artifacts/{artifact.id}/content", key="alice")
        assert sent.headers["content-type"] == "application/octet-stream"
        assert "attachment" in sent.headers["content-disposition"]
        assert sent.headers["content-security-policy"] == "sandbox; default-src 'none'"
        shown = await town.send("GET", f"/api/artifacts/{artifact.id}/preview", key="alice")
        assert shown.status == 200
        assert shown.headers["content-type"] == "text/html; charset=utf-8"
        policy = shown.headers["content-security-policy"]
        assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        assert "allow-scripts" not in policy
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["x-frame-options"] == "SAMEORIGIN"


async def test_strangers_learn_nothing(town: Town) -> None:
    artifact = await add(town, "audit.md", b"# Secret plan")
    for path in ("", "/content", "/preview"):
        own = f"/api/artifacts/{artifact.id}{path}"
        assert (await town.send("GET", own)).status == 401
        theirs = await town.send("GET", own, key="bob")
        absent = await town.send("GET", f"/api/artifacts/art_0{path}", key="bob")
        assert theirs.status == absent.status == 404
        assert b"Secret" not in str(theirs.body).encode()
    assert (await town.send("GET", f"/api/artifacts/{artifact.id}", key="alice")).body["data"][
        "name"
    ] == "audit.md"


async def test_a_signed_link_needs_no_account(town: Town) -> None:
    artifact = await add(town, "audit.md", b"# Audit")
    made = await town.send("POST", f"/api/artifacts/{artifact.id}/link", key="alice", json={"expires_s": 60})
    assert made.status == 200, made.body
    url = made.body["data"]["url"]
    opened = await town.send("GET", url)
    assert (opened.status, opened.body) == (200, "# Audit")
    assert "audit.md" in opened.headers["content-disposition"]
    for wrong in (url[:-3], "/files/x.y", "/files/%00.%ff", f"{url}/.."):
        assert (await town.send("GET", wrong)).status in (400, 404)
    refused = await town.send("POST", f"/api/artifacts/{artifact.id}/link", key="bob", json={})
    assert refused.status == 404
    async with town.house.unit_of_work(town.alice) as tx:
        await api.delete_of(tx, "run_1")
    assert (await town.send("GET", url)).status == 404
