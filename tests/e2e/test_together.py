"""Two people in two browsers at once: they see each other's pointers, and write in one card without loss."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from .board_kit import Someone, add, becomes, browser_of, open_board, somebody, stands_in
from .product import Product
from .task_kit import open_card

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def rosa(product: Product) -> Someone:
    return somebody(product, "Rosa Parks")


@pytest.fixture(scope="module")
def kofi(product: Product) -> Someone:
    return somebody(product, "Kofi Annan")


@pytest.fixture
def desks(browser: Browser, rosa: Someone, kofi: Someone) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    both = [browser_of(browser, each.state, reduced_motion="reduce") for each in (rosa, kofi)]
    yield both[0], both[1]
    for each in both:
        each.close()


def test_each_sees_the_others_pointer_where_it_is(
    product: Product, desks: tuple[BrowserContext, BrowserContext]
) -> None:
    made = add(product, "Pointed at")
    mine, _ = open_board(desks[0], product)
    theirs, _ = open_board(desks[1], product)
    stands_in(theirs, made["id"], "todo")
    expect(mine.get_by_label("Also here")).to_contain_text("Kofi Annan")

    column = theirs.locator('[data-column="blocked"]').bounding_box()
    assert column is not None
    at = (column["x"] + column["width"] / 4, column["y"] + column["height"] / 2)
    theirs.mouse.move(*at)
    theirs.mouse.move(at[0] + 2, at[1] + 2)
    pointer = mine.locator(".kcursor")
    expect(pointer).to_have_text("Kofi")
    shown = pointer.bounding_box()
    assert shown is not None
    assert abs(shown["x"] - at[0]) < 12
    assert abs(shown["y"] - at[1]) < 12

    theirs.close()
    expect(pointer).to_have_count(0)
    expect(mine.get_by_label("Also here")).to_have_count(0)


def test_two_people_write_in_one_card_and_nothing_is_lost(
    product: Product, desks: tuple[BrowserContext, BrowserContext]
) -> None:
    made = add(product, "Written by four hands", description="begin")
    mine, sheet, watch = open_card(desks[0], product, made)
    theirs, other, other_watch = open_card(desks[1], product, made)
    for one in (sheet, other):
        one.get_by_role("button", name="Edit the description").click()
    sheet.get_by_role("textbox", name="Description").fill("Rosa's text")
    other.get_by_role("textbox", name="Description").fill("Kofi's text")

    mine.keyboard.press("Control+Enter")
    becomes(product, made["id"], description="Rosa's text")
    # What Kofi types meanwhile stays his, and he is told before he saves.
    expect(other.get_by_text("Somebody changed the description")).to_be_visible()
    expect(other.get_by_role("textbox", name="Description")).to_have_value("Kofi's text")
    theirs.keyboard.press("Control+Enter")

    dialog = theirs.get_by_role("dialog", name="Somebody else changed this too")
    expect(dialog).to_contain_text("Rosa's text")
    expect(dialog).to_contain_text("Kofi's text")
    dialog.get_by_role("button", name="Put together by hand").click()
    dialog.get_by_role("textbox").fill("Rosa's text\n\nKofi's text")
    dialog.get_by_role("button", name="Save what is chosen").click()
    becomes(product, made["id"], description="Rosa's text\n\nKofi's text")
    expect(sheet.get_by_text("Kofi's text")).to_be_visible()

    # Changes of different fields go together without a question.
    sheet.get_by_role("textbox", name="Title").fill("Renamed by Rosa")
    mine.keyboard.press("Enter")
    becomes(product, made["id"], title="Renamed by Rosa")
    expect(theirs.get_by_role("dialog", name="Renamed by Rosa")).to_be_visible()
    assert watch.said == []
    assert other_watch.said == []
