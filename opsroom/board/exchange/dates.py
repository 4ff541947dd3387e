"""Days and times in the notations that exports have. Pure.

Whether 03/04/2026 is in March or April cannot be seen from one cell: a whole column is looked at
(`day_first`), and what remains open is decided by the mapping and said in the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final

_NUMBERS: Final = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[ ,T]+(.*))?$")
_YEAR_FIRST: Final = re.compile(r"^(\d{4})[./](\d{1,2})[./](\d{1,2})(?:[ ,T]+(.*))?$")
_MONTH_WORD: Final = re.compile(
    r"^(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:[ ,]+(.*))?$"
)
_DAY_MONTH: Final = re.compile(
    r"^(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th|\.)?[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4})(?:[ ,]+(.*))?$"
)
_CLOCK: Final = re.compile(
    r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(?:(?:GMT|UTC)?\s*(Z|[+-]\d{2}:?\d{2})?)?(?:\s*\(.*\))?(?:\s*(?:GMT|UTC))?$"
)
_EPOCH: Final = re.compile(r"^\d{10}(?:\d{3})?(?:\.0+)?$")
_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS: Final = {name: number for number, name in enumerate(_NAMES, start=1)}
_CENTURY: Final = 2000


def day_first(cells: Iterable[str]) -> bool | None:
    """Do the cells of a column begin with the day? None when they could be read both ways, or not at all."""
    first_high = second_high = False
    for cell in cells:
        if found := _NUMBERS.match(cell.strip()):
            first_high |= int(found[1]) > 12
            second_high |= int(found[2]) > 12
    return None if first_high == second_high else first_high


def is_ambiguous(cell: str) -> bool:
    """Could this cell be read both ways? Dots stand for day first wherever they are written."""
    found = _NUMBERS.match(cell.strip())
    return (
        found is not None
        and int(found[1]) <= 12
        and int(found[2]) <= 12
        and found[1] != found[2]
        and "." not in cell
    )


def moment_of(value: object, zone: tzinfo, *, days_first: bool = True) -> datetime | None:
    """A time, aware; a day without a time is its beginning in `zone`. None for what is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(float(value))
    text = str(value or "").strip()
    if _EPOCH.match(text):
        return _epoch(float(text))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _written(text, zone, days_first)
    if found is None:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def day_of(value: object, zone: tzinfo, *, days_first: bool = True) -> date | None:
    """A day: of a time, the one it is in `zone`."""
    found = moment_of(value, zone, days_first=days_first)
    try:
        return found.astimezone(zone).date() if found else None
    except (OverflowError, ValueError):
        return None


def _epoch(number: float) -> datetime | None:
    seconds = number / 1000 if abs(number) > 1e11 else number
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _written(text: str, zone: tzinfo, days_first: bool) -> datetime | None:
    parts = _parts(text, days_first)
    if parts is None:
        return None
    year, month, day, rest = parts
    try:
        made = date(year, month, day)
    except ValueError:
        return None
    if not rest:
        return datetime.combine(made, time(), zone)
    return _at_clock(made, rest, zone)


def _parts(text: str, days_first: bool) -> tuple[int, int, int, str] | None:
    if found := _YEAR_FIRST.match(text):
        return int(found[1]), int(found[2]), int(found[3]), found[4] or ""
    if found := _NUMBERS.match(text):
        year = int(found[3]) + (_CENTURY if len(found[3]) == 2 else 0)
        day, month = (found[1], found[2]) if days_first or "." in text else (found[2], found[1])
        return year, int(month), int(day), found[4] or ""
    if found := _MONTH_WORD.match(text):
        month = _MONTHS.get(found[1][:3].lower())
        return (int(found[3]), month, int(found[2]), found[4] or "") if month else None
    if found := _DAY_MONTH.match(text):
        month = _MONTHS.get(found[2][:3].lower())
        return (int(found[3]), month, int(found[1]), found[4] or "") if month else None
    return None


def _at_clock(day: date, text: str, zone: tzinfo) -> datetime | None:
    found = _CLOCK.match(text.strip())
    if found is None:
        return None
    hour = int(found[1])
    if found[4]:
        hour = hour % 12 + (12 if found[4].lower().startswith("p") else 0)
    try:
        made = datetime.combine(day, time(hour, int(found[2]), int(found[3] or 0)))
    except ValueError:
        return None
    return made.replace(tzinfo=_offset(found[5]) or zone)


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
