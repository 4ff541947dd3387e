"""Imports as a person makes them: a file, a look at what it would become, the import and its report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .board_kit import browser_of, somebody
from .conftest import PHONE
from .product import ROOT, Product
from .section_kit import clean, open_section

pytestmark = pytest.mark.browser

FIXTURES = ROOT / "tests" / "board" / "fixtures"


@pytest.fixture
def mine(browser: Browser, signed_in: Any) -> Iterator[BrowserContext]:
    context = browser_of(browser, signed_in, accept_downloads=True)
    yield context
    context.close()


def bring(page: Page, file: Path) -> None:
    page.locator('input[type="file"]').set_input_files(file)


def choose(page: Page, part: str, name: str, option: str) -> None:
    """Say what something of the source becomes."""
    page.get_by_role("region", name=part, exact=True).get_by_role("button", name=f"{name} becomes").click()
    page.get_by_role("option", name=option).first.click()
    expect(page.get_by_role("button", name="Import ")).to_be_enabled()


def as_new(fixture: str, folder: Path, suffix: str) -> Path:
    """A fixture whose cards were never brought: an import is done once for each id."""
    text = (FIXTURES / fixture).read_text(encoding="utf-8")
    board = json.loads(text)
    for card in board["cards"]:
        card["id"] = f"{card['id'][:-6]}{suffix}{card['id'][-2:]}"[:24]
        card["name"] = f"{card['name']} {suffix}"
    file = folder / f"board-{suffix}.json"
    file.write_text(json.dumps(board), encoding="utf-8")
    return file


def test_trello_is_looked_at_mapped_brought_and_told_of(
    mine: BrowserContext, product: Product, tmp_path: Path
) -> None:
    suffix = uuid4().hex[:4]
    file = as_new("trello.json", tmp_path, suffix)
    page, watch = open_section(mine, product, "import")
    bring(page, file)
    expect(page.get_by_text("Trello", exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing has been written yet.")).to_be_visible()
    before = len(product.call("GET", "/api/board/columns"))
    columns = page.get_by_role("region", name="Columns", exact=True)
    expect(columns).to_contain_text("without a match")
    choose(page, "Columns", "Old ideas", "To do")
    choose(page, "Columns", "Waiting for client", "Blocked")
    expect(columns).not_to_contain_text("without a match")
    choose(page, "People", "Alice", "Admin")
    expect(page.get_by_role("region", name="People", exact=True)).to_contain_text("1 without a match")
    sample = page.get_by_role("region", name="Sample of cards")
    expect(sample).to_contain_text("Admin")
    button = page.get_by_role("button", name="Import ")
    said = button.inner_text()
    assert len(product.call("GET", "/api/board/columns")) == before
    button.click()

    expect(page.get_by_role("link", name="Look at the cards")).to_be_visible(timeout=30_000)
    report = product.call("GET", "/api/imports")[0]
    assert report["status"] == "done"
    assert said == f"Import {report['total']} cards"
    assert report["created"] > 0
    assert len(product.call("GET", "/api/board/columns")) == before
    table = page.get_by_role("region", name="What did not fit: list")
    expect(table.get_by_role("row")).to_have_count(report["misfits"] + 1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["where", "id", "what", "value", "why"]
    assert len(rows) == report["misfits"] + 1

    # The address leads back to it, and brought once more nothing comes twice.
    page.reload()
    expect(page.get_by_role("link", name="Look at the cards")).to_be_visible()
    page.get_by_role("button", name="All imports").click()
    expect(page.get_by_role("region", name="Earlier imports")).to_contain_text(file.stem)
    bring(page, file)
    expect(page.get_by_text("here already")).to_be_visible()
    page.get_by_role("button", name="Import ").click()
    expect(page.get_by_role("link", name="Look at the cards")).to_be_visible(timeout=30_000)
    again = product.call("GET", "/api/imports")[0]
    assert (again["created"], again["skipped"]) == (0, report["created"])
    assert watch.said == []


def test_what_an_import_made_is_put_away_and_brought_out_again(
    mine: BrowserContext, product: Product, tmp_path: Path
) -> None:
    suffix = uuid4().hex[:4]
    file = as_new("trello.json", tmp_path, suffix)
    page, watch = open_section(mine, product, "import")
    bring(page, file)
    page.get_by_role("button", name="Import ").click()
    expect(page.get_by_role("link", name="Look at the cards")).to_be_visible(timeout=30_000)
    mark = f"/api/tasks?search={suffix}&limit=200&archived=only"
    held = len(product.call("GET", mark))
    page.get_by_role("button", name="All imports").click()
    rows = page.get_by_role("region", name="Earlier imports").get_by_role("listitem")
    one = rows.filter(has=page.get_by_role("button", name="Archive its cards")).filter(has_text=file.stem)
    one.get_by_role("button", name="Archive its cards").click()
    page.get_by_role("button", name="Undo", exact=True).wait_for()
    assert len(product.call("GET", mark)) > held
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone", exact=True)).to_be_visible()
    assert len(product.call("GET", mark)) == held
    assert watch.said == []


def test_a_table_is_read_by_its_headings_and_what_is_wrong_is_named_by_its_line(
    mine: BrowserContext, product: Product
) -> None:
    page, watch = open_section(mine, product, "import")
    page.get_by_text("CSV", exact=True).click()
    expect(page.get_by_text("Any table with a row for each card")).to_be_visible()
    bring(page, FIXTURES / "semicolons.csv")
    headings = page.get_by_role("region", name="Headings", exact=True)
    expect(headings.get_by_role("button", name="Aufgabe becomes: Title")).to_be_visible()
    misfits = page.get_by_role("region", name="What does not fit: list")
    expect(misfits).to_contain_text("32.13.2026")
    expect(misfits.get_by_role("row").filter(has_text="32.13.2026")).to_contain_text("4")
    # Another title makes other cards; two of them are one too many.
    choose_heading = headings.get_by_role("button", name="Beschreibung becomes")
    choose_heading.click()
    page.get_by_role("option", name="Title", exact=True).click()
    expect(page.get_by_role("region", name="Sample of cards")).to_contain_text("Größe messen")
    expect(headings.get_by_role("button", name="Aufgabe becomes: Leave it out")).to_be_visible()
    clean(page)
    assert watch.said == []


def test_what_is_no_export_is_refused_in_words_and_another_file_can_be_taken(
    mine: BrowserContext, product: Product, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"hello": ["world"]}')
    page, watch = open_section(mine, product, "import")
    bring(page, wrong)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Import ")).to_have_count(0)
    clean(page)
    page.get_by_role("button", name="Another file").click()
    broken = tmp_path / "broken.json"
    broken.write_text('{"cards": [')
    bring(page, broken)
    expect(page.get_by_role("alert")).to_contain_text("line")
    page.get_by_role("button", name="Another file").click()
    expect(page.get_by_text("Drop a file here")).to_be_visible()
    assert watch.said == []


def test_everything_is_exported_and_users_may_only_take_along(
    browser: Browser, mine: BrowserContext, product: Product
) -> None:
    page, watch = open_section(mine, product, "import")
    with page.expect_download() as download:
        page.get_by_role("link", name="Everything as JSON").click()
    assert json.loads(Path(download.value.path()).read_text())["complete"] is True
    with page.expect_download() as download:
        page.get_by_role("link", name="Cards as CSV").click()
    assert Path(download.value.path()).read_text(encoding="utf-8-sig").startswith("id,number,title")
    theirs = browser_of(browser, somebody(product, "Ulla Maas", role="user").state)
    try:
        other, their_watch = open_section(theirs, product, "import")
        expect(other.get_by_text("Your role here is")).to_be_visible()
        expect(other.get_by_role("link", name="Cards as CSV")).to_be_visible()
        expect(other.locator('input[type="file"]')).to_have_count(0)
        assert their_watch.said == []
    finally:
        theirs.close()
    assert watch.said == []


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser: Browser, signed_in: Any, product: Product, phone: bool) -> None:
    size: Any = {"viewport": {"width": PHONE[0], "height": PHONE[1]}} if phone else {}
    context = browser_of(browser, signed_in, color_scheme="light", reduced_motion="reduce", **size)
    try:
        page, watch = open_section(context, product, "import")
        clean(page)
        bring(page, FIXTURES / "linear.csv")
        page.locator(".map-row").first.wait_for()
        clean(page)
        assert not page.evaluate("() => document.scrollingElement.scrollWidth > innerWidth")
        assert watch.said == []
    finally:
        context.close()
