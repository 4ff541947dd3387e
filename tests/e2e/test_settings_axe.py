"""axe finds nothing in the settings: every section and form, light and dark, desktop and 360 px phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .axe import findings
from .board_gallery import furnish_board
from .board_kit import browser_of, signed_in_as
from .conftest import DESKTOP, PHONE
from .product import Product, product_in
from .settings_gallery import DEEPER, SECTIONS, furnish_settings
from .settings_kit import open_section, plain_user

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Product]:
    """A board of its own: the sections are looked at full, and neither rules nor sprints go on elsewhere."""
    assert browser.is_connected()
    with product_in(tmp_path_factory.mktemp("furnished")) as running:
        yield running


@pytest.fixture(scope="module")
def furnished(product: Product) -> None:
    furnish_board(product)
    furnish_settings(product)


def _press(name: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.get_by_role("button", name=name, exact=True).first.click()
        page.get_by_role("dialog").wait_for()

    return press


def _menu(of: str, item: str) -> Callable[[Page], None]:
    def choose(page: Page) -> None:
        page.get_by_role("button", name=of, exact=True).click()
        page.get_by_role("menuitem", name=item).click()
        page.get_by_role("dialog").wait_for()

    return choose


def _colours(page: Page) -> None:
    page.get_by_role("button", name="Colour of In progress").click()
    page.locator(".picker-pop").wait_for()


def _ways(page: Page) -> None:
    page.get_by_role("button", name="Restrict").click()
    page.get_by_role("form", name="Where cards may go").wait_for()


def _lifted(page: Page) -> None:
    page.get_by_role("button", name="Move Done").press("Space")


def _refused(page: Page) -> None:
    _press("Add column")(page)
    page.get_by_role("dialog").get_by_role("button", name="Add column").click()
    page.locator(".field-error").wait_for()


OVER: list[tuple[str, str, Callable[[Page], None]]] = [
    ("columns", "a refused form", _refused),
    ("columns", "the colours", _colours),
    ("columns", "the ways", _ways),
    ("columns", "a lifted row", _lifted),
    ("columns", "a template", _press("See what it does")),
    ("columns", "a column that goes", _menu("Actions for the column Done", "Delete…")),
    ("fields", "a field", _press("Change Channel")),
    ("categories", "a category", _press("Add category")),
    ("sprints", "a sprint", _press("Plan a sprint")),
    ("sprints", "the end of a sprint", _press("Complete…")),
    ("board-agents", "an agent", _menu("Actions for Kenji", "Change…")),
]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    browser: Browser, product: Product, furnished: None, size: tuple[int, int]
) -> None:
    options: Any = {"viewport": {"width": size[0], "height": size[1]}, "reduced_motion": "reduce"}
    state = signed_in_as(product, product.email, product.password)
    context = browser_of(browser, state, color_scheme="light", **options)
    found: dict[str, list[str]] = {}
    try:
        page, watch = open_section(context, product, "columns")
        for section, sign in SECTIONS.values():
            page.goto(f"{product.url}/settings/{section}")
            page.locator(sign).first.wait_for()
            found[section] = findings(page)
            wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{section} is {wide} px wider than the screen"
        for name, (section, sign, deeper) in DEEPER.items():
            page.goto(f"{product.url}/settings/{section}")
            page.locator(sign).first.wait_for()
            deeper(page)
            found[name] = findings(page)
        for section, name, act in OVER:
            page.goto(f"{product.url}/settings/{section}")
            page.locator(".set-row").first.wait_for()
            act(page)
            found[name] = findings(page)
        assert watch.said == []
    finally:
        context.close()
    wrong = [f"{view}: {what}" for view, list_ in found.items() for what in list_]
    assert not wrong, "\n".join(wrong)


def test_axe_finds_nothing_where_one_only_reads(browser: Browser, product: Product, furnished: None) -> None:
    context = browser_of(browser, plain_user(product, "Uma Reader").state, color_scheme="light")
    found: dict[str, list[str]] = {}
    try:
        page, watch = open_section(context, product, "columns")
        for section, sign in SECTIONS.values():
            page.goto(f"{product.url}/settings/{section}")
            page.locator(sign).first.wait_for()
            found[section] = findings(page)
        assert watch.said == []
    finally:
        context.close()
    wrong = [f"{view}: {what}" for view, list_ in found.items() for what in list_]
    assert not wrong, "\n".join(wrong)
