"""Bars and days on the page: where they are, how one takes hold of them, with a mouse or a finger."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from playwright.sync_api import BrowserContext, Locator, Page, expect

from .board_kit import add, open_board
from .conftest import Watch
from .history_gallery import day
from .product import Product

DAY_PX = 17  # how wide a day of the month zoom is


def tag() -> str:
    """A word only one test's cards have: the board is shared."""
    return f"w{uuid4().hex[:8]}"


def dated(product: Product, title: str, start: int | None, due: int | None, **fields: Any) -> Any:
    """A card with dates counted from today."""
    dates = {"start_date": start, "due_date": due}
    return add(product, title, **{k: None if v is None else day(v) for k, v in dates.items()}, **fields)


def said(away: int) -> str:
    """A day as the pages say it: `Fri 27 Nov`, with the year where it is another."""
    today, then = date.fromisoformat(day(0)), date.fromisoformat(day(away))
    month = then.strftime("%b").replace("Sep", "Sept")
    year = f" {then.year}" if then.year != today.year else ""
    return f"{then:%a} {then.day} {month}{year}"


def open_timeline(context: BrowserContext, product: Product, word: str, more: str = "") -> tuple[Page, Watch]:
    """The timeline with the cards of one test."""
    return open_board(context, product, f"?layout=timeline&by=none&search={word}{more}")


def bar(page: Page, card: Any) -> Locator:
    """The card's bar."""
    return page.locator(f'[data-bar="{card["id"]}"]')


def due_card(page: Page, card: Any) -> Locator:
    """The card on the calendar."""
    return page.locator(f'[data-due="{card["id"]}"]')


def middle(what: Locator) -> tuple[float, float]:
    box = what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, what: Locator, days: int, *, at: str = "middle") -> None:
    """Take a bar, or an end of it, so many days further. It stays held until `mouse.up`."""
    box = what.bounding_box()
    assert box is not None
    x = {"start": box["x"] + 3, "middle": box["x"] + box["width"] / 2, "end": box["x"] + box["width"] - 4}[at]
    y = box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + days * DAY_PX / 2, y + 2, steps=4)
    page.mouse.move(x + days * DAY_PX, y, steps=4)


class Finger:
    """A finger on a touch screen."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._line = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self._line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def press(self, at: tuple[float, float]) -> None:
        """Hold until what is under the finger is taken."""
        self._send("touchStart", at)
        self._page.wait_for_function("() => document.documentElement.classList.contains('is-holding')")

    def touch(self, at: tuple[float, float]) -> None:
        self._send("touchStart", at)

    def move(self, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
        for n in range(1, steps + 1):
            share = n / steps
            self._send(
                "touchMove", (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
            )
            self._page.wait_for_timeout(16)

    def lift(self) -> None:
        self._send("touchEnd")


def told(page: Page, text: str) -> None:
    """Wait until screen readers have been told so."""
    expect(page.locator("#kspoken")).to_contain_text(text)


def span_of(start: int, due: int) -> str:
    return f"{said(start)} – {said(due)}"


def due_after(card: Any, days: int) -> str:
    return (date.fromisoformat(card["due_date"]) + timedelta(days=days)).isoformat()
