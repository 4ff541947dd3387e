"""Attachments: streamed in, judged by content, kept in git or by a pointer, served so that nothing runs."""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from opsroom.artifacts.api import ArtifactStore
from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.board.documents.queue.writer import Writer
from opsroom.board.documents.settings import DocumentsSettings
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from tests.app.edge_town import QUICK, Reply, Town, open_town
from tests.board import documents_kit as kit

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
EVIL_HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
EVIL_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
ROOMS = [IDENTITY, ARTIFACTS, kit.DOCUMENTS]
SMALL = DocumentsSettings(
    first_wait_s=0.05, max_attachment_bytes=3_000_000, git_attachment_bytes=100_000, max_attachments=6
)
AT = f"/api/tasks/{kit.TASK}/attachments"


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    house = await build_house(ROOMS, settings=[QUICK, SMALL])
    async with open_town(house, ROOMS, alice, bob) as served:
        for actor in (served.alice, served.bob):
            await kit.add_owners(house, actor)
        yield served


def form(*files: tuple[str, bytes], field: str = "file", declared: str | None = None) -> aiohttp.FormData:
    made = aiohttp.FormData(quote_fields=False)
    for name, content in files:
        made.add_field(field, io.BytesIO(content), filename=name, content_type=declared)
    return made


async def upload(town: Town, *files: tuple[str, bytes], key: str = "alice", **more: Any) -> Reply:
    return await town.send("POST", AT, key=key, data=form(*files, **more))


async def fetch(town: Town, name: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent = {"Authorization": f"Bearer {town.keys['alice']}", **headers}
    async with town.http.get(f"{town.url}{AT}/{quote(name, safe='')}", headers=sent) as answer:
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read()


async def test_a_picture_is_kept_in_git_and_shown_in_place(town: Town) -> None:
    reply = await upload(town, ("Größe (1).png", PNG))
    assert reply.status == 201, reply.body
    (made,) = reply.body["data"]
    assert (made["name"], made["media_type"], made["inline"], made["size_bytes"]) == (
        "Größe (1).png",
        "image/png",
        True,
        len(PNG),
    )
    assert made["sha256"] == hashlib.sha256(PNG).hexdigest()
    status, headers, body = await fetch(town, "Größe (1).png")
    assert (status, body, headers["content-type"]) == (200, PNG, "image/png")
    assert headers["content-disposition"].startswith("inline;")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert made["url"] == f"{AT}/Gr%C3%B6%C3%9Fe%20%281%29.png"
    await kit.settled(town.house, town.alice)
    folder = kit.folder_of(town.house, town.alice)
    listed = kit.git(folder, "ls-tree", "-r", "-l", "-z", "main", "tasks/")
    assert listed.endswith(f"{len(PNG)}\ttasks/task_one/attachments/Größe (1).png\0")
    shown = kit.git(folder, "log", "-1", "--format=%an|%s", "main")
    assert shown.strip() == f"{town.alice.name}|Attach Größe (1).png to task_one"
    async with town.house.unit_of_work.reading(town.alice) as tx:
        assert (await kit.task_row(tx))["attachment_count"] == 1


async def test_a_range_is_honoured(town: Town) -> None:
    await upload(town, ("a.png", PNG))
    status, headers, body = await fetch(town, "a.png", Range="bytes=8-11")
    assert (status, body) == (206, PNG[8:12])
    assert headers["content-range"] == f"bytes 8-11/{len(PNG)}"
    assert (await fetch(town, "a.png", Range="bytes=999999-"))[0] == 416
    status, _, body = await fetch(town, "a.png", Range="bytes=8-11", **{"If-Range": '"other"'})
    assert (status, body) == (200, PNG)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", EVIL_HTML),
        ("notes.txt", EVIL_HTML),
        ("drawing.svg", EVIL_SVG),
        ("drawing.xml", b"<?xml version='1.0'?>" + EVIL_SVG),
        ("x.js", b"alert(1)"),
        ("x.pdf", b"%PDF-1.7 (app.alert(1))"),
        ("no-suffix", EVIL_HTML),
        ("x.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"),
    ],
)
async def test_what_a_browser_could_run_is_only_ever_a_download(
    town: Town, name: str, content: bytes
) -> None:
    reply = await upload(town, (name, content), declared="image/png")
    assert reply.status == 201, reply.body
    status, headers, body = await fetch(town, name)
    assert (status, body) == (200, content)
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["content-type"].split(";")[0] not in (
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
    )
    assert (headers["x-content-type-options"], headers["content-security-policy"]) == (
        "nosniff",
        "sandbox; default-src 'none'",
    )
    assert reply.body["data"][0]["inline"] is False


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("photo.png", EVIL_HTML, "its content is text/html"),
        ("photo.JPG", PNG, "its content is image/png"),
        ("paper.pdf", b"MZ\x90\x00\x03", "its content is"),
        ("archive.zip", b"not a zip", "its content is text/plain"),
        ("empty.txt", b"", "is empty"),
    ],
)
async def test_files_that_are_not_what_they_are_called_are_refused(
    town: Town, name: str, content: bytes, told: str
) -> None:
    reply = await upload(town, (name, content))
    assert reply.status == 422
    assert [e["path"] for e in reply.body["errors"]] == ["file"]
    assert told in reply.body["detail"]
    assert (await town.send("GET", AT, key="alice")).body["data"] == []


async def test_hostile_names_become_safe_ones(town: Town) -> None:
    names = {
        "../../etc/passwd": "passwd",
        "..\\..\\boot.ini": "boot.ini",
        ".git": "_git",
        "con.txt": "_con.txt",
        "a\u202etxt.exe": "atxt.exe",
        "x" * 300 + ".txt": "x" * 145 + ".txt",
    }
    for sent, kept in names.items():
        reply = await upload(town, (sent, b"content"))
        assert reply.status == 201, (sent, reply.body)
        assert reply.body["data"][0]["name"] == kept, sent
    await kit.settled(town.house, town.alice)
    folder = kit.folder_of(town.house, town.alice)
    paths = kit.git(folder, "ls-tree", "-r", "--name-only", "main", "tasks/").split()
    assert sorted(paths) == sorted(f"tasks/task_one/attachments/{name}" for name in names.values())
    kit.git(folder, "fsck", "--strict")
    full = await upload(town, ("one more.txt", b"x"))
    assert (full.status, "6 attachments" in full.body["detail"]) == (413, True)
    for name in ("..%2F..%2Fpasswd", "%00", "x" * 3000, ".git"):
        assert (await town.send("GET", f"{AT}/{name}", key="alice")).status in (400, 404), name


async def test_names_taken_get_a_number_and_several_files_are_one_commit(town: Town) -> None:
    await upload(town, ("data.csv", b"a,b\n1,2\n"))
    reply = await upload(
        town, ("Data.csv", b"a,b\n3,4\n"), ("data.csv", b"a,b\n5,6\n"), ("=cmd.csv", b"=1+1\n")
    )
    assert [a["name"] for a in reply.body["data"]] == ["Data (2).csv", "data (3).csv", "=cmd.csv"]
    await kit.settled(town.house, town.alice)
    assert kit.subjects(kit.folder_of(town.house, town.alice))[1:] == [
        "Attach data.csv to task_one",
        "Attach 3 files to task_one",
    ]


async def test_large_files_leave_a_pointer_in_git(town: Town) -> None:
    large = b"x" * 200_000
    reply = await upload(town, ("large.bin", b"\x00" + large))
    assert reply.body["data"][0]["in_repository"] is False
    await kit.settled(town.house, town.alice)
    folder = kit.folder_of(town.house, town.alice)
    pointer = kit.git(folder, "show", "main:tasks/task_one/attachments/large.bin")
    digest = hashlib.sha256(b"\x00" + large).hexdigest()
    assert pointer == f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 200001\n"
    assert (await fetch(town, "large.bin"))[2] == b"\x00" + large
    too_large = await upload(town, ("huge.bin", b"\x00" * 3_100_000))
    assert (too_large.status, "3065536 bytes" in too_large.body["detail"]) == (413, True)
    over = await upload(town, ("over.bin", b"\x00" * 3_030_000))
    assert (over.status, over.body["title"]) == (413, "File too large")
    assert [a["name"] for a in (await town.send("GET", AT, key="alice")).body["data"]] == ["large.bin"]


async def test_many_large_files_are_several_commits(town: Town) -> None:
    sizes = [60_000, 30_000, 60_000, 200_000, 10]
    await upload(town, *[(f"{n}.bin", bytes([n]) * size) for n, size in enumerate(sizes)])
    await kit.settled(town.house, town.alice)
    folder = kit.folder_of(town.house, town.alice)
    assert kit.subjects(folder)[1:] == ["Attach 2 files to task_one", "Attach 3 files to task_one"]
    assert len(kit.git(folder, "ls-tree", "-r", "--name-only", "main", "tasks/").split()) == 5


async def test_bytes_that_were_lost_here_come_from_the_repository(town: Town) -> None:
    await upload(town, ("a.png", PNG), ("big.bin", b"\x01" * 150_000))
    await kit.settled(town.house, town.alice)
    blobs = town.house.need(ArtifactStore)
    for content in (PNG, b"\x01" * 150_000):
        await blobs.delete(hashlib.sha256(content).hexdigest())
    assert (await fetch(town, "a.png"))[2] == PNG
    assert (await fetch(town, "big.bin"))[0] == 500  # only a pointer is there: told to the operator


async def test_a_zip_bomb_is_a_file_like_any_other(town: Town) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("../../escape", b"\0" * 30_000_000)
    reply = await upload(town, ("bomb.zip", packed.getvalue()))
    assert (reply.status, reply.body["data"][0]["media_type"]) == (201, "application/zip")
    assert reply.body["data"][0]["size_bytes"] == len(packed.getvalue())


async def test_deleting_is_a_commit_and_can_be_undone(town: Town) -> None:
    await upload(town, ("a.png", PNG), ("big.bin", b"\x01" * 150_000))
    for name in ("a.png", "big.bin"):
        assert (await town.send("DELETE", f"{AT}/{name}", key="alice")).status == 200
        assert (await fetch(town, name))[0] == 404
        assert (await town.send("DELETE", f"{AT}/{name}", key="alice")).status == 404
    await kit.settled(town.house, town.alice)
    folder = kit.folder_of(town.house, town.alice)
    assert kit.git(folder, "ls-tree", "-r", "--name-only", "main", "tasks/") == ""
    async with town.house.unit_of_work.reading(town.alice) as tx:
        assert (await kit.task_row(tx))["attachment_count"] == 0
    for name in ("a.png", "big.bin"):
        back = await town.send("POST", f"{AT}/{name}/restore", key="alice")
        assert back.status == 200, back.body
        assert (await town.send("POST", f"{AT}/{name}/restore", key="alice")).status == 404
    assert (await fetch(town, "a.png"))[2] == PNG
    await kit.settled(town.house, town.alice)
    assert len(kit.git(folder, "ls-tree", "-r", "--name-only", "main", "tasks/").split()) == 2
    again = await upload(town, ("a.png", PNG + b"new"))
    assert again.body["data"][0]["name"] == "a (2).png"


async def test_bodies_that_are_no_forms_are_refused(town: Town) -> None:
    def raw(body: bytes, content_type: str) -> Any:
        return town.send("POST", AT, key="alice", data=body, headers={"Content-Type": content_type})

    bad = await raw(b"{}", "application/json")
    assert (bad.status, "multipart/form-data" in bad.body["detail"]) == (415, True)
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello'
    for body, content_type, status in (
        (b"", "multipart/form-data", 400),
        (b"", "multipart/form-data; boundary=b", 400),
        (b"nothing of the kind", "multipart/form-data; boundary=b", 400),
        (part, "multipart/form-data; boundary=b", 400),
        (part + b"\r\n--b--\r\n", "multipart/form-data; boundary=b", 201),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 422),
        (part.replace(b'"file"', b'"other"') + b"\r\n--b--\r\n", "multipart/form-data; boundary=b", 422),
        (part.replace(b'; filename="a.txt"', b"") + b"\r\n--b--\r\n", "multipart/form-data; boundary=b", 422),
        (part.replace(b"a.txt", b"\xff\xfe") + b"\r\n--b--\r\n", "multipart/form-data; boundary=b", 400),
        (b"--b\r\n" + b"X: y\r\n" * 50 + part[3:], "multipart/form-data; boundary=b", 400),
    ):
        reply = await raw(body, content_type)
        assert reply.status == status, (body, reply.status, reply.body)
    many = await upload(town, *[(f"{n}.txt", b"x") for n in range(25)])
    assert many.status == 400
    assert len((await town.send("GET", AT, key="alice")).body["data"]) == 1


async def test_nobody_attaches_to_or_reads_what_is_anothers(town: Town) -> None:
    await upload(town, ("secret.txt", b"secret"))
    theirs = await upload(town, ("mine.txt", b"x" * 500_000), key="bob")
    absent = await town.send("POST", "/api/tasks/task_x/attachments", key="bob", data=form(("a.txt", b"x")))
    assert (theirs.status, absent.status) == (404, 404)
    for method, path in (
        ("GET", AT),
        ("GET", f"{AT}/secret.txt"),
        ("DELETE", f"{AT}/secret.txt"),
        ("POST", f"{AT}/secret.txt/restore"),
    ):
        assert (await town.send(method, path, key="bob")).status == 404, path


async def test_an_idempotency_key_attaches_once(town: Town) -> None:
    for _ in range(2):
        reply = await town.send(
            "POST", AT, key="alice", data=form(("a.txt", b"x")), headers={"Idempotency-Key": "once"}
        )
        assert reply.status == 201, reply.body
    assert len((await town.send("GET", AT, key="alice")).body["data"]) == 1


async def test_what_somebody_pushed_is_fetched_at_its_first_reading(town: Town) -> None:
    await upload(town, ("a.txt", b"x"))
    await kit.settled(town.house, town.alice)
    folder = kit.folder_of(town.house, town.alice)
    kit.commit_outside(folder, "tasks/task_one/attachments/pushed.html", EVIL_HTML.decode())
    await town.house.need(Writer).look_around()
    listed = (await town.send("GET", AT, key="alice")).body["data"]
    assert [(a["name"], a["size_bytes"], a["sha256"]) for a in listed] == [
        ("a.txt", 1, hashlib.sha256(b"x").hexdigest()),
        ("pushed.html", len(EVIL_HTML), None),
    ]
    status, headers, body = await fetch(town, "pushed.html")
    assert (status, body, headers["content-type"]) == (200, EVIL_HTML, "application/octet-stream")
    listed = (await town.send("GET", AT, key="alice")).body["data"]
    assert listed[1]["sha256"] == hashlib.sha256(EVIL_HTML).hexdigest()


async def test_an_upload_goes_to_the_disk_while_it_comes(town: Town) -> None:
    incoming = town.house.data_dir / "artifacts" / "incoming"
    seen: list[int] = []

    async def slowly() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="s.bin"\r\n\r\n'
        for _ in range(25):
            yield b"\x00" * 100_000
        async with asyncio.timeout(10):
            while not seen:
                seen.extend(p.stat().st_size for p in incoming.iterdir() if p.stat().st_size >= 1_000_000)
                await asyncio.sleep(0.01)
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    reply = await town.send("POST", AT, key="alice", data=slowly(), headers=headers)
    assert (reply.status, reply.body["data"][0]["size_bytes"]) == (201, 2_500_000)
    assert seen
    assert list(incoming.iterdir()) == []


async def test_an_upload_that_breaks_off_leaves_nothing(town: Town) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(town.url.rpartition(":")[2]))
    head = f"POST {AT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {town.keys['alice']}\r\n"
    head += "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    writer.write(head.encode() + part.encode() + b"x" * 1000)
    await writer.drain()
    incoming = town.house.data_dir / "artifacts" / "incoming"

    async def begun() -> bool:
        return bool(list(incoming.iterdir()))

    async def gone() -> bool:
        return not list(incoming.iterdir())

    await kit.until(begun)
    writer.close()
    await kit.until(gone)
    assert (await town.send("GET", AT, key="alice")).body["data"] == []
    del reader
