"""Runs axe-core over a page as it stands and returns what it finds, readable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_SOURCE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def findings(page: Page) -> list[str]:
    """One line a finding, light and dark: the rule, the element, and what is wrong with it."""
    _settle(page)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_SOURCE.read_text(encoding="utf-8"))
    found = _run(page, "{ resultTypes: ['violations'] }")
    page.emulate_media(color_scheme="dark")
    _settle(page)
    # The two themes differ in nothing but colours.
    dark = _run(page, "{ runOnly: ['color-contrast', 'link-in-text-block'] }")
    page.emulate_media(color_scheme="light")
    return found + [f"dark {line}" for line in dark]


_AT_ONCE = """() => {
  if (document.adoptedStyleSheets.length > 0) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important }");
  document.adoptedStyleSheets.push(sheet);
}"""


def _settle(page: Page) -> None:
    """Have every colour be what it will be: a half-faded text has not the contrast it will have."""
    page.evaluate(_AT_ONCE)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _run(page: Page, options: str) -> list[str]:
    result: dict[str, Any] = page.evaluate(f"() => axe.run(document, {options})")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']} {node['html'][:160]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
