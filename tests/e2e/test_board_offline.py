"""The board without a connection: kept on the device, sent on return, gone when one signs out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from .board_kit import Someone, add, becomes, browser_of, card, link, open_board, somebody, stands_in
from .product import Product

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ada(product: Product) -> Someone:
    return somebody(product, "Ada Lovelace")


@pytest.fixture(scope="module")
def ben(product: Product) -> Someone:
    return somebody(product, "Ben Okafor")


def test_without_a_connection_and_back(browser: Browser, product: Product, ada: Someone) -> None:
    mine, contested = add(product, "Moved on the train"), add(product, "Deleted meanwhile")
    context = browser_of(browser, ada.state, service_workers="allow", reduced_motion="reduce")
    try:
        page, _ = open_board(context, product)
        page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_timeout(1900)  # the board is written down a moment after it changed
        context.set_offline(True)
        expect(page.get_by_text("No connection. You see the board as it was.")).to_be_visible()
        link(page, mine["id"]).focus()
        page.keyboard.press("Shift+ArrowRight")
        stands_in(page, mine["id"], "in_progress")
        link(page, contested["id"]).focus()
        page.keyboard.press("Shift+ArrowRight")
        expect(page.get_by_text("2 changes wait on this device.")).to_be_visible()
        becomes(product, mine["id"], status="todo")

        # Loaded anew without the server: the pages, the board and the changes are still there.
        page.reload()
        stands_in(page, mine["id"], "in_progress")
        expect(page.get_by_text("2 changes wait on this device.")).to_be_visible()

        product.call("DELETE", f"/api/tasks/{contested['id']}")
        context.set_offline(False)
        expect(page.get_by_text("1 change could not be sent.")).to_be_visible()
        stands_in(page, mine["id"], "in_progress")
        becomes(product, mine["id"], status="in_progress")
        page.get_by_role("button", name="Look at it").click()
        expect(page.get_by_role("dialog", name="Not sent")).to_contain_text("Moved")
        page.get_by_role("button", name="Understood").click()
        expect(card(page, contested["id"])).to_have_count(0)
    finally:
        context.close()


def test_signing_out_leaves_nothing_on_the_device(browser: Browser, product: Product, ben: Someone) -> None:
    add(product, "Not for others")
    context = browser_of(browser, ben.state)
    try:
        page, _ = open_board(context, product)
        page.wait_for_timeout(1900)
        assert _kept(page) > 0
        page.get_by_role("button", name="Account of Ben Okafor").click()
        page.get_by_role("menuitem", name="Sign out").click()
        page.get_by_label("E-mail").wait_for()
        assert _kept(page) == 0
    finally:
        context.close()


def _kept(page: Page) -> int:
    """How many records the device keeps."""
    return page.evaluate("""async () => {
      const database = await new Promise((done) => {
        const asked = indexedDB.open("opsroom");
        asked.onsuccess = () => done(asked.result);
      });
      let count = 0;
      for (const name of database.objectStoreNames) {
        count += await new Promise((done) => {
          const asked = database.transaction(name).objectStore(name).count();
          asked.onsuccess = () => done(asked.result);
        });
      }
      database.close();
      return count;
    }""")
