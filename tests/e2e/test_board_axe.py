"""axe finds nothing on the board: every state of it, light and dark, on a desktop and on a 360 px phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .axe import findings
from .board_gallery import furnish_board
from .board_kit import browser_of, card, link, open_board
from .conftest import DESKTOP, PHONE
from .product import Product

pytestmark = pytest.mark.browser

SITEMAP = "Fix the sitemap after the move to the new domain"


@pytest.fixture(scope="module")
def furnished(product: Product) -> dict[str, str]:
    return furnish_board(product)


def _by_keys(page: Page, task_id: str) -> dict[str, list[str]]:
    """What opens over the board, and what a card looks like while something is done with it."""
    found: dict[str, list[str]] = {}
    link(page, task_id).focus()
    for key, role, name in (
        (".", "menu", f"Actions for {SITEMAP}"),
        ("m", "dialog", "Move to"),
        ("a", "dialog", "Assign to"),
        ("?", "dialog", "Keyboard"),
    ):
        page.keyboard.press(key)
        page.get_by_role(role, name=name).wait_for()  # type: ignore[arg-type]
        found[name] = findings(page)
        page.keyboard.press("Escape")
        page.get_by_role(role, name=name).wait_for(state="detached")  # type: ignore[arg-type]
    link(page, task_id).focus()
    page.keyboard.press("x")
    page.get_by_role("toolbar", name="Selected cards").wait_for()
    found["a selection"] = findings(page)
    page.keyboard.press("m")
    page.keyboard.type("blocked")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="What is in the way?").wait_for()
    found["the reason"] = findings(page)
    page.keyboard.press("Escape")
    link(page, task_id).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    found["a lifted card"] = findings(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Collapse Done").click()
    found["a collapsed column"] = findings(page)
    page.get_by_role("button", name="Expand Done").click()
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    browser: Browser, product: Product, furnished: dict[str, str], signed_in: Any, size: tuple[int, int]
) -> None:
    options: Any = {"viewport": {"width": size[0], "height": size[1]}, "reduced_motion": "reduce"}
    context = browser_of(browser, signed_in, color_scheme="light", **options)
    try:
        page, watch = open_board(context, product)
        card(page, furnished[SITEMAP]).wait_for()
        found = {"the board": findings(page)}
        if size == DESKTOP:
            found |= _by_keys(page, furnished[SITEMAP])
            for group in ("agent", "priority"):
                page.goto(f"{product.url}/board?group={group}")
                card(page, furnished[SITEMAP]).wait_for()
                found[f"lanes by {group}"] = findings(page)
        assert watch.said == []
    finally:
        context.close()
    wrong = [f"{view}: {what}" for view, list_ in found.items() for what in list_]
    assert not wrong, "\n".join(wrong)
