"""The board as people use it: two of them at once, by mouse, by keyboard, without a connection."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, WebSocketRoute, expect

from .board_kit import (
    Someone,
    add,
    becomes,
    browser_of,
    card,
    drag,
    in_order,
    link,
    open_board,
    somebody,
    stands_in,
)
from .conftest import PHONE
from .product import Product

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ada(product: Product) -> Someone:
    return somebody(product, "Ada Lovelace")


@pytest.fixture(scope="module")
def ben(product: Product) -> Someone:
    return somebody(product, "Ben Okafor")


@pytest.fixture
def desk(browser: Browser, ada: Someone) -> Iterator[BrowserContext]:
    """Ada's browser."""
    context = browser_of(browser, ada.state, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def other_desk(browser: Browser, ben: Someone) -> Iterator[BrowserContext]:
    """Ben's browser."""
    context = browser_of(browser, ben.state, reduced_motion="reduce")
    yield context
    context.close()


def test_what_one_drags_the_other_sees(
    product: Product, desk: BrowserContext, other_desk: BrowserContext
) -> None:
    low, high = add(product, "Dragged below"), add(product, "Dragged first")
    page, watch = open_board(desk, product)
    seen, watch_seen = open_board(other_desk, product)
    expect(page.get_by_label("Also here")).to_contain_text("Ben Okafor")

    drag(page, card(page, high["id"]), page.locator('[data-column="in_progress"] .kcol-body'))
    stands_in(page, high["id"], "in_progress")
    stands_in(seen, high["id"], "in_progress")
    expect(card(seen, high["id"]).locator(".ktouched")).to_have_text("Ada Lovelace")

    drag(page, card(page, low["id"]), card(page, high["id"]), below=True)
    stands_in(seen, low["id"], "in_progress")
    both = [high["id"], low["id"]]
    in_order(page, "in_progress", both)
    in_order(seen, "in_progress", both)

    # Dropped above the other one: the order changes on both screens.
    drag(page, card(page, low["id"]), card(page, high["id"]))
    in_order(seen, "in_progress", both[::-1])
    in_order(page, "in_progress", both[::-1])

    link(seen, low["id"]).click()
    expect(card(page, low["id"]).locator(".kviewers")).to_be_visible()
    assert watch.said + watch_seen.said == []


def test_news_that_only_name_a_card_leave_it_where_it_is(product: Product, desk: BrowserContext) -> None:
    """That a card is due is told by its id alone, which once was taken for its end."""
    due, after = add(product, "A card that is due"), add(product, "The card after it")
    page, sockets = desk.new_page(), list[WebSocketRoute]()

    def relay(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket(re.compile("/ws/board"), relay)
    page.goto(f"{product.url}/board")
    stands_in(page, due["id"], "todo")
    expect(page.locator(".live-open")).to_be_visible()
    news = {"type": "board_event", "what": "task_due_soon", "subject": due["id"], "name": None}
    sockets[0].send(json.dumps({**news, "task": {"id": due["id"]}}))
    # What comes behind has been seen: so has what came before.
    product.call("POST", f"/api/tasks/{after['id']}/move", {"status": "in_progress", "sort_order": 0})
    stands_in(page, after["id"], "in_progress")
    stands_in(page, due["id"], "todo")


def test_undo_and_redo(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Undone and done again", priority="p3")
    page, watch = open_board(desk, product)
    link(page, made["id"]).focus()
    page.keyboard.press("Shift+ArrowRight")
    stands_in(page, made["id"], "in_progress")
    page.get_by_role("button", name="Undo", exact=True).click()
    stands_in(page, made["id"], "todo")
    becomes(product, made["id"], status="todo")
    page.keyboard.press("Control+Shift+z")
    stands_in(page, made["id"], "in_progress")

    link(page, made["id"]).focus()
    page.keyboard.press("p")
    page.keyboard.type("high")
    page.keyboard.press("Enter")
    expect(card(page, made["id"]).locator(".prio-p1")).to_be_visible()
    expect(page.get_by_text(f"Set #{made['number']} to P1, high")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(card(page, made["id"]).locator(".prio-p3")).to_be_visible()

    link(page, made["id"]).focus()
    page.keyboard.press("Delete")
    expect(card(page, made["id"])).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(card(page, made["id"])).to_be_visible()
    page.keyboard.press("Control+z")
    stands_in(page, made["id"], "todo")
    becomes(product, made["id"], priority="p3")
    assert watch.said == []


def test_undo_leaves_what_somebody_changed_since(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Changed by two", priority="p3")
    page, watch = open_board(desk, product)
    link(page, made["id"]).focus()
    page.keyboard.press("p")
    page.keyboard.type("high")
    page.keyboard.press("Enter")
    expect(card(page, made["id"]).locator(".prio-p1")).to_be_visible()
    product.call("PATCH", f"/api/tasks/{made['id']}", {"priority": "p2"})
    expect(card(page, made["id"]).locator(".prio-p2")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("alert")).to_contain_text("It has been changed since")
    becomes(product, made["id"], priority="p2")
    assert watch.said == []


def test_two_changes_of_one_field_are_a_question(product: Product, desk: BrowserContext) -> None:
    made = add(product, "In conflict", priority="p2")
    # The news do not reach this browser: it works on what it saw first.
    desk.route_web_socket("**/ws/board**", lambda socket: socket.close())
    page = desk.new_page()
    page.goto(f"{product.url}/board")
    card(page, made["id"]).wait_for()
    product.call("PATCH", f"/api/tasks/{made['id']}", {"priority": "p3", "title": "In conflict, renamed"})
    link(page, made["id"]).focus()
    page.keyboard.press("p")
    page.keyboard.type("high")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Somebody else changed this too")
    expect(dialog.get_by_role("group", name="Priority")).to_contain_text("p3")
    becomes(product, made["id"], priority="p3")
    dialog.get_by_role("button", name="Save what is chosen").click()
    expect(card(page, made["id"]).locator(".prio-p1")).to_be_visible()
    # The title, which nobody here touched, stays as the other one wrote it.
    becomes(product, made["id"], priority="p1", title="In conflict, renamed")
    expect(card(page, made["id"])).to_contain_text("In conflict, renamed")


def test_a_refused_move_goes_back_and_says_why(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Goes back")
    settings = product.call("GET", "/api/board/settings")
    only = {"transitions": {"todo": ["in_progress"]}, "version": settings["version"]}
    settings = product.call("PATCH", "/api/board/settings", only)
    try:
        page, watch = open_board(desk, product)
        link(page, made["id"]).focus()
        page.keyboard.press("m")
        off = page.get_by_role("option", name="Done")
        expect(off).to_have_attribute("aria-disabled", "true")
        page.keyboard.press("Escape")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        expect(page.get_by_role("alert")).to_contain_text("Refused")
        stands_in(page, made["id"], "todo")
        assert watch.said == []
    finally:
        product.call("PATCH", "/api/board/settings", {"transitions": {}, "version": settings["version"]})


def test_blocked_asks_for_a_reason(product: Product, desk: BrowserContext) -> None:
    first, second = add(product, "Blocked one"), add(product, "Blocked two")
    page, watch = open_board(desk, product)
    link(page, second["id"]).click(modifiers=["Control"])
    link(page, first["id"]).click(modifiers=["Control"])
    bar = page.get_by_role("toolbar", name="Selected cards")
    expect(bar).to_contain_text("2 cards")
    bar.get_by_role("button", name="Move").click()
    page.keyboard.type("blocked")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="What is in the way?")
    dialog.get_by_label("Reason").fill("No access to the analytics account")
    dialog.get_by_role("button", name="Block").click()
    for made in (first, second):
        stands_in(page, made["id"], "blocked")
        expect(card(page, made["id"])).to_contain_text("No access to the analytics account")
        expect(page.get_by_text("Moved 2 cards to Blocked")).to_be_visible()
    becomes(product, first["id"], blocked_reason="No access to the analytics account")
    page.keyboard.press("Control+z")
    stands_in(page, first["id"], "todo")
    stands_in(page, second["id"], "todo")
    both = [second["id"], first["id"]]
    in_order(page, "todo", both)
    assert watch.said == []


def test_by_keyboard_alone(product: Product, desk: BrowserContext) -> None:
    page, watch = open_board(desk, product)
    page.keyboard.press("c")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("Made without a mouse p1")
    page.keyboard.press("Enter")
    # Not the guess that stands there until the server has made it.
    made = page.locator('.kcard:not([data-card^="new_"])', has_text="Made without a mouse")
    expect(made).to_be_visible()
    task_id = str(made.get_attribute("data-card"))
    page.keyboard.press("Escape")

    # Find it by its name.
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("without a mouse")
    expect(page.get_by_role("option", name="Made without a mouse")).to_be_visible()
    page.keyboard.press("Escape")

    # Walk there, lift, carry, drop; each step is told.
    link(page, task_id).focus()
    spoken = page.locator("#kspoken")
    page.keyboard.press("Space")
    expect(spoken).to_contain_text("lifted")
    page.keyboard.press("ArrowRight")
    expect(spoken).to_contain_text("In progress, position")
    expect(link(page, task_id)).to_be_focused()
    page.keyboard.press("Escape")
    expect(spoken).to_contain_text("Put back")
    stands_in(page, task_id, "todo")
    expect(link(page, task_id)).to_be_focused()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
        page.wait_for_timeout(120)
    stands_in(page, task_id, "in_progress")
    expect(link(page, task_id)).to_be_focused()
    expect(spoken).to_contain_text("Moved to In progress")
    becomes(product, task_id, status="in_progress")

    # Open it, say something, and come back to the card.
    page.keyboard.press("Enter")
    comment = page.get_by_role("textbox", name="Write a comment")
    comment.wait_for()
    comment.focus()
    page.keyboard.type("Not one click so far")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Not one click so far").first).to_be_visible()
    becomes(product, task_id, comment_count=1)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("task="))

    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_contain_text("Lift, carry with arrows, drop")
    page.keyboard.press("Escape")
    assert watch.said == []


def test_swim_lanes_change_what_they_stand_for(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Given to Kenji", assigned_agent_id="neo")
    add(product, "Already his", assigned_agent_id="kenji")
    page, watch = open_board(desk, product, "?group=agent")
    lane = page.get_by_role("region", name="Kenji")
    neo = page.get_by_role("region", name="Neo")
    expect(neo.locator(f'[data-card="{made["id"]}"]')).to_be_visible()
    drag(page, card(page, made["id"]), lane.locator(".klane-cell").nth(1))
    expect(lane.locator(f'[data-card="{made["id"]}"]')).to_be_visible()
    expect(page.get_by_text(f"Moved #{made['number']} to In progress")).to_be_visible()
    becomes(product, made["id"], assigned_agent_id="kenji", status="in_progress")
    assert watch.said == []


def test_the_address_says_which_cards_are_shown(product: Product, desk: BrowserContext) -> None:
    mine = add(product, "Filtered in", assigned_agent_id="maya", labels=["oddly named"])
    other = add(product, "Filtered out", assigned_agent_id="zara")
    page, watch = open_board(desk, product, "?assigned=maya,none&label=oddly%20named")
    expect(card(page, mine["id"])).to_be_visible()
    expect(card(page, other["id"])).to_have_count(0)
    expect(page.get_by_role("region", name="To do").locator(".kcount")).to_contain_text("1 of")
    # What no longer fits leaves the view, what fits comes, both without being asked for.
    product.call("PATCH", f"/api/tasks/{mine['id']}", {"assigned_agent_id": "zara"})
    expect(card(page, mine["id"])).to_have_count(0)
    change = {"assigned_agent_id": None, "labels": ["oddly named"]}
    product.call("PATCH", f"/api/tasks/{other['id']}", change)
    expect(card(page, other["id"])).to_be_visible()
    assert watch.said == []


def test_only_cards_in_sight_are_drawn(product: Product, desk: BrowserContext) -> None:
    many = [add(product, f"One of many {number}")["id"] for number in range(120)]
    page, watch = open_board(desk, product)
    expect(card(page, many[-1])).to_be_visible()
    assert page.locator('[data-column="todo"] .krow').count() < 40
    link(page, many[-1]).focus()
    page.keyboard.press("End")
    last = page.locator(".ktitle:focus")
    expect(last).to_be_visible()
    assert page.locator('[data-column="todo"] .krow').count() < 40
    product.call("POST", "/api/tasks/bulk", {"ids": many, "action": "delete"})
    expect(card(page, many[0])).to_have_count(0)
    assert watch.said == []


def test_on_a_phone_one_column_at_a_time(browser: Browser, product: Product, ada: Someone) -> None:
    made = add(product, "Seen on the go")
    options: Any = {
        "viewport": {"width": PHONE[0], "height": PHONE[1]},
        "has_touch": True,
        "is_mobile": True,
        "reduced_motion": "reduce",
    }
    context = browser_of(browser, ada.state, **options)
    try:
        page, watch = open_board(context, product)
        expect(card(page, made["id"])).to_be_in_viewport()
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        card(page, made["id"]).get_by_role("button", name="Actions for Seen on the go").tap()
        page.get_by_role("menuitem", name="Move to…").tap()
        page.get_by_role("option", name="In progress").tap()
        expect(card(page, made["id"])).not_to_be_in_viewport()
        columns = page.get_by_role("group", name="Columns")
        columns.get_by_role("button", name="In progress").tap()
        expect(card(page, made["id"])).to_be_in_viewport()
        expect(columns.get_by_role("button", name="In progress")).to_have_attribute("aria-pressed", "true")
        assert watch.said == []
    finally:
        context.close()
