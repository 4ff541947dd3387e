"""What only the development server with invented runs can show: 10,000 events, odd events, a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import FixtureServer, Watch, sign_in

pytestmark = pytest.mark.browser

SLOW = 20_000


@pytest.fixture
def page(stranger: BrowserContext, fixture_server: FixtureServer) -> Iterator[Page]:
    opened = stranger.new_page()
    watch = Watch(opened)
    sign_in(opened, fixture_server)
    yield opened
    assert watch.said == []


def test_tool_calls_unfold_and_the_log_can_be_searched(page: Page, fixture_server: FixtureServer) -> None:
    page.goto(fixture_server.url + "/runs/run_100000k4v9")
    log = page.get_by_role("log")
    log.get_by_role("button", name=re.compile("10 tool calls")).click()
    log.get_by_role("button", name=re.compile("dublin-oh")).click()
    expect(log).to_contain_text("404 Not Found")

    page.get_by_role("searchbox", name="Search this run's log").fill("weather")
    expect(log.get_by_role("button", name="Unknown event: session.weather_changed")).to_be_visible()
    expect(log).not_to_contain_text("tool calls")


def test_ten_thousand_events_cost_a_screenful(page: Page, fixture_server: FixtureServer) -> None:
    page.goto(fixture_server.url + "/runs/run_big000000")
    expect(page.get_by_text("10,000", exact=True)).to_be_visible(timeout=SLOW)
    log = page.get_by_role("log")
    assert log.locator(".virtual-row").count() < 80
    log.evaluate("(node) => { node.scrollTop = node.scrollHeight }")
    page.wait_for_function("document.querySelectorAll('.virtual-row').length > 5")
    assert log.locator(".virtual-row").count() < 80


def test_a_refusal_takes_the_gesture_back_and_says_why(page: Page, fixture_server: FixtureServer) -> None:
    page.goto(fixture_server.url + "/runs/run_100000k4v9")
    page.get_by_role("button", name="Redeliver").click()
    page.get_by_role("menuitem", name="Drive").click()
    expect(page.get_by_role("alert")).to_contain_text("Drive already has every file")
    channel = page.get_by_role("listitem").filter(has_text="Drive").first
    expect(channel).to_contain_text("sent")
