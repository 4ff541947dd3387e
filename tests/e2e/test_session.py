"""Signing in and out, and a session that ends under one's hands."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from .conftest import sign_in
from .product import Product

pytestmark = pytest.mark.browser


def test_a_wrong_password_is_explained_and_the_right_one_lets_in(
    stranger: BrowserContext, product: Product
) -> None:
    page = stranger.new_page()
    page.goto(product.url)
    page.get_by_label("E-mail").fill(product.email)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")

    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Board", exact=True)).to_be_visible()


def test_the_sign_in_page_says_where_the_password_was_printed(
    stranger: BrowserContext, product: Product
) -> None:
    page = stranger.new_page()
    page.goto(product.url)
    page.get_by_text("Where is my password?").click()
    expect(page.get_by_text("opsroom init")).to_be_visible()


def test_signing_out_leaves_nothing_on_the_screen(stranger: BrowserContext, product: Product) -> None:
    page = stranger.new_page()
    sign_in(page, product)
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Opsroom")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(0)


def test_after_the_session_ended_one_is_back_on_the_same_page(
    stranger: BrowserContext, product: Product
) -> None:
    page = stranger.new_page()
    sign_in(page, product, "/agents")
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    stranger.clear_cookies()
    page.get_by_role("link", name="Webhook deliveries").click()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Webhook deliveries")).to_be_visible()


def test_the_board_is_asked_for_once_and_before_its_code_is_there(
    stranger: BrowserContext, product: Product
) -> None:
    page = stranger.new_page()
    sign_in(page, product)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(product.url)))
    page.goto(f"{product.url}/board")
    page.locator(".fbar").wait_for()
    assert asked.count("/api/board") == 1
    assert asked.count("/api/me") == 1
    room = next(at for at, each in enumerate(asked) if "/assets/page-" in each)
    assert asked.index("/api/board") < room
    assert page.locator("#boot").count() == 0
