"""The board's page in a real browser: first paint on a slow phone, frames while cards move, Lighthouse."""

from __future__ import annotations

import asyncio
import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, StorageState, async_playwright

from bench.board_seed import seed
from bench.report import Figure, Result, median
from bench.world import Product, clean_env, product

TASKS, OPEN = 100_000, 5_000
CHROMIUM = os.environ.get("OPSROOM_BENCH_CHROMIUM", "/usr/bin/chromium")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# Lighthouse's own "slow 4G" on a mid-range phone, applied by the browser while it loads.
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_638_400 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER_CPU = 4
SCORES = ("performance", "accessibility", "best-practices", "seo")
# Marks when the first card is drawn; runs before any script of the page.
_WATCH = """new MutationObserver((_, self) => {
  if (!document.querySelector('.kcard')) return;
  self.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('cards')));
}).observe(document, { childList: true, subtree: true });"""
_PAINTS = """() => ({
  fcp: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  cards: performance.getEntriesByName('cards')[0]?.startTime,
})"""
# Notes the time of every frame until told to stop; `move` scrolls the longest column meanwhile.
_START = """(move) => {
  const longest = (a, b) => b.scrollHeight - a.scrollHeight;
  const column = [...document.querySelectorAll('.kcol-body')].sort(longest)[0];
  const seen = (window.frames_seen = []);
  const step = (now) => {
    if (window.frames_seen !== seen) return;
    seen.push(now);
    if (move) column.scrollTop = seen.length * 40;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""
_STOP = "() => { const seen = window.frames_seen; window.frames_seen = null; return seen; }"


async def run(folder: Path, scale: float) -> Result:
    tasks, open_cards = int(TASKS * scale), int(OPEN * scale)
    async with product(folder) as ours:
        await ours.call("GET", "/api/board")
        await asyncio.to_thread(seed, ours.data / "opsroom.db", tasks=tasks, open_cards=open_cards)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
            state = await _signed_in(browser, ours)
            first = [await _opened(browser, ours, state, visits=1) for _ in range(5)]
            next_ = [await _opened(browser, ours, state, visits=2) for _ in range(5)]
            frames = await _frames(browser, ours, state)
            await browser.close()
        scores, notes = await _lighthouse(folder, ours, state)
    figures = [
        *_times("first visit", first),
        *_times("next visit", next_),
        *(_pace(what, gaps, frames["at rest"]) for what, gaps in frames.items()),
        *scores,
    ]
    return Result(
        title="Pages",
        how=f"The board with {open_cards:,} open cards of {tasks:,} tasks in headless Chromium, drawn by the "
        f"processor (no graphics card). Slow phone: 390 × 844, {SLOW['latency']} ms a round trip, 1.6 "
        f"Mbit/s, a processor {SLOWER_CPU} times slower; medians of 5. Frames: a desktop window, its longest "
        "column scrolled by 40 px a frame, then a card dragged across the board with the pointer.",
        baseline="the same page in the same window with nothing moving.",
        figures=figures,
        notes=notes,
    )


def _times(visit: str, seen: list[dict[str, float]]) -> list[Figure]:
    return [
        Figure(f"slow phone, {visit}: first paint", median([s["fcp"] for s in seen]), "ms", 1000),
        Figure(f"slow phone, {visit}: the cards stand", median([s["cards"] for s in seen]), "ms"),
    ]


def _pace(what: str, gaps: list[float], rest: list[float]) -> Figure:
    """Frames a second over the whole time, so that one long gap counts as the frames it cost."""
    per_s = 1000 * len(gaps) / sum(gaps)
    return Figure(
        f"frames, {what} (longest gap {max(gaps):.0f} ms)",
        per_s,
        "a second",
        at_least=None if what == "at rest" else 57,
        baseline=None if what == "at rest" else 1000 * len(rest) / sum(rest),
    )


async def _signed_in(browser: Browser, ours: Product) -> StorageState:
    """A browser's memory after the first administrator signed in."""
    login = json.loads((ours.data / "first-login.json").read_text())
    context = await browser.new_context(service_workers="block")
    page = await context.new_page()
    await page.goto(ours.url)
    await page.get_by_label("E-mail").fill(login["email"])
    await page.get_by_label("Password").fill(login["password"])
    await page.get_by_role("button", name="Sign in").click()
    await page.locator("nav").first.wait_for()
    state = await context.storage_state()
    await context.close()
    return state


async def _opened(browser: Browser, ours: Product, state: StorageState, *, visits: int) -> dict[str, float]:
    """When the board is painted on a slow phone; the last of `visits` in one browser counts."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, storage_state=state
    )
    await context.add_init_script(_WATCH)
    page = await context.new_page()
    if visits > 1:
        await page.goto(f"{ours.url}/board")
        await page.locator(".kcard").first.wait_for()
        await page.evaluate("() => navigator.serviceWorker?.ready")
        await asyncio.sleep(1)
    cdp = await context.new_cdp_session(page)
    await cdp.send("Network.enable")
    await cdp.send("Network.emulateNetworkConditions", SLOW)
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    await page.goto(f"{ours.url}/board")
    await page.wait_for_function("() => performance.getEntriesByName('cards').length", timeout=60_000)
    seen: dict[str, float] = await page.evaluate(_PAINTS)
    await context.close()
    return seen


async def _frames(browser: Browser, ours: Product, state: StorageState) -> dict[str, list[float]]:
    """Gaps between frames in ms: at rest, while a column scrolls, while a card is dragged."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=state)
    page = await context.new_page()
    await page.goto(f"{ours.url}/board")
    await page.locator(".kcard").first.wait_for()
    await asyncio.sleep(2)
    found: dict[str, list[float]] = {}
    for what, move in (("at rest", False), ("scrolling", True)):
        await page.evaluate(_START, move)
        await asyncio.sleep(4)
        found[what] = _gaps(await page.evaluate(_STOP))
    found["dragging"] = await _dragged(page)
    await context.close()
    return found


async def _dragged(page: Page) -> list[float]:
    """A card taken by the pointer, over the columns and back, and put where it was."""
    box = await page.locator(".kcard").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 20
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 10, y + 10, steps=3)
    await page.evaluate(_START, False)
    for to_x, to_y in ((x + 700, y + 300), (x + 350, y + 500), (x, y)):
        await page.mouse.move(to_x, to_y, steps=80)
    seen = await page.evaluate(_STOP)
    await page.keyboard.press("Escape")
    await page.mouse.up()
    return _gaps(seen)


def _gaps(seen: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(seen[5:])]


async def _lighthouse(folder: Path, ours: Product, state: StorageState) -> tuple[list[Figure], list[str]]:
    """Its scores of the board, where OPSROOM_BENCH_LIGHTHOUSE names the program."""
    program = os.environ.get("OPSROOM_BENCH_LIGHTHOUSE")
    if not program:
        return [], ["Lighthouse was not run: OPSROOM_BENCH_LIGHTHOUSE names no program."]
    cookies = "; ".join(f"{c.get('name')}={c.get('value')}" for c in state.get("cookies", ()))
    (folder / "headers.json").write_text(json.dumps({"Cookie": cookies}))
    figures: list[Figure] = []
    version = ""
    for screen, more in (("phone", ()), ("desktop", ("--preset=desktop",))):
        found = await _judged(program, folder, ours, more)
        version = found["lighthouseVersion"]
        for name in SCORES:
            score = 100 * found["categories"][name]["score"]
            figures.append(Figure(f"Lighthouse, {screen}: {name}", score, "", at_least=95))
    return figures, [f"Lighthouse {version}, signed in, in the state the browser has on a first visit."]


async def _judged(program: str, folder: Path, ours: Product, more: tuple[str, ...]) -> Any:
    """Lighthouse's report of one visit to the board."""
    report, log = folder / "lighthouse.json", folder / "lighthouse.log"
    running = await asyncio.create_subprocess_exec(
        program,
        f"{ours.url}/board",
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--extra-headers={folder / 'headers.json'}",
        f"--only-categories={','.join(SCORES)}",
        f"--chrome-flags=--headless {' '.join(ARGS)}",
        *more,
        env=clean_env(CHROME_PATH=CHROMIUM),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=log.open("wb"),
    )
    if await running.wait():
        raise RuntimeError(f"Lighthouse: {log.read_text()[-1500:]}")
    return json.loads(report.read_text())
