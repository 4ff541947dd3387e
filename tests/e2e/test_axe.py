"""axe finds nothing: every view, light and dark, on a desktop and on a 360 px phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .axe import findings
from .conftest import DESKTOP, PHONE
from .gallery import Gallery
from .product import BROKEN, Product

pytestmark = pytest.mark.browser


def _views(gallery: Gallery) -> dict[str, str]:
    """Each view with a thing that shows when it is there."""
    return {
        "/runs": ".row-link",
        "/runs?q=nothing-is-called-this": ".empty",
        f"/runs/{gallery.audited}": ".ev-message",
        f"/runs/{gallery.undelivered}": ".trouble",
        f"/runs/{gallery.alerted}": ".trouble",
        f"/runs/{gallery.awaiting}": ".approval",
        f"/runs/{gallery.running}": ".ev-message",
        f"/runs/{gallery.hostile}": ".ev-tools, .ev-tool, .call-head",
        "/inbox": ".approval",
        "/agents": ".agent",
        "/agents/sentinel": ".source",
        f"/agents/{BROKEN}": ".trouble",
        "/webhooks": ".intake-row",
        f"/webhooks/{gallery.webhook}": ".intake-detail .json",
        "/nowhere": ".empty",
    }


def _open_things(page: Page, phone: bool) -> dict[str, list[str]]:
    """The states one only reaches by doing something: folds, dialogs, menus."""
    found: dict[str, list[str]] = {}
    if phone:
        for part in ("Results", "Details"):
            page.get_by_role("button", name=part).click()
            found[part] = findings(page)
        page.get_by_role("button", name="Results").click()
    page.get_by_role("button", name="Preview sentinel-audit-northgate-plumbing.html").click()
    found["a preview"] = findings(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Redeliver").click()
    found["a menu"] = findings(page)
    page.keyboard.press("Escape")
    for key, name in (("n", "Start a run"), ("?", "Keyboard"), ("Control+k", "Command palette")):
        page.keyboard.press(key)
        dialog = page.get_by_role("dialog", name=name)
        dialog.wait_for()
        found[name] = findings(page)
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    browser: Browser, product: Product, gallery: Gallery, signed_in: Any, size: tuple[int, int]
) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(product.url)
    page.get_by_label("E-mail").wait_for()
    found = {"sign in": findings(page)}
    context.add_cookies(signed_in["cookies"])
    for path, sign in _views(gallery).items():
        page.goto(product.url + path)
        page.locator(sign).first.wait_for()
        found[path] = findings(page)
        if path.endswith(gallery.undelivered):
            found |= _open_things(page, size == PHONE)
    context.close()
    wrong = [f"{view}: {what}" for view, list_ in found.items() for what in list_]
    assert not wrong, "\n".join(wrong)
