"""Reading texts and what people type into the search field. Pure; the same for both databases.

What is searched is folded: lower case, no accents, words parted by spaces. Scripts that write without
spaces are taken sign by sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MOST_WORDS = 12
_LONGEST_TEXT = 200_000
_LOOKED_AT = 20_000
_BEFORE, _AFTER = 60, 140

_SIGN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_SIGN}]|[^\\W_{_SIGN}]+", re.UNICODE)
_NUMBER = re.compile(r"#?(\d{1,9})", re.ASCII)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text)
    bare = "".join(sign for sign in parted if unicodedata.category(sign) != "Mn")
    return unicodedata.normalize("NFC", bare).casefold()


def searchable(text: str) -> str:
    """A text as the index keeps it."""
    return " ".join(_WORD.findall(_folded(text[:_LONGEST_TEXT])))


def words_of(search: str) -> list[str]:
    """The words of a search; each stands for the beginning of a word."""
    return list(dict.fromkeys(_WORD.findall(_folded(search))))[:MOST_WORDS]


def number_of(search: str) -> int | None:
    """The task's number when the search is one: `#42` or `42`."""
    found = _NUMBER.fullmatch(search.strip())
    return int(found[1]) if found else None


def fts5_query(words: Sequence[str]) -> str:
    """All of the words, as FTS5 writes it."""
    return " ".join(f'"{word}"*' for word in words)


def ts_query(words: Sequence[str]) -> str:
    """All of the words, as PostgreSQL writes it."""
    return " & ".join(f"'{word}':*" for word in words)


def excerpt(text: str, words: Sequence[str]) -> str | None:
    """The part of a text where the first of the words stands, what was found within «»; None without any."""
    text = unicodedata.normalize("NFC", text[:_LOOKED_AT])
    wanted = tuple(words)
    spans = [m.span() for m in _WORD.finditer(text) if _folded(m[0]).startswith(wanted)]
    if not spans:
        return None
    start, end = _window(text, spans[0][0])
    parts, at = [], start
    for begin, stop in spans:
        if begin >= at and stop <= end:
            parts += [text[at:begin], "«", text[begin:stop], "»"]
            at = stop
    said = " ".join("".join([*parts, text[at:end]]).split())
    return f"{'… ' if start else ''}{said}{' …' if end < len(text) else ''}"


def _window(text: str, found: int) -> tuple[int, int]:
    """From the beginning of a word some way before the place to the end of one some way behind it."""
    start, end = max(0, found - _BEFORE), min(len(text), found + _AFTER)
    if start:
        start = text.find(" ", start, found) + 1 or found
    if end < len(text):
        end = max(text.rfind(" ", found, end), found + 1) if " " in text[found:end] else end
    return start, end
