"""Bodies that are not what they should be: each refused clearly, none with a 500."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from opsroom.app.edge.settings import EdgeSettings
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Malformed
from opsroom.kernel.strict_json import read_json
from tests.app.edge_probe import PROBE
from tests.app.edge_town import QUICK, Town, open_town

pytestmark = pytest.mark.sqlite_only

JSON = {"Content-Type": "application/json"}

BAD_JSON: dict[str, bytes] = {
    "not json": b"{text: 1}",
    "half": b'{"text": "a", "stars":',
    "trailing": b'{"text": "a", "stars": 1} x',
    "bom": b'\xef\xbb\xbf{"text": "a", "stars": 1}',
    "bad utf-8": b'{"text": "\xff\xfe", "stars": 1}',
    "utf-16": '{"text": "a", "stars": 1}'.encode("utf-16"),
    "raw surrogate": b'{"text": "\xed\xa0\x80", "stars": 1}',
    "escaped lone surrogate": b'{"text": "\\ud800", "stars": 1}',
    "escaped low surrogate": b'{"text": "\\uDC00x", "stars": 1}',
    "escaped nul": b'{"text": "a\\u0000b", "stars": 1}',
    "nul in a key": b'{"te\\u0000xt": "a", "stars": 1}',
    "raw nul": b'{"text": "a\x00b", "stars": 1}',
    "duplicate key": b'{"text": "a", "text": "b", "stars": 1}',
    "nested duplicate key": b'{"text": {"a": 1, "a": 2}, "stars": 1}',
    "nan": b'{"text": "a", "stars": NaN}',
    "infinity": b'{"text": "a", "stars": -Infinity}',
    "float overflow": b'{"text": "a", "stars": 1e400}',
    "integer beyond 64 bits": b'{"text": "a", "stars": 9223372036854775808}',
    "ten thousand digits": b'{"text": "a", "stars": ' + b"9" * 10_000 + b"}",
    "65 levels": b"[" * 65 + b"]" * 65,
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "unclosed depth": b"[" * 200_000,
}


@pytest.fixture
async def town(build_house, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    edge = EdgeSettings(max_body_bytes=300_000, body_deadline_s=0.3)
    house = await build_house([IDENTITY], settings=[QUICK, edge], work=False)
    async with open_town(house, [IDENTITY, PROBE], alice, bob) as served:
        yield served


async def test_bad_json_is_refused_by_every_route_that_reads_it(town: Town) -> None:
    for name, body in BAD_JSON.items():
        for path in ("/api/probe/notes", "/probe-hook/x"):
            reply = await town.send("POST", path, key="alice", data=body, headers=JSON)
            assert reply.status == 400, (name, path, reply.body)
            assert reply.body["success"] is False
            assert reply.body["type"] == "/schema#problem-malformed"
            assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "text",
    ['"plain"', "[]", '{"a":[1,2.5,-3,null,true,"\\ud83d\\ude00"]}', "[" * 64 + "]" * 64, str(2**63 - 1)],
)
def test_good_json_reads_as_the_standard_parser_reads_it(text: str) -> None:
    assert read_json(text.encode()) == json.loads(text)


def test_what_is_wrong_with_json_is_said() -> None:
    with pytest.raises(Malformed, match="has the key 'a' twice"):
        read_json(b'{"a":1,"b":2,"a":3}')
    with pytest.raises(Malformed, match="line 2, column 6"):
        read_json(b'{"a":1,\n "b" 2}')
    with pytest.raises(Malformed, match="deeper than 64"):
        read_json(BAD_JSON["65 levels"])


async def test_every_mistake_of_a_body_is_told_at_once(town: Town) -> None:
    body = {"stars": 9, "tags": ["a", 3], "colour": "red"}
    reply = await town.send("POST", "/api/probe/notes", key="alice", json=body)
    assert reply.status == 422
    assert {e["path"]: e["message"] for e in reply.body["errors"]} == {
        "text": "is required",
        "stars": "input should be less than or equal to 5",
        "tags.1": "input should be a valid string",
        "colour": "is not a known field; remove it or check its spelling",
    }


async def test_a_body_of_another_kind_is_invalid(town: Town) -> None:
    for body in (b"", b"null", b"[]", b'"text"', b"3"):
        reply = await town.send("POST", "/api/probe/notes", key="alice", data=body, headers=JSON)
        assert reply.status == 422, (body, reply.body)
        assert reply.body["errors"]


async def test_only_plain_json_is_read(town: Town) -> None:
    body = b'{"text": "a", "stars": 1}'
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        reply = await town.send(
            "POST", "/api/probe/notes", key="alice", data=body, headers={"Content-Type": media_type}
        )
        assert reply.status == 415, (media_type, reply.body)
    packed = {"Content-Encoding": "gzip", **JSON}
    for path in ("/api/probe/notes", "/probe-hook/x"):
        reply = await town.send("POST", path, key="alice", data=gzip.compress(body), headers=packed)
        assert reply.status == 415
        assert "Content-Encoding" in reply.body["detail"]


async def test_a_body_over_the_ceiling_is_refused_however_it_comes(town: Town) -> None:
    big = b'{"text": "' + b"a" * 400_000 + b'", "stars": 1}'

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(big), 50_000):
            yield big[at : at + 50_000]

    for path in ("/api/probe/notes", "/probe-hook/x"):
        for data in (big, pieces()):
            reply = await town.send("POST", path, key="alice", data=data, headers=JSON)
            assert reply.status == 413, reply.body
            assert "300000" in reply.body["detail"]


async def _raw(town: Town, request: bytes, *, then: bytes = b"", after_s: float = 0.0) -> bytes:
    """Bytes by hand on a socket of our own; what came back until the server closed or fell silent."""
    address = urlsplit(town.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    if then:
        await asyncio.sleep(after_s)
        writer.write(then)
    try:
        async with asyncio.timeout(1.5):
            return await reader.read(65_536)
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_a_body_that_dawdles_is_cut_off(town: Town) -> None:
    head = b"POST /probe-hook/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
    answer = await _raw(town, head)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"did not arrive in time" in answer


async def test_a_path_that_is_no_text_is_refused(town: Town) -> None:
    for path in (b"/api/probe/errors/%00", b"/api/probe/errors/%ff%fe", b"/%c0%ae%c0%ae/etc/passwd"):
        answer = await _raw(town, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404")), answer[:200]


async def test_query_strings_are_read_as_strictly(town: Town) -> None:
    async def ask(query: str) -> tuple[int, dict[str, str]]:
        reply = await town.send("GET", f"/api/probe/list?{query}", key="alice")
        return reply.status, {e["path"]: e["message"] for e in reply.body.get("errors", ())}

    assert await ask("limit=3&search=a%20b") == (200, {})
    status, errors = await ask("limit=3&colour=red&size=2")
    assert status == 422
    assert errors["query.colour"] == "is not known; this address takes limit, search"
    assert set(errors) == {"query.colour", "query.size"}
    assert (await ask("limit=0"))[0] == 422
    assert (await ask("limit=many")) == (422, {"query.limit": "expected `int`, got `str`"})
    assert (await ask("limit=" + "9" * 30)) == (422, {"query.limit": "is out of range"})
    assert (await ask("search=%00"))[0] == 400
    assert (await ask("search=%ff"))[0] == 400
    assert (await ask("&".join("search=a" for _ in range(200))))[0] == 400
