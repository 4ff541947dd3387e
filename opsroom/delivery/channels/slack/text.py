"""Untrusted text in Slack's markup. Whatever a page or a model wrote must not ping and not link.

Slack reads `<…>` as markup (`<!channel>`, `<@U…>`, `<https://…|text>`); escaping the three characters
takes that away. `verbatim` on the text objects keeps it from finding names and addresses by itself.
"""

from __future__ import annotations

from opsroom.delivery.channels.render import clipped, one_line, visible
from opsroom.kernel.shape import Json

_SECTION_CHARS = 3000
_HEADER_CHARS = 150
_EMPTY = "—"  # Slack refuses a text without a character


def escaped(text: str, limit: int = 600) -> str:
    """`text` on one line, safe inside mrkdwn."""
    return _entities(one_line(text, limit))


def escaped_lines(text: str, limit: int = 2000) -> str:
    """`text` with its line breaks, safe inside mrkdwn."""
    kept = "".join(c for c in text if c == "\n" or visible(c))
    return _entities(clipped(kept.strip(), limit))


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, label: str) -> str:
    """A link with a label; an address that is not http(s) is shown and not linked."""
    if not url.startswith(("https://", "http://")):
        return escaped(f"{label}: {url}")
    address = url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    return f"<{''.join(address.split())}|{escaped(label, 120) or 'link'}>"


def header(text: str) -> Json:
    """A headline: plain text, no markup at all."""
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": one_line(text, _HEADER_CHARS) or _EMPTY, "emoji": True},
    }


def section(mrkdwn: str) -> Json:
    """A paragraph whose markup is ours. Lines over the limit are left out whole: half a link is none."""
    kept: list[str] = []
    room = _SECTION_CHARS
    for line in mrkdwn.split("\n"):
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    text = "\n".join(kept) or clipped(mrkdwn, _SECTION_CHARS)
    return {"type": "section", "text": _mrkdwn(text)}


def context(mrkdwn: str) -> Json:
    """Small print."""
    return {"type": "context", "elements": [_mrkdwn(clipped(mrkdwn, 2000))]}


def _mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text.strip() or _EMPTY, "verbatim": True}
