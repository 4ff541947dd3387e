"""Safe pages to look at a file in the browser. Nothing an agent wrote can run, load or send anything."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Iterator
from functools import cache

from opsroom.artifacts.media import kind_of

# Larger files are shown in part or not at all: a preview is a look, the download is the file.
MARKDOWN_BYTES = 256 * 1024
TEXT_BYTES = 512 * 1024
JSON_BYTES = 1024 * 1024
HTML_BYTES = 10 * 1024 * 1024
IMAGE_BYTES = 8 * 1024 * 1024
_PRETTY_CHARS = 2 * 1024 * 1024
_JSON_DEPTH = 60

POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

_TOO_LARGE = "This file is too large to be shown here. Download it to see it."
_STYLE = """
:root{color-scheme:light dark;--ink:#1c1e21;--dim:#667;--line:#dde;--back:#fff;--soft:#f5f6f8}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ec;--dim:#99a;--line:#334;--back:#15171b;--soft:#1e2127}}
body{margin:0;padding:24px;background:var(--back);color:var(--ink);font:15px/1.6 system-ui,sans-serif}
main{max-width:820px;margin:0 auto}pre,code{font:13px/1.55 ui-monospace,Menlo,Consolas,monospace}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);border-radius:8px;padding:16px}
:not(pre)>code{background:var(--soft);border-radius:4px;padding:1px 4px}h1,h2,h3{line-height:1.25}
table{border-collapse:collapse;display:block;overflow-x:auto}
td,th{border:1px solid var(--line);padding:6px 10px}
blockquote{margin:0;padding-left:16px;border-left:3px solid var(--line);color:var(--dim)}
img{max-width:100%;height:auto}a{color:inherit}.note{color:var(--dim)}
"""


@cache
def _renderer() -> Callable[[str], str]:
    """Markdown to clean HTML. Made at the first look: it is sixty modules, and few processes show files."""
    import nh3
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    return lambda text: nh3.clean(markdown.render(text), url_schemes={"http", "https", "mailto"})


def wanted_bytes(media_type: str) -> int:
    """How much of a file its preview looks at, and one byte more to see whether that is all."""
    sizes = {"markdown": MARKDOWN_BYTES, "json": JSON_BYTES, "html": HTML_BYTES, "image": IMAGE_BYTES}
    kind = kind_of(media_type)
    return 0 if kind == "other" else sizes.get(kind, TEXT_BYTES) + 1


def preview_html(content: bytes, media_type: str, *, name: str = "") -> str:
    """A page that stands alone for the content of a file, or for its first `wanted_bytes`."""
    kind = kind_of(media_type)
    if kind == "other":
        return _page(name, _note("There is no preview for this kind of file. Download it to see it."))
    if len(content) >= wanted_bytes(media_type):
        return _page(name, _as_text(content) if kind not in ("image", "html") else _note(_TOO_LARGE))
    if kind == "html":
        return content.decode("utf-8", "replace")  # as it is: the policy, not a filter, makes it harmless
    makers = {"markdown": _from_markdown, "json": _as_json, "text": _as_text, "svg": _as_text}
    return _page(name, makers[kind](content) if kind in makers else _as_image(content, media_type, name))


def _as_image(content: bytes, media_type: str, name: str) -> str:
    data = base64.b64encode(content).decode()
    return f'<img alt="{html.escape(name)}" src="data:{media_type};base64,{data}">'


def _as_json(content: bytes) -> str:
    return f"<pre>{html.escape(_pretty(content))}</pre>"


def _as_text(content: bytes) -> str:
    shown = f"<pre>{html.escape(_decoded(content[:TEXT_BYTES]))}</pre>"
    if len(content) <= TEXT_BYTES:
        return shown
    return _note("Only the beginning is shown. Download the file to see all of it.") + shown


def _from_markdown(content: bytes) -> str:
    # Rendered without raw HTML, and cleaned again: two nets of different make.
    return _renderer()(_decoded(content))


def _pretty(content: bytes) -> str:
    text = _decoded(content)
    try:
        data = json.loads(text)
        if _depth(text) > _JSON_DEPTH:
            return text  # indenting would make it many times as large
        return _bounded(json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(data), text)
    except (ValueError, RecursionError):
        return text


def _bounded(pieces: Iterator[str], otherwise: str) -> str:
    parts: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > _PRETTY_CHARS:
            return otherwise
        parts.append(piece)
    return "".join(parts)


def _depth(text: str) -> int:
    deepest = depth = 0
    for c in text:
        if c in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in "]}":
            depth -= 1
    return deepest


def _decoded(content: bytes) -> str:
    # A direction override would show a text other than the one that is there.
    text = content.decode("utf-8", "replace")
    return "".join("\ufffd" if c in _OVERRIDES else c for c in text) if _OVERRIDES & set(text) else text


_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _note(text: str) -> str:
    return f'<p class="note">{html.escape(text)}</p>'


def _page(name: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(name) or 'Preview'}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )
