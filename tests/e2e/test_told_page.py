"""Notifications and activity: what happened, by day, read and undone by mouse and by keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .board_kit import Someone, add, browser_of, somebody, task
from .conftest import PHONE, Watch
from .product import Product
from .section_kit import clean

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def nora(product: Product) -> Someone:
    return somebody(product, "Nora Quist")


@pytest.fixture
def hers(browser: Browser, nora: Someone) -> Iterator[BrowserContext]:
    context = browser_of(browser, nora.state)
    yield context
    context.close()


def go_to(context: BrowserContext, product: Product, path: str) -> tuple[Page, Watch]:
    page = context.new_page()
    watch = Watch(page)
    page.goto(product.url + path)
    page.get_by_role("navigation", name="Main").wait_for()
    return page, watch


def tell(product: Product, nora: Someone, title: str) -> Any:
    """Make her accountable for a card: she is told."""
    return add(product, title, accountable_id=nora.id)


def told(page: Page, title: str) -> Any:
    return page.locator("[data-told]").filter(has_text=title)


def test_news_arrives_and_is_walked_opened_and_marked_by_keys(
    hers: BrowserContext, product: Product, nora: Someone
) -> None:
    older = tell(product, nora, "An older thing")
    page, watch = go_to(hers, product, "/notifications")
    expect(told(page, "An older thing")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("region", name="Today")).to_be_visible()
    newer = tell(product, nora, "A newer thing")
    expect(told(page, "A newer thing")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name=re.compile("Notifications 2"))).to_be_visible()

    page.keyboard.press("j")
    expect(told(page, "A newer thing").locator(".feed-open")).to_be_focused()
    page.keyboard.press("j")
    expect(told(page, "An older thing").locator(".feed-open")).to_be_focused()
    page.keyboard.press("u")
    expect(page.get_by_role("link", name=re.compile("Notifications 1"))).to_be_visible()
    # It stays under the hand until one goes elsewhere, and can be made unread again.
    expect(told(page, "An older thing")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("link", name=re.compile("Notifications 2"))).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="A newer thing").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=re.compile("Notifications 1"))).to_be_visible()

    page.get_by_role("button", name="Mark all read").click()
    expect(page.get_by_text("1 unread")).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("1 unread")).to_be_visible()
    page.get_by_role("button", name="Mark all read").click()
    page.reload()
    expect(page.get_by_text("Nothing new")).to_be_visible()
    page.get_by_role("button", name="All", exact=True).click()
    expect(told(page, "A newer thing")).to_be_visible()
    page.get_by_role("link", name="What you hear of, and where").click()
    expect(page.get_by_role("heading", name="Notifications").last).to_be_visible()
    assert page.url.endswith("/settings/notifications")
    assert task(product, older["id"])["accountable_id"] == task(product, newer["id"])["accountable_id"]
    assert watch.said == []


def test_a_move_is_told_by_the_names_of_the_columns(
    hers: BrowserContext, product: Product, nora: Someone
) -> None:
    made = tell(product, nora, "Goes from place to place")
    product.call("POST", f"/api/tasks/{made['id']}/move", {"status": "in_progress"})
    page, watch = go_to(hers, product, "/notifications")
    expect(page.get_by_text("from To do to In progress").first).to_be_visible(timeout=30_000)
    assert watch.said == []


def test_the_day_is_summed_up_chosen_and_what_happened_is_undone(
    hers: BrowserContext, product: Product
) -> None:
    page, watch = go_to(hers, product, "/activity")
    day = page.get_by_role("region", name="Summary of the day")
    created = day.locator("div").filter(has_text=re.compile(r"^Created\d")).locator("dd")
    expect(created).to_have_text(re.compile(r"^\d"))
    before = int(created.inner_text().replace(",", ""))
    made = add(product, "Summed up")
    expect(created).to_have_text(f"{before + 1:,}")
    line = page.locator(".feed-row").filter(has_text="Summed up").first
    expect(line).to_be_visible()
    line.hover()
    line.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_role("status").filter(has_text="Undone")).to_be_visible()
    gone = product.call("GET", "/api/tasks?deleted=only&limit=200")
    assert made["id"] in {each["id"] for each in gone}

    page.get_by_label("Choose a day").fill("2020-02-29")
    expect(day.get_by_role("heading", name="Saturday 29 February 2020")).to_be_visible()
    expect(created).to_have_text("0")
    expect(page.get_by_text("Nothing here")).to_be_visible()
    assert "day=2020-02-29" in page.url
    page.go_back()
    expect(day.get_by_role("heading", name="Today")).to_be_visible()
    page.get_by_role("button", name="The day before").click()
    expect(day.get_by_role("heading", name="Yesterday")).to_be_visible()
    page.get_by_role("button", name="Today", exact=True).click()
    expect(page.get_by_role("button", name="The day after")).to_be_disabled()

    page.get_by_role("button", name="By: Everybody").click()
    page.get_by_role("option", name="Nora Quist").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="By: Nora Quist")).to_be_visible()
    expect(page.locator(".feed-row").filter(has_text="Summed up").filter(has_text="created")).to_have_count(0)
    assert watch.said == []


@pytest.mark.parametrize("path", ["/notifications", "/activity"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser: Browser, product: Product, nora: Someone, path: str, phone: bool) -> None:
    tell(product, nora, "Looked at by axe")
    size: Any = {"viewport": {"width": PHONE[0], "height": PHONE[1]}} if phone else {}
    context = browser_of(browser, nora.state, color_scheme="light", reduced_motion="reduce", **size)
    try:
        page, watch = go_to(context, product, path)
        page.locator(".feed-row").first.wait_for(timeout=30_000)
        clean(page)
        assert not page.evaluate("() => document.scrollingElement.scrollWidth > innerWidth")
        assert watch.said == []
    finally:
        context.close()


def test_a_channel_is_tried_and_what_became_of_it_stands_beside_the_button(
    hers: BrowserContext, product: Product
) -> None:
    page, watch = go_to(hers, product, "/settings/notifications")
    row = page.locator(".prefs-test").filter(has_text="E-mail")
    row.get_by_role("button", name="Send a test by E-mail").click()
    expect(row.get_by_role("status")).to_contain_text("Not delivered")
    expect(row.get_by_role("status")).to_contain_text("On the server, set OPSROOM_NOTIFICATIONS__SMTP_HOST")
    page.get_by_label("Slack member id").fill("U01ABCDEF23")
    expect(page.get_by_text("Save first: a test message goes to")).to_be_visible()
    expect(row.get_by_role("button", name="Send a test")).to_be_disabled()
    assert watch.said == []
