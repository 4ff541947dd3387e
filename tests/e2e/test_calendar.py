"""The calendar as people use it, and axe over it and the timeline: light, dark, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .axe import findings
from .board_kit import Someone, add, becomes, browser_of, open_board, somebody, task
from .conftest import DESKTOP, PHONE
from .history_gallery import day
from .product import Product
from .timeline_kit import Finger, bar, dated, due_card, middle, said, tag, told

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ada(product: Product) -> Someone:
    return somebody(product, "Ada Lovelace")


@pytest.fixture
def desk(browser: Browser, ada: Someone) -> Iterator[BrowserContext]:
    """Ada's browser."""
    context = browser_of(browser, ada.state, reduced_motion="reduce")
    yield context
    context.close()


def _to_a_day(page: Page, card: Any, goal: str) -> None:
    x, y = middle(due_card(page, card))
    to_x, to_y = middle(page.locator(f'[data-day="{goal}"]'))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 12, y + 6, steps=3)
    page.mouse.move(to_x, to_y, steps=6)
    expect(page.locator(f'[data-day="{goal}"]')).to_have_class(re.compile("day-over"))


def _another_day_of_this_month() -> int:
    """Days from today to a day that the month's page shows."""
    return 3 if date.fromisoformat(day(0)).day < 15 else -3


def test_a_card_is_put_on_another_day(product: Product, desk: BrowserContext) -> None:
    word, away = tag(), _another_day_of_this_month()
    made = dated(product, f"On a day {word}", -2, 0)
    page, watch = open_board(desk, product, f"?layout=calendar&search={word}")
    _to_a_day(page, made, day(away))
    page.mouse.up()
    # The start keeps its distance.
    becomes(product, made["id"], due_date=day(away), start_date=day(away - 2))
    expect(page.locator(f'[data-day="{day(away)}"] [data-due="{made["id"]}"]')).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    becomes(product, made["id"], due_date=day(0), start_date=day(-2))
    expect(page).not_to_have_url(re.compile("task="))

    _to_a_day(page, made, day(away))
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".day-over")).to_have_count(0)
    assert task(product, made["id"])["due_date"] == day(0)

    due_card(page, made).click(button="right")
    page.get_by_role("menuitem", name="A week later").click()
    becomes(product, made["id"], due_date=day(7))
    assert watch.said == []


def test_by_keyboard_alone(product: Product, desk: BrowserContext) -> None:
    word = tag()
    first, second = dated(product, f"First {word}", None, 0), dated(product, f"Second {word}", None, 0)
    page, watch = open_board(desk, product, f"?layout=calendar&search={word}")
    due_card(page, first).focus()
    page.keyboard.press("Shift+ArrowDown")
    told(page, f"due {said(7)}")
    page.keyboard.press("Shift+ArrowRight")
    told(page, f"due {said(8)}")
    becomes(product, first["id"], due_date=day(8))
    expect(due_card(page, first)).to_be_focused()
    # Beyond the month: the page follows, and the card keeps the focus.
    for _ in range(6):
        page.keyboard.press("Shift+ArrowDown")
        page.wait_for_timeout(60)
    becomes(product, first["id"], due_date=day(50))
    expect(page).to_have_url(re.compile(f"month={day(50)[:7]}"))
    expect(due_card(page, first)).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Escape")
    told(page, "Put back")
    page.keyboard.press("Control+z")
    becomes(product, first["id"], due_date=day(8))

    page.get_by_role("button", name="Today", exact=True).click()
    expect(page).not_to_have_url(re.compile("month="))
    due_card(page, second).focus()
    page.keyboard.press("d")
    form = page.get_by_role("dialog", name=f"Dates of #{second['number']}")
    form.get_by_label("Due").fill(day(1))
    page.keyboard.press("Enter")
    becomes(product, second["id"], due_date=day(1))
    expect(form).to_have_count(0)
    page.get_by_label("Go to a month").fill("2031-05")
    expect(page.get_by_role("heading", name="May 2031")).to_be_visible()
    page.keyboard.press("Escape")
    assert watch.said == []


def test_with_a_finger(product: Product, browser: Browser, ada: Someone) -> None:
    word, away = tag(), _another_day_of_this_month()
    made = dated(product, f"By finger {word}", None, 0)
    size = {"width": PHONE[0], "height": PHONE[1]}
    context = browser_of(browser, ada.state, viewport=size, has_touch=True, is_mobile=True)
    try:
        page, watch = open_board(context, product, f"?layout=calendar&search={word}")
        finger = Finger(page)
        expect(due_card(page, made)).to_be_in_viewport()
        expect(page.get_by_role("heading", name="Board", exact=True)).to_be_in_viewport()
        goal = page.locator(f'[data-day="{day(away)}"]')
        start, end = middle(due_card(page, made)), middle(goal)
        finger.press(start)
        finger.move(start, end)
        expect(goal).to_have_class(re.compile("day-over"))
        finger.lift()
        becomes(product, made["id"], due_date=day(away))
        finger.press(middle(due_card(page, made)))
        finger.lift()
        expect(page.get_by_role("menu")).to_be_visible()
        assert watch.said == []
    finally:
        context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser: Browser, product: Product, ada: Someone, size: tuple[int, int]) -> None:
    word = tag()
    made = dated(product, f"Late with a long name that does not fit anywhere {word}", -6, -2)
    after = dated(product, f"Waits {word}", -9, -4, depends_on=[made["id"]], assigned_agent_id="maya")
    add(product, f"Without a day {word}", assigned_agent_id="kenji")
    dated(product, f"Done {word}", None, -3, status="done")
    viewport = {"width": size[0], "height": size[1]}
    options: Any = {"viewport": viewport, "reduced_motion": "reduce", "color_scheme": "light"}
    context = browser_of(browser, ada.state, **options)
    found: dict[str, list[str]] = {}
    try:
        for group in ("none", "agent"):
            page, watch = open_board(context, product, f"?layout=timeline&by={group}&search={word}")
            bar(page, made).wait_for()
            found[f"timeline by {group}"] = findings(page)
        bar(page, after).focus()
        page.keyboard.press("ArrowRight")
        found["a bar that is moved"] = findings(page)
        bar(page, after).focus()
        page.keyboard.press(".")
        page.get_by_role("menu").wait_for()
        found["its menu"] = findings(page)
        page.get_by_role("menuitem", name="Set dates…").click()
        page.get_by_role("dialog").get_by_label("Start").fill(day(30))
        page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("lies before the start").wait_for()
        page.mouse.move(2, 2)
        found["the form"] = findings(page)
        page.keyboard.press("Escape")
        page.goto(f"{product.url}/board?layout=timeline&search=nothing-is-called-so")
        page.get_by_text("No card with a date fits").wait_for()
        found["nothing there"] = findings(page)
        page.goto(f"{product.url}/board?layout=calendar&search={word}&month={day(-4)[:7]}")
        due_card(page, after).wait_for()
        found["the calendar"] = findings(page)
        assert watch.said == []
    finally:
        context.close()
    wrong = [f"{view}: {what}" for view, list_ in found.items() for what in list_]
    assert not wrong, "\n".join(wrong)
