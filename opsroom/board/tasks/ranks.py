"""Order as text: a rank between any two, so that a move writes one row (ADR 0019).

A rank is base-62 digits compared byte by byte and never ends in 0, so there is always room before it.
Cards put at either end count up or down in six fixed digits; between neighbours a rank grows by a digit
when it must, and a column is numbered anew when one has grown too long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LONGEST: Final = 60
"""A longer rank asks for its column to be numbered anew."""

_BASE: Final = len(DIGITS)
_VALUE: Final = {digit: value for value, digit in enumerate(DIGITS)}
_WIDTH: Final = 6
_END: Final = "V"
_STEP: Final = _BASE**3
_MIDDLE: Final = _BASE**_WIDTH // 2


def between(low: str | None, high: str | None) -> str:
    """A rank above `low` and below `high`; None stands for the column's end on that side."""
    if low is None and high is None:
        return _written(_MIDDLE)
    if low is None or high is None:
        return _beyond(low, high)
    if low >= high:
        raise ValueError(f"{low!r} does not stand before {high!r}")
    return _middle(low, high)


def spread(count: int) -> Iterator[str]:
    """`count` ranks in order with room between them, for a column that is numbered anew."""
    gap = max(2, min(_STEP, _BASE**_WIDTH // (count + 1)))
    start = _MIDDLE - gap * (count // 2)
    return (_written(start + gap * number) for number in range(count))


def _beyond(low: str | None, high: str | None) -> str:
    edge = low if low is not None else high or ""
    value = _read(edge) + (_STEP if low is not None else -_STEP)
    if 0 < value < _BASE**_WIDTH:
        return _written(value)
    return _middle(low or "", high)


def _middle(low: str, high: str | None) -> str:
    digits: list[str] = []
    place = 0
    while True:
        a = _VALUE[low[place]] if place < len(low) else 0
        b = _VALUE[high[place]] if high is not None and place < len(high) else _BASE
        if b - a > 1:
            return "".join(digits) + DIGITS[(a + b) // 2]
        digits.append(DIGITS[a])
        # One apart: whatever follows below this digit of `high` is free.
        high = high if a == b else None
        place += 1


def _read(rank: str) -> int:
    value = 0
    for digit in rank[:_WIDTH].ljust(_WIDTH, "0"):
        value = value * _BASE + _VALUE[digit]
    return value


def _written(value: int) -> str:
    digits = ""
    for _ in range(_WIDTH):
        value, digit = divmod(value, _BASE)
        digits = DIGITS[digit] + digits
    return digits + _END
