"""The figures as people read them: drawn, point by point, as tables, as files; live, filtered, refused."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from .axe import findings
from .board_kit import Someone, add, browser_of, somebody
from .conftest import DESKTOP, PHONE, Watch
from .history_gallery import History, day, furnish_history
from .product import Product

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def history(product: Product) -> History:
    """Three months of a board, in a category of its own: others share the board."""
    return furnish_history(product, weeks=8)


@pytest.fixture(scope="module")
def ada(product: Product) -> Someone:
    return somebody(product, "Ada Lovelace")


@pytest.fixture
def desk(browser: Browser, ada: Someone) -> Iterator[BrowserContext]:
    """Ada's browser."""
    context = browser_of(browser, ada.state, reduced_motion="reduce", accept_downloads=True)
    yield context
    context.close()


def open_figures(context: BrowserContext, product: Product, query: str = "") -> tuple[Page, Watch]:
    """The page of figures, everything computed."""
    page = context.new_page()
    watch = Watch(page)
    page.goto(f"{product.url}/analytics{query}")
    page.locator(".fig").first.wait_for()
    settled(page)
    return page, watch


def settled(page: Page) -> None:
    page.wait_for_function("() => !document.querySelector('.fig-busy, .fig-wait, .tile-bone')")


def fig(page: Page, title: str) -> Locator:
    """A chart with its frame."""
    return page.get_by_role("region", name=title, exact=True)


def plot(page: Page, title: str, at: int = 0) -> Locator:
    """The drawing in it, which takes the focus."""
    return fig(page, title).get_by_role("application").nth(at)


def rows(page: Page, title: str) -> list[list[str]]:
    """What the table of a chart says, its head first."""
    table = fig(page, title).get_by_role("table")
    if table.count() == 0:
        fig(page, title).get_by_role("button", name=f"{title} as a table").click()
    return [row.locator("th, td").all_inner_texts() for row in table.get_by_role("row").all()]


def figures(product: Product, name: str, query: str = "") -> Any:
    return product.call("GET", f"/api/analytics/{name}{query}")


def test_the_charts_say_what_the_server_counted(
    product: Product, history: History, desk: BrowserContext
) -> None:
    page, watch = open_figures(desk, product)
    counted = figures(product, "velocity", "?count=12")["sprints"]
    told = rows(page, "Velocity")
    assert [row[0] for row in told[1:]] == [each["name"] for each in counted]
    assert [row[6] for row in told[1:]] == [str(each["done_tasks"]) for each in counted]
    assert {"Sprint 1", "Sprint 2", "Sprint 3", "Sprint 4"} <= {row[0] for row in told[1:]}

    weeks = figures(product, "throughput")["weeks"]
    assert [row[1] for row in rows(page, "Throughput")[1:]] == [str(each["tasks"]) for each in weeks]
    assert sum(each["tasks"] for each in weeks) >= len(history.done) > 20

    going = history.sprints[-2]
    burn = figures(product, "burndown", f"?sprint={going['id']}")["days"]
    left = ["–" if each["remaining_tasks"] is None else str(each["remaining_tasks"]) for each in burn]
    assert [row[3] for row in rows(page, "Burn-down")[1:]] == left
    assert len(set(left)) > 3, "work went on in this sprint"
    assert [row[1] for row in rows(page, "Burn-up")[1:]].count("–") == left.count("–") > 0

    flow = figures(product, "cumulative-flow")
    told = rows(page, "Cumulative flow")
    assert told[0][1:] == [each["name"] for each in flow["columns"]]
    assert told[-1][1:] == [str(each) for each in flow["days"][-1]["counts"]]
    load = {each["name"] or "Nobody": each["open_tasks"] for each in figures(product, "workload")["agents"]}
    assert {row[0]: int(row[1]) for row in rows(page, "Workload of agents")[1:]} == load
    # And back to the drawing.
    fig(page, "Velocity").get_by_role("button", name="Velocity as a table").click()
    expect(plot(page, "Velocity")).to_be_visible()
    assert watch.said == []


def test_a_chart_is_read_by_keys(product: Product, history: History, desk: BrowserContext) -> None:
    page, watch = open_figures(desk, product)
    velocity = plot(page, "Velocity")
    velocity.focus()
    page.keyboard.press("Home")
    spoken = velocity.locator("[aria-live]")
    first = figures(product, "velocity", "?count=12")["sprints"][0]
    expect(spoken).to_contain_text(f"{first['name']}, Days")
    expect(spoken).to_contain_text(f"Completed {first['done_tasks']}")
    page.keyboard.press("ArrowRight")
    expect(spoken).not_to_contain_text(f"{first['name']},")
    page.keyboard.press("Escape")
    expect(velocity.locator(".fig-tip")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(velocity.locator(".fig-tip")).to_contain_text(first["name"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/board.layout=list&sprint={first['sprint_id']}"))
    page.go_back()
    settled(page)

    # A point of the scatter is a card.
    cycle = plot(page, "Cycle time")
    cycle.focus()
    page.keyboard.press("End")
    done = figures(product, "done-tasks")["tasks"]
    last = [each for each in done if each["cycle_h"] is not None][-1]["task"]
    expect(cycle.locator("[aria-live]")).to_contain_text(f"#{last['number']} {last['title']}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=last["title"])).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("task="))
    fig(page, "Cycle time").get_by_role("button", name="Lead", exact=True).click()
    expect(page).to_have_url(re.compile("time=lead"))
    expect(fig(page, "Lead time")).to_contain_text("From when it was made")
    assert watch.said == []


def test_by_mouse(product: Product, history: History, desk: BrowserContext) -> None:
    page, watch = open_figures(desk, product)
    weeks = figures(product, "throughput")["weeks"]
    box = plot(page, "Throughput").bounding_box()
    assert box is not None
    # The bar of the last whole week but one.
    slot = (box["width"] - 38 - 38) / len(weeks)
    x = box["x"] + 38 + slot * (len(weeks) - 2.5)
    page.mouse.move(x, box["y"] + 80)
    tip = plot(page, "Throughput").locator(".fig-tip")
    expect(tip).to_contain_text(str(weeks[-3]["tasks"]))
    page.mouse.click(x, box["y"] + 80)
    expect(page).to_have_url(re.compile(f"completed_from={weeks[-3]['week']}"))
    # The list holds as many as the bar said, and says why it holds them.
    cards = re.compile(f"^{weeks[-3]['tasks']} cards?$")
    expect(page.get_by_role("status").filter(has_text=cards)).to_be_visible()
    for edge in ("from", "until"):
        page.get_by_role("button", name=re.compile(f"^Remove filter Done {edge}")).click()
    expect(page).not_to_have_url(re.compile("completed_(from|to)="))
    assert watch.said == []


def test_filters_stand_in_the_address(product: Product, history: History, desk: BrowserContext) -> None:
    page, watch = open_figures(desk, product)
    page.get_by_role("button", name="Agent", exact=True).click()
    page.get_by_role("option", name="Kenji").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("assigned=kenji"))
    settled(page)
    # What a figure cannot apply it says; the others obey.
    expect(fig(page, "Burn-down")).to_contain_text("the agent filter does not apply here")
    for name in ("Velocity", "Cumulative flow"):
        expect(fig(page, name)).not_to_contain_text("not apply")
    flow = figures(product, "cumulative-flow", "?assigned=kenji")["days"][-1]["counts"]
    assert rows(page, "Cumulative flow")[-1][1:] == [str(count) for count in flow]
    whole = figures(product, "cumulative-flow", "")["days"][-1]["counts"]
    assert 0 < sum(flow) < sum(whole)
    velocity = figures(product, "velocity", "?count=12&assigned=kenji")["sprints"]
    assert [row[6] for row in rows(page, "Velocity")[1:]] == [f"{s['done_tasks']}" for s in velocity]
    done = figures(product, "throughput", "?assigned=kenji")["weeks"]
    assert [row[1] for row in rows(page, "Throughput")[1:]] == [str(each["tasks"]) for each in done]
    assert 0 < sum(each["tasks"] for each in done) < len(history.done)
    completed = page.locator(".tile", has_text="Completed")
    expect(completed.locator("dd").first).to_have_text(str(sum(each["tasks"] for each in done)))

    page.get_by_role("button", name="30 days").click()
    page.get_by_role("button", name="Estimate", exact=True).click()
    expect(page).to_have_url(re.compile("assigned=kenji&range=30&unit=estimate"))
    page.reload()
    settled(page)
    query = f"?assigned=kenji&from={day(-29)}&to={day(0)}"
    weeks = figures(product, "throughput", query)["weeks"]
    told = rows(page, "Throughput")
    assert [row[2] for row in told[1:]] == [f"{each['estimate']:g}" for each in weeks]

    page.get_by_role("button", name="Days…").click()
    page.get_by_label("From", exact=True).fill(day(0))
    page.get_by_label("To", exact=True).fill(day(-5))
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_have_text("ends before it begins")
    page.get_by_label("From", exact=True).fill(day(-20))
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile(f"from={day(-20)}&to={day(-5)}"))
    page.get_by_role("button", name="Clear").click()
    expect(page).not_to_have_url(re.compile("from=|assigned="))

    page.get_by_role("button", name="Sprint", exact=True).click()
    page.get_by_role("option", name=re.compile("^Sprint 2")).first.click()
    expect(fig(page, "Burn-down")).to_contain_text("Sprint 2: estimate left")
    assert watch.said == []


def test_taken_away_as_files(product: Product, history: History, desk: BrowserContext) -> None:
    page, watch = open_figures(desk, product, "?assigned=kenji,maya")
    menu = fig(page, "Throughput").get_by_role("button", name="Take Throughput away")
    saved: dict[str, bytes] = {}
    for kind in ("CSV", "SVG", "PNG"):
        menu.click()
        with page.expect_download() as waiting:
            page.get_by_role("menuitem", name=f"Download {kind}").click()
        saved[kind] = waiting.value.path().read_bytes()
    told = list(csv.reader(io.StringIO(saved["CSV"].decode())))
    counted = figures(product, "throughput", "?assigned=kenji,maya")["weeks"]
    assert [row[1] for row in told[1:]] == [str(each["tasks"]) for each in counted]
    drawing = saved["SVG"].decode()
    assert drawing.startswith("<svg")
    assert "Throughput" in drawing
    assert "var(--" not in drawing, "its colours are written into it"
    assert saved["PNG"].startswith(b"\x89PNG")
    assert len(saved["PNG"]) > 5000, "there is something on the picture"
    assert watch.said == []


def test_news_of_the_board_are_counted(product: Product, history: History, desk: BrowserContext) -> None:
    page, watch = open_figures(desk, product)
    way = page.locator(".tile", has_text="Under way").locator("dd").first
    late = page.locator(".tile", has_text="Overdue").locator("dd").first
    completed = page.locator(".tile", has_text="Completed").locator("dd").first
    before = [int(each.inner_text()) for each in (way, late, completed)]
    made = add(product, "Counted while somebody looks", due_date=day(-1), status="in_progress")
    expect(way).to_have_text(str(before[0] + 1))
    expect(late).to_have_text(str(before[1] + 1))
    product.call("POST", f"/api/tasks/{made['id']}/move", {"status": "done"})
    expect(way).to_have_text(str(before[0]))
    # A busy board is not counted anew all the time.
    expect(completed).to_have_text(str(before[2] + 1), timeout=15_000)
    product.call("DELETE", f"/api/tasks/{made['id']}")
    expect(completed).to_have_text(str(before[2]), timeout=15_000)
    assert watch.said == []


def test_slow_refused_and_empty(product: Product, history: History, desk: BrowserContext) -> None:
    answers = iter(["slow", "fails"])

    def meddle(route: Route) -> None:
        how = next(answers, "")
        if how == "slow":
            time.sleep(2)
        if how == "fails":
            body = '{"success":false,"title":"Busy","detail":"The log is being moved."}'
            route.fulfill(status=503, content_type="application/json", body=body)
        else:
            route.continue_()

    desk.route("**/api/analytics/velocity*", meddle)
    page = desk.new_page()
    page.goto(f"{product.url}/analytics")
    velocity = fig(page, "Velocity")
    expect(velocity).to_contain_text("Counting the log of the board")
    expect(plot(page, "Velocity")).to_be_visible()
    page.reload()
    expect(velocity.get_by_role("alert")).to_contain_text("The log is being moved.")
    velocity.get_by_role("button", name="Try again").click()
    expect(plot(page, "Velocity")).to_be_visible()

    # Long before there was anything: each chart says what must happen.
    page.goto(f"{product.url}/analytics?from=2001-01-01&to=2001-02-01&assigned=priya")
    settled(page)
    expect(fig(page, "Throughput")).to_contain_text("Move cards to a column that is done")
    expect(fig(page, "Cycle time")).to_contain_text("each becomes a point here")
    # More days than the server counts at once: it says so, and nothing is drawn.
    page.goto(f"{product.url}/analytics?from=2001-01-01&to=2026-01-01")
    expect(fig(page, "Throughput").get_by_role("alert")).to_contain_text("too long")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    browser: Browser, product: Product, history: History, ada: Someone, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    options: Any = {"viewport": viewport, "reduced_motion": "reduce", "color_scheme": "light"}
    context = browser_of(browser, ada.state, **options)
    found: dict[str, list[str]] = {}
    try:
        page, watch = open_figures(context, product)
        found["the figures"] = findings(page)
        wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, "nothing stands out of the page"
        plot(page, "Cycle time").focus()
        page.keyboard.press("End")
        page.locator(".fig-tip").wait_for()
        found["a point"] = findings(page)
        rows(page, "Cumulative flow")
        found["a table"] = findings(page)
        fig(page, "Velocity").get_by_role("button", name="Take Velocity away").click()
        page.get_by_role("menu").wait_for()
        found["its menu"] = findings(page)
        page.goto(f"{product.url}/analytics?from=2001-01-01&to=2001-02-01")
        fig(page, "Throughput").get_by_text("Move cards to a column").wait_for()
        found["nothing there"] = findings(page)
        assert watch.said == []
    finally:
        context.close()
    wrong = [f"{view}: {what}" for view, list_ in found.items() for what in list_]
    assert not wrong, "\n".join(wrong)


def test_days_are_written_as_the_reader_writes_them(
    browser: Browser, product: Product, history: History, ada: Someone
) -> None:
    for locale in ("de-DE", "en-US"):
        context = browser_of(browser, ada.state, reduced_motion="reduce", locale=locale)
        try:
            page, watch = open_figures(context, product, "?from=2026-03-02&to=2026-05-31")
            written = [
                page.evaluate(
                    "([locale, day]) => new Intl.DateTimeFormat(locale, "
                    "{ day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(day))",
                    [locale, edge],
                )
                for edge in ("2026-03-02", "2026-05-31")
            ]
            assert written[1] == {"de-DE": "31. Mai", "en-US": "May 31"}[locale]
            expect(page.get_by_role("main")).to_contain_text(f"{written[0]} – {written[1]}")
            assert watch.said == []
        finally:
            context.close()
