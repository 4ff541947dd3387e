"""The card's panel in a real browser: its text, facts, comments and parts, and who else looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from .axe import findings
from .board_kit import Someone, add, becomes, browser_of, card, link, open_board, somebody, task
from .product import Product
from .task_kit import choose, open_card, part

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def grace(product: Product) -> Someone:
    return somebody(product, "Grace Hopper")


@pytest.fixture
def desk(browser: Browser, grace: Someone) -> Iterator[BrowserContext]:
    context = browser_of(browser, grace.state, reduced_motion="reduce")
    yield context
    context.close()


def test_the_text_of_a_card_is_written_ticked_and_kept_until_saved(
    product: Product, desk: BrowserContext
) -> None:
    made = add(product, "Panel walk")
    page, sheet, watch = open_card(desk, product, made)
    sheet.get_by_role("button", name="Add a description…").click()
    box = sheet.get_by_role("textbox", name="Description")
    expect(box).to_be_focused()
    page.keyboard.type("- [ ] first step")
    page.keyboard.press("Enter")  # the list goes on by itself
    page.keyboard.type("see <b>https://example.com</b>")
    box.press("Home")
    box.press("Shift+End")
    page.keyboard.press("Control+b")
    expect(box).to_have_value("- [ ] first step\n**- [ ] see <b>https://example.com</b>**")
    page.keyboard.press("Control+z")
    sheet.get_by_role("button", name="Preview").click()
    preview = sheet.get_by_role("region", name="Preview of Description")
    expect(preview.locator("a")).to_have_attribute("href", "https://example.com")
    expect(preview.locator("b")).to_have_count(0)

    # What is not sent yet is there again after a reload.
    page.reload()
    box = page.get_by_role("textbox", name="Description")
    expect(box).to_have_value(re.compile("first step"))
    box.press("Control+Enter")
    expect(box).to_have_count(0)
    page.get_by_role("checkbox", name="first step").check()
    expect(page.locator(".md-ticked")).to_contain_text("first step")
    becomes(product, made["id"], description="- [x] first step\n- [ ] see <b>https://example.com</b>")
    page.keyboard.press("Control+z")
    becomes(product, made["id"], description="- [ ] first step\n- [ ] see <b>https://example.com</b>")
    assert watch.said == []


def test_what_two_people_write_is_put_side_by_side(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Written by two", description="one\ntwo\nthree")
    page, sheet, watch = open_card(desk, product, made)
    sheet.get_by_role("button", name="Edit the description").click()
    box = sheet.get_by_role("textbox", name="Description")
    box.fill("one\ntwo of mine\nthree")
    product.call(
        "PATCH", f"/api/tasks/{made['id']}", {"description": "one\ntwo of theirs\nthree", "priority": "p1"}
    )
    # The news are told; they do not touch the text.
    expect(part(sheet, "Description").get_by_text("Somebody changed the description")).to_be_visible()
    expect(sheet.get_by_role("button", name=re.compile("^Priority: P1"))).to_be_visible()
    expect(box).to_have_value("one\ntwo of mine\nthree")
    box.press("Control+Enter")

    dialog = page.get_by_role("dialog", name="Somebody else changed this too")
    expect(dialog.get_by_role("radio", name=re.compile("^Yours"))).to_be_focused()
    assert [each.inner_text().strip() for each in dialog.locator("mark").all()] == [
        "two of theirs",
        "two of mine",
    ]
    assert findings(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(box).to_have_value("one\ntwo of mine\nthree")
    becomes(product, made["id"], description="one\ntwo of theirs\nthree")

    sheet.get_by_role("button", name="Compare").click()
    expect(dialog.get_by_role("radio", name=re.compile("^Yours"))).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_role("button", name="Keep theirs")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("textbox")).to_have_value("one\ntwo of theirs\ntwo of mine\nthree")
    page.keyboard.press("Control+Enter")
    becomes(product, made["id"], description="one\ntwo of theirs\ntwo of mine\nthree", priority="p1")
    expect(box).to_have_count(0)
    expect(part(sheet, "Description")).to_contain_text("two of mine")
    assert watch.said == []


def test_a_comment_tells_somebody_and_can_be_taken_back(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Talked about")
    page, sheet, watch = open_card(desk, product, made)
    sheet.get_by_role("textbox", name="Write a comment").focus()
    page.keyboard.type("Over to @ken")
    expect(page.get_by_role("option", name=re.compile("Kenji"))).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("please")
    page.keyboard.press("Control+Enter")
    said = part(sheet, "Comments").get_by_role("listitem")
    expect(said).to_contain_text("Over to @kenji please")
    expect(said.locator(".md-mention")).to_have_text("@kenji")
    expect(sheet.get_by_role("textbox", name="Write a comment")).to_have_value("")
    becomes(product, made["id"], comment_count=1)

    said.get_by_role("button", name=re.compile("^More about")).click()
    page.get_by_role("menuitem", name="Edit").click()
    editing = sheet.get_by_role("textbox", name="Edit the comment")
    editing.fill("Over to @kenji, no hurry")
    editing.press("Control+Enter")
    expect(said).to_contain_text("no hurry")
    expect(said).to_contain_text("edited")

    said.get_by_role("button", name=re.compile("^More about")).click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(said).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(said).to_contain_text("no hurry")

    # Somebody else's comes by itself.
    product.call("POST", f"/api/tasks/{made['id']}/comments", {"content": "Seen."})
    expect(said).to_have_count(2)
    assert watch.said == []


def test_facts_are_changed_by_keys(product: Product, desk: BrowserContext, grace: Someone) -> None:
    made = add(product, "Facts by keys")
    page, sheet, watch = open_card(desk, product, made)
    choose(page, sheet, "Agent", "ken", "Kenji")
    expect(sheet.get_by_role("button", name="Agent: Kenji")).to_be_focused()
    choose(page, sheet, "Accountable", "grace", "Grace Hopper")
    choose(page, sheet, "Category", "dev", "Development")
    choose(page, sheet, "Labels", "Brand new", "Brand new")
    page.keyboard.press("Escape")
    choose(page, sheet, "Priority", "P1", "P1")
    sheet.get_by_label("Due date").fill("2027-03-01")
    sheet.get_by_label("Estimate").fill("2.5")
    sheet.get_by_label("Estimate").press("Enter")
    sheet.get_by_label("Subscription").fill("SEO")
    sheet.get_by_label("Subscription").press("Enter")
    becomes(
        product,
        made["id"],
        assigned_agent_id="kenji",
        accountable_id=grace.id,
        category_id="development",
        labels=["Brand new"],
        priority="p1",
        due_date="2027-03-01",
        estimate=2.5,
        subscription="SEO",
    )

    choose(page, sheet, "Column", "B", "Blocked")
    reason = sheet.get_by_label("What is in the way?")
    expect(reason).to_be_focused()
    page.keyboard.type("No access")
    sheet.get_by_role("button", name="Block", exact=True).click()
    becomes(product, made["id"], status="blocked", blocked_reason="No access")

    # What a client sees is asked twice.
    sheet.get_by_role("button", name=re.compile("^Private")).click()
    assert task(product, made["id"])["client_visible"] is False
    sheet.get_by_role("button", name="Show it").click()
    becomes(product, made["id"], client_visible=True)
    expect(part(sheet, "Activity")).to_contain_text("client")
    assert watch.said == []


def test_parts_and_what_waits_for_what(product: Product, desk: BrowserContext) -> None:
    made, other = add(product, "A whole"), add(product, "Something first")
    page, sheet, watch = open_card(desk, product, made)
    new = sheet.get_by_role("textbox", name="New sub-task")
    for title in ("Part two", "Part one"):
        new.fill(title)
        new.press("Enter")
        expect(sheet.get_by_role("checkbox", name=f"{title} is done")).to_be_visible()
    rows = part(sheet, "Sub-tasks").locator(".link-title")
    expect(rows).to_have_text(["Part one", "Part two"])
    rows.first.focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(rows).to_have_text(["Part two", "Part one"])
    expect(sheet.get_by_role("button", name="Part one")).to_be_focused()
    sheet.get_by_role("checkbox", name="Part one is done").check()
    expect(part(sheet, "Sub-tasks")).to_contain_text("1 of 2")
    becomes(product, made["id"], subtask_count=2, subtask_done_count=1)

    sheet.get_by_role("button", name="Wait for a card").click()
    page.keyboard.type("Something first")
    page.get_by_role("option", name=re.compile("Something first")).click()
    expect(part(sheet, "Dependencies")).to_contain_text("waits for 1")
    assert [each["id"] for each in task(product, made["id"])["depends_on"]] == [other["id"]]

    # In a circle nobody would ever begin: refused, and said why.
    sheet.get_by_role("button", name="Block a card").click()
    page.keyboard.type("Something first")
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto(f"{product.url}/board?task={other['id']}")
    first = page.get_by_role("dialog", name="Something first")
    first.get_by_role("button", name="Wait for a card").click()
    page.keyboard.type("Part two")
    page.get_by_role("option", name=re.compile("Part two")).click()
    expect(part(first, "Dependencies")).to_contain_text("Part two")
    part(first, "Dependencies").get_by_role("button", name="Part two", exact=True).click()
    last = page.get_by_role("dialog", name="Part two")
    last.get_by_role("button", name="Wait for a card").click()
    page.keyboard.type("A whole")
    page.get_by_role("option", name=re.compile("A whole")).click()
    expect(page.get_by_role("alert")).to_contain_text("Refused")
    expect(part(last, "Dependencies").locator(".link-title")).to_have_text(["Something first"])
    assert watch.said == []


def test_the_panel_is_left_by_escape_and_walked_by_letters(product: Product, desk: BrowserContext) -> None:
    low, high = add(product, "Below it"), add(product, "Above it")
    page, watch = open_board(desk, product)
    link(page, high["id"]).focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="Above it")
    expect(sheet).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("dialog", name="Below it")).to_be_visible()
    page.keyboard.press("k")
    expect(sheet).to_be_visible()
    sheet.get_by_label("Estimate").fill("7")
    page.keyboard.press("Escape")  # the old value
    expect(sheet.get_by_label("Estimate")).to_have_value("")
    page.keyboard.press("Escape")  # out of the field
    expect(sheet).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page).not_to_have_url(re.compile("task="))
    expect(link(page, high["id"])).to_be_focused()
    assert task(product, high["id"])["estimate"] is None
    card(page, low["id"]).wait_for()
    assert watch.said == []


def test_who_else_looks_at_it_and_what_they_did_can_be_undone(
    browser: Browser, product: Product, desk: BrowserContext
) -> None:
    made = add(product, "Looked at by two", priority="p3")
    other = browser_of(browser, somebody(product, "Mary Shaw").state, reduced_motion="reduce")
    try:
        page, sheet, watch = open_card(desk, product, made)
        theirs, their_sheet, their_watch = open_card(other, product, made)
        expect(sheet.get_by_label("Mary Shaw here too")).to_be_visible()
        expect(their_sheet.get_by_label("Grace Hopper here too")).to_be_visible()
        choose(theirs, their_sheet, "Priority", "P1", "P1")
        expect(sheet.get_by_role("button", name=re.compile("^Priority: P1"))).to_be_visible()
        part(sheet, "Activity").get_by_role("button", name=re.compile("^Undo: Mary Shaw")).first.click()
        expect(their_sheet.get_by_role("button", name=re.compile("^Priority: P3"))).to_be_visible()
        becomes(product, made["id"], priority="p3")
        page.keyboard.press("Escape")
        expect(their_sheet.get_by_label("Grace Hopper here too")).to_have_count(0)
        assert watch.said + their_watch.said == []
    finally:
        other.close()


def test_who_wakes_is_told_first_and_its_run_is_shown(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Given to an agent")
    seat = product.call("GET", "/api/agents/marcus")
    settings = product.call("GET", "/api/board/settings")
    seat = product.call("PATCH", "/api/agents/marcus", {"agent_name": "echo", "version": seat["version"]})
    on = product.call(
        "PATCH", "/api/board/settings", {"start_on_assign": True, "version": settings["version"]}
    )
    try:
        page, sheet, watch = open_card(desk, product, made)
        sheet.get_by_role("button", name="Agent: Nobody").click()
        page.keyboard.type("marcus")
        expect(page.locator(".wakes")).to_contain_text("Marcus wakes and starts a run of")
        page.keyboard.press("Enter")
        run = part(sheet, "Runs").get_by_role("link")
        expect(run).to_contain_text(re.compile("Done|No output|Echo"), timeout=20_000)
        expect(run).to_have_attribute("href", re.compile("^/runs/run_"))
        expect(part(sheet, "Runs").locator(".pill")).to_contain_text("Done", timeout=20_000)
        assert watch.said == []
    finally:
        product.call("PATCH", "/api/agents/marcus", {"agent_name": None, "version": seat["version"]})
        product.call("PATCH", "/api/board/settings", {"start_on_assign": False, "version": on["version"]})
