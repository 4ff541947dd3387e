"""What a filter asks of custom fields, by their kind. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol
from urllib.parse import unquote

from opsroom.board.shapes import CustomField, FieldKind
from opsroom.board.tasks.listing.filters import ANY, NONE
from opsroom.kernel.errors import Problem

MOST: Final = 1e15
"""No custom number is as large."""
_WAYS: Final = ("custom", "custom_contains", "custom_from", "custom_to")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_TEXTS: Final = ("text", "url")
_RANGED: Final = ("number", "date")


class Wanted(Protocol):
    """The part of a filter that is about custom fields."""

    @property
    def custom(self) -> Sequence[str]: ...
    @property
    def custom_contains(self) -> Sequence[str]: ...
    @property
    def custom_from(self) -> Sequence[str]: ...
    @property
    def custom_to(self) -> Sequence[str]: ...


Day = Callable[[str], date | None]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one field. Its value is one of `values`, or it is empty, or it is filled; a text holds
    one of `parts`; a number or a day lies between `low` and `high`. Everything that is asked must be so.

    `kind` is None for a field that the board never had: nothing fits.
    """

    key: str
    kind: FieldKind | None
    values: tuple[str, ...] = ()
    empty: bool = False
    filled: bool = False
    parts: tuple[str, ...] = ()
    low: str | None = None
    high: str | None = None

    @property
    def chosen(self) -> bool:
        """Whether values are asked for."""
        return bool(self.values) or self.empty or self.filled


def real_day(text: str) -> date | None:
    """A day as 2026-12-31; None for anything else."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def questions(
    wanted: Wanted, fields: Sequence[CustomField], day: Day = real_day
) -> tuple[list[Question], tuple[Problem, ...]]:
    """What is asked of each field, and what cannot be asked, each under the name of its field."""
    known = {field.key: field for field in fields}
    asked: dict[str, dict[str, list[str]]] = {}
    for way in _WAYS:
        for each in getattr(wanted, way):
            key, _, value = each.partition(":")
            asked.setdefault(key, {}).setdefault(way, []).append(unquote(value))
    problems = [
        Problem(f"{way}.{key}", told)
        for key, ways in asked.items()
        for way, values in ways.items()
        for told in _misfits(way, known.get(key), values, day, sorted(known))
    ]
    if problems:
        return [], tuple(problems)
    return [_question(key, known.get(key), ways, day) for key, ways in asked.items()], ()


def _misfits(
    way: str, field: CustomField | None, values: Sequence[str], day: Day, there: Sequence[str]
) -> list[str]:
    if field is None:
        # Values of what is not there are found nowhere, as with every other filter.
        told = f"is no custom field of this board; there are: {', '.join(there) or 'none'}"
        return [] if way == "custom" else [told]
    if way == "custom_contains":
        told = f"is a {field.kind}: only texts and links contain something; ask by {_instead(field.kind)}"
        return [] if field.kind in _TEXTS else [told]
    if way == "custom":
        plain = [value for value in values if value not in (NONE, ANY)]
        return [told for value in plain if (told := _misfit(field.kind, value, day))]
    if field.kind not in _RANGED:
        return [f"is a {field.kind}: only numbers and days have a range; ask by {_instead(field.kind)}"]
    if len(values) > 1:
        return ["is given twice; give one bound"]
    return [told] if (told := _misfit(field.kind, values[0], day)) else []


def _instead(kind: FieldKind) -> str:
    if kind in _TEXTS:
        return "custom_contains"
    return "custom_from and custom_to" if kind in _RANGED else "custom"


def _misfit(kind: FieldKind, value: str, day: Day) -> str | None:
    if kind == "number" and _number(value) is None:
        return f"{value[:40]!r} is no number; write it as 1200 or 99.5"
    if kind == "date" and day(value) is None:
        return f"{value[:40]!r} is no day; write it as 2026-12-31"
    return None


def _number(text: str) -> float | None:
    number = float(text) if len(text) <= 40 and _NUMBER.fullmatch(text) else math.inf
    return number if abs(number) < MOST else None


def _question(key: str, field: CustomField | None, ways: Mapping[str, Sequence[str]], day: Day) -> Question:
    values = list(ways.get("custom", ()))
    # A choice may have a word of ours among its options; `none` has always been "empty".
    filled = ANY in values and not (field is not None and ANY in field.options)
    kind = field.kind if field is not None else None

    def plain(text: str) -> str:
        """Days as the calendar has them, also where they were said by today."""
        found = day(text) if kind == "date" else None
        return text if found is None else found.isoformat()

    low, high = (next(map(plain, ways.get(way, ())), None) for way in ("custom_from", "custom_to"))
    return Question(
        key=key,
        kind=kind,
        values=tuple(plain(v) for v in values if v != NONE and not (filled and v == ANY)),
        empty=NONE in values,
        filled=filled,
        parts=tuple(ways.get("custom_contains", ())),
        low=low,
        high=high,
    )


def fits(question: Question, value: object) -> bool:
    """Whether the value of a task is what is asked for."""
    nothing = value is None or value == ""
    if question.chosen:
        one = any(_same(question.kind, value, each) for each in question.values)
        if not (one or (question.empty and nothing) or (question.filled and not nothing)):
            return False
    if question.parts:
        text = value.casefold() if isinstance(value, str) else ""
        if not any(part.casefold() in text for part in question.parts):
            return False
    return _within(question, value)


def _same(kind: FieldKind | None, value: object, asked: str) -> bool:
    if isinstance(value, bool):
        return asked == ("true" if value else "false")
    if kind == "number":
        return isinstance(value, int | float) and value == float(asked)
    return value == asked


def _within(question: Question, value: object) -> bool:
    low, high = question.low, question.high
    if low is None and high is None:
        return True
    if question.kind == "number":
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and (low is None or value >= float(low))
            and (high is None or value <= float(high))
        )
    return isinstance(value, str) and (low is None or value >= low) and (high is None or value <= high)
