"""A browser and the product for the tests of the pages.

Playwright is opened for one module and closed after it: its loop lives in this thread, others need theirs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .gallery import Gallery, furnish
from .product import ROOT, Product, product_in

WEB = ROOT / "web"
CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = (1360, 860)
PHONE = (360, 740)


@dataclass(frozen=True)
class FixtureServer:
    """The development server with invented runs, for sizes the product does not reach in seconds."""

    url: str
    email: str
    password: str


def _missing(what: str) -> None:
    """A developer without a browser skips these tests; the build machine must have one."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and CI must run the browser tests")
    pytest.skip(what)


def _needs() -> None:
    if not Path(CHROMIUM).exists():
        _missing(f"there is no Chromium at {CHROMIUM}")
    if not (WEB / "dist" / "index.html").exists():
        _missing("the pages are not built: run `make web`")


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product in a process of its own. The tests share it, so each looks for its own runs only."""
    _needs()
    with product_in(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="session")
def gallery(product: Product) -> Gallery:
    """A run in every state worth looking at."""
    return furnish(product)


@pytest.fixture(scope="session")
def signed_in(product: Product) -> Any:
    """A browser's memory after somebody signed in."""
    body = json.dumps({"email": product.email, "password": product.password}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{product.url}/api/session", body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        jar = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie")))
    names = ("name", "value", "domain", "path", "httpOnly", "sameSite")
    cookies = [
        dict(zip(names, (m.key, m.value, "127.0.0.1", "/", True, "Lax"), strict=True)) for m in jar.values()
    ]
    return {"cookies": cookies, "origins": []}


@pytest.fixture(scope="module")
def fixture_server() -> Iterator[FixtureServer]:
    _needs()
    # Where the machine has no Node, `make web` has put one from a wheel beside Python.
    node = shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv" / "bin"))
    if node is None:
        _missing("there is no Node for the fixture server")
        return
    command = [node, "dev/server.mjs", "--port", "0", "--runs", "60", "--pace", "0.12"]
    with subprocess.Popen(command, cwd=WEB, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://[\d.]+:\d+", line)
            assert found, f"the fixture server said {line!r}"
            yield FixtureServer(found.group(), "ada@example.com", "correct horse")
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    _needs()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()


class Watch:
    """What the browser complained about. A page that works says nothing."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("console", lambda message: self._console(message.type, message.text))

    def _console(self, kind: str, text: str) -> None:
        # A refused request is logged by the browser itself; the tests look at what the page says about it.
        # And a script or an image that a sandboxed frame did not load is the proof that the frame holds.
        # Most tests of the board go without a service worker, which Playwright mentions.
        expected = ("Failed to load resource", "Blocked script execution", "/api/artifacts/", "by Playwright")
        if kind in {"error", "warning"} and not any(part in text for part in expected):
            self.said.append(f"{kind}: {text}")


@pytest.fixture
def stranger(browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which nobody has signed in."""
    opened = browser.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def context(browser: Browser, signed_in: Any) -> Iterator[BrowserContext]:
    """A browser whose person is signed in."""
    opened = browser.new_context(
        viewport={"width": DESKTOP[0], "height": DESKTOP[1]}, storage_state=signed_in
    )
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, product: Product) -> Iterator[Page]:
    """The list of runs. Fails if the browser reports anything."""
    opened = context.new_page()
    watch = Watch(opened)
    opened.goto(product.url + "/runs")
    opened.get_by_role("navigation", name="Main").wait_for()
    yield opened
    assert watch.said == []


def sign_in(page: Page, server: Product | FixtureServer, path: str = "/runs") -> None:
    page.goto(server.url + path)
    page.get_by_label("E-mail").fill(server.email)
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Main").wait_for()
