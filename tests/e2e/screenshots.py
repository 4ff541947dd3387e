"""Makes the pictures in docs/images from the running product: `python -m tests.e2e.screenshots [folder]`."""

from __future__ import annotations

import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from .board_gallery import furnish_board
from .conftest import ARGS, CHROMIUM, sign_in
from .gallery import Gallery, furnish
from .history_gallery import VIEWS, furnish_history, furnish_timeline, settle
from .planning_gallery import furnish_planning
from .product import ROOT, Product, product_in
from .settings_gallery import furnish_settings, take_settings
from .task_gallery import furnish_card, take_pictures

# The browser packs the picture itself: a third of a PNG, and true in its colours, which a palette is not.
_AS_WEBP = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes]));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.9).split(",")[1];
}"""
DESKTOP = (1440, 900)
PHONE = (390, 844)


def _views(gallery: Gallery) -> dict[str, tuple[str, str]]:
    """Name of the picture → path, and what must be there before it is taken."""
    return {
        "board": ("/board", ".live-open, .kboard-phone .kcard"),
        "board-lanes": ("/board?group=agent", ".klane .kcard"),
        "my-work": ("/my-work", ".work-part .l-row"),
        "runs": ("/runs", ".row-link"),
        "run": (f"/runs/{gallery.audited}", ".ev-message"),
        "run-live": (f"/runs/{gallery.running}", ".ev-message"),
        "run-approval": (f"/runs/{gallery.awaiting}", ".ev-message"),
        "run-undelivered": (f"/runs/{gallery.undelivered}", ".ev-message"),
        "approvals": ("/inbox", ".past-row"),
        "agents": ("/agents", ".agent"),
        "agent": ("/agents/sentinel", ".source"),
        "webhooks": (f"/webhooks/{gallery.webhook}", ".intake-detail .json"),
    }


def _take(page: Page, folder: Path, name: str) -> None:
    page.evaluate(
        "() => document.fonts.ready.then(() => Promise.allSettled(document.getAnimations()"
        ".filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished)))"
    )
    picture = b64encode(page.screenshot()).decode()
    (folder / f"{name}.webp").write_bytes(b64decode(page.evaluate(_AS_WEBP, picture)))


Views = dict[str, tuple[str, str]]


More = Callable[[Page, Callable[[str], None], bool], None]
"""Further pictures on a signed-in page: takes how to keep one, and whether it is a phone."""


def _album(browser: Browser, product: Product, folder: Path, views: Views, more: More) -> None:
    for size, suffix in ((DESKTOP, ""), (PHONE, "phone")):
        for theme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.goto(product.url)
            page.get_by_label("E-mail").wait_for()
            ending = "-".join(part for part in (suffix, theme) if part)
            _take(page, folder, f"sign-in-{ending}")
            sign_in(page, product)
            for name, (path, sign) in views.items():
                page.goto(product.url + path)
                page.locator(sign).first.wait_for()
                settle(page)
                _take(page, folder, f"{name}-{ending}")
                if suffix and name == "run":
                    page.get_by_role("button", name="Results").click()
                    _take(page, folder, f"run-results-{ending}")
            more(page, partial(_keep, page, folder, ending), bool(suffix))
            context.close()


def _keep(page: Page, folder: Path, ending: str, name: str) -> None:
    _take(page, folder, f"{name}-{ending}")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        with tempfile.TemporaryDirectory() as temporary, product_in(Path(temporary)) as product:
            _of_today(browser, product, folder)
        with tempfile.TemporaryDirectory() as temporary, product_in(Path(temporary)) as product:
            furnish_timeline(product, furnish_history(product))
            _album(browser, product, folder, VIEWS, lambda *_: None)
        browser.close()


def _of_today(browser: Browser, product: Product, folder: Path) -> None:
    cards = furnish_board(product)
    card = furnish_card(product, cards)
    views = _views(furnish(product)) | furnish_planning(product, cards)
    furnish_settings(product)

    def more(page: Page, keep: Callable[[str], None], phone: bool) -> None:
        take_pictures(page, product, card, keep, phone=phone)
        take_settings(page, product, keep)

    _album(browser, product, folder, views, more)


if __name__ == "__main__":
    main()
