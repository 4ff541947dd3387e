"""The panel of one card: opened over the board, its parts by name, its facts by keys."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from .board_kit import open_board
from .conftest import Watch
from .product import Product


def open_card(context: BrowserContext, product: Product, made: Any) -> tuple[Page, Locator, Watch]:
    """The card's panel over the board, everything in it there."""
    page, watch = open_board(context, product, f"?task={made['id']}")
    sheet = page.get_by_role("dialog", name=made["title"])
    expect(sheet.get_by_role("region", name="Activity")).to_be_visible()
    expect(sheet.get_by_role("region", name="Facts")).to_be_visible()
    return page, sheet, watch


def part(sheet: Locator, name: str) -> Locator:
    """A part of the panel."""
    return sheet.get_by_role("region", name=name, exact=True)


def choose(page: Page, sheet: Locator, fact: str, typed: str, option: str) -> None:
    """Change a fact by its list, with the keyboard."""
    sheet.get_by_role("button", name=re.compile(f"^{fact}: ")).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".picker-pop")).to_be_visible()
    page.keyboard.type(typed)
    expect(page.get_by_role("option", name=option).first).to_be_visible()
    page.keyboard.press("Enter")
