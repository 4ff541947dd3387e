"""What a browser is given to show. Everything here was written by somebody we do not trust."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from opsroom.artifacts.api import preview_html
from opsroom.artifacts.media import detect, kind_of
from opsroom.artifacts.preview import JSON_BYTES, MARKDOWN_BYTES, TEXT_BYTES
from opsroom.artifacts.serving import asked_range, disposition

HOSTILE_MARKDOWN = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "![a](javascript:alert(1))",
    "<a href='javascript:alert(1)'>x</a>",
    "[a](vbscript:x)",
    "<svg onload=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<style>*{display:none}</style>",
    "<form action=//evil.example><input></form>",
    '<base href="//evil.example">',
    '<meta http-equiv="refresh" content="0;url=//evil.example">',
    "</main></body><script>alert(1)</script>",
    "[a](&#106;avascript:alert(1))",
    '[a](http://x "onmouseover=alert(1)")',
    "`<script>`",
    'a <https://x.example/"onclick=alert(1)>',
]


def tags(page: str) -> set[str]:
    return {node.tag for node in LexborHTMLParser(page).css("body *") if node.tag}


@pytest.mark.parametrize("written", HOSTILE_MARKDOWN)
def test_markdown_runs_nothing(written: str) -> None:
    page = LexborHTMLParser(preview_html(written.encode(), "text/markdown"))
    assert not {n.tag for n in page.css("*")} & {"script", "svg", "iframe", "form", "input", "base", "object"}
    assert len(page.css("meta")) == 2
    assert len(page.css("style")) == 1
    for node in page.css("body *"):
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            assert name not in ("href", "src") or (value or "").startswith(("http", "mailto:"))


def test_markdown_is_markdown() -> None:
    page = preview_html(
        b"# Audit\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- **P1** fix\n\n```\n<b>\n```", "text/markdown"
    )
    assert {"h1", "table", "td", "li", "strong", "pre", "code"} <= tags(page)
    assert "&lt;b&gt;" in page


def test_json_is_laid_out_and_escaped() -> None:
    page = preview_html(
        b'{"a":"</pre><script>alert(1)</script>","n":[1,2]}', "application/json", name="x<y>.json"
    )
    assert "script" not in tags(page)
    text = LexborHTMLParser(page).css_first("pre").text()
    assert json.loads(text) == {"a": "</pre><script>alert(1)</script>", "n": [1, 2]}
    assert text.startswith("{\n  ")
    assert LexborHTMLParser(page).css_first("title").text() == "x<y>.json"


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 500_000,
        b"[" * 59 + b"1," * 200_000 + b"1" + b"]" * 59,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b"9" * 100_000,
        b"{half",
        b"\xff\xfe{}",
    ],
)
def test_json_that_is_hard_to_show_costs_little(content: bytes) -> None:
    began = time.monotonic()
    page = preview_html(content, "application/json")
    assert len(page) < 8 * 1024 * 1024
    assert time.monotonic() - began < 2


def test_large_files_are_shown_in_part() -> None:
    for size, kind in (
        (MARKDOWN_BYTES, "text/markdown"),
        (JSON_BYTES, "application/json"),
        (TEXT_BYTES, "text/plain"),
    ):
        page = preview_html(b"a" * (size + 1), kind)
        assert "Only the beginning" in page or size < TEXT_BYTES
        assert page.count("a" * 1000) <= TEXT_BYTES // 1000
    assert "too large" in preview_html(b"<p>" * 5_000_000, "text/html")
    assert "no preview" in preview_html(b"", "application/pdf")


def test_html_is_as_it_is_and_svg_is_text() -> None:
    report = "<!doctype html><style>h1{}</style><h1>Report é</h1><script>alert(1)</script>"
    assert preview_html(report.encode(), "text/html") == report  # the policy of the answer holds it
    page = preview_html(b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "image/svg+xml")
    assert "svg" not in tags(page)


def test_images_are_data() -> None:
    page = preview_html(b"\x89PNG\r\n\x1a\n", "image/png", name='"><script>')
    assert LexborHTMLParser(page).css_first("img").attributes["src"] == "data:image/png;base64,iVBORw0KGgo="
    assert "script" not in tags(page)


def test_text_directions_are_shown_for_what_they_are() -> None:
    assert "\u202e" not in preview_html("a\u202eb".encode(), "text/plain")


@given(
    st.binary(max_size=300),
    st.sampled_from(["text/markdown", "application/json", "text/plain", "image/svg+xml"]),
)
def test_no_content_breaks_a_preview(content: bytes, media_type: str) -> None:
    page = preview_html(content, media_type)
    assert not tags(page) & {"script", "iframe", "svg", "object", "embed"}


@pytest.mark.parametrize(
    ("head", "name", "declared", "found"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "x.txt", "text/plain", "image/png"),
        (b"<!DOCTYPE html><p>", "x.md", "text/markdown", "text/html"),
        (b"  <!-- c --><HTML>", "x", "", "text/html"),
        (b'<?xml version="1.0"?><svg onload="x">', "logo.png", "image/png", "image/svg+xml"),
        (b"# Audit", "audit.md", "", "text/markdown"),
        (b"# Audit", "audit.svg", "image/svg+xml", "text/plain"),
        (b'{"a": 1}', "a.json", "", "application/json"),
        (b"a,b\n", "a.csv", "", "text/csv"),
        (b"plain", "a", "image/png", "text/plain"),
        (b"\x00\x01\x02", "a.png", "image/png", "application/octet-stream"),
        (b"\x00\x01\x02", "a.html", "text/html", "application/octet-stream"),
        (b"\x00\x01\x02", "a.wasm", "application/wasm", "application/wasm"),
        (b"PK\x03\x04", "a.xlsx", "", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"%PDF-1.7", "a.pdf", "", "application/pdf"),
        (b"", "a.md", "", "text/markdown"),
        ("é".encode() * 2047 + b"a" + "é".encode()[:1], "a.md", "", "text/markdown"),
        (b"\xe9t\xe9", "a.md", "text/markdown", "application/octet-stream"),
    ],
)
def test_a_file_is_what_it_holds(head: bytes, name: str, declared: str, found: str) -> None:
    assert detect(head, name, declared) == found
    assert kind_of(found)


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=90-1000", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=-0", (100, 100)),
        ("bytes=100-", (100, 100)),
        ("bytes=-", None),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("lines=1-2", None),
        ("bytes=" + "9" * 400 + "-", None),
    ],
)
def test_ranges(header: str | None, span: tuple[int, int] | None) -> None:
    assert asked_range(header, 100) == span


def test_download_names_survive_headers() -> None:
    assert disposition('a"b\\c.md') == "attachment; filename=\"a_b_c.md\"; filename*=UTF-8''a%22b%5Cc.md"
    assert disposition("日本.md") == "attachment; filename=\"__.md\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.md"
    assert "\r" not in disposition("a\r\nSet-Cookie: x")
