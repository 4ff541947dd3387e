"""The frame of every page, and the small pieces all of them use."""

import time
from datetime import datetime
from html import escape

__all__ = ["ago", "chip", "clock", "document", "escape", "pretty_size"]


def document(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · Sandbox</title>
<link rel="stylesheet" href="/_page/style.css">
<link rel="icon" href="data:,">
<script src="/_page/refresh.js" defer></script>
</head>
<body>
<header class="top">
<a class="brand" href="/"><span class="mark" aria-hidden="true"></span>Sandbox</a>
<p>What the stand-ins for Anthropic, ClickUp, Slack, GitHub and Google Drive received. Nothing left this
machine.</p>
</header>
<main id="main">{body}</main>
</body>
</html>"""


def chip(text: str, tone: str = "") -> str:
    """A small label. Tones: good, warn, bad, busy, or none."""
    return f'<span class="chip {tone}">{escape(text)}</span>'


def clock(at: float) -> str:
    moment = datetime.fromtimestamp(at).astimezone()
    return (
        f'<time datetime="{moment.isoformat()}" title="{moment:%d %b %Y %H:%M:%S}">{moment:%H:%M:%S}</time>'
    )


def ago(seconds: float) -> str:
    seconds = max(0.0, seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"


def since(at: float) -> str:
    return ago(time.time() - at)


def pretty_size(size: int) -> str:
    amount = float(size)
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GB"
