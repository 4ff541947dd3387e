"""Filters by custom texts, links, numbers and days, as a person sets them: by keys, by finger, by address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .axe import findings
from .board_kit import add, browser_of, card, open_board
from .conftest import PHONE
from .product import Product
from .test_saved_views import query_of, save_as

pytestmark = pytest.mark.browser


@pytest.fixture
def mine(browser: Browser, signed_in: Any) -> Iterator[BrowserContext]:
    context = browser_of(browser, signed_in, locale="en-GB", reduced_motion="reduce")
    yield context
    context.close()


@dataclass
class Stock:
    """Three cards of one label, with a comma in it, and the fields they have."""

    label: str
    mark: str
    small: str
    large: str
    bare: str

    def key(self, name: str) -> str:
        return f"{name}_{self.mark}"

    def name(self, name: str) -> str:
        return f"{name.title()} {self.mark}"


@pytest.fixture
def stock(product: Product) -> Stock:
    mark = f"f{uuid4().hex[:6]}"
    label = f"Berlin, {mark}"

    def custom(**values: object) -> dict[str, object]:
        return {f"{name}_{mark}": value for name, value in values.items()}

    for name, kind in {"budget": "number", "launch": "date", "site": "url"}.items():
        field = {"key": f"{name}_{mark}", "name": f"{name.title()} {mark}", "kind": kind}
        product.call("POST", "/api/board/fields", field)
    small = custom(budget=100, launch="2031-11-30", site="https://Shop.example/a,b")
    large = custom(budget=1500.5, launch="2031-12-01")
    return Stock(
        label,
        mark,
        add(product, "Small one", labels=[label], custom=small)["id"],
        add(product, "Large one", labels=[label], custom=large)["id"],
        add(product, "Bare one", labels=[label])["id"],
    )


def begin(page: Page, field: str) -> None:
    expect(page.get_by_role("button", name="Add a filter")).to_be_visible()
    page.keyboard.press("f")
    page.get_by_role("listbox", name="Add a filter").wait_for()
    page.keyboard.type(field)
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name=field).wait_for()


def shows(page: Page, *ids: str, stock: Stock) -> None:
    for each in (stock.small, stock.large, stock.bare):
        expect(card(page, each)).to_have_count(1 if each in ids else 0)


def test_a_number_is_asked_by_keys_and_reads_as_a_sentence(
    mine: BrowserContext, product: Product, stock: Stock
) -> None:
    page, watch = open_board(mine, product)
    name = stock.name("budget")
    page.keyboard.press("f")
    page.keyboard.type("Label")
    page.keyboard.press("Enter")
    page.get_by_role("listbox", name=re.compile("^Label")).wait_for()
    page.get_by_role("option", name=stock.label).click()
    page.keyboard.press("Escape")
    shows(page, stock.small, stock.large, stock.bare, stock=stock)
    assert query_of(page) == {"label": f"Berlin\\, {stock.mark}"}

    begin(page, name)
    page.keyboard.type("100")
    page.keyboard.press("Tab")
    page.keyboard.type("500")
    page.keyboard.press("Enter")
    chip = page.get_by_role("button", name=f"{name} 100–500", exact=True)
    expect(chip).to_be_focused()
    shows(page, stock.small, stock=stock)
    save_as(page, f"Cheap {stock.mark}")
    saved = next(v for v in product.call("GET", "/api/board/views") if v["name"] == f"Cheap {stock.mark}")[
        "query"
    ]
    assert (saved["custom_from"], saved["custom_to"]) == (
        f"{stock.key('budget')}:100",
        f"{stock.key('budget')}:500",
    )
    # The list asks the server itself.
    page.get_by_role("button", name="List", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="Board", exact=True).click()

    chip.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Empty", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=f"{name} is empty", exact=True)).to_be_focused()
    shows(page, stock.bare, stock=stock)
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Add a filter")).to_be_focused()
    shows(page, stock.small, stock.large, stock.bare, stock=stock)
    assert watch.said == []


def test_days_and_links_are_asked_and_an_address_says_the_same(
    mine: BrowserContext, product: Product, stock: Stock
) -> None:
    page, watch = open_board(mine, product)
    name = stock.name("launch")
    begin(page, name)
    page.get_by_label(f"{name}: until").fill("2031-11-30")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"{name} until 30 Nov 2031", exact=True)).to_be_visible()
    shows(page, stock.small, stock=stock)
    page.get_by_role("button", name=f"Remove filter {name}").press("Enter")
    expect(card(page, stock.bare)).to_be_visible()

    site = stock.name("site")
    begin(page, site)
    page.keyboard.type("SHOP.example/a,b")
    page.keyboard.press("Enter")
    told = f"{site} contains “SHOP.example/a,b”"
    expect(page.get_by_role("button", name=told, exact=True)).to_be_visible()
    shows(page, stock.small, stock=stock)
    page.reload()
    expect(page.get_by_role("button", name=told, exact=True)).to_be_visible()
    shows(page, stock.small, stock=stock)
    budget = stock.key("budget")
    page.goto(f"{product.url}/board?custom={budget}:1500.5,{budget}:none&label=Berlin%5C%2C+{stock.mark}")
    told = f"{stock.name('budget')} is 1,500.5 or empty"
    expect(page.get_by_role("button", name=told, exact=True)).to_be_visible()
    shows(page, stock.large, stock.bare, stock=stock)
    assert watch.said == []


def test_by_finger_and_without_findings(
    browser: Browser, signed_in: Any, product: Product, stock: Stock
) -> None:
    size: Any = {"viewport": {"width": PHONE[0], "height": PHONE[1]}, "has_touch": True}
    context = browser_of(browser, signed_in, reduced_motion="reduce", locale="de-DE", **size)
    name = stock.name("budget")
    try:
        page, watch = open_board(context, product, f"?label=Berlin%5C%2C+{stock.mark}")
        page.get_by_role("button", name="Filter 1").tap()
        sheet = page.get_by_role("dialog", name="Filter")
        sheet.get_by_role("button", name=f"{name} Any").tap()
        page.get_by_label(f"{name}: from").fill("1500")
        assert findings(page) == []
        page.keyboard.press("Enter")
        expect(sheet.get_by_role("button", name=f"{name} from 1.500")).to_be_visible()
        sheet.get_by_role("button", name="Show 1 card").tap()
        shows(page, stock.large, stock=stock)
        assert watch.said == []
    finally:
        context.close()
