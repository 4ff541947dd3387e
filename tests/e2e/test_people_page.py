"""People, keys, one's account and what one hears of, as a person sets them."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .board_kit import PASSWORD, browser_of, signed_in_as, somebody
from .conftest import PHONE
from .product import Product
from .section_kit import clean, open_section

pytestmark = pytest.mark.browser


@pytest.fixture
def mine(browser: Browser, signed_in: Any) -> Iterator[BrowserContext]:
    context = browser_of(browser, signed_in)
    yield context
    context.close()


def shown_once(page: Page, title: str) -> str:
    shown = page.get_by_role("dialog", name=title)
    secret = shown.get_by_role("status").inner_text()
    shown.get_by_role("button", name="Done").click()
    expect(shown).to_have_count(0)
    assert secret not in page.content()
    return secret


def row(page: Page, text: str) -> Any:
    return page.locator(".entry-row").filter(has_text=text)


def test_a_person_is_added_signs_in_and_is_given_another_role_and_password(
    mine: BrowserContext, product: Product
) -> None:
    page, watch = open_section(mine, product, "people")
    email = f"ida.{uuid4().hex[:6]}@example.com"
    page.get_by_role("button", name="Add a person").click()
    form = page.get_by_role("dialog", name="Add a person")
    form.get_by_label("Name").fill("Ida Holm")
    form.get_by_label("E-mail").fill("no address")
    page.keyboard.press("Enter")
    expect(form.locator(".field-error")).to_contain_text("name@example.com")
    expect(form.get_by_label("Name")).to_have_value("Ida Holm")
    form.get_by_label("E-mail").fill(email)
    page.keyboard.press("Enter")
    password = shown_once(page, "Password of Ida Holm")
    assert signed_in_as(product, email, password)["cookies"]

    ida = row(page, email)
    ida.get_by_role("button", name="Role of Ida Holm").click()
    page.get_by_role("option", name="Admin", exact=False).first.click()
    expect(ida.get_by_role("button", name="Role of Ida Holm: Admin")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(ida.get_by_role("button", name="Role of Ida Holm: User")).to_be_visible()

    ida.get_by_role("button", name="Actions for Ida Holm").click()
    page.get_by_role("menuitem", name="New password").click()
    page.get_by_role("button", name="Make a new password").click()
    fresh = shown_once(page, "Password of Ida Holm")
    assert fresh != password
    with pytest.raises(urllib.error.HTTPError):
        signed_in_as(product, email, password)

    ida.get_by_role("button", name="Actions for Ida Holm").click()
    page.get_by_role("menuitem", name="Deactivate").click()
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(ida.get_by_text("Deactivated")).to_be_visible()
    with pytest.raises(urllib.error.HTTPError):
        signed_in_as(product, email, fresh)
    ida.get_by_role("button", name="Actions for Ida Holm").click()
    page.get_by_role("menuitem", name="Activate").click()
    expect(ida.get_by_text("Deactivated")).to_have_count(0)
    assert signed_in_as(product, email, fresh)["cookies"]
    assert watch.said == []


def test_users_see_the_people_and_may_change_nothing_but_themselves(
    browser: Browser, product: Product
) -> None:
    una = somebody(product, "Una Berg", role="user")
    theirs = browser_of(browser, una.state)
    try:
        page, watch = open_section(theirs, product, "people")
        expect(row(page, "Una Berg").first).to_be_visible()
        expect(page.get_by_text("Your role here is")).to_be_visible()
        expect(page.get_by_role("button", name="Add a person")).to_have_count(0)
        expect(page.get_by_role("button", name="Actions for")).to_have_count(0)
        clean(page)

        page.get_by_role("link", name="Account").click()
        page.get_by_label("Your password now").fill("not this one at all")
        page.get_by_label("New password").fill("short")
        page.get_by_label("The new one again").fill("short")
        page.get_by_role("button", name="Change the password").click()
        expect(page.locator(".field-error, .form-error").first).to_be_visible()
        page.get_by_label("Your password now").fill(PASSWORD)
        page.get_by_label("New password").fill("another good long one")
        page.get_by_label("The new one again").fill("another good long one")
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_role("status").filter(has_text="Password changed")).to_be_visible()
        clean(page)
        assert watch.said == []
    finally:
        theirs.close()


def may(product: Product, key: str, path: str) -> int:
    request = urllib.request.Request(product.url + path, headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_a_key_for_a_new_app_works_for_what_it_may_and_is_revoked(
    mine: BrowserContext, product: Product
) -> None:
    page, watch = open_section(mine, product, "keys")
    label = f"Report {uuid4().hex[:6]}"
    page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog", name="New API key")
    form.get_by_label("Label").fill(label)
    form.get_by_role("button", name="Acts as").click()
    page.get_by_role("option", name="A new agent or app").click()
    form.get_by_label("Its name").fill("Café Report")
    expect(form.get_by_label("Its slug")).to_have_value("cafe-report")
    form.get_by_label("Its slug").fill("Not A Slug")
    form.get_by_role("switch", name="May do everything").click()
    form.get_by_role("button", name="May do: add").click()
    page.keyboard.type("board:read")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    clean(page)
    form.get_by_role("button", name="Make the key").click()
    expect(form.locator(".field-error").first).to_be_visible()
    form.get_by_label("Its slug").fill(f"cafe-{uuid4().hex[:6]}")
    form.get_by_role("button", name="Make the key").click()
    key = shown_once(page, f"Key {label}")
    assert key.startswith("owf_cafe-")
    assert may(product, key, "/api/board/columns") == 200
    assert may(product, key, "/api/runs") == 403
    made = row(page, label)
    expect(made).to_contain_text("for Café Report (app)")
    made.get_by_role("button", name=f"Revoke {label}").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(made).to_have_count(0)
    assert may(product, key, "/api/board/columns") == 401
    page.get_by_role("button", name="that no longer").click()
    expect(row(page, label)).to_contain_text("Revoked")
    clean(page)
    assert watch.said == []


def test_what_one_hears_of_is_kept_and_taken_back(browser: Browser, product: Product) -> None:
    nils = somebody(product, "Nils Lund")
    theirs = browser_of(browser, nils.state)
    try:
        page, watch = open_section(theirs, product, "notifications")
        expect(page.get_by_text("E-mail is not set up.")).to_be_visible()
        save = page.get_by_role("button", name="Save", exact=True)
        expect(save).to_be_disabled()
        page.get_by_label("Comment, E-mail").select_option("At once")
        page.get_by_role("switch", name="Moved, In the app").click()
        page.get_by_role("switch", name="Quiet hours").click()
        page.get_by_label("Slack member id").fill("not an id")
        save.click()
        expect(page.locator(".field[data-invalid]")).to_have_count(1)
        expect(page.get_by_label("Comment, E-mail")).to_have_value("now")
        page.get_by_label("Slack member id").fill("U01ABCDEF23")
        save.click()
        expect(page.get_by_role("status").filter(has_text="Changed what you hear of")).to_be_visible()
        page.reload()
        expect(page.get_by_label("Comment, E-mail")).to_have_value("now")
        expect(page.get_by_role("switch", name="Moved, In the app")).to_have_attribute(
            "aria-checked", "false"
        )
        expect(page.get_by_label("From")).to_have_value("20:00")
        page.get_by_label("Comment, E-mail").select_option("Off")
        save.click()
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page.get_by_label("Comment, E-mail")).to_have_value("now")
        clean(page)
        assert watch.said == []
    finally:
        theirs.close()


@pytest.mark.parametrize("section", ["people", "keys", "notifications", "account"])
def test_axe_finds_nothing_on_a_phone(
    browser: Browser, signed_in: Any, product: Product, section: str
) -> None:
    size: Any = {"viewport": {"width": PHONE[0], "height": PHONE[1]}, "has_touch": True}
    context = browser_of(browser, signed_in, color_scheme="light", reduced_motion="reduce", **size)
    try:
        page, watch = open_section(context, product, section)
        page.locator(".entry-row, .prefs").first.wait_for()
        clean(page)
        wide = page.evaluate("() => document.scrollingElement.scrollWidth > innerWidth")
        assert not wide
        assert watch.said == []
    finally:
        context.close()
