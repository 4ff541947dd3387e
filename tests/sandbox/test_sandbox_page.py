"""The page: readable, escaped, harmless."""

import asyncio
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from anthropic import AsyncAnthropic

from opsroom.sandbox.api import Sandbox
from opsroom.sandbox.demo import demo_seed
from opsroom.sandbox.page.mrkdwn import mrkdwn
from opsroom.sandbox.slack.state import Message

from .kickoff import message

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(sandbox.urls.base) as client:
        yield client


async def text(http: aiohttp.ClientSession, path: str) -> str:
    async with http.get(path) as answer:
        assert answer.status == 200, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return await answer.text()


async def test_nothing_from_outside_becomes_markup(sandbox: Sandbox, claude: AsyncAnthropic, http):
    demo_seed(sandbox)
    task = sandbox.clickup.add_task("901800000001", EVIL, {"client_id": EVIL}, announce=False)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"*{EVIL}* <javascript:alert(1)|click>"}}
    channel = next(iter(sandbox.slack.channels))
    sandbox.slack.post(Message(channel, sandbox.slack.next_ts(), EVIL, [section]))
    sandbox.slack.post(Message(channel, sandbox.slack.next_ts(), EVIL))
    sandbox.drive.add({"name": EVIL}, "text/html", sandbox.blobs.put(EVIL.encode()))
    session = await claude.beta.sessions.create(
        agent="agent_bad_names", environment_id="env_a", title=EVIL, initial_events=[message()]
    )
    await asyncio.sleep(0.05)
    drive_id = next(f.id for f in sandbox.drive.files.values() if f.parents)
    pages = ["/", f"/view/session/{session.id}", f"/view/clickup/{task.id}", f"/view/drive/{drive_id}"]
    for path in pages:
        page = await text(http, path)
        assert "alert(1)" in page, path
        assert not re.search(r"<script(?! src=\"/_page/)|<img|javascript:[^ ]*\"", page), path


async def test_links_lead_to_readable_files(sandbox: Sandbox, http: aiohttp.ClientSession):
    for name, kind, content in (
        ("a.md", "text/markdown", b"# Title\n"),
        ("a.json", "application/json", b'{"score":71}'),
        ("a.html", "text/html", b"<h1>Audit</h1><script>alert(1)</script>"),
    ):
        file = sandbox.drive.add({"name": name}, kind, sandbox.blobs.put(content))
        page = await text(http, f"/view/drive/{file.id}")
        if kind == "text/html":
            assert "<iframe" in page
            assert "sandbox " in page
            async with http.get(f"/view/drive/{file.id}/raw") as answer:
                assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
                assert await answer.read() == content
        elif kind == "application/json":
            assert "&quot;score&quot;: 71" in page
        else:
            assert "# Title" in page
    async with http.get("/view/drive/nothing") as answer:
        assert answer.status == 404


async def test_fragment_is_unchanged_while_nothing_happens(sandbox: Sandbox, http: aiohttp.ClientSession):
    async with http.get("/_page/fragment") as answer:
        tag = answer.headers["ETag"]
    async with http.get("/_page/fragment", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
    demo_seed(sandbox)
    async with http.get("/_page/fragment", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 200
        assert "Local SEO audit: Shamrock Detailing" in await answer.text()
    for asset in ("style.css", "refresh.js"):
        async with http.get(f"/_page/{asset}") as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*bold* _it_ ~no~ `x`", "<strong>bold</strong> <em>it</em> <s>no</s> <code>x</code>"),
        ("a &amp; b &lt;c&gt;", "a &amp; b &lt;c&gt;"),
        ("<https://e.com/a_b_c|link>", '<a href="https://e.com/a_b_c" rel="noreferrer">link</a>'),
        ("<@U1> <!channel>", '<span class="mention">@trung</span> <span class="mention">@channel</span>'),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
    ],
)
def test_mrkdwn(source: str, html: str):
    assert mrkdwn(source, {"U1": "trung"}) == html
