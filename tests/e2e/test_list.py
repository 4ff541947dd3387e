"""The list of cards: sorted by its heads, grouped, read on while scrolling, worked on by keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .axe import findings
from .board_kit import add, becomes, browser_of, open_board
from .conftest import PHONE, Watch
from .product import Product

pytestmark = pytest.mark.browser


@pytest.fixture
def mine(browser: Browser, signed_in: Any) -> Iterator[BrowserContext]:
    context = browser_of(browser, signed_in)
    yield context
    context.close()


def stocked(product: Product) -> tuple[str, dict[str, Any]]:
    """A label of its own, and four cards of it."""
    label = f"l{uuid4().hex[:6]}"
    made = {
        "beta": add(product, "beta", labels=[label], priority="p3", assigned_agent_id="maya"),
        "alpha": add(product, "alpha", labels=[label], priority="p1", assigned_agent_id="kenji"),
        "delta": add(product, "delta", labels=[label], priority="p3", due_date="2020-01-01"),
        "gamma": add(product, "gamma", labels=[label], priority="p1", assigned_agent_id="maya"),
    }
    return label, made


def open_list(context: BrowserContext, product: Product, query: str) -> tuple[Page, Watch]:
    page, watch = open_board(context, product, f"?layout=list&{query}")
    page.locator(".l-row[data-card]").first.wait_for()
    return page, watch


_TITLES = "() => [...document.querySelectorAll('.l-row[data-card] .l-open')].map((e) => e.textContent)"


def shows(page: Page, *titles: str) -> None:
    """Wait until these rows stand there in this order."""
    page.wait_for_function(
        f"(wanted) => JSON.stringify(({_TITLES})()) === JSON.stringify(wanted)", arg=list(titles)
    )


def row(page: Page, made: Any) -> Any:
    return page.locator(f'.l-row[data-card="{made["id"]}"]')


def head(page: Page, name: str) -> Any:
    return page.get_by_role("columnheader", name=name)


def test_heads_sort_with_shift_by_several_and_the_address_keeps_it(
    mine: BrowserContext, product: Product
) -> None:
    label, _ = stocked(product)
    page, watch = open_list(mine, product, f"label={label}")
    shows(page, "gamma", "delta", "alpha", "beta")
    head(page, "Title").get_by_role("button").click()
    shows(page, "alpha", "beta", "delta", "gamma")
    expect(head(page, "Title")).to_have_attribute("aria-sort", "ascending")
    head(page, "Title").get_by_role("button").click()
    shows(page, "gamma", "delta", "beta", "alpha")
    head(page, "Priority").get_by_role("button").click()
    head(page, "Title").get_by_role("button").click(modifiers=["Shift"])
    shows(page, "alpha", "gamma", "beta", "delta")
    expect(head(page, "Priority")).to_have_attribute("aria-sort", "ascending")
    page.reload()
    shows(page, "alpha", "gamma", "beta", "delta")
    head(page, "Priority").get_by_role("button").click(modifiers=["Shift"])
    shows(page, "beta", "delta", "alpha", "gamma")
    assert watch.said == []


def test_columns_and_groups_are_chosen_and_groups_fold(mine: BrowserContext, product: Product) -> None:
    label, made = stocked(product)
    page, watch = open_list(mine, product, f"label={label}&sort=title:asc")
    expect(head(page, "Estimate")).to_have_count(0)
    page.get_by_role("button", name="Columns of the list").click()
    page.keyboard.type("Estimate")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(head(page, "Estimate")).to_be_visible()
    page.get_by_role("button", name="Group: No groups").click()
    page.get_by_role("menuitemradio", name="Agent").click()
    # As the roster stands: Maya before Kenji; who has none comes last.
    order = [each["id"] for each in product.call("GET", "/api/agents?limit=200")]
    maya, kenji = ["beta", "gamma"], ["alpha"]
    first = maya + kenji if order.index("maya") < order.index("kenji") else kenji + maya
    shows(page, *first, "delta")
    fold = page.get_by_role("button", name="Maya", exact=False).filter(has=page.locator("strong"))
    expect(fold).to_contain_text("2")
    fold.click()
    shows(page, "alpha", "delta")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.click()
    # Put elsewhere in its place, it goes to another group.
    row(page, made["delta"]).get_by_role("button", name="Agent of").click()
    page.keyboard.type("Kenji")
    page.keyboard.press("Enter")
    becomes(product, made["delta"]["id"], assigned_agent_id="kenji")
    expect(page.locator(".l-group")).to_have_count(2)
    assert watch.said == []


def test_keys_walk_select_open_and_change_several_and_undo_brings_them_back(
    mine: BrowserContext, product: Product
) -> None:
    label, made = stocked(product)
    page, watch = open_list(mine, product, f"label={label}&sort=title:asc")
    shows(page, "alpha", "beta", "delta", "gamma")
    page.keyboard.press("j")
    expect(row(page, made["beta"]).locator(".l-open")).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(row(page, made["delta"])).to_have_attribute("aria-selected", "true")
    bar = page.get_by_role("toolbar", name="Selected cards")
    expect(bar).to_contain_text("2 cards")
    page.keyboard.press("p")
    page.get_by_role("dialog", name="Priority").wait_for()
    page.keyboard.type("P1")
    page.keyboard.press("Enter")
    for name in ("beta", "delta"):
        becomes(product, made[name]["id"], priority="p1")
    page.keyboard.press("Control+z")
    for name in ("beta", "delta"):
        becomes(product, made[name]["id"], priority="p3")
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="beta").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    # With Shift from one tick to another, all between.
    row(page, made["alpha"]).get_by_role("checkbox").click()
    row(page, made["delta"]).get_by_role("checkbox").click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 cards")
    bar.get_by_role("button", name="Archive").click()
    shows(page, "gamma")
    page.get_by_role("button", name="Undo", exact=True).click()
    shows(page, "alpha", "beta", "delta", "gamma")
    assert watch.said == []


def test_a_long_list_is_read_on_and_old_done_cards_are_changed_like_others(
    mine: BrowserContext, product: Product
) -> None:
    label = f"m{uuid4().hex[:6]}"
    made = [add(product, f"n{number:03}", labels=[label], status="done") for number in range(215)]
    page, watch = open_list(mine, product, f"label={label}&sort=title:desc")
    table = page.get_by_role("table", name="Cards")
    expect(table).to_have_attribute("aria-rowcount", "101")
    assert page.locator(".l-row[data-card]").count() < 60
    page.locator(".l-row[data-card] .l-open").first.focus()
    for rows in ("201", "216"):
        page.keyboard.press("End")
        expect(table).to_have_attribute("aria-rowcount", rows)
    page.keyboard.press("End")
    last = row(page, made[0])
    expect(last.locator(".l-open")).to_be_focused()
    # The board shows the newest 200 of what is done; this one stands in the list alone.
    page.keyboard.press("m")
    page.get_by_role("dialog", name="Move to").wait_for()
    page.keyboard.type("To do")
    page.keyboard.press("Enter")
    becomes(product, made[0]["id"], status="todo")
    page.keyboard.press("Control+z")
    becomes(product, made[0]["id"], status="done")
    assert watch.said == []


def test_what_others_do_is_seen_and_what_is_refused_is_told(mine: BrowserContext, product: Product) -> None:
    label, made = stocked(product)
    page, watch = open_list(mine, product, f"label={label}&sort=title:asc")
    shows(page, "alpha", "beta", "delta", "gamma")
    add(product, "aaa", labels=[label])
    shows(page, "aaa", "alpha", "beta", "delta", "gamma")
    product.call("PATCH", f"/api/tasks/{made['beta']['id']}", {"title": "zeta"})
    product.call("DELETE", f"/api/tasks/{made['alpha']['id']}")
    shows(page, "aaa", "delta", "gamma", "zeta")

    settings = product.call("GET", "/api/board/settings")
    ways = {"todo": ["in_progress"]}
    settings = product.call(
        "PATCH", "/api/board/settings", {"transitions": ways, "version": settings["version"]}
    )
    try:
        row(page, made["gamma"]).get_by_role("button", name="Column of").click()
        expect(page.get_by_role("option", name="In progress")).to_be_visible()
        expect(page.get_by_role("option", name="Done")).to_have_count(0)
        page.keyboard.press("Escape")
    finally:
        product.call("PATCH", "/api/board/settings", {"transitions": {}, "version": settings["version"]})
    page.route("**/api/tasks/bulk", lambda route: route.abort())
    page.route(
        f"**/api/tasks/{made['gamma']['id']}",
        lambda route: route.fulfill(
            status=422,
            content_type="application/json",
            body='{"success":false,"title":"Invalid input","detail":"Not today.","errors":[]}',
        ),
    )
    row(page, made["gamma"]).get_by_role("button", name="Priority of").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Not today.")
    expect(row(page, made["gamma"]).get_by_role("button", name="Priority of")).to_contain_text("High")
    assert watch.said == []


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser: Browser, signed_in: Any, product: Product, phone: bool) -> None:
    label, made = stocked(product)
    size: Any = {"viewport": {"width": PHONE[0], "height": PHONE[1]}} if phone else {}
    context = browser_of(browser, signed_in, color_scheme="light", reduced_motion="reduce", **size)
    found: dict[str, list[str]] = {}
    try:
        page, watch = open_list(context, product, f"label={label}&group=agent&sort=priority:asc,title:asc")
        found["list"] = findings(page)
        row(page, made["beta"]).get_by_role("checkbox").click()
        page.get_by_role("toolbar", name="Selected cards").wait_for()
        found["a selection"] = findings(page)
        page.goto(f"{product.url}/board?layout=list&search=nowhere{label}")
        page.get_by_text("No card fits").wait_for()
        found["nothing"] = findings(page)
        assert watch.said == []
    finally:
        context.close()
    wrong = [f"{where}: {what}" for where, list_ in found.items() for what in list_]
    assert not wrong, "\n".join(wrong)
