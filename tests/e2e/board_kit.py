"""The board in the browser: cards put there through the API, people who look at it, where things stand."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from .conftest import DESKTOP, Watch
from .product import Product

PASSWORD = "a good long password 1"


@dataclass(frozen=True)
class Someone:
    """A person with an account, and a browser's memory of having signed in."""

    id: str
    name: str
    state: Any


def signed_in_as(product: Product, email: str, password: str) -> Any:
    """What a browser keeps after this person signed in."""
    body = json.dumps({"email": email, "password": password}).encode()
    request = urllib.request.Request(f"{product.url}/api/session", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        jar = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie")))
    names = ("name", "value", "domain", "path", "httpOnly", "sameSite")
    cookies = [
        dict(zip(names, (m.key, m.value, "127.0.0.1", "/", True, "Lax"), strict=True)) for m in jar.values()
    ]
    return {"cookies": cookies, "origins": []}


def somebody(product: Product, name: str, role: str = "admin") -> Someone:
    """A new person of the instance, signed in."""
    email = f"{name.split(maxsplit=1)[0].lower()}.{uuid4().hex[:6]}@example.com"
    made = product.call(
        "POST", "/api/people", {"email": email, "name": name, "role": role, "password": PASSWORD}
    )
    return Someone(made["person"]["id"], name, signed_in_as(product, email, PASSWORD))


def add(product: Product, title: str, **fields: Any) -> Any:
    """A card on the board."""
    return product.call("POST", "/api/tasks", {"title": title, **fields})


def task(product: Product, task_id: str) -> Any:
    """The card as the server has it."""
    return product.call("GET", f"/api/tasks/{task_id}")


def becomes(product: Product, task_id: str, **fields: Any) -> None:
    """Wait until the server has it so: what is shown may still be on its way."""
    deadline = time.monotonic() + 10
    while (now := {name: task(product, task_id)[name] for name in fields}) != fields:
        assert time.monotonic() < deadline, f"{now} did not become {fields}"
        time.sleep(0.03)


def browser_of(browser: Browser, state: Any, **options: Any) -> BrowserContext:
    """A browser of somebody's own. Service workers are left out where a test is not about them."""
    options = {"service_workers": "block", "viewport": {"width": DESKTOP[0], "height": DESKTOP[1]}} | options
    context = browser.new_context(storage_state=state, **options)
    context.set_default_timeout(15_000)
    return context


def open_board(context: BrowserContext, product: Product, query: str = "") -> tuple[Page, Watch]:
    """The board, live: what happens from now on is seen."""
    page = context.new_page()
    watch = Watch(page)
    page.goto(f"{product.url}/board{query}")
    page.locator(".live-open").wait_for()
    return page, watch


def card(page: Page, task_id: str) -> Locator:
    """The card on the page."""
    return page.locator(f'[data-card="{task_id}"]')


def link(page: Page, task_id: str) -> Locator:
    """What of a card takes the focus."""
    return card(page, task_id).locator(".ktitle")


def stands_in(page: Page, task_id: str, column: str) -> None:
    """Wait until the card is shown in the column."""
    expect(page.locator(f'[data-column="{column}"] [data-card="{task_id}"]')).to_be_visible()


_ORDER = """([column, among]) => [...document.querySelectorAll(`[data-column="${column}"] .krow`)]
  .map((row) => [row.getBoundingClientRect().top, row.dataset.row])
  .filter((each) => among.includes(each[1]))
  .sort((a, b) => a[0] - b[0]).map((each) => each[1]).join()"""


def in_order(page: Page, column: str, ids: list[str]) -> None:
    """Wait until these stand in a column in this order, from the top."""
    page.wait_for_function(
        f"([column, among, wanted]) => ({_ORDER})([column, among]) === wanted",
        arg=[column, ids, ",".join(ids)],
    )


def drag(page: Page, what: Locator, to: Locator, *, below: bool = False) -> None:
    """Take a card with the mouse and let it go over another card or a column."""
    source, target = what.bounding_box(), to.bounding_box()
    assert source is not None
    assert target is not None
    x, y = source["x"] + 60, source["y"] + source["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 8, y + 8, steps=3)
    end = target["y"] + (target["height"] - 6 if below else 12)
    page.mouse.move(target["x"] + 60, end - 4, steps=6)
    page.mouse.move(target["x"] + 62, end, steps=2)
    page.locator(".kgap").first.wait_for()
    page.mouse.up()
