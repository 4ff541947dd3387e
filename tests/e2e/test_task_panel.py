"""The card's panel in a real browser: facts, text, comments, parts, and a new card from one line by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .axe import findings
from .product import Product

pytestmark = pytest.mark.browser


@pytest.fixture
def board(page: Page, product: Product) -> Page:
    page.goto(f"{product.url}/board")
    expect(page.get_by_role("button", name="New card").first).to_be_visible()
    return page


def test_a_line_becomes_a_card_by_keys_alone(board: Page) -> None:
    board.keyboard.press("c")
    expect(board.get_by_role("dialog", name="New card")).to_be_visible()
    board.keyboard.type("Panel proof p1 @kenji #infrastructure +proof")
    expect(board.get_by_label("Understood")).to_contain_text("Kenji")
    board.keyboard.type(" ")  # what is offered for the last word goes away
    board.keyboard.press("Enter")
    expect(board.get_by_role("dialog", name="New card")).to_be_hidden()
    expect(board.get_by_text("Panel proof", exact=True).first).to_be_visible()


def test_a_card_is_described_discussed_and_divided(board: Page, product: Product) -> None:
    task = product.call("POST", "/api/tasks", {"title": "Panel walk"})["id"]
    board.goto(f"{product.url}/board?task={task}")
    sheet = board.get_by_role("dialog", name="Panel walk")
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Add a description…").click()
    sheet.get_by_role("textbox", name="Description").fill("- [ ] first **step**")
    sheet.get_by_role("button", name="Save").click()
    sheet.get_by_role("checkbox", name="first step").check()
    expect(sheet.locator(".md-ticked")).to_contain_text("first step")
    sheet.get_by_role("textbox", name="New sub-task").fill("A part")
    sheet.get_by_role("textbox", name="New sub-task").press("Enter")
    expect(sheet.get_by_role("checkbox", name="A part is done")).to_be_visible()
    sheet.get_by_role("textbox", name="Write a comment").fill("Over to @kenji")
    sheet.get_by_role("button", name="Comment").click()
    expect(sheet.locator(".comment .md-mention")).to_be_visible()
    expect(sheet.get_by_label("Activity").get_by_role("listitem").first).to_be_visible()
    assert findings(board) == []
    board.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(board).not_to_have_url(re.compile("task="))
