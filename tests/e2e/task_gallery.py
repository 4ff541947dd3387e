"""A card with something in every part, and the pictures of its panel in docs/images."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from .product import ROOT, Product

TITLE = "City pages for Columbus, Dublin and Westerville"
_DESCRIPTION = """The owner wants **one page for each city**, in her own words. The rest is in the \
[brief](https://example.com/brief); nothing starts before #{first}.

## Done when

- [x] Three outlines, agreed with @david
- [ ] Texts of 600 to 900 words
- [ ] Photos from the shop, not stock

> No page goes live before the owner has read it.

| City | Keyword | Searches |
|---|---|--:|
| Columbus | mobile detailing columbus | 1,300 |
| Dublin | car detailing dublin oh | 320 |
"""
_SPEC = """# City pages

One page for each city the vans drive to.

## Why

People search by city, and today they find a competitor.

## How it is checked

- The owner reads every page
- The audit finds no page twice
"""


def _attach(product: Product, task_id: str, name: str, content: bytes, media_type: str) -> None:
    edge = "edge-of-the-form"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    body = f"{head}Content-Type: {media_type}\r\n\r\n".encode() + content + f"\r\n--{edge}--\r\n".encode()
    headers = {
        "Authorization": f"Bearer {product.key}",
        "Content-Type": f"multipart/form-data; boundary={edge}",
    }
    request = urllib.request.Request(
        f"{product.url}/api/tasks/{task_id}/attachments", body, headers, method="POST"
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["success"]


def furnish_card(product: Product, made: dict[str, str]) -> str:
    """Fill one card of the board; its id."""
    card, first = made[TITLE], made["Keyword clusters for emergency plumbing"]
    number = product.call("GET", f"/api/tasks/{first}")["number"]
    product.call(
        "PATCH",
        f"/api/tasks/{card}",
        {
            "description": _DESCRIPTION.format(first=number),
            "depends_on": [first],
            "estimate": 8,
            "brand": "Shamrock Detailing",
        },
    )
    parts = (("Photos from the shop", "todo"), ("Text for Dublin", "in_progress"), ("Three outlines", "done"))
    for title, status in parts:
        product.call("POST", "/api/tasks", {"title": title, "parent_id": card, "status": status})
    product.call("PUT", f"/api/tasks/{card}/documents/spec.md", {"text": _SPEC})
    picture = ROOT / "web" / "public" / "icon-512.png"
    _attach(product, card, "storefront.png", picture.read_bytes(), "image/png")
    _attach(product, card, "keywords.csv", b"city,keyword\nDublin,car detailing dublin oh\n", "text/csv")
    return card


def take_pictures(
    page: Page, product: Product, card: str, take: Callable[[str], None], *, phone: bool
) -> None:
    """Every picture of the panel at this size and theme. `take` keeps one under a name."""
    page.goto(f"{product.url}/board?task={card}")
    sheet = page.get_by_role("dialog", name=TITLE)
    sheet.get_by_role("region", name="Activity").wait_for()
    sheet.locator(".file img").first.wait_for()
    take("task")
    if not phone:
        sheet.get_by_role("region", name="Activity").scroll_into_view_if_needed()
        take("task-below")
        sheet.get_by_role("button", name="spec.md").click()
        page.get_by_role("dialog", name="spec.md").get_by_role("button", name="Edit").click()
        page.get_by_role("region", name="Preview of spec.md").wait_for()
        take("task-document")
        page.get_by_role("button", name="Cancel").click()
        page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("[data-card]").first.wait_for()
    page.keyboard.press("c")
    page.get_by_role("dialog", name="New card").wait_for()
    page.keyboard.type("Fix the sitemap p1 @kenji #infrastructure friday ~3h +seo ")
    page.get_by_label("Understood").get_by_text("seo").wait_for()
    take("task-quick-add")
    page.keyboard.press("Escape")
    if not phone:
        _conflict(page, product, card)
        take("task-conflict")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Discard").click()


def _conflict(page: Page, product: Product, card: str) -> None:
    before: dict[str, Any] = product.call("GET", f"/api/tasks/{card}")
    page.goto(f"{product.url}/board?task={card}")
    page.get_by_role("button", name="Edit the description").click()
    box = page.get_by_role("textbox", name="Description")
    box.fill(before["description"].replace("600 to 900 words", "500 to 700 words, more is not read"))
    theirs = before["description"].replace("600 to 900 words", "600 to 900 words and three questions each")
    product.call("PATCH", f"/api/tasks/{card}", {"description": theirs})
    page.get_by_text("Somebody changed the description").wait_for()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_role("dialog", name="Somebody else changed this too").wait_for()
    product.call("PATCH", f"/api/tasks/{card}", {"description": before["description"]})
