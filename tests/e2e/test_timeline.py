"""The timeline as people use it: bars moved by mouse, keys, menu and finger; what depends on what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from .board_kit import Someone, add, becomes, browser_of, somebody, task
from .conftest import PHONE
from .history_gallery import day
from .product import Product
from .timeline_kit import Finger, bar, dated, drag, middle, open_timeline, said, span_of, tag, told

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


@pytest.fixture
def other_desk(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    """Somebody else's browser."""
    context = browser_of(browser, somebody(product, "Ben Okafor").state, reduced_motion="reduce")
    yield context
    context.close()


def test_what_one_drags_the_other_sees(
    product: Product, desk: BrowserContext, other_desk: BrowserContext
) -> None:
    word = tag()
    made = dated(product, f"Dragged {word}", 1, 5)
    page, watch = open_timeline(desk, product, word)
    seen, watch_seen = open_timeline(other_desk, product, word)
    expect(bar(seen, made)).to_have_accessible_name(re.compile(f"starts {said(1)}, due {said(5)}"))

    drag(page, bar(page, made), 3)
    expect(page.locator(".tl-tip")).to_contain_text(span_of(4, 8))
    assert task(product, made["id"])["due_date"] == day(5), "it is sent when it is let go, not before"
    page.mouse.up()
    becomes(product, made["id"], start_date=day(4), due_date=day(8))
    expect(bar(seen, made)).to_have_accessible_name(re.compile(f"starts {said(4)}, due {said(8)}"))
    expect(page).not_to_have_url(re.compile("task="))

    drag(page, bar(page, made), 2, at="end")
    expect(page.locator(".tl-tip")).to_contain_text("7 days")
    page.mouse.up()
    becomes(product, made["id"], start_date=day(4), due_date=day(10))
    drag(page, bar(page, made), -2, at="start")
    page.mouse.up()
    becomes(product, made["id"], start_date=day(2), due_date=day(10))

    page.get_by_role("button", name="Undo", exact=True).click()
    becomes(product, made["id"], start_date=day(4), due_date=day(10))
    page.keyboard.press("Control+z")
    becomes(product, made["id"], start_date=day(4), due_date=day(8))
    expect(bar(seen, made)).to_have_accessible_name(re.compile(f"due {said(8)}"))

    # Escape while it is held puts it back.
    drag(page, bar(page, made), 4)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".tl-tip")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("task="))
    assert task(product, made["id"])["due_date"] == day(8)
    assert watch.said + watch_seen.said == []


def test_a_start_nobody_set_stays_unset(product: Product, desk: BrowserContext) -> None:
    word = tag()
    made = dated(product, f"Only due {word}", None, 6)
    page, watch = open_timeline(desk, product, word)
    expect(bar(page, made)).to_have_class(re.compile("tl-soft-start"))
    expect(bar(page, made)).to_have_accessible_name(re.compile(f"created {said(0)}, due {said(6)}"))
    drag(page, bar(page, made), 2)
    page.mouse.up()
    becomes(product, made["id"], start_date=None, due_date=day(8))
    # Who drags the start sets it.
    drag(page, bar(page, made), 3, at="start")
    page.mouse.up()
    becomes(product, made["id"], start_date=day(3), due_date=day(8))
    expect(bar(page, made)).not_to_have_class(re.compile("tl-soft-start"))
    product.call("POST", f"/api/tasks/{made['id']}/move", {"status": "done"})
    expect(bar(page, made)).to_have_class(re.compile("is-done"))
    assert watch.said == []


def test_by_keyboard_alone(product: Product, desk: BrowserContext) -> None:
    word = tag()
    first, second = dated(product, f"First {word}", 1, 3), dated(product, f"Second {word}", 4, 6)
    page, watch = open_timeline(desk, product, word)
    bar(page, first).focus()
    before = task(product, first["id"])["version"]
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    told(page, span_of(4, 6))
    becomes(product, first["id"], start_date=day(4), due_date=day(6))
    assert task(product, first["id"])["version"] == before + 1, "three steps are one change"
    expect(bar(page, first)).to_be_focused()

    page.keyboard.press("Shift+ArrowRight")
    told(page, span_of(4, 7))
    page.keyboard.press("Alt+Shift+ArrowLeft")
    told(page, span_of(3, 7))
    page.keyboard.press("Control+ArrowRight")
    told(page, span_of(10, 14))
    becomes(product, first["id"], start_date=day(10), due_date=day(14))

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    told(page, "Put back")
    page.wait_for_timeout(800)
    assert task(product, first["id"])["due_date"] == day(14)
    page.keyboard.press("Control+z")
    becomes(product, first["id"], start_date=day(4), due_date=day(6))

    bar(page, first).focus()
    page.keyboard.press("ArrowDown")
    expect(bar(page, second)).to_be_focused()
    page.keyboard.press("Home")
    expect(bar(page, first)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=first["title"])).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("task="))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Move its end by a day")
    assert watch.said == []


def test_by_menu_and_by_form(product: Product, desk: BrowserContext) -> None:
    word = tag()
    made = dated(product, f"By menu {word}", 1, 3)
    # The news do not reach this browser: it knows the card as it was first.
    desk.route_web_socket("**/ws/board**", lambda socket: socket.close())
    page = desk.new_page()
    page.goto(f"{product.url}/board?layout=timeline&by=none&search={word}")
    bar(page, made).focus()
    page.keyboard.press(".")
    menu = page.get_by_role("menu", name=f"Dates of {made['title']}")
    menu.get_by_role("menuitem", name="A week later").click()
    becomes(product, made["id"], start_date=day(8), due_date=day(10))
    expect(bar(page, made)).to_be_focused()

    bar(page, made).click(button="right")
    menu.get_by_role("menuitem", name="Set dates…").click()
    form = page.get_by_role("dialog", name=f"Dates of #{made['number']}")
    form.get_by_label("Due").fill(day(6))
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_have_text("lies before the start")
    expect(form.get_by_label("Due")).to_have_attribute("aria-invalid", "true")

    # Somebody moved the start meanwhile: the server says no, beside the field, and nothing typed is lost.
    product.call("PATCH", f"/api/tasks/{made['id']}", {"start_date": day(9)})
    form.get_by_label("Due").fill(day(8))
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("lies before the start on")
    expect(form.get_by_label("Due")).to_have_value(day(8))
    form.get_by_label("Due").fill(day(12))
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    becomes(product, made["id"], start_date=day(9), due_date=day(12))


def test_two_who_move_the_same_bar_are_asked(product: Product, desk: BrowserContext) -> None:
    word = tag()
    made = dated(product, f"Moved by two {word}", 1, 3)
    desk.route_web_socket("**/ws/board**", lambda socket: socket.close())
    page = desk.new_page()
    page.goto(f"{product.url}/board?layout=timeline&by=none&search={word}")
    bar(page, made).wait_for()
    product.call("PATCH", f"/api/tasks/{made['id']}", {"due_date": day(20)})
    drag(page, bar(page, made), 2, at="end")
    page.mouse.up()
    expect(page.get_by_role("dialog", name="Somebody else changed this too")).to_be_visible()
    assert task(product, made["id"])["due_date"] == day(20)


def test_what_has_no_dates_waits_at_the_side(product: Product, desk: BrowserContext) -> None:
    word = tag()
    one, two = add(product, f"No day yet {word}"), add(product, f"Nor this {word}")
    dated(product, f"Something to look at {word}", 0, 4)
    page, watch = open_timeline(desk, product, word)
    tray = page.get_by_role("complementary", name="Without dates")
    expect(tray.locator("[data-undated]")).to_have_count(2)

    today = page.locator(".tl-today").bounding_box()
    scroller = page.locator(".tl-scroll").bounding_box()
    assert today is not None
    assert scroller is not None
    x, y = middle(tray.locator(f'[data-undated="{one["id"]}"]'))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 20, steps=4)
    page.mouse.move(today["x"] + 5 * 17, scroller["y"] + 300, steps=6)
    expect(page.locator(".tl-carried")).to_contain_text(said(5))
    page.mouse.up()
    becomes(product, one["id"], due_date=day(5), start_date=None)
    expect(bar(page, one)).to_be_focused()
    expect(tray.locator("[data-undated]")).to_have_count(1)

    left = tray.locator(f'[data-undated="{two["id"]}"]')
    left.focus()
    page.keyboard.press("ArrowRight")
    becomes(product, two["id"], due_date=day(0))
    expect(bar(page, two)).to_be_focused()
    page.keyboard.press("ArrowRight")
    becomes(product, two["id"], due_date=day(1))
    expect(tray).to_contain_text("Every open card has a date")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    becomes(product, two["id"], due_date=None)
    expect(left).to_be_visible()
    left.click(button="right")
    page.get_by_role("menuitem", name="Due tomorrow").click()
    becomes(product, two["id"], due_date=day(1))
    assert watch.said == []


def test_what_depends_on_what(product: Product, desk: BrowserContext) -> None:
    word = tag()
    first, second = dated(product, f"Before {word}", 1, 4), dated(product, f"After {word}", 5, 8)
    page, watch = open_timeline(desk, product, word)
    bar(page, second).hover()
    expect(page.locator(".tl-links path")).to_have_count(0)
    product.call("PATCH", f"/api/tasks/{second['id']}", {"depends_on": [first["id"]]})
    expect(page.locator(".tl-links path")).to_have_count(1)
    expect(bar(page, second)).to_have_accessible_name(re.compile(f"waits for #{first['number']}"))
    page.mouse.move(5, 5)
    expect(page.locator(".tl-links path")).to_have_count(0)
    bar(page, first).focus()
    expect(page.locator(".tl-links path:not(.is-wrong)")).to_have_count(1)

    expect(page.locator(".tl-conflicts")).to_have_count(0)
    page.keyboard.press("Control+ArrowRight")
    expect(page.locator(".tl-links path.is-wrong")).to_have_count(1)
    becomes(product, first["id"], due_date=day(11))
    expect(bar(page, second)).to_have_class(re.compile("is-conflict"))
    expect(bar(page, second)).to_have_accessible_name(
        re.compile(f"conflict: due before #{first['number']}, which it waits for")
    )
    page.get_by_role("button", name="1 conflict").click()
    expect(bar(page, second)).to_be_focused()
    # What is done is in nobody's way.
    product.call("POST", f"/api/tasks/{first['id']}/move", {"status": "done"})
    expect(page.locator(".tl-conflicts")).to_have_count(0)
    assert watch.said == []


def test_groups_zoom_and_the_days_of_a_sprint(product: Product, desk: BrowserContext) -> None:
    word = tag()
    name = f"Sprint {word}"
    days = {"start_date": day(300), "end_date": day(313)}
    sprint = product.call("POST", "/api/sprints", {"name": name, **days})
    made = dated(product, f"Grouped {word}", 300, 302, sprint_id=sprint["id"], assigned_agent_id="maya")
    page, watch = open_timeline(desk, product, word, "&zoom=quarter")
    page.get_by_role("button", name="Grouped by: No groups").click()
    page.get_by_role("menuitemradio", name="Agent").click()
    expect(page.get_by_role("heading", name=re.compile("Maya"))).to_be_visible()
    expect(page).to_have_url(re.compile("by=agent"))
    page.get_by_role("button", name="Month", exact=True).click()
    expect(page).not_to_have_url(re.compile("zoom="))
    page.reload()
    heading = page.get_by_role("heading", name=re.compile("Maya"))
    heading.get_by_role("button").click()
    expect(bar(page, made)).to_have_count(0)
    heading.get_by_role("button").click()
    page.get_by_role("button", name="Grouped by: Agent").click()
    page.get_by_role("menuitemradio", name="Sprint").click()
    expect(page.get_by_role("heading", name=re.compile(name))).to_be_visible()

    # Far from today: a button beside the name leads to the bar.
    page.get_by_role("button", name=re.compile(f"Go to the bar of #{made['number']}")).click()
    expect(bar(page, made)).to_be_focused()
    expect(bar(page, made)).to_be_in_viewport()
    band = page.get_by_role("button", name=re.compile(f"^Sprint {name}"))
    drag(page, band, 2, at="end")
    page.mouse.up()
    expect(band).to_have_accessible_name(re.compile(said(315)[4:]))
    page.get_by_text(re.compile(f"^{name}: .* – {said(315)}$")).wait_for()
    assert product.call("GET", f"/api/sprints/{sprint['id']}")["end_date"] == day(315)
    page.keyboard.press("Control+z")
    expect(band).to_have_accessible_name(re.compile(said(313)[4:]))
    page.keyboard.press("t")
    expect(page.locator(".tl-now")).to_be_in_viewport()
    product.call("DELETE", f"/api/sprints/{sprint['id']}")
    expect(band).to_have_count(0)
    assert watch.said == []


def test_with_a_finger(product: Product, browser: Browser, ada: Someone) -> None:
    word = tag()
    made = dated(product, f"By finger {word}", 0, 5)
    size = {"width": PHONE[0], "height": PHONE[1]}
    context = browser_of(browser, ada.state, viewport=size, has_touch=True, is_mobile=True)
    try:
        page, watch = open_timeline(context, product, word)
        finger = Finger(page)
        x, y = middle(bar(page, made))
        # A quick stroke scrolls and moves nothing.
        finger.touch((x, y))
        finger.move((x, y), (x - 90, y))
        finger.lift()
        page.wait_for_timeout(700)
        assert task(product, made["id"])["due_date"] == day(5)
        page.get_by_role("button", name="Today", exact=True).click()
        page.wait_for_timeout(600)
        x, y = middle(bar(page, made))
        finger.press((x, y))
        finger.move((x, y), (x + 2 * 17, y))
        expect(page.locator(".tl-tip")).to_contain_text(span_of(2, 7))
        finger.lift()
        becomes(product, made["id"], start_date=day(2), due_date=day(7))
        expect(page).not_to_have_url(re.compile("task="))
        # Held and let go where it is: its menu.
        finger.press(middle(bar(page, made)))
        finger.lift()
        expect(page.get_by_role("menu")).to_be_visible()
        page.get_by_role("menuitem", name="A day earlier", exact=True).click()
        becomes(product, made["id"], start_date=day(1), due_date=day(6))
        assert watch.said == []
    finally:
        context.close()


def _with_many(count: int) -> Any:
    """The snapshot of the board, and so many cards more in it."""

    def answer(route: Route) -> None:
        response = route.fetch()
        body = response.json()
        stamp = "2026-01-01T00:00:00Z"
        body["data"]["cards"] = [
            {
                "id": f"many_{n}",
                "number": 10_000 + n,
                "title": f"One of many {n}",
                "status": "todo",
                "priority": "p2",
                "rank": f"m{n:06d}",
                "start_date": day(n % 60 - 20),
                "due_date": day(n % 60 - 20 + n % 9),
                "updated_at": stamp,
                "version": 1,
            }
            for n in range(count)
        ]
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    return answer


def test_of_five_thousand_cards_only_those_in_sight_are_drawn(product: Product, desk: BrowserContext) -> None:
    desk.route("**/api/board", _with_many(5000))
    page = desk.new_page()
    page.goto(f"{product.url}/board?layout=timeline&by=none")
    page.locator(".tl-bar").first.wait_for()
    expect(page.locator(".tl-corner")).to_have_text("5,000 cards")
    most = page.evaluate(
        """async () => {
          const node = document.querySelector(".tl-scroll");
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          let most = 0;
          for (let n = 0; n < 40; n++) {
            node.scrollTop += 150;
            node.scrollLeft += n % 2 ? 60 : -60;
            await frame();
            await frame();
            most = Math.max(most, document.querySelectorAll(".tl-row").length);
          }
          return node.scrollTop > 3000 ? most : -1;
        }"""
    )
    assert 0 < most < 60
    page.locator(".tl-bar").first.focus()
    page.keyboard.press("End")
    expect(page.locator(".tl-bar:focus")).to_be_in_viewport()
    assert page.locator(".tl-row").count() < 60
