"""The settings of the board in the browser: a section opened live, people of both roles, rows by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from playwright.sync_api import BrowserContext, Locator, Page, expect

from .board_kit import PASSWORD, Someone, signed_in_as
from .conftest import Watch
from .product import Product


def open_section(context: BrowserContext, product: Product, section: str) -> tuple[Page, Watch]:
    """A section of the settings, live: what others change from now on is seen."""
    page = context.new_page()
    watch = Watch(page)
    with page.expect_websocket(lambda socket: "/ws/board" in socket.url) as opened:
        page.goto(f"{product.url}/settings/{section}")
    opened.value.wait_for_event("framereceived")
    return page, watch


def plain_user(product: Product, name: str) -> Someone:
    """A person who is no admin."""
    email = f"{name.split(maxsplit=1)[0].lower()}.{uuid4().hex[:6]}@example.com"
    body = {"email": email, "name": name, "role": "user", "password": PASSWORD}
    made = product.call("POST", "/api/people", body)
    return Someone(made["person"]["id"], name, signed_in_as(product, email, PASSWORD))


def pick(page: Page, button: Locator, typed: str, option: str) -> None:
    """Choose from a list: opened by its button, found by typing."""
    button.click()
    box = page.locator(".picker-pop")
    expect(box).to_be_visible()
    if box.locator("input").count():
        page.keyboard.type(typed)
        page.get_by_role("option", name=option).first.click()
    else:
        box.get_by_role("option", name=option).first.click()
    expect(box).to_have_count(0)


def several(page: Page, button: Locator, *options: str) -> None:
    """Choose some of a list that stays open, and close it."""
    button.click()
    for option in options:
        page.get_by_role("option", name=option).first.click()
    page.keyboard.press("Escape")
    expect(page.locator(".picker-pop")).to_have_count(0)


def write(page: Page, button: Locator, *words: str) -> None:
    """Make values that are in no list, and close it."""
    button.click()
    for word in words:
        page.keyboard.type(word)
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".picker-pop")).to_have_count(0)


def undo(page: Page) -> None:
    """Undo by the toast, and wait until it is said."""
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone", exact=True)).to_be_visible()


def until(look: Callable[[], Any], wanted: Any) -> None:
    """Wait until the server says so."""
    deadline = time.monotonic() + 10
    while (now := look()) != wanted:
        assert time.monotonic() < deadline, f"{now} did not become {wanted}"
        time.sleep(0.05)


def columns(product: Product) -> list[str]:
    return [each["name"] for each in product.call("GET", "/api/board/columns")]


def drag_row(page: Page, handle: Locator, onto: Locator) -> None:
    """Drag a row by its handle over another row and let go past its middle."""
    source, target = handle.bounding_box(), onto.bounding_box()
    assert source is not None
    assert target is not None
    x, y = source["x"] + source["width"] / 2, source["y"] + source["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + (8 if target["y"] > source["y"] else -8), steps=3)
    page.mouse.move(x, target["y"] + target["height"] / 2, steps=6)
    page.mouse.up()
