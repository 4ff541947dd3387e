"""Outgoing webhooks: added, tested, paused, looked into and sent again by a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from standardwebhooks import Webhook

from .board_kit import add, browser_of, somebody
from .conftest import PHONE
from .product import Product
from .section_kit import Receiver, clean, open_section, receiver

pytestmark = pytest.mark.browser


@pytest.fixture
def mine(browser: Browser, signed_in: Any) -> Iterator[BrowserContext]:
    context = browser_of(browser, signed_in)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


def add_hook(page: Page, url: str, name: str, *kinds: str) -> str:
    """Add one by its form; the secret that is shown."""
    page.get_by_role("button", name="Add a webhook").click()
    form = page.get_by_role("dialog", name="Add a webhook")
    form.get_by_label("Address").fill(url)
    form.get_by_label("Name").fill(name)
    if kinds:
        form.get_by_role("switch", name="All events").click()
        form.get_by_role("button", name="Events: Choose events").click()
        for kind in kinds:
            page.keyboard.type(kind)
            page.keyboard.press("Enter")
        page.keyboard.press("Escape")
    form.get_by_role("button", name="Add", exact=True).click()
    shown = page.get_by_role("dialog", name=f"Secret of {name}")
    secret = shown.get_by_role("status").inner_text()
    shown.get_by_role("button", name="Copy").click()
    assert page.evaluate("() => navigator.clipboard.readText()") == secret
    shown.get_by_role("button", name="Done").click()
    return secret


def test_a_webhook_is_added_tested_and_what_it_got_can_be_checked(
    mine: BrowserContext, product: Product, there: Receiver
) -> None:
    page, watch = open_section(mine, product, "webhooks")
    name = f"Billing {uuid4().hex[:6]}"
    secret = add_hook(page, there.url, name, "Comment added")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_text("Comment added", exact=True)).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    log = page.get_by_role("region", name="Deliveries")
    expect(log.locator(".hook-line").first.get_by_text("Delivered", exact=True)).to_be_visible()
    expect(log).to_contain_text("HTTP 200")
    expect(log).to_contain_text("answered 200")  # the test stands open
    expect(page.get_by_text("webhook-signature:")).to_have_count(1)
    headers, body = there.got[0]
    assert Webhook(secret).verify(body, headers)["type"] == "board.hook_pinged.v1"

    # What happens on the board arrives in the log while one looks.
    task = add(product, "Told elsewhere")
    product.call("POST", f"/api/tasks/{task['id']}/comments", {"content": "Good."})
    expect(log.get_by_role("button", name="Comment added").first).to_be_visible(timeout=30_000)
    assert json.loads(there.got[-1][1])["data"]["task"]["id"] == task["id"]
    assert watch.said == []


def test_what_fails_is_shown_with_its_answer_and_sent_again(
    mine: BrowserContext, product: Product, there: Receiver
) -> None:
    there.status = 500
    page, watch = open_section(mine, product, "webhooks")
    name = f"Broken {uuid4().hex[:6]}"
    add_hook(page, there.url, name)
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Send a test").click()
    log = page.get_by_role("region", name="Deliveries")
    expect(log.get_by_text("Retrying")).to_be_visible(timeout=30_000)
    expect(log).to_contain_text("answered 500")
    expect(page.get_by_text("Failing", exact=True)).to_be_visible()
    there.status = 202
    log.get_by_role("button", name="Send now").click()
    expect(log.locator(".hook-line").first.get_by_text("Delivered", exact=True)).to_be_visible(timeout=30_000)
    ids = {headers["webhook-id"] for headers, _ in there.got}
    assert len(ids) == 1
    assert len(there.got) >= 2
    assert watch.said == []


def test_it_is_paused_changed_given_a_new_secret_and_deleted(
    mine: BrowserContext, product: Product, there: Receiver
) -> None:
    page, watch = open_section(mine, product, "webhooks")
    name = f"Moving {uuid4().hex[:6]}"
    secret = add_hook(page, there.url, name)
    page.get_by_role("link", name=name).click()

    def stands() -> Any:
        return next(each for each in product.call("GET", "/api/hooks?limit=200") if each["name"] == name)

    page.get_by_role("switch", name=f"{name} is on").click()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    assert not stands()["enabled"]
    expect(page.get_by_role("button", name="Send a test")).to_be_disabled()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("On", exact=True)).to_be_visible()

    page.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog", name=f"Edit {name}")
    product.call("PATCH", f"/api/hooks/{stands()['id']}", {"kinds": ["board.task_moved.v1"]})
    form.get_by_label("Address").fill(f"{there.url}/other")
    form.get_by_role("button", name="Save", exact=True).click()
    # Somebody was faster: nothing typed is lost, and one decides.
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.get_by_label("Address")).to_have_value(f"{there.url}/other")
    form.get_by_role("button", name="Save mine all the same").click()
    expect(form).to_have_count(0)
    assert stands()["url"] == f"{there.url}/other"

    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="New secret").click()
    page.get_by_role("button", name="Make a new secret").click()
    shown = page.get_by_role("dialog", name=f"Secret of {name}")
    assert shown.get_by_role("status").inner_text() not in ("", secret)
    page.keyboard.press("Escape")
    expect(page.get_by_text("The former one signs too")).to_be_visible()

    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Add a webhook")).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_have_count(0)
    assert watch.said == []


def test_a_refusal_stands_beside_its_field_and_users_read_why_they_may_not(
    browser: Browser, mine: BrowserContext, product: Product
) -> None:
    page, watch = open_section(mine, product, "webhooks")
    page.get_by_role("button", name="Add a webhook").click()
    form = page.get_by_role("dialog", name="Add a webhook")
    form.get_by_label("Address").fill("http://127.0.0.1:9/in")
    page.keyboard.press("Enter")
    expect(form.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
    expect(form.locator(".field-error")).to_contain_text("port 9")
    expect(form.get_by_label("Address")).to_be_focused()
    clean(page)
    theirs = browser_of(browser, somebody(product, "Una Petrova", role="user").state)
    try:
        other, their_watch = open_section(theirs, product, "webhooks")
        expect(other.get_by_text("Your role here is")).to_be_visible()
        expect(other.get_by_role("button", name="Add a webhook")).to_have_count(0)
        assert their_watch.said == []
    finally:
        theirs.close()
    assert watch.said == []


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    browser: Browser, signed_in: Any, product: Product, there: Receiver, phone: bool
) -> None:
    size: Any = {"viewport": {"width": PHONE[0], "height": PHONE[1]}} if phone else {}
    hook = product.call("POST", "/api/hooks", {"url": there.url, "name": f"Axe {uuid4().hex[:4]}"})["hook"]
    product.call("POST", f"/api/hooks/{hook['id']}/test", {})
    context = browser_of(browser, signed_in, color_scheme="light", reduced_motion="reduce", **size)
    try:
        page, watch = open_section(context, product, "webhooks")
        page.get_by_text("How a receiver checks").click()
        clean(page)
        page.get_by_role("link", name=hook["name"]).click()
        page.locator(".hook-open").first.click()
        page.get_by_text("Attempt 1").wait_for()
        clean(page)
        page.get_by_role("button", name="Edit").click()
        page.get_by_role("dialog").wait_for()
        clean(page)
        assert watch.said == []
    finally:
        context.close()
