"""Saved views and filters, as a person uses them: by mouse, by keys, on a phone, beside somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .axe import findings
from .board_kit import add, browser_of, card, open_board, somebody
from .conftest import PHONE
from .product import Product

pytestmark = pytest.mark.browser


@pytest.fixture
def mine(browser: Browser, signed_in: Any) -> Iterator[BrowserContext]:
    context = browser_of(browser, signed_in)
    yield context
    context.close()


@dataclass
class Stock:
    """Cards of one label, which nobody else looks for."""

    label: str
    late: Any
    calm: Any
    other: Any


@pytest.fixture
def stock(product: Product) -> Stock:
    label = f"v{uuid4().hex[:6]}"
    late = add(product, "Late one", labels=[label], due_date="2020-01-01", assigned_agent_id="kenji")
    calm = add(product, "Calm one", labels=[label], description="Somewhere a marzipan stands.")
    return Stock(label, late, calm, add(product, "Other one", labels=["elsewhere"]))


def query_of(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def pick(page: Page, *names: str) -> None:
    """Choose from the list that stands open, and close it."""
    for name in names:
        page.get_by_role("option", name=name, exact=False).first.click()
    page.keyboard.press("Escape")
    expect(page.locator(".picker-pop")).to_have_count(0)


def begin_filter(page: Page, field: str) -> None:
    """Ask for a further filter by keys; its values stand open."""
    expect(page.get_by_role("button", name="Add a filter")).to_be_visible()
    page.keyboard.press("f")
    page.get_by_role("listbox", name="Add a filter").wait_for()
    page.keyboard.type(field)
    page.keyboard.press("Enter")
    expect(page.get_by_role("listbox", name=re.compile(f"^{field}"))).to_be_visible()


def add_filter(page: Page, field: str, *values: str) -> None:
    begin_filter(page, field)
    pick(page, *values)


def save_as(page: Page, name: str, *, shared: bool = False) -> None:
    page.get_by_role("button", name="Save view").click()
    dialog = page.get_by_role("dialog", name="Save this view")
    dialog.get_by_label("Name").fill(name)
    if shared:
        dialog.get_by_role("button", name="The project").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_have_count(0)


def tab(page: Page, name: str) -> Any:
    return page.get_by_role("navigation", name="Views").get_by_role("link", name=name)


def test_a_filter_is_saved_changed_updated_reset_and_undone(
    mine: BrowserContext, product: Product, stock: Stock
) -> None:
    page, watch = open_board(mine, product)
    add_filter(page, "Label", stock.label)
    expect(card(page, stock.late["id"])).to_be_visible()
    expect(card(page, stock.other["id"])).to_have_count(0)
    expect(page.get_by_role("search")).to_contain_text("2 of")
    name = f"Mine {stock.label}"
    save_as(page, name)
    expect(tab(page, name)).to_have_attribute("aria-current", "page")
    saved = next(each for each in product.call("GET", "/api/board/views") if each["name"] == name)
    assert (saved["shared"], saved["query"]) == (False, {"label": stock.label})
    assert query_of(page) == {"label": stock.label, "view": saved["id"]}

    add_filter(page, "Due", "overdue")
    expect(card(page, stock.calm["id"])).to_have_count(0)
    expect(tab(page, name)).to_contain_text("changed")
    page.get_by_role("button", name="Reset").click()
    expect(card(page, stock.calm["id"])).to_be_visible()
    expect(page.get_by_role("button", name="Update view")).to_have_count(0)

    add_filter(page, "Due", "overdue")
    page.get_by_role("button", name="Update view").click()
    page.get_by_role("status").filter(has_text=f"Updated the view {name}").wait_for()
    now = next(each for each in product.call("GET", "/api/board/views") if each["id"] == saved["id"])
    assert now["query"] == {"label": stock.label, "due": "overdue"}
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(tab(page, name)).to_contain_text("changed")
    back = next(each for each in product.call("GET", "/api/board/views") if each["id"] == saved["id"])
    assert back["query"] == {"label": stock.label}

    page.get_by_role("button", name=f"Actions for the view {name}").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(tab(page, name)).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(tab(page, name)).to_be_visible()
    assert watch.said == []


def test_views_are_opened_by_click_by_keys_and_from_the_palette(
    mine: BrowserContext, product: Product, stock: Stock
) -> None:
    query = {"label": stock.label, "sort": "title:asc"}
    name = f"List {stock.label}"
    body = {"name": name, "layout": "list", "query": query, "position": 0}
    view = product.call("POST", "/api/board/views", body)
    page, watch = open_board(mine, product)
    tab(page, name).click()
    expect(page.get_by_role("row")).to_have_count(3)
    assert query_of(page) == {**query, "layout": "list", "view": view["id"]}
    page.reload()
    expect(page.get_by_role("row")).to_have_count(3)
    tab(page, "All cards").click()
    expect(tab(page, "All cards")).to_have_attribute("aria-current", "page")

    page.keyboard.press("g")
    page.keyboard.press("1")
    expect(tab(page, name)).to_have_attribute("aria-current", "page")
    tab(page, "All cards").click()
    page.keyboard.press("v")
    page.get_by_role("listbox", name="View: All cards").wait_for()
    pick(page, name)
    expect(tab(page, name)).to_have_attribute("aria-current", "page")

    page.goto(f"{product.url}/board")
    page.locator(".live-open").wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Command palette").wait_for()
    page.keyboard.type(name)
    page.get_by_role("option", name=name).wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(3)
    # An address that names only the view means all of it.
    page.goto(f"{product.url}/board?view={view['id']}")
    expect(page.get_by_role("row")).to_have_count(3)
    assert watch.said == []


def test_a_shared_view_comes_and_goes_at_others_and_is_not_theirs_to_change(
    browser: Browser, mine: BrowserContext, product: Product, stock: Stock
) -> None:
    ben = somebody(product, "Ben Vogel", role="user")
    theirs = browser_of(browser, ben.state)
    try:
        other, their_watch = open_board(theirs, product)
        page, watch = open_board(mine, product, f"?label={stock.label}")
        expect(card(page, stock.late["id"])).to_be_visible()
        name = f"Ours {stock.label}"
        save_as(page, name, shared=True)
        expect(tab(other, name)).to_be_visible()
        tab(other, name).click()
        expect(card(other, stock.other["id"])).to_have_count(0)
        other.get_by_role("button", name=f"Actions for the view {name}").click()
        expect(other.get_by_role("menuitem", name="Copy link")).to_be_visible()
        expect(other.get_by_role("menuitem", name="Rename")).to_have_count(0)
        other.keyboard.press("Escape")

        page.get_by_role("button", name=f"Actions for the view {name}").click()
        page.get_by_role("menuitem", name="Rename").click()
        dialog = page.get_by_role("dialog", name=f"Rename {name}")
        dialog.get_by_label("Name").fill(f"{name} anew")
        page.keyboard.press("Enter")
        expect(tab(other, f"{name} anew")).to_be_visible()

        # Changed by Ben it can be kept as a view of his own.
        add_filter(other, "Due", "overdue")
        other.get_by_role("button", name="Save as new").click()
        other.get_by_role("dialog").get_by_label("Name").fill(f"Bens {stock.label}")
        other.keyboard.press("Enter")
        expect(tab(other, f"Bens {stock.label}")).to_be_visible()
        expect(tab(page, f"Bens {stock.label}")).to_have_count(0)
        assert (watch.said, their_watch.said) == ([], [])
    finally:
        theirs.close()


def test_what_cards_do_not_say_is_asked_of_the_server_and_stays_true(
    mine: BrowserContext, product: Product, stock: Stock
) -> None:
    page, watch = open_board(mine, product, f"?label={stock.label}&search=marzipan")
    expect(card(page, stock.calm["id"])).to_be_visible()
    expect(card(page, stock.late["id"])).to_have_count(0)
    # Somebody writes it down elsewhere: the board follows.
    product.call("PATCH", f"/api/tasks/{stock.late['id']}", {"description": "Marzipan here as well"})
    expect(card(page, stock.late["id"])).to_be_visible()

    key = f"tier_{stock.label}"
    product.call(
        "POST", "/api/board/fields", {"key": key, "name": key, "kind": "choice", "options": ["Gold, 24 k"]}
    )
    product.call("PATCH", f"/api/tasks/{stock.calm['id']}", {"custom": {key: "Gold, 24 k"}})
    page.goto(f"{product.url}/board?label={stock.label}")
    expect(card(page, stock.late["id"])).to_be_visible()
    begin_filter(page, key)
    page.get_by_role("option", name="Gold, 24 k").click()
    expect(card(page, stock.late["id"])).to_have_count(0)
    expect(card(page, stock.calm["id"])).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="List", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name=f"Remove filter {key}").click()
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="Clear", exact=True).click()
    assert query_of(page) == {"layout": "list"}
    assert watch.said == []


def test_a_view_the_server_refuses_keeps_its_name(mine: BrowserContext, product: Product) -> None:
    page, watch = open_board(mine, product, "?layout=list&sort=beauty:asc")
    expect(page.get_by_text("The list could not be read")).to_be_visible()
    page.get_by_role("button", name="Save view").click()
    dialog = page.get_by_role("dialog", name="Save this view")
    dialog.get_by_label("Name").fill("Beautiful")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("query.sort")
    expect(dialog.get_by_label("Name")).to_have_value("Beautiful")
    assert watch.said == []


def test_on_a_phone_the_filters_stand_on_a_sheet(
    browser: Browser, signed_in: Any, product: Product, stock: Stock
) -> None:
    size: Any = {"viewport": {"width": PHONE[0], "height": PHONE[1]}, "has_touch": True}
    context = browser_of(browser, signed_in, reduced_motion="reduce", **size)
    try:
        page, watch = open_board(context, product, "?client_visible=false")
        page.get_by_role("button", name="Filter 1").tap()
        sheet = page.get_by_role("dialog", name="Filter")
        sheet.get_by_role("button", name="Label Any").tap()
        page.get_by_role("option", name=stock.label).tap()
        page.keyboard.press("Escape")
        sheet.get_by_role("button", name="Show 2 cards").wait_for()
        assert findings(page) == []
        sheet.get_by_role("button", name="Show 2 cards").tap()
        expect(page.get_by_role("button", name="Filter 2")).to_be_visible()
        page.get_by_role("button", name="Clear the filters").tap()
        assert query_of(page) == {}
        assert watch.said == []
    finally:
        context.close()


def test_axe_finds_nothing_in_tabs_chips_and_dialogs(
    browser: Browser, signed_in: Any, product: Product, stock: Stock
) -> None:
    name = f"Axe {stock.label}"
    view = product.call("POST", "/api/board/views", {"name": name, "query": {"label": stock.label}})
    context = browser_of(browser, signed_in, color_scheme="light", reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    try:
        address = f"?view={view['id']}&label={stock.label}&due=overdue,today&due_from=2020-01-01"
        page, watch = open_board(context, product, address)
        expect(card(page, stock.late["id"])).to_be_visible()
        found["changed view"] = findings(page)
        page.keyboard.press("f")
        page.get_by_role("listbox", name="Add a filter").wait_for()
        found["fields"] = findings(page)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Save as new").click()
        page.get_by_role("dialog").wait_for()
        found["form"] = findings(page)
        page.keyboard.press("Escape")
        page.get_by_role("button", name=f"Actions for the view {name}").click()
        page.get_by_role("menu").wait_for()
        found["menu"] = findings(page)
        assert watch.said == []
    finally:
        context.close()
    wrong = [f"{where}: {what}" for where, list_ in found.items() for what in list_]
    assert not wrong, "\n".join(wrong)
