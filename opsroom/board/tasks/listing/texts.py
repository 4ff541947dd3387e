"""Reading what people type into the search field. Pure."""

from __future__ import annotations

import re

MARK_ON, MARK_OFF = "\x02", "\x03"
"""Around what was found, in highlights: characters no text of ours contains."""

_WORD = re.compile(r"\w+", re.UNICODE)
_NUMBER = re.compile(r"#?(\d{1,9})")
_MOST_WORDS = 12


def words_of(search: str) -> list[str]:
    """The words of a search, each as the beginning of a word."""
    return [word.lower() for word in _WORD.findall(search)][:_MOST_WORDS]


def number_of(search: str) -> int | None:
    """The task's number when the search is one: `#42` or `42`."""
    found = _NUMBER.fullmatch(search.strip())
    return int(found[1]) if found else None


def fts5_query(words: list[str]) -> str:
    """All of the words, as FTS5 writes it."""
    return " ".join(f'"{word}"*' for word in words)


def ts_query(words: list[str]) -> str:
    """All of the words, as PostgreSQL writes it."""
    return " & ".join(f"{word}:*" for word in words)


def highlights_of(*texts: str | None) -> tuple[str, ...]:
    """The excerpts in which something was found, what was found within «»."""
    found = [text for text in texts if text and MARK_ON in text]
    return tuple(" ".join(t.replace(MARK_ON, "«").replace(MARK_OFF, "»").split()) for t in found)
