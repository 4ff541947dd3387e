"""Foreign JSON made safe to keep: every engine passes what it was told through here.

A NUL or half a surrogate pair cannot be stored as text, NaN is no JSON, a number of 400 digits fits no
column, and a thousand levels of nesting break whoever walks them next.
"""

from __future__ import annotations

import json
import math
import re
from typing import cast

from opsroom.kernel.shape import Json

MAX_DEPTH = 40
_BIGGEST = 2**63
# The spellings of what `clean` would change, save for depth. Surrogate pairs that are in order are
# among them: they only cost time.
_SPELLINGS = r"\\u(?:0000|[dD][89a-fA-F])|\d{19}|NaN|Infinity|[eE]\+?\d{3}"
_SUSPICIOUS, _SUSPICIOUS_BYTES = re.compile(_SPELLINGS), re.compile(_SPELLINGS.encode())
_UNSAFE = dict.fromkeys((0, *range(0xD800, 0xE000)), "\ufffd")


class NotJson(ValueError):
    """The text is no JSON, or JSON that nobody should have to read."""


def read_json(text: str | bytes) -> object:
    """The value `text` stands for, cleaned. Raises NotJson."""
    try:
        value = json.loads(text)
        suspicious = _SUSPICIOUS_BYTES if isinstance(text, bytes) else _SUSPICIOUS
        # Nearly everything is in order. Then one look over the text spares the walk through every value.
        if suspicious.search(text) is None and _is_shallow(value, MAX_DEPTH):  # pyright: ignore[reportArgumentType, reportCallIssue]
            return value
        return clean(value)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def _is_shallow(value: object, left: int) -> bool:
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    else:
        return True
    return left > 0 and all(_is_shallow(item, left - 1) for item in inner if type(item) in (dict, list))


def clean(value: object, depth: int = 0) -> object:  # noqa: PLR0911 - one return for each JSON type
    """`value` with everything storable kept as it is and the rest replaced by something that is."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_BIGGEST <= value < _BIGGEST else _as_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= MAX_DEPTH:
        return "… (nested too deeply to keep)"
    if isinstance(value, dict):
        return {clean_text(str(key)): clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item, depth + 1) for item in value]
    return clean_text(str(value))


def clean_text(text: str) -> str:
    """`text` without NUL and without lone surrogates."""
    # The quick look spares the copy for the texts that are in order, which is nearly all.
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return text.translate(_UNSAFE)


def _as_text(number: int) -> str:
    try:
        return str(number)
    except ValueError:  # more digits than Python is willing to write out
        return f"a number of about {number.bit_length() * 3 // 10} digits"


def as_object(value: object) -> Json:
    """`value` if it is a JSON object, else an empty one."""
    return cast("Json", value) if isinstance(value, dict) else {}


def as_text(value: object, most: int = 1_000_000) -> str:
    """`value` if it is text, cut at `most`; else an empty text."""
    return shorten(value, most) if isinstance(value, str) else ""


def shorten(text: str, most: int) -> str:
    """`text`, or its beginning and a note of how much more there was."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters cut)"
