"""A card from one line, by keyboard alone."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from .axe import findings
from .board_kit import add, browser_of, open_board, task
from .product import Product

pytestmark = pytest.mark.browser


def test_a_line_becomes_a_card_by_keys_alone(product: Product, browser: Browser, signed_in: Any) -> None:
    first = add(product, "What has to be first")
    context = browser_of(browser, signed_in, reduced_motion="reduce")
    page, watch = open_board(context, product)
    keys = page.keyboard
    keys.press("c")
    dialog = page.get_by_role("dialog", name="New card")
    expect(dialog.get_by_role("textbox", name="What is to be done")).to_be_focused()
    keys.type("Panel proof p1 @ken")
    expect(page.get_by_role("option", name=re.compile("Kenji"))).to_be_visible()
    keys.press("Tab")  # takes what is offered
    keys.type(f"#infra +proof ~3h 2027-03-01 !blocked-by #{first['number']} @nobodyhere")
    understood = dialog.get_by_label("Understood")
    for words in ("P1", "Kenji", "Infrastructure", "proof", "~3 h", "1 Mar 2027", f"#{first['number']}"):
        expect(understood).to_contain_text(words)
    # A name nobody has is said before it becomes a part of the title.
    keys.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("not understood")
    for _ in range(len("@nobodyhere")):
        keys.press("Backspace")
    assert findings(page) == []
    keys.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator(".kcard, [data-card]").filter(has_text="Panel proof").first).to_be_visible()
    deadline = time.monotonic() + 10
    while not (found := product.call("GET", "/api/tasks?search=Panel%20proof")):
        assert time.monotonic() < deadline
    made = task(product, found[0]["id"])
    assert made["title"] == "Panel proof"
    assert (made["priority"], made["assigned_agent_id"], made["estimate"]) == ("p1", "kenji", 3)
    assert (made["category_id"], made["labels"], made["due_date"]) == (
        "infrastructure",
        ["proof"],
        "2027-03-01",
    )
    assert [each["id"] for each in made["depends_on"]] == [first["id"]]
    assert watch.said == []
    context.close()
