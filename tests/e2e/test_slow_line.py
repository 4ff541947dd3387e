"""On a slow line one writes on while the text before is still being saved: none of it is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from .board_kit import Someone, add, becomes, browser_of, somebody
from .product import Product
from .task_kit import open_card, part

pytestmark = pytest.mark.browser

ON_ITS_WAY_S = 0.6


@pytest.fixture(scope="module")
def rosa(product: Product) -> Someone:
    return somebody(product, "Rosa Slow")


@pytest.fixture
def desk(browser: Browser, rosa: Someone) -> Iterator[BrowserContext]:
    context = browser_of(browser, rosa.state, reduced_motion="reduce")
    yield context
    context.close()


def slow(page: Page, where: str) -> None:
    """From now on what is sent there takes its time."""

    def wait(route: Route) -> None:
        if route.request.method != "GET":
            time.sleep(ON_ITS_WAY_S)
        route.continue_()

    page.route(where, wait)


def write_on(box: Locator, around: Locator, first: str, more: str) -> None:
    """Save, and write on before the answer is there."""
    box.fill(first)
    box.press("Control+Enter")
    expect(around.get_by_role("button", name="Saving…")).to_be_visible()
    box.press_sequentially(more)
    expect(around.get_by_role("button", name="Saving…")).to_have_count(0)
    expect(box).to_have_value(first + more)


def test_of_a_description(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Described slowly", description="one")
    page, sheet, watch = open_card(desk, product, made)
    slow(page, "**/api/tasks/*")
    sheet.get_by_role("button", name="Edit the description").click()
    box = sheet.get_by_role("textbox", name="Description")
    write_on(box, sheet, "one two", " three")
    becomes(product, made["id"], description="one two")
    box.press("Control+Enter")
    becomes(product, made["id"], description="one two three")
    expect(box).to_have_count(0)
    assert watch.said == []


def test_of_a_comment(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Talked about slowly")
    page, sheet, watch = open_card(desk, product, made)
    sheet.get_by_role("textbox", name="Write a comment").fill("one")
    page.keyboard.press("Control+Enter")
    said = part(sheet, "Comments").get_by_role("listitem")
    said.get_by_role("button", name=re.compile("^More about")).click()
    page.get_by_role("menuitem", name="Edit").click()
    slow(page, "**/api/comments/*")
    box = sheet.get_by_role("textbox", name="Edit the comment")
    write_on(box, said, "one two", " three")
    box.press("Control+Enter")
    expect(box).to_have_count(0)
    expect(said).to_contain_text("one two three")
    assert watch.said == []


def test_of_a_document(product: Product, desk: BrowserContext) -> None:
    made = add(product, "Documented slowly")
    page, sheet, watch = open_card(desk, product, made)
    where = f"/api/tasks/{made['id']}/documents/notes.md"
    base = product.call("PUT", where, {"text": "head\n\nbody\n\nfoot\n", "base": None})["revision"]
    part(sheet, "Documents").get_by_role("button", name="notes.md").click()
    dialog = page.get_by_role("dialog", name="notes.md")
    dialog.get_by_role("button", name="Edit").click()
    slow(page, "**/documents/notes.md")
    box = dialog.get_by_role("textbox", name="notes.md")
    write_on(box, dialog, "head\n\nbody\n\nmy foot", " is here")

    # What others wrote meanwhile comes in by merging, and what one writes on does not take it out again.
    product.call("PUT", where, {"text": "their head\n\nbody\n\nfoot\n", "base": base})
    box.press("Control+Enter")
    expect(box).to_have_count(0)
    expect(dialog.locator(".md")).to_contain_text("their head")
    expect(dialog.locator(".md")).to_contain_text("my foot is here")
    assert watch.said == []
