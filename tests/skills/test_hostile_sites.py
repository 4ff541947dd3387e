"""Sites that are broken, hostile or away: the audit stays within bounds and says what it met."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from aiohttp import web
from audit_kit import SKILL, AuditRun, document, run_skill, serving, site_of

Payload = Callable[..., dict[str, Any]]
SCHEMA = json.loads((SKILL / "audit.schema.json").read_text(encoding="utf-8"))


def assert_valid(run: AuditRun) -> None:
    assert run.code == 0, run.stderr
    jsonschema.Draft202012Validator(SCHEMA).validate(run.data)


def not_checked(run: AuditRun) -> str:
    return " · ".join(f"{entry['what']}: {entry['reason']}" for entry in run.data["not_checked"])


async def test_unreachable_site_is_reported_not_scored(tmp_path: Path, payload_for: Payload) -> None:
    async with serving(site_of({})) as origin:
        closed = origin
    run = await run_skill(tmp_path, payload_for(closed))
    assert_valid(run)
    assert run.data["overall_score"] is None
    assert run.ids == {"TECH-001"}
    assert all(not module["checked"] for module in run.data["modules"])
    assert "score" not in run.lines[-1]
    assert "not scored" in run.lines[-1]["headline"]
    assert "Not scored" in run.file(".html").read_text(encoding="utf-8")


async def test_private_target_is_refused_without_leave(tmp_path: Path, payload_for: Payload) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text=document("Inside"), content_type="text/html")

    async with serving(answer) as origin:
        run = await run_skill(tmp_path, payload_for(origin), allow_private=False)
    assert_valid(run)
    assert asked == []
    assert "not allowed as a target" in run.data["crawl"]["failure"]


async def test_every_field_missing(tmp_path: Path) -> None:
    run = await run_skill(tmp_path, {})
    assert_valid(run)
    assert run.data["overall_score"] is None
    for field in ("website_url", "business_address", "gbp_url", "service_area_cities", "seed_keywords"):
        assert f"no {field}" in not_checked(run)


async def test_some_fields_missing_leave_their_modules_out(tmp_path: Path, payload_for: Payload) -> None:
    async with serving(site_of({"/": document("Acme Plumbing", "<p>(937) 555-0101</p>")})) as origin:
        run = await run_skill(
            tmp_path,
            payload_for(origin, service_area_cities="", seed_keywords="", competitors=None, phone=""),
        )
    assert_valid(run)
    checked = {module["name"]: module["checked"] for module in run.data["modules"]}
    assert checked == {
        "technical": True, "identity": True, "coverage": False, "content": True, "competitors": False,
    }  # fmt: skip
    assert run.data["client"]["phone_source"] == "most frequent number of the site"
    assert not any(entry.startswith(("AREA", "COMP")) for entry in run.ids)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "[" * 100_000])
async def test_unusable_payload_is_an_error_with_a_reason(tmp_path: Path, text: str) -> None:
    run = await run_skill(tmp_path, text)
    assert run.code == 2
    assert "payload.json" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("client_id", ["../../etc/passwd", "CON", "a" * 300, "ü/ß\x00", ".", "x\ny"])
async def test_client_id_never_leaves_the_folder(tmp_path: Path, client_id: str) -> None:
    run = await run_skill(tmp_path, {"client_id": client_id})
    assert run.code == 0, run.stderr
    names = sorted(path.name for path in run.outputs.iterdir())
    assert len(names) == 3
    assert all(len(name) < 120 and name.startswith("sentinel-audit-") for name in names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outputs", "payload.json"]


async def test_robots_disallow_is_obeyed(tmp_path: Path, payload_for: Payload) -> None:
    asked: list[str] = []
    pages = site_of(
        {
            "/robots.txt": "User-agent: *\nDisallow: /private/\n",
            "/": document("Acme", '<a href="/open">Open</a><a href="/private/a">Private</a>'),
            "/open": document("Open"),
            "/private/a": document("Private"),
        }
    )

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await pages(request)

    async with serving(answer) as origin:
        run = await run_skill(tmp_path, payload_for(origin))
        assert "/open" in asked
        assert "/private/a" not in asked
        assert run.urls("TECH-049") == {f"{origin}/private/a"}


async def test_robots_that_forbids_all_or_fails(tmp_path: Path, payload_for: Payload) -> None:
    for name, robots, rule in (
        ("forbids", web.Response(text="User-agent: OpsroomAudit\nDisallow: /\n"), "TECH-005"),
        ("fails", web.Response(status=503, text="later"), "TECH-004"),
    ):
        async with serving(site_of({"/robots.txt": robots, "/": document("Acme")})) as origin:
            run = await run_skill(tmp_path / name, payload_for(origin))
        assert_valid(run)
        assert run.ids == {rule}
        assert run.data["overall_score"] is None


async def test_redirects_in_a_circle_without_end_and_at_the_start(
    tmp_path: Path, payload_for: Payload
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/":
            return web.Response(
                text=document("Acme", '<a href="/a">A</a><a href="/stairs/1">Stairs</a>'),
                content_type="text/html",
            )
        if request.path.startswith("/stairs/"):
            step = int(request.path.rpartition("/")[2]) + 1
            raise web.HTTPFound(f"/stairs/{step}")
        if request.path in {"/a", "/b"}:
            raise web.HTTPFound({"/a": "/b", "/b": "/a"}[request.path])
        if request.path == "/turning":
            raise web.HTTPFound("/turning")
        return web.Response(status=404)

    async with serving(answer) as origin:
        run = await run_skill(tmp_path / "inside", payload_for(origin))
        assert_valid(run)
        assert len(run.urls("TECH-027")) == 2
        assert f"{origin}/a" in run.urls("TECH-027")
        assert run.data["crawl"]["addresses"] < 20
        start = await run_skill(tmp_path / "start", payload_for(f"{origin}/turning"))
    assert_valid(start)
    assert start.data["crawl"]["failure"] == "redirects in a circle"


async def test_endless_calendar_is_bounded(tmp_path: Path, payload_for: Payload) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        month = int(request.query.get("month", "0"))
        links = f'<a href="/calendar?month={month + 1}">next</a><a href="{request.path}/x/x">deeper</a>'
        return web.Response(text=document(f"Month {month}", links), content_type="text/html")

    async with serving(answer) as origin:
        run = await run_skill(tmp_path, payload_for(origin))
    assert_valid(run)
    assert run.data["crawl"]["pages"] < 200
    assert "TECH-043" in run.ids or run.data["crawl"]["stopped_by"] == "max_depth"


async def test_page_limit_cuts_at_the_same_place(tmp_path: Path, payload_for: Payload) -> None:
    links = "".join(f'<a href="/p{number}">P</a>' for number in range(60))
    pages = {"/": document("Acme", links)} | {f"/p{number}": document(f"P{number}") for number in range(60)}
    async with serving(site_of(pages)) as origin:
        limited = payload_for(origin, audit_options={"max_pages": 20})
        runs = [await run_skill(tmp_path / str(number), limited) for number in range(2)]
    seen = [[page["url"] for page in run.data["pages"]] for run in runs]
    assert len(seen[0]) == 20
    assert seen[0] == seen[1]
    assert runs[0].data["crawl"]["stopped_by"] == "max_pages"
    assert "stopped early" in not_checked(runs[0])


class Tags(HTMLParser):
    """The tags and link targets a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.targets: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"href", "src", "action"}:
                self.targets.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)


async def test_page_content_stays_text_in_the_reports(tmp_path: Path, payload_for: Payload) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>`[x](javascript:alert(3))|'
    escaped = evil.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    head = '<link rel="canonical" href="javascript:alert(4)">'
    head += '<script type="application/ld+json">{"@type": "<script>'
    links = '<a href="javascript:alert(5)">x</a><a href="/&quot;&gt;&lt;script&gt;">y</a>'
    links += '<a href="data:text/html,z">z</a>'
    pages = {
        "/": document(escaped, links, head + "</script>"),
        "/%22%3E%3Cscript%3E": document(escaped, "<h4>" + escaped + "</h4>"),
    }
    async with serving(site_of(pages)) as origin:
        changes = {
            "client_name": evil,
            "service_area_cities": evil,
            "seed_keywords": [evil],
            "business_usps": [evil],
        }
        run = await run_skill(tmp_path, payload_for(origin, competitors=[f"{origin}/"], **changes))
    assert_valid(run)
    page = run.file(".html").read_text(encoding="utf-8")
    assert "alert(1)" in page
    tags = Tags()
    tags.feed(page)
    assert not tags.tags & {"script", "img", "iframe", "object", "link"}
    assert tags.handlers == []
    assert all(target.startswith(("http://", "https://", "#")) for target in tags.targets)
    text = run.file(".md").read_text(encoding="utf-8")
    assert "<script" not in text.replace("\\<script", "")
    assert "](javascript" not in text.replace("\\]\\(", "").replace("]\\(", "")


async def test_bombs_and_giants_stop_at_the_limit(tmp_path: Path, payload_for: Payload) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"<p>bomb</p>" * 2_000_000) + packer.flush()
    giant = document("Giant", "<p>words and words</p>" * 260_000)
    gzipped = {"Content-Encoding": "gzip", "Content-Type": "text/html"}
    pages: dict[str, str | web.Response] = {
        "/": document(
            "Acme", '<a href="/bomb">b</a><a href="/giant">g</a><a href="/odd">o</a><a href="/bad">b</a>'
        ),
        "/bomb": web.Response(body=bomb, headers=gzipped),
        "/giant": giant,
        "/odd": web.Response(
            body=b"\x0b\x02", headers={"Content-Encoding": "br", "Content-Type": "text/html"}
        ),
        "/bad": web.Response(body=b"\x1f\x8b\x08rubbish", headers=gzipped),
        "/robots.txt": "Sitemap: /map.xml.gz\n",
        "/map.xml.gz": web.Response(body=gzip.compress(b"<urlset>" + b"<url><loc>/a</loc></url>" * 300_000)),
    }
    async with serving(site_of(pages)) as origin:
        run = await run_skill(tmp_path, payload_for(origin))
        assert_valid(run)
        assert run.urls("TECH-050") == {f"{origin}/{name}" for name in ("bomb", "giant", "odd", "bad")}


async def test_broken_html_strange_encodings_and_other_types(tmp_path: Path, payload_for: Payload) -> None:
    names = ("deep", "latin", "u16", "torn", "pdf", "nul")
    deep = "<div>" * 20_000 + "<p>deep</p>"
    latin = (
        document("Café").replace('<meta charset="utf-8">', '<meta charset="iso-8859-1">').encode("latin-1")
    )
    pages: dict[str, str | web.Response] = {
        "/": document("Acme", "".join(f'<a href="/{name}">x</a>' for name in names)),
        "/deep": document("Deep", deep),
        "/latin": web.Response(body=latin, headers={"Content-Type": "text/html"}),
        "/u16": web.Response(
            body=b"\xff\xfe" + document("Wide").encode("utf-16-le"), content_type="text/html"
        ),
        "/torn": "<html><head><title>Torn<body><h1>Torn<p>no end <a href='/x",
        "/pdf": web.Response(body=b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
        "/nul": web.Response(
            body=b"<title>N\x00ul</title>\xff\xfe\x00<h1>\x00</h1>", content_type="text/html"
        ),
    }
    async with serving(site_of(pages)) as origin:
        run = await run_skill(tmp_path, payload_for(origin))
        assert_valid(run)
        titles = {page["url"].removeprefix(origin): page["title"] for page in run.data["pages"]}
    assert titles["/latin"] == "Café"
    assert titles["/u16"] == "Wide"
    assert "/pdf" not in titles
    assert {"/deep", "/torn", "/nul"} <= set(titles)


async def test_server_that_is_no_server(tmp_path: Path, payload_for: Payload) -> None:
    async def rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"\x00\x01 this is not HTTP\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(rubbish, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        run = await run_skill(tmp_path, payload_for(f"http://127.0.0.1:{port}"))
    assert_valid(run)
    assert run.ids == {"TECH-001"}


async def test_retry_after_and_soft_404(tmp_path: Path, payload_for: Payload) -> None:
    busy = {"left": 1}

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/busy" and busy["left"]:
            busy["left"] -= 1
            return web.Response(status=429, headers={"Retry-After": "0"})
        return web.Response(text=document("Acme", '<a href="/busy">b</a>'), content_type="text/html")

    async with serving(answer) as origin:
        run = await run_skill(tmp_path, payload_for(origin))
        assert_valid(run)
        assert f"{origin}/busy" in {page["url"] for page in run.data["pages"]}
        assert any("does-not-exist" in url for url in run.urls("TECH-042"))


async def test_competitors_that_cannot_be_read_are_named(tmp_path: Path, payload_for: Payload) -> None:
    async with (
        serving(site_of({"/robots.txt": "User-agent: *\nDisallow: /\n", "/": document("Rival")})) as rival,
        serving(site_of({"/": document("Acme")})) as origin,
    ):
        given = ["Joe's Plumbing", rival, "http://127.0.0.1:1/", "ftp://files.example/"]
        run = await run_skill(tmp_path, payload_for(origin, competitors=given))
    assert_valid(run)
    text = not_checked(run)
    assert "Joe's Plumbing: not compared: it is not a web address" in text
    assert "robots.txt does not allow it" in text
    assert "no connection" in text or "not allowed" in text
    assert "ftp" in text
    assert not any(entry.startswith("COMP") for entry in run.ids)
