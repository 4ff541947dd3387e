"""Hostile files in a real browser: nothing runs, nothing loads, nothing leaves."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from edge_town import QUICK, Town, open_town
from playwright.async_api import async_playwright
from test_artifact_preview import HOSTILE_MARKDOWN

from opsroom.artifacts import api
from opsroom.artifacts.room import ROOM
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor

pytestmark = [pytest.mark.browser, pytest.mark.sqlite_only]

ESCAPE = "document.title='RAN';try{parent.document.title='RAN'}catch(e){}"


def hostile_page(evil: str) -> str:
    return f"""<!doctype html><title>report</title><base href="{evil}/">
<meta http-equiv="refresh" content="0;url={evil}/r"><link rel="stylesheet" href="{evil}/s.css">
<style>@import url({evil}/i.css);body{{background:url({evil}/b.png)}}</style>
<script>{ESCAPE}</script><script src="{evil}/x.js"></script><img src="{evil}/p.png" onerror="{ESCAPE}">
<svg onload="{ESCAPE}"></svg><iframe src="javascript:{ESCAPE}"></iframe><object data="{evil}/o"></object>
<form action="{evil}/f"><button id="send">send</button></form><video src="{evil}/v" autoplay></video>
<link rel="prefetch" href="{evil}/pf"><body onload="{ESCAPE}"><h1>Report</h1>"""


def hostile_files(evil: str) -> dict[str, str]:
    return {
        "report.html": hostile_page(evil),
        "audit.md": "\n\n".join([*HOSTILE_MARKDOWN, f"![x]({evil}/m.png)"]),
        "logo.svg": f'<svg xmlns="http://www.w3.org/2000/svg" onload="{ESCAPE}"><script>1</script></svg>',
        "data.json": '{"a": "</pre><script>document.title=1</script>"}',
        "notes.txt": f"<script>{ESCAPE}</script>",
    }


@asynccontextmanager
async def listener() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A place that would hear of anything a page sends."""
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


@pytest.fixture
async def town(build_house, alice: Actor, bob: Actor, tmp_path: Path) -> AsyncIterator[Town]:
    rooms = [IDENTITY, ROOM]
    house = await build_house(rooms, settings=[QUICK], work=False)
    async with open_town(house, rooms, alice, bob) as served:
        yield served


async def add(town: Town, name: str, content: str) -> api.Artifact:
    async def chunks() -> AsyncIterator[bytes]:
        yield content.encode()

    blob = await town.house.need(api.ArtifactStore).put_stream(chunks())
    async with town.house.unit_of_work(town.alice) as tx:
        return await api.add(tx, "run_1", name, blob, "text/plain")


async def test_nothing_runs_loads_or_leaves(town: Town) -> None:
    chromium = shutil.which("chromium") or os.environ.get("CHROMIUM")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    dialogs: list[str] = []
    async with listener() as (evil, heard), async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(extra_http_headers={"Authorization": f"Bearer {town.keys['alice']}"})
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for name, content in {**hostile_files(evil), "again.html": hostile_page(evil)}.items():
            url = f"{town.url}/api/artifacts/{(await add(town, name, content)).id}/preview"
            answer = await page.goto(url)
            assert answer is not None
            assert answer.status == 200
            await asyncio.sleep(0.2)
            assert page.url == url, name
            assert await page.title() != "RAN", name
        assert await page.locator("h1").inner_text() == "Report"
        await page.locator("#send").click()
        await asyncio.sleep(0.2)
        assert dialogs == []
        assert heard == []
        # The same page without our policy does all of it, so the silence above means something.
        unguarded = await browser.new_page()
        await unguarded.set_content(hostile_page(evil), wait_until="commit")
        await asyncio.sleep(0.2)
        assert heard != []
        await browser.close()
