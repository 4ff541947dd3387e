"""CSV as spreadsheets read it without harm: RFC 4180, and no cell that would be taken for a formula. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins with one of these for something to compute."""


def cell(value: object) -> str:
    """A value as a cell. Text that looks like a formula gets an apostrophe; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = str(value)
    # A formula may hide behind blanks and line ends, which some programs skip.
    starts = text.startswith(FORMULA_STARTS) or text.lstrip(" \n\ufeff\u00a0").startswith(FORMULA_STARTS)
    return f"'{text}" if starts else text


def plain_cell(text: str) -> str:
    """A cell as it was before `cell` made it harmless."""
    return text[1:] if text.startswith("'") and cell(text[1:]) == text else text


def lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV, each ended by CR LF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()
