"""Recurring tasks set up in the browser: seen before they are kept, paused, ended and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from .board_kit import Someone, browser_of, somebody
from .product import Product
from .settings_kit import open_section, pick, undo, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ada(product: Product) -> Someone:
    return somebody(product, "Ada Lovelace")


@pytest.fixture
def desk(browser: Browser, ada: Someone) -> Iterator[BrowserContext]:
    context = browser_of(browser, ada.state, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture(autouse=True)
def none_left(product: Product) -> Iterator[None]:
    yield
    for each in product.call("GET", "/api/recurring"):
        product.call("DELETE", f"/api/recurring/{each['id']}")


def kept(product: Product) -> list[Any]:
    return product.call("GET", "/api/recurring")


def test_one_is_set_up_and_seen_before(product: Product, desk: BrowserContext) -> None:
    page, watch = open_section(desk, product, "recurring")
    page.get_by_role("button", name="New recurring task").click()
    form = page.get_by_role("form", name="Recurring task")
    times = form.get_by_role("region", name="The next times")
    expect(times.locator("li")).to_have_count(5)
    form.get_by_role("button", name="Set up").click()
    title = form.get_by_label("Title of the card")
    expect(form.locator(".field-error").first).to_be_visible()
    assert kept(product) == []
    title.fill("Invoices of {date}")

    # On the last Friday, as the server reckons it.
    pick(page, form.get_by_role("button", name="How often: Weekly"), "weekday", "Monthly on a weekday")
    pick(page, form.get_by_role("button", name="On the"), "last", "last")
    pick(page, form.get_by_role("button", name="Day: "), "Friday", "Friday")
    form.get_by_label("From").fill("2030-03-01")
    form.get_by_label("At", exact=True).fill("15:00")
    expect(times.locator("li").first).to_contain_text("Fri, 29 Mar 2030")
    expect(times.locator("li").nth(1)).to_contain_text("Fri, 26 Apr 2030")
    expect(times.locator("li").nth(1)).to_contain_text("15:00")
    expect(form.locator(".rule-sentence")).to_contain_text("comes on the last Friday of the month at 15:00")
    form.get_by_label("Due after so many days").fill("3")
    form.get_by_role("button", name="Set up").click()
    row = page.locator(".recurring-row", has_text="Invoices of")
    expect(row).to_contain_text("Fri, 29 Mar 2030, 15:00")
    (made,) = kept(product)
    assert (made["rule"], made["starts"]) == ("FREQ=MONTHLY;BYDAY=-1FR", "2030-03-01T15:00")
    assert (made["due_after_days"], made["template"]["title"]) == (3, "Invoices of {date}")
    assert watch.said == []


def test_clocks_that_change_are_noted_and_a_wrong_rule_is_refused_at_its_field(
    product: Product, desk: BrowserContext
) -> None:
    page, watch = open_section(desk, product, "recurring?recurring=new")
    form = page.get_by_role("form", name="Recurring task")
    times = form.get_by_role("region", name="The next times")
    form.get_by_label("Title of the card").fill("Count the night")
    pick(page, form.get_by_role("button", name="How often: Weekly"), "daily", "Daily")
    pick(page, form.get_by_role("button", name="Time zone"), "amsterdam", "Europe/Amsterdam")
    form.get_by_label("From").fill("2030-03-29")
    form.get_by_label("At", exact=True).fill("02:30")
    # In the night to the 31st clocks go forward: there is no half past two.
    expect(times.locator("li").nth(2)).to_contain_text("03:30")
    expect(times.locator("li").nth(2)).to_contain_text("there is no 02:30 that day")
    form.get_by_label("At", exact=True).fill("09:00")
    expect(times).to_contain_text("it stays 09:00 by the clock on the wall")

    pick(page, form.get_by_role("button", name="How often: Daily"), "rule", "By a rule of your own")
    rule = form.get_by_label("Rule", exact=True)
    expect(rule).to_have_value("FREQ=DAILY")
    rule.fill("FREQ=HOURLY")
    expect(times).to_contain_text("would flood the board")
    form.get_by_role("button", name="Set up").click()
    expect(form.locator(".field-error")).to_contain_text("would flood the board")
    expect(rule).to_be_focused()
    expect(rule).to_have_value("FREQ=HOURLY")
    rule.fill("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")
    expect(times.locator("li").nth(1)).to_contain_text("Tue, 30 Apr 2030")
    form.get_by_role("button", name="Set up").click()
    expect(page.locator(".recurring-row")).to_contain_text("By the rule FREQ=MONTHLY")
    assert watch.said == []


def test_it_is_paused_changed_by_another_ended_and_brought_back(
    product: Product, desk: BrowserContext
) -> None:
    body = {
        "name": "Report",
        "template": {"title": "Report of {date}", "labels": ["weekly"]},
        "rule": "FREQ=WEEKLY;BYDAY=MO,TH",
        "starts": "2030-01-01T09:00",
        "time_zone": "UTC",
    }
    made = product.call("POST", "/api/recurring", body)
    page, watch = open_section(desk, product, "recurring")
    row = page.locator(".recurring-row")
    expect(row).to_contain_text("Every Monday and Thursday at 09:00")
    switch = page.get_by_role("switch", name="Report comes")
    switch.press("Space")
    expect(row).to_contain_text("Paused")
    until(lambda: [each["paused"] for each in kept(product)], [True])
    undo(page)
    expect(row).to_contain_text("Thu, 3 Jan 2030")

    product.call("PATCH", f"/api/recurring/{made['id']}", {"rule": "FREQ=DAILY;INTERVAL=2"})
    expect(row).to_contain_text("Every second day at 09:00")

    # What the form does not show of it stays as it is.
    row.get_by_role("button", name="Report", exact=True).click()
    form = page.get_by_role("form", name="Recurring task")
    form.get_by_label("Every so many days").fill("3")
    form.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Every 3 days")
    assert kept(product)[0]["template"]["labels"] == ["weekly"]

    page.get_by_role("button", name="Actions for Report").click()
    page.get_by_role("menuitem", name="Delete…").click()
    page.get_by_role("dialog", name="Delete Report?").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    undo(page)
    expect(row).to_contain_text("Every 3 days")
    assert watch.said == []
