"""The settings of the board as people use them: by mouse and keys, two at once, refused, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from .board_kit import Someone, add, becomes, browser_of, somebody, task
from .conftest import PHONE
from .product import Product
from .settings_kit import columns, drag_row, open_section, pick, plain_user, undo, until, write
from .timeline_kit import Finger

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ada(product: Product) -> Someone:
    return somebody(product, "Ada Lovelace")


@pytest.fixture(scope="module")
def ben(product: Product) -> Someone:
    return somebody(product, "Ben Okafor")


@pytest.fixture
def desk(browser: Browser, ada: Someone) -> Iterator[BrowserContext]:
    context = browser_of(browser, ada.state, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def other_desk(browser: Browser, ben: Someone) -> Iterator[BrowserContext]:
    context = browser_of(browser, ben.state, reduced_motion="reduce")
    yield context
    context.close()


def test_a_column_from_its_adding_to_its_going(
    product: Product, desk: BrowserContext, other_desk: BrowserContext
) -> None:
    page, watch = open_section(desk, product, "columns")
    seen, watch_seen = open_section(other_desk, product, "columns")
    before = columns(product)
    page.get_by_role("button", name="Add column").click()
    form = page.get_by_role("form", name="Add a column")
    form.get_by_role("button", name="Add column").click()
    expect(form.get_by_label("Name")).to_be_focused()
    expect(form.locator(".field-error")).to_be_visible()
    form.get_by_label("Name").fill("Client look")
    pick(page, form.get_by_role("button", name="Kind: In progress"), "", "Review")
    form.get_by_role("button", name="Add column").click()

    # The other one sees it come, and is told a name in use at the very field, with what was typed kept.
    name = seen.get_by_label("Name of Client look")
    expect(name).to_be_visible()
    name.fill("Done")
    name.press("Enter")
    expect(seen.get_by_role("alert")).to_contain_text("named 'Done' already")
    expect(name).to_have_value("Done")
    name.fill("Client sees it")
    name.press("Enter")
    expect(page.get_by_label("Name of Client sees it")).to_be_visible()

    # By keys to the front, by mouse down one place again.
    page.get_by_role("button", name="Move Client sees it").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    until(lambda: columns(product), ["Client sees it", *before])
    expect(page.get_by_role("button", name="Move Client sees it")).to_be_focused()
    drag_row(
        page,
        page.get_by_role("button", name="Move Client sees it"),
        page.locator(".col-row", has=page.get_by_label(f"Name of {before[0]}")),
    )
    until(lambda: columns(product), [before[0], "Client sees it", *before[1:]])
    expect(seen.locator(".col-row input").nth(2)).to_have_value("Client sees it")

    # It goes with a card in it, which has to go somewhere, and both come back.
    (key,) = (c["key"] for c in product.call("GET", "/api/board/columns") if c["name"] == "Client sees it")
    made = add(product, "Stands in a column that goes", status=key)
    row = page.locator(".col-row", has=page.get_by_label("Name of Client sees it"))
    expect(row.get_by_role("link", name="1 card")).to_be_visible()
    row.get_by_role("button", name="Actions for the column Client sees it").click()
    page.get_by_role("menuitem", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete Client sees it?")
    expect(dialog).to_contain_text("1 card stands in it")
    pick(page, dialog.get_by_role("button", name="Where its cards go"), "", "In progress")
    dialog.get_by_role("button", name="Delete column").click()
    becomes(product, made["id"], status="in_progress")
    expect(seen.get_by_label("Name of Client sees it")).to_have_count(0)
    undo(page)
    becomes(product, made["id"], status=key)
    expect(seen.get_by_label("Name of Client sees it")).to_be_visible()
    product.call("DELETE", f"/api/tasks/{made['id']}")
    product.call("DELETE", f"/api/board/columns/{key}?move_to=done")
    assert watch.said + watch_seen.said == []


def test_a_finger_puts_columns_in_order(product: Product, browser: Browser, ada: Someone) -> None:
    before = columns(product)
    size: Any = {"width": PHONE[0], "height": PHONE[1]}
    context = browser_of(browser, ada.state, viewport=size, has_touch=True, is_mobile=True)
    try:
        page, watch = open_section(context, product, "columns")
        handle = page.get_by_role("button", name=f"Move {before[0]}")
        expect(handle).to_be_visible()
        box, onto = handle.bounding_box(), page.locator(".col-row").nth(1).bounding_box()
        assert box is not None
        assert onto is not None
        x, y, end = box["x"] + 12, box["y"] + box["height"] / 2, onto["y"] + onto["height"] * 0.8
        finger = Finger(page)
        finger.touch((x, y))
        finger.move((x, y), (x, end))
        # It stands still before it is lifted: let go in full swing it is a fling, which eats the next tap.
        finger.move((x, end), (x, end))
        finger.lift()
        moved = [before[1], before[0], *before[2:]]
        until(lambda: columns(product), moved)
        expect(page.locator(".sortable-held")).to_have_count(0)
        expect(page.locator(".col-row input").first).to_have_value(before[1])
        # It did not scroll the page instead, and the menu does the same without dragging.
        page.get_by_role("button", name=f"Actions for the column {before[0]}").tap()
        page.get_by_role("menuitem", name="Move up").tap()
        until(lambda: columns(product), before)
        assert watch.said == []
    finally:
        context.close()


def test_a_template_is_seen_before_it_is_gone_over_to(product: Product, desk: BrowserContext) -> None:
    before = columns(product)
    made = add(product, "Goes to another workflow", status="in_progress")
    page, watch = open_section(desk, product, "columns")
    card = page.locator(".template", has=page.get_by_role("heading", name="Client delivery"))
    card.get_by_role("button", name="See what it does").click()
    dialog = page.get_by_role("dialog", name="Go over to Client delivery")
    expect(dialog.get_by_role("button", name="Cards of Done go to: Delivered")).to_be_visible()
    pick(
        page,
        dialog.get_by_role("button", name="Cards of In progress go to: In progress"),
        "Internal",
        "Internal review",
    )
    # Seen, not done.
    assert columns(product) == before
    dialog.get_by_role("button", name="Go over to Client delivery").click()
    becomes(product, made["id"], status="internal_review")
    expect(page.get_by_label("Name of Client review")).to_be_visible()
    expect(page.get_by_role("region", name="Where cards may go")).to_contain_text("Client review")
    undo(page)
    expect(page.get_by_label("Name of Client review")).to_have_count(0)
    becomes(product, made["id"], status="in_progress")
    product.call("DELETE", f"/api/tasks/{made['id']}")
    assert columns(product) == before
    assert watch.said == []


def test_settings_are_switched_and_undone_and_a_user_only_reads(
    product: Product, browser: Browser, desk: BrowserContext
) -> None:
    page, watch = open_section(desk, product, "general")
    switch = page.get_by_role("switch", name="Assign new work by itself")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    until(lambda: product.call("GET", "/api/board/settings")["auto_assign"], True)
    undo(page)
    expect(switch).to_have_attribute("aria-checked", "false")
    pick(page, page.get_by_role("button", name="Time zone: UTC"), "amsterdam", "Europe/Amsterdam")
    until(lambda: product.call("GET", "/api/board/settings")["time_zone"], "Europe/Amsterdam")
    undo(page)
    until(lambda: product.call("GET", "/api/board/settings")["time_zone"], "UTC")
    pick(page, page.get_by_role("button", name="Accountable for new cards: Nobody"), "Ada", "Ada Lovelace")
    expect(page.get_by_role("button", name="Accountable for new cards: Ada Lovelace")).to_be_visible()
    assert add(product, "Somebody answers for it")["accountable"]["name"] == "Ada Lovelace"
    undo(page)
    until(lambda: product.call("GET", "/api/board/settings")["default_accountable_id"], None)

    name = page.get_by_label("Name of the project")
    before = name.input_value()
    name.fill("Atlas")
    name.press("Enter")
    expect(page.get_by_role("banner").or_(page.get_by_role("navigation", name="Main"))).to_contain_text(
        ["Atlas"]
    )
    undo(page)
    expect(name).to_have_value(before)

    reader = browser_of(browser, plain_user(product, "Uma Reader").state)
    try:
        other, watch_other = open_section(reader, product, "general")
        expect(other.get_by_text("Your role here is user")).to_be_visible()
        expect(other.get_by_role("switch", name="Assign new work by itself")).to_be_disabled()
        expect(other.get_by_role("button", name="Time zone: UTC")).to_be_disabled()
        for section in ("columns", "fields", "categories", "board-agents"):
            other.goto(f"{product.url}/settings/{section}")
            expect(other.get_by_text("Your role here is user")).to_be_visible()
            expect(other.get_by_role("button", name="Add")).to_have_count(0)
            expect(other.get_by_role("button", name="Move")).to_have_count(0)
        # What everybody may do stays open to them.
        other.goto(f"{product.url}/settings/automations")
        expect(other.get_by_role("button", name="New rule")).to_be_enabled()
        assert watch_other.said == []
    finally:
        reader.close()
    assert watch.said == []


def test_a_field_and_its_options(product: Product, desk: BrowserContext) -> None:
    page, watch = open_section(desk, product, "fields")
    page.get_by_role("button", name="Add field").click()
    form = page.get_by_role("form", name="Add a field")
    form.get_by_label("Name").fill("Tide")
    pick(page, form.get_by_role("button", name="Kind: Text"), "choice", "Choice")
    form.get_by_label("Option 1", exact=True).fill("low")
    form.get_by_label("Option 1", exact=True).press("Enter")
    expect(form.get_by_label("Option 2", exact=True)).to_be_focused()
    page.keyboard.type("low")
    form.get_by_role("button", name="Add field").click()
    expect(form.locator(".field-error")).to_contain_text("Lists 'low' twice")
    expect(form.get_by_label("Option 2", exact=True)).to_have_value("low")
    form.get_by_label("Option 2", exact=True).fill("high")
    pick(page, form.get_by_role("button", name="Colour of high"), "Teal", "Teal")
    form.get_by_role("button", name="Add field").click()
    expect(page.get_by_text("Choice: low, high")).to_be_visible()

    page.get_by_role("button", name="Change Tide").click()
    form = page.get_by_role("form", name="Change Tide")
    form.get_by_role("button", name="Move high").focus()
    for key in ("Space", "ArrowUp", "Space"):
        page.keyboard.press(key)
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Choice: high, low")).to_be_visible()

    (field,) = product.call("GET", "/api/board/fields")
    assert (field["options"], field["option_colors"]) == (["high", "low"], {"high": "#14b8a6"})

    made = add(product, "Holds a tide", custom={"tide": "high"})
    page.get_by_role("button", name="Delete Tide").click()
    dialog = page.get_by_role("dialog", name="Delete Tide?")
    expect(dialog).to_contain_text("1 card holds a value of it")
    dialog.get_by_role("button", name="Delete field").click()
    expect(page.get_by_label("Name of Tide")).to_have_count(0)
    undo(page)
    expect(page.get_by_label("Name of Tide")).to_be_visible()
    assert task(product, made["id"])["custom"] == {"tide": "high"}
    product.call("DELETE", f"/api/tasks/{made['id']}")
    product.call("DELETE", "/api/board/fields/tide")
    assert watch.said == []


def test_a_category_goes_and_its_cards_go_elsewhere(product: Product, desk: BrowserContext) -> None:
    page, watch = open_section(desk, product, "categories")
    page.get_by_role("button", name="Add category").click()
    form = page.get_by_role("form", name="Add a category")
    form.get_by_label("Name").fill("research")
    form.get_by_role("button", name="Add category").click()
    expect(form.locator(".field-error")).to_contain_text("already")
    form.get_by_label("Name").fill("Fairs")
    form.get_by_label("flag").check(force=True)
    form.get_by_role("button", name="Add category").click()
    expect(page.locator(".set-row", has_text="Fairs")).to_be_visible()
    (fairs,) = (c for c in product.call("GET", "/api/categories") if c["name"] == "Fairs")
    assert fairs["icon"] == "flag"

    made = add(product, "Book the stand", category_id=fairs["id"])
    expect(page.locator(".set-row", has_text="Fairs")).to_contain_text("1 open")
    page.get_by_role("button", name="Delete Fairs").click()
    dialog = page.get_by_role("dialog", name="Delete Fairs?")
    pick(page, dialog.get_by_role("button", name="Where its cards go"), "Revenue", "Revenue")
    dialog.get_by_role("button", name="Delete category").click()
    becomes(product, made["id"], category_id="revenue")
    undo(page)
    becomes(product, made["id"], category_id=fairs["id"])
    product.call("DELETE", f"/api/tasks/{made['id']}")
    product.call("DELETE", f"/api/categories/{fairs['id']}?move_to=none")
    assert watch.said == []


def test_a_sprint_is_planned_started_and_completed(product: Product, desk: BrowserContext) -> None:
    page, watch = open_section(desk, product, "sprints")
    for name, first, last in (("Tide 1", "2026-01-05", "2026-01-16"), ("Tide 2", "2026-01-19", "2026-01-18")):
        page.get_by_role("button", name="Plan a sprint").click()
        form = page.get_by_role("form", name="Plan a sprint")
        form.get_by_label("Name").fill(name)
        form.get_by_label("First day").fill(first)
        form.get_by_label("Last day").fill(last)
        form.get_by_role("button", name="Plan sprint").click()
        if last < first:
            expect(form.locator(".field-error")).to_contain_text("Must not be before")
            form.get_by_role("button", name="2 weeks").click()
            expect(form.get_by_label("Last day")).to_have_value("2026-02-01")
            form.get_by_role("button", name="Plan sprint").click()
        expect(form).to_have_count(0)
    one, two = (
        next(s["id"] for s in product.call("GET", "/api/sprints") if s["name"] == name)
        for name in ("Tide 1", "Tide 2")
    )
    done = add(product, "Done in the tide", sprint_id=one, status="done")
    left = add(product, "Left by the tide", sprint_id=one)
    page.locator(".sprint-row", has_text="Tide 1").get_by_role("button", name="Start").click()
    now = page.get_by_role("region", name="Going on: Tide 1")
    expect(now).to_contain_text("1 of 2 cards done")
    expect(
        page.locator(".sprint-row", has_text="Tide 2").get_by_role("button", name="Start")
    ).to_be_disabled()

    now.get_by_role("button", name="Complete…").click()
    dialog = page.get_by_role("dialog", name="Complete Tide 1")
    expect(dialog.get_by_role("list", name="Not done")).to_contain_text("Left by the tide")
    expect(dialog.get_by_role("button", name="What is not done goes to: Tide 2")).to_be_visible()
    dialog.get_by_role("button", name="Complete sprint").click()
    becomes(product, left["id"], sprint_id=two)
    past = page.get_by_role("region", name="Completed")
    expect(past.locator(".sprint-row", has_text="Tide 1")).to_contain_text("1 done of 2 at its start")
    undo(page)
    becomes(product, left["id"], sprint_id=one)
    expect(page.get_by_role("region", name="Going on: Tide 1")).to_be_visible()
    for sprint in (one, two):
        product.call("DELETE", f"/api/sprints/{sprint}")
    for made in (done, left):
        product.call("DELETE", f"/api/tasks/{made['id']}")
    assert watch.said == []


def test_an_agent_its_skills_and_its_load(product: Product, desk: BrowserContext) -> None:
    page, watch = open_section(desk, product, "board-agents")
    page.get_by_role("button", name="Add agent").click()
    form = page.get_by_role("form", name="Add an agent")
    form.get_by_label("Name").fill("Nemo")
    write(page, form.get_by_role("button", name="Skills: Add"), "Sailing")
    pick(page, form.get_by_role("button", name="Agent file"), "echo", "echo")
    form.get_by_label("Room for").fill("2")
    form.get_by_role("button", name="Add agent").click()
    row = page.locator(".agent-row", has_text="@nemo")
    expect(row).to_contain_text("sailing")
    expect(row.get_by_role("link", name="echo")).to_have_attribute("href", "/agents/echo")
    made: list[Any] = [add(product, f"For Nemo {number}", assigned_agent_id="nemo") for number in range(2)]
    expect(row).to_contain_text("2 of 2 cards")

    page.get_by_role("button", name="Nemo, planning: no").press("Enter")
    page.get_by_role("button", name="Nemo, planning: can do it").press("Enter")
    expect(page.get_by_role("button", name="Nemo, planning: expert")).to_be_visible()
    expect(row).to_contain_text("sailing, planning (expert)")
    nemo = product.call("GET", "/api/agents/nemo")
    assert (nemo["skills"], nemo["skill_levels"]) == (["sailing", "planning"], {"planning": 3})

    page.get_by_role("button", name="Actions for Nemo").click()
    page.get_by_role("menuitem", name="Take off the roster…").click()
    dialog = page.get_by_role("dialog", name="Take Nemo off the roster?")
    expect(dialog).to_contain_text("It keeps 2 open cards")
    dialog.get_by_role("button", name="Take off").click()
    expect(row).to_have_count(0)
    off = page.get_by_role("region", name="Off the roster")
    off.locator("li", has_text="Nemo").get_by_role("button", name="Bring back").click()
    expect(row).to_be_visible()
    for each in made:
        product.call("DELETE", f"/api/tasks/{each['id']}")
    product.call("DELETE", "/api/agents/nemo")
    assert watch.said == []
