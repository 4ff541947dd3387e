"""What is kept with a card: files and documents; and that axe finds nothing on any part of it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from .axe import findings
from .board_kit import Someone, add, becomes, browser_of, somebody
from .conftest import DESKTOP, PHONE
from .product import Product
from .task_kit import open_card, part

pytestmark = pytest.mark.browser

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def grace(product: Product) -> Someone:
    return somebody(product, "Grace Hopper")


@pytest.fixture
def desk(browser: Browser, grace: Someone) -> Iterator[BrowserContext]:
    context = browser_of(browser, grace.state, reduced_motion="reduce")
    yield context
    context.close()


def test_files_are_attached_looked_at_and_taken_away(product: Product, desk: BrowserContext) -> None:
    made = add(product, "With files")
    page, sheet, watch = open_card(desk, product, made)
    files = part(sheet, "Files")
    files.locator("[data-files]").set_input_files(
        [
            {"name": "dot.png", "mimeType": "image/png", "buffer": PIXEL},
            {"name": "notes.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"},
        ]
    )
    expect(files.get_by_role("listitem")).to_have_count(2)
    becomes(product, made["id"], attachment_count=2)
    files.get_by_role("button", name="Look at dot.png").click()
    picture = page.get_by_role("dialog", name="dot.png")
    page.wait_for_function("() => document.querySelector('.picture img')?.naturalWidth === 1")
    page.keyboard.press("Escape")
    expect(picture).to_be_hidden()
    expect(files.get_by_role("button", name="Look at dot.png")).to_be_focused()

    files.get_by_role("button", name="Take notes.csv away").click()
    expect(files.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(files.get_by_role("link", name="notes.csv")).to_be_visible()

    # What is not what it says is refused in words, and nothing is left of it.
    files.locator("[data-files]").set_input_files(
        [{"name": "fake.png", "mimeType": "image/png", "buffer": b"<html><script>1</script></html>"}]
    )
    expect(page.get_by_role("alert")).to_contain_text("fake.png")
    expect(files.get_by_role("listitem")).to_have_count(2)

    # A picture pasted into a text is kept and shown in it.
    sheet.get_by_role("button", name="Add a description…").click()
    sheet.get_by_role("textbox", name="Description").evaluate(
        """(field, bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], "shot.png",
            { type: "image/png" }));
          const how = { clipboardData: data, bubbles: true, cancelable: true };
          field.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        base64.b64encode(PIXEL).decode(),
    )
    expect(sheet.get_by_role("textbox", name="Description")).to_have_value(
        "![shot.png](attachments/shot.png)"
    )
    sheet.get_by_role("button", name="Save").click()
    expect(part(sheet, "Description").get_by_role("img", name="shot.png")).to_be_visible()
    assert watch.said == []


def test_a_document_is_written_compared_and_brought_back(product: Product, desk: BrowserContext) -> None:
    made = add(product, "With a document")
    page, sheet, watch = open_card(desk, product, made)
    sheet.get_by_role("button", name="Begin a document").click()
    page.get_by_role("menuitem", name=re.compile("^Notes")).click()
    dialog = page.get_by_role("dialog", name="notes.md")
    dialog.get_by_role("button", name="Edit").click()
    dialog.get_by_role("textbox", name="notes.md").fill("# Notes\n\nfirst thought\n")
    expect(dialog.get_by_role("region", name="Preview of notes.md")).to_contain_text("first thought")
    dialog.get_by_label("What changed, for the history").fill("Begin the notes")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("textbox", name="notes.md")).to_have_count(0)

    # Two people, two paragraphs: both stand. The same line: asked.
    base = product.call("GET", f"/api/tasks/{made['id']}/documents/notes.md")
    dialog.get_by_role("button", name="Edit").click()
    box = dialog.get_by_role("textbox", name="notes.md")
    box.fill("# Notes\n\nmy thought\n")
    product.call(
        "PUT",
        f"/api/tasks/{made['id']}/documents/notes.md",
        {"text": "# Notes\n\ntheir thought\n", "base": base["revision"]},
    )
    expect(dialog.get_by_role("status").filter(has_text="Somebody saved")).to_be_visible()
    expect(box).to_have_value("# Notes\n\nmy thought\n")
    box.press("Control+Enter")
    conflict = page.get_by_role("dialog", name="Somebody else changed this too")
    expect(conflict).to_contain_text("their thought")
    conflict.get_by_role("button", name="Save what is chosen").click()
    expect(dialog.locator(".md")).to_contain_text("my thought")

    dialog.get_by_role("button", name="History").click()
    past = dialog.get_by_role("complementary", name="History")
    past.get_by_role("button", name=re.compile("Begin the notes")).click()
    expect(past.locator(".diff-removed")).to_contain_text("first thought")
    expect(past.locator(".diff-added")).to_contain_text("my thought")
    assert findings(page) == []
    past.get_by_role("button", name="Restore this text").click()
    expect(dialog.locator(".md")).to_contain_text("first thought")
    page.keyboard.press("Escape")
    expect(part(sheet, "Documents").get_by_role("button", name="notes.md")).to_be_visible()
    assert watch.said == []


def _full(product: Product) -> Any:
    """A card with something in every part."""
    first, made = add(product, "Before it"), add(product, "A full card", labels=["one", "two"], estimate=3)
    product.call(
        "PATCH",
        f"/api/tasks/{made['id']}",
        {
            "description": "# Head\n\n- [x] done @kenji\n- [ ] open\n\n> said\n\n| a | b |\n|---|--:|\n"
            "| 1 | 2 |\n\n```\ncode\n```\n\n[link](https://example.com) `inline` ~~gone~~",
            "depends_on": [first["id"]],
            "assigned_agent_id": "kenji",
            "category_id": "content",
            "status": "blocked",
            "blocked_reason": "Waiting for a word",
        },
    )
    add(product, "A part of it", parent_id=made["id"], status="done")
    product.call("POST", f"/api/tasks/{made['id']}/comments", {"content": "Said to @kenji"})
    product.call("PUT", f"/api/tasks/{made['id']}/documents/spec.md", {"text": "# Spec\n"})
    return made


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser: Browser, product: Product, grace: Someone, size: tuple[int, int]) -> None:
    made = _full(product)
    context = browser_of(
        browser,
        grace.state,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="light",
        reduced_motion="reduce",
    )
    try:
        page, sheet, watch = open_card(context, product, made)
        found = {"the card": findings(page)}
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
        if size == PHONE:
            sheet.get_by_role("button", name="All facts").click()
            found["all facts"] = findings(page)
        sheet.get_by_role("button", name=re.compile("^Agent: ")).click()
        found["a list"] = findings(page)
        page.keyboard.press("Escape")
        sheet.get_by_role("button", name="Edit the description").click()
        page.get_by_role("textbox", name="Description").press("Control+End")
        page.keyboard.type("\n@k")
        page.get_by_role("option", name=re.compile("Kenji")).wait_for()
        found["writing"] = findings(page)
        page.keyboard.press("Escape")
        sheet.get_by_role("button", name="Discard").click()
        sheet.get_by_role("button", name=re.compile("^Private")).click()
        found["a decision"] = findings(page)
        sheet.get_by_role("button", name="Keep it private").click()
        sheet.get_by_role("button", name="spec.md").click()
        page.get_by_role("dialog", name="spec.md").get_by_role("button", name="Edit").click()
        found["a document"] = findings(page)
        assert watch.said == []
    finally:
        context.close()
    wrong = [f"{view}: {what}" for view, list_ in found.items() for what in list_]
    assert not wrong, "\n".join(wrong)
