"""Rules written in the browser: they read as sentences, are tried, really act, and tell what they did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .board_kit import Someone, add, becomes, browser_of, card, link, open_board, somebody, stands_in
from .product import Product
from .settings_kit import open_section, pick, several, undo, until, write

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
def no_rules_left(product: Product) -> Iterator[None]:
    """The board is shared by all tests: no rule may go on acting in theirs."""
    yield
    for each in product.call("GET", "/api/automations"):
        product.call("DELETE", f"/api/automations/{each['id']}")


def rules(product: Product) -> list[Any]:
    return product.call("GET", "/api/automations")


def row(page: Page, name: str) -> Any:
    return page.locator(".rule-row", has=page.get_by_role("button", name=name, exact=True))


def test_a_rule_made_here_acts_on_a_card_moved_there(product: Product, desk: BrowserContext) -> None:
    urgent = add(product, "Ship the harbour pages", priority="p1", status="in_progress")
    calm = add(product, "Ship the other pages", priority="p3", status="in_progress")
    page, watch = open_section(desk, product, "automations")
    page.get_by_role("button", name="New rule").click()
    form = page.get_by_role("form", name="Rule")
    several(page, form.get_by_role("button", name="To: Anything"), "Done")
    pick(page, form.get_by_role("button", name="add a condition"), "priority", "Priority")
    several(page, form.get_by_role("button", name="Priority: Choose"), "P1, high")
    pick(page, form.get_by_role("button", name="add an action"), "label", "Change its labels")
    write(page, form.get_by_role("button", name="Add: Add"), "shipped")
    pick(page, form.get_by_role("button", name="add an action"), "comment", "Comment on it")
    form.get_by_label("Text").fill("Out it goes: {title}")
    expect(form.locator(".rule-sentence")).to_have_text(
        "When a card is moved to Done, if its priority is P1, high, then add the label shipped and comment "
        "“Out it goes: {title}”."
    )

    # Tried on real cards before it is kept: one fits, the other does not, and it is said why.
    trial = form.get_by_role("region", name="Try it")
    pick(page, trial.get_by_role("button", name="Try it on"), "harbour", urgent["title"])
    expect(trial).to_contain_text("the rule would")
    expect(trial).to_contain_text("add the label shipped")
    pick(page, trial.get_by_role("button", name="Try it on"), "other pages", calm["title"])
    expect(trial).to_contain_text("Nothing would be done: priority is p3")
    assert rules(product) == []

    # Without a name it is refused at the name, and nothing else is lost.
    form.get_by_role("button", name="Save and switch on").click()
    expect(form.get_by_label("Name")).to_be_focused()
    expect(form.get_by_label("Text")).to_have_value("Out it goes: {title}")
    form.get_by_label("Name").fill("Shipped is told")
    form.get_by_role("button", name="Save and switch on").click()
    expect(row(page, "Shipped is told")).to_contain_text("Has not acted yet")

    board, watch_board = open_board(desk, product)
    for each in (calm, urgent):
        link(board, each["id"]).focus()
        board.keyboard.press("Shift+ArrowRight")
        stands_in(board, each["id"], "done")
    expect(card(board, urgent["id"])).to_contain_text("shipped")
    becomes(product, urgent["id"], labels=["shipped"], comment_count=1)
    becomes(product, calm["id"], labels=[])

    # The list here has heard of it, and its log leads to the card.
    expect(row(page, "Shipped is told")).to_contain_text("1 done in 7 days")
    page.get_by_role("button", name="Actions for Shipped is told").click()
    page.get_by_role("menuitem", name="Log").click()
    line = page.locator(".log-line")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("Labels are shipped")
    line.get_by_role("button", name=urgent["title"]).click()
    expect(page.get_by_role("dialog", name=urgent["title"])).to_contain_text("Out it goes: Ship the harbour")
    assert watch.said + watch_board.said == []


def test_rules_that_answer_each_other_are_stopped_and_it_is_explained(
    product: Product, desk: BrowserContext
) -> None:
    for name, one, other in (("Ping", "ping", "pong"), ("Pong", "pong", "ping")):
        body = {
            "name": name,
            "when": {"event": "task_changed", "field": "labels", "after": one},
            "then": [{"do": "label", "add": [other], "remove": [one]}],
        }
        product.call("POST", "/api/automations", body)
    page, watch = open_section(desk, product, "automations")
    expect(row(page, "Ping")).to_contain_text(
        "When ping is added to a card's labels, then add the label pong and take the label ping off."
    )
    made = add(product, "Between two rules")
    product.call("PATCH", f"/api/tasks/{made['id']}", {"labels": ["ping"]})
    # Each step of the chain is a look of the follower and a piece of durable work.
    expect(row(page, "Ping")).to_contain_text("Stopped", timeout=30_000)
    row(page, "Ping").get_by_role("button", name="in 7 days").click()
    page.get_by_role("button", name="Stopped", exact=True).click()
    line = page.locator(".log-line")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("It fired on this task in this chain of events already")
    expect(line).to_contain_text("cannot chase its own tail")
    product.call("DELETE", f"/api/tasks/{made['id']}")
    assert watch.said == []


def test_what_failed_says_why_and_rules_are_switched_ordered_and_brought_back(
    product: Product, desk: BrowserContext
) -> None:
    broken = {
        "name": "Broken",
        "when": {"event": "task_created"},
        "then": [{"do": "set", "field": "parent_id", "value": "nobody"}],
    }
    product.call("POST", "/api/automations", broken)
    page, watch = open_section(desk, product, "automations")
    made = add(product, "A rule fails on this")
    expect(row(page, "Broken")).to_contain_text("'nobody' is no task of this board")
    expect(row(page, "Broken")).to_contain_text("1 failed")
    product.call("DELETE", f"/api/tasks/{made['id']}")

    # An example is a rule to begin from.
    page.get_by_role("button", name="Overdue is told").click()
    form = page.get_by_role("form", name="Rule")
    expect(form.get_by_label("Name")).to_have_value("Overdue is told")
    form.get_by_role("button", name="Save and switch on").click()
    expect(page.locator(".rule-name")).to_have_text(["Broken", "Overdue is told"])
    page.get_by_role("button", name="Move Overdue is told").focus()
    for key in ("Space", "ArrowUp", "Space"):
        page.keyboard.press(key)
    expect(page.locator(".rule-name")).to_have_text(["Overdue is told", "Broken"])
    until(lambda: [each["name"] for each in rules(product)], ["Overdue is told", "Broken"])

    switch = page.get_by_role("switch", name="Broken is on")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    until(lambda: [each["enabled"] for each in rules(product)], [True, False])
    undo(page)
    expect(switch).to_have_attribute("aria-checked", "true")

    page.get_by_role("button", name="Actions for Broken").click()
    page.get_by_role("menuitem", name="Delete…").click()
    page.get_by_role("dialog", name="Delete Broken?").get_by_role("button", name="Delete rule").click()
    expect(row(page, "Broken")).to_have_count(0)
    undo(page)
    expect(row(page, "Broken")).to_contain_text("1 failed")
    assert watch.said == []


def test_a_rule_that_names_what_is_gone_is_refused_at_its_place(
    product: Product, desk: BrowserContext
) -> None:
    body = {
        "name": "To the quay",
        "when": {"event": "task_moved", "after": "done"},
        "then": [{"do": "comment", "content": "There"}, {"do": "assign", "agent": "auto"}],
    }
    made = product.call("POST", "/api/automations", body)
    page, watch = open_section(desk, product, f"automations?rule={made['id']}")
    form = page.get_by_role("form", name="Rule")
    # Meanwhile somebody else changes it: it is said, and mine is kept only if I say so.
    product.call("PATCH", f"/api/automations/{made['id']}", {"name": "To the pier"})
    form.get_by_label("Text").fill("")
    form.get_by_label("Name").fill("To the harbour")
    form.get_by_role("button", name="Save").click()
    action = form.get_by_role("group", name="Action 1: Comment on it")
    expect(action.locator(".field-error")).to_be_visible()
    action.get_by_label("Text").fill("Here")
    form.get_by_role("button", name="Save").click()
    alert = form.get_by_role("alert")
    expect(alert).to_contain_text("was changed by somebody else meanwhile")
    expect(form.get_by_label("Name")).to_have_value("To the harbour")
    alert.get_by_role("button", name="Save mine all the same").click()
    expect(row(page, "To the harbour")).to_be_visible()
    assert rules(product)[0]["then"][0]["content"] == "Here"
    assert watch.said == []


def test_the_trial_says_what_the_board_would_refuse(product: Product, desk: BrowserContext) -> None:
    held = add(product, "Held by the workflow", status="in_progress")
    product.call("PATCH", "/api/board/settings", {"transitions": {"in_progress": ["done"]}})
    try:
        page, watch = open_section(desk, product, "automations")
        page.get_by_role("button", name="New rule").click()
        form = page.get_by_role("form", name="Rule")
        pick(page, form.get_by_role("button", name="add an action"), "move", "Move it")
        trial = form.get_by_role("region", name="Try it")
        pick(page, trial.get_by_role("button", name="Try it on"), "held by", held["title"])
        says = trial.locator(".trial-says")
        expect(says).to_contain_text("the rule would do nothing")
        expect(says).to_contain_text("would be refused: The card cannot go there.")
        product.call("PATCH", "/api/board/settings", {"transitions": {}})
        pick(page, form.get_by_role("button", name="add an action"), "label", "Change its labels")
        write(page, form.get_by_role("button", name="Add: Add"), "seen")
        expect(says).not_to_contain_text("would be refused")
        becomes(product, held["id"], labels=[], status="in_progress")
        assert watch.said == []
    finally:
        product.call("PATCH", "/api/board/settings", {"transitions": {}})
        product.call("DELETE", f"/api/tasks/{held['id']}")


def test_a_rule_asks_a_custom_field(product: Product, desk: BrowserContext) -> None:
    product.call("POST", "/api/board/fields", {"name": "Fee", "key": "fee", "kind": "number"})
    dear = add(product, "A dear card", custom={"fee": 900})
    cheap = add(product, "A cheap card", custom={"fee": 90})
    page, watch = open_section(desk, product, "automations")
    page.get_by_role("button", name="New rule").click()
    form = page.get_by_role("form", name="Rule")
    label = "Custom number or day from (key:value)"
    pick(page, form.get_by_role("button", name="add a condition"), "number or day from", label)
    write(page, form.get_by_role("button", name=f"{label}: Choose"), "fee:500")
    pick(page, form.get_by_role("button", name="add an action"), "comment", "Comment on it")
    form.get_by_label("Text").fill("Look twice")
    expect(form.locator(".rule-sentence")).to_contain_text("if its Fee is at least 500, then")
    trial = form.get_by_role("region", name="Try it")
    pick(page, trial.get_by_role("button", name="Try it on"), "dear", dear["title"])
    expect(trial).to_contain_text("the rule would")
    pick(page, trial.get_by_role("button", name="Try it on"), "cheap", cheap["title"])
    expect(trial).to_contain_text("Nothing would be done: fee is 90")
    assert watch.said == []
