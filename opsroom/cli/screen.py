"""What reaches the terminal: safe text, tables that fit it or a pipe, and numbers as people read them."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# Whole escape sequences first, then every control and direction-changing character that is left:
# a web page an agent read must not be able to write on somebody's terminal.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udfff]"
)
_PIPE_WIDTH = 100_000


def clean(text: str) -> str:
    """`text` without anything a terminal would obey; line breaks and tabs stay."""
    return _UNSAFE.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def one_line(text: str, limit: int = 200) -> str:
    """`text` cleaned, on one line, cut with an ellipsis."""
    flat = " ".join(clean(text[: limit * 8]).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def console_on(stream: TextIO) -> Console:
    """A rich console; on a pipe it neither wraps nor cuts."""
    from rich.console import Console

    is_terminal = stream.isatty()
    return Console(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not is_terminal,
        width=None if is_terminal else _PIPE_WIDTH,
    )


def out() -> Console:
    """Standard output: what was asked for."""
    return console_on(sys.stdout)


def err() -> Console:
    """Standard error: what is said about it."""
    return console_on(sys.stderr)


def say(text: str) -> None:
    """A remark beside the data."""
    err().print(clean(text), style="dim")


def print_json(data: object) -> None:
    """Data and nothing else, for programs."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")


def print_json_line(data: object) -> None:
    """One record of a stream, at once."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def is_interactive() -> bool:
    """True when a person sits at both ends of this terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def table_of(*columns: str, wide: Sequence[str] = ()) -> Table:
    """An empty table. On a terminal `wide` columns share the room the others leave and are cut to it."""
    from rich.table import Table

    is_terminal = sys.stdout.isatty()
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="dim",
        show_edge=False,
        expand=is_terminal and bool(wide),
    )
    for name in columns:
        ratio = 1 if is_terminal and name in wide else None
        table.add_column(name, overflow="ellipsis", no_wrap=True, ratio=ratio)
    return table


def money(usd: str) -> str:
    """Decimal dollars with their sign, cents at least: "$0.0123"."""
    return f"${usd}"


def duration(seconds: float | None) -> str:
    """How long something took: "850 ms", "12 s", "3 min 04 s", "2 h 05 min"."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def size(count: int) -> str:
    """Bytes as people read them: "12.3 kB"."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("the last unit takes everything")


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 file", "3 files"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def clock_time(at: datetime) -> str:
    """Local time of day."""
    return at.astimezone().strftime("%H:%M:%S")


def day_and_time(at: datetime | None) -> str:
    """Local date and time, to the minute."""
    return "–" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M")


def ago(at: datetime | None, now: datetime | None = None) -> str:
    """How long since: "just now", "5 min ago"; a date beyond two weeks."""
    if at is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    if seconds < 10:
        return "just now"
    for unit, length, limit in (
        ("s", 1, 60),
        ("min", 60, 3600),
        ("h", 3600, 86_400),
        ("d", 86_400, 14 * 86_400),
    ):
        if seconds < limit:
            return f"{int(seconds // length)} {unit} ago"
    return day_and_time(at)


_STATE_STYLES = {
    "DONE": "green",
    "EMPTY": "yellow",
    "UNDELIVERED": "yellow",
    "CANCELLED": "yellow",
    "CANCELLING": "yellow",
    "REQUIRES_ACTION": "magenta",
    "AWAITING_HUMAN": "bold magenta",
    "TERMINATED": "red",
    "ALERTED": "red",
    "ERROR": "red",
    "REFUSED": "red",
    "RETRIES_EXHAUSTED": "red",
    "SESSION_LOST": "red",
    "BUDGET_EXCEEDED": "red",
    "DURATION_EXCEEDED": "red",
}


def state_style(status: str) -> str:
    """The colour of a state; running ones are cyan."""
    return _STATE_STYLES.get(status, "cyan")


_WORD_STYLES = {
    **dict.fromkeys(("sent", "allowed", "accepted", "ok", "valid"), "green"),
    **dict.fromkeys(("failed", "denied", "refused", "fail", "broken", "missing_fields"), "red"),
    **dict.fromkeys(("pending", "warn", "duplicate", "stale", "expired", "skipped"), "yellow"),
}


def word_style(word: str) -> str:
    """The colour of a verdict."""
    return _WORD_STYLES.get(word, "")
