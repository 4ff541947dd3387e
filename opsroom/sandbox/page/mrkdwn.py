"""Slack's text and blocks as HTML for people; everything is escaped, links only lead to http(s)."""

import re
from collections.abc import Callable, Mapping
from html import escape, unescape

from opsroom.sandbox.wire import JsonObject

_ANGLED = re.compile(r"<([^<>\n]+)>")
_STYLES = (
    (re.compile(r"```(.+?)```", re.DOTALL), r"<pre>\1</pre>"),
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), r"<s>\1</s>"),
)
_EMOJI = {"white_check_mark": "✅", "warning": "⚠️", "x": "❌", "star": "⭐", "rotating_light": "🚨"}
_SHORT_CODE = re.compile(r":([a-z_]+):")


def mrkdwn(text: str, names: Mapping[str, str]) -> str:
    """`names` gives the name of a person or channel for its id."""
    pieces: list[str] = []
    place = 0
    for match in _ANGLED.finditer(text):
        pieces += [_plain(text[place : match.start()]), _angled(match.group(1), names)]
        place = match.end()
    pieces.append(_plain(text[place:]))
    return _styled("".join(pieces)).replace("\n", "<br>")


def _plain(text: str) -> str:
    """Slack wants & < > written as entities, so they are undone before they are escaped."""
    shown = _SHORT_CODE.sub(lambda m: _EMOJI.get(m.group(1), m.group(0)), unescape(text))
    return escape(shown)


def _styled(html: str) -> str:
    """Marks become tags, outside of tags only: an address may hold * or _."""
    parts = re.split(r"(<a [^>]*>)", html)
    for pattern, replacement in _STYLES:
        parts = [p if p.startswith("<a ") else pattern.sub(replacement, p) for p in parts]
    return "".join(parts)


def _angled(inner: str, names: Mapping[str, str]) -> str:
    target, _, label = inner.partition("|")
    if target.startswith(("@", "#")):
        sign, name = target[0], names.get(target[1:], target[1:])
        return f'<span class="mention">{sign}{escape(label or name)}</span>'
    if target.startswith("!"):
        return f'<span class="mention">@{escape(label or target[1:].partition("^")[0])}</span>'
    address = unescape(target)
    if not address.startswith(("http://", "https://")):
        return escape(label or address)
    return f'<a href="{escape(address, quote=True)}" rel="noreferrer">{_plain(label or address)}</a>'


def blocks_html(blocks: list[JsonObject], names: Mapping[str, str]) -> str:
    return "".join(_block(block, names) for block in blocks)


def _block(block: JsonObject, names: Mapping[str, str]) -> str:
    render = _RENDERERS.get(str(block.get("type")))
    return render(block, names) if render else f'<p class="dim">[{escape(str(block.get("type")))}]</p>'


def _text(value: object, names: Mapping[str, str]) -> str:
    if not isinstance(value, dict):
        return escape(str(value or ""))
    text = str(value.get("text", ""))
    return mrkdwn(text, names) if value.get("type") == "mrkdwn" else _plain(text)


def _section(block: JsonObject, names: Mapping[str, str]) -> str:
    html = f"<p>{_text(block['text'], names)}</p>" if block.get("text") else ""
    if fields := block.get("fields"):
        html += '<div class="fields">' + "".join(f"<p>{_text(f, names)}</p>" for f in fields) + "</div>"
    return html


def _context(block: JsonObject, names: Mapping[str, str]) -> str:
    return '<p class="dim">' + " · ".join(_text(e, names) for e in block.get("elements", [])) + "</p>"


def _actions(block: JsonObject, names: Mapping[str, str]) -> str:
    labels = [_button(e, names) for e in block.get("elements", [])]
    return '<p class="buttons">' + "".join(labels) + "</p>"


def _button(element: JsonObject, names: Mapping[str, str]) -> str:
    label, address = _text(element.get("text"), names), str(element.get("url") or "")
    if address.startswith(("http://", "https://")):
        return f'<a class="button" href="{escape(address, quote=True)}" rel="noreferrer">{label}</a>'
    return f'<span class="button">{label}</span>'


_RENDERERS: dict[str, Callable[[JsonObject, Mapping[str, str]], str]] = {
    "header": lambda b, n: f'<p class="headline">{_text(b.get("text"), n)}</p>',
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": lambda _b, _n: "<hr>",
    "image": lambda b, _n: f'<p class="dim">[image: {escape(str(b.get("alt_text", "")))}]</p>',
    "markdown": lambda b, _n: f"<pre>{escape(str(b.get('text', '')))}</pre>",
}
