"""Everything can be reached and done without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .gallery import Gallery
from .test_runs import PAYLOAD

pytestmark = pytest.mark.browser


def test_a_walk_by_keys_alone(page: Page, gallery: Gallery) -> None:
    keys = page.keyboard
    expect(page.get_by_role("row").nth(3)).to_be_visible()
    keys.press("j")
    keys.press("j")
    keys.press("k")
    focused = page.locator(".row-link:focus")
    expect(focused).to_have_count(1)
    target = focused.get_attribute("href")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(f"{target}$"))
    expect(page.get_by_role("log")).to_be_visible()

    keys.press("u")
    expect(page).to_have_url(re.compile("/runs$"))
    expect(page.locator(f".row-link[href='{target}']")).to_be_focused()

    keys.press("/")
    expect(page.get_by_role("searchbox", name="Search runs")).to_be_focused()
    keys.press("Escape")

    for letter, heading in (("i", "Approvals"), ("a", "Agents"), ("w", "Webhook deliveries"), ("r", "Runs")):
        keys.press("g")
        keys.press(letter)
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()


def test_the_palette_goes_where_one_types_and_gives_the_focus_back(page: Page) -> None:
    opener = page.get_by_role("button", name=re.compile("Search or do"))
    opener.focus()
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()

    page.keyboard.press("Control+k")
    expect(box).to_be_focused()
    page.keyboard.type("sentinel")
    expect(page.get_by_role("option").first).to_contain_text("SEO Sentinel")
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("/runs$"))


def test_the_key_map_lists_the_keys_and_can_switch_letters_off(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_contain_text("Next run")
    dialog.get_by_label("Single-letter keys are on").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_menu_is_walked_by_arrows(page: Page) -> None:
    page.get_by_role("button", name="Account of").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Keyboard shortcuts")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Account of")).to_be_focused()


def test_the_skip_link_leads_to_the_content(page: Page) -> None:
    page.reload()
    page.get_by_role("navigation", name="Main").wait_for()
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to the content")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_run_is_started_and_cancelled_by_keys_alone(page: Page) -> None:
    keys = page.keyboard
    keys.press("n")
    dialog = page.get_by_role("dialog", name="Start a run")
    expect(dialog.get_by_label("Agent")).to_be_focused()
    expect(dialog.get_by_role("option", name=re.compile("Rank Watcher"))).to_be_attached()
    keys.type("Rank")
    expect(dialog.get_by_label("Agent")).to_have_value("watcher")
    for _ in range(12):
        keys.press("Tab")
        if page.evaluate("document.activeElement.id") == "start-payload":
            break
    keys.type(PAYLOAD.format(id="by-keys", name="By Keys").replace("\n", " "))
    keys.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/runs/run_"))
    expect(page.get_by_role("log")).to_contain_text("Still working")

    cancel = page.get_by_role("button", name="Cancel", exact=True)
    for _ in range(40):
        keys.press("Tab")
        if cancel.evaluate("(node) => node === document.activeElement"):
            break
    keys.press("Enter")
    dialog = page.get_by_role("dialog", name="Cancel this run?")
    expect(dialog.get_by_label("Reason, kept with the run")).to_be_focused()
    keys.type("only a try")
    keys.press("Enter")
    expect(page.locator(".run-title")).to_contain_text("Cancelled", timeout=30_000)
