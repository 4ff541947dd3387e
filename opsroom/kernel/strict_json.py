"""One strict JSON reader for everything that comes from outside.

The standard parser takes the last of two equal keys, NaN, lone surrogates and any depth; each of these
means different things to different readers, and a signature check must read what the handler reads.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Final, NoReturn

from opsroom.kernel.errors import Malformed, Problem

MAX_DEPTH: Final = 64
_LARGEST: Final = 2**63 - 1
# Only these escapes can bring a NUL or half a character into a string; without them nothing is searched.
_SUSPECT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class _Refused(ValueError):
    """Raised by the parser's hooks."""


def read_json(data: bytes, *, max_depth: int = MAX_DEPTH) -> object:
    """The value in `data`: UTF-8, no key twice, no NaN or Infinity, no NUL, no lone surrogate, not too deep.

    Whole numbers must fit 64 bits with sign. Raises Malformed that says what is wrong.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(f"is not valid UTF-8 at byte {error.start}") from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except RecursionError as error:
        raise _malformed(f"is nested deeper than {max_depth} levels") from error
    except json.JSONDecodeError as error:
        raise _malformed(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except _Refused as error:
        raise _malformed(str(error)) from error
    _check(value, data, max_depth)
    return value


def _malformed(reason: str) -> Malformed:
    return Malformed(f"The body {reason}.", problems=(Problem("", reason),))


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise _Refused(f"has the key {twice[:80]!r} twice in one object")
    return made


def _no_constant(name: str) -> NoReturn:
    raise _Refused(f"contains {name}, which is not JSON")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Refused(f"contains the number {text[:40]}, which is too large")
    return value


def _int(text: str) -> int:
    if len(text) > 20 or abs(int(text)) > _LARGEST:
        raise _Refused(f"contains the number {text[:40]}, which does not fit 64 bits")
    return int(text)


def _check(value: object, data: bytes, max_depth: int) -> None:
    """Depth and characters; skipped when the bytes cannot break either rule."""
    suspect = bool(_SUSPECT.search(data))
    if not suspect and data.count(b"[") + data.count(b"{") <= max_depth:
        return
    for text, depth in _strings(value):
        if depth > max_depth:
            raise _malformed(f"is nested deeper than {max_depth} levels")
        if suspect and text is not None and not _is_storable(text):
            raise _malformed("contains a NUL character or half of a surrogate pair, which no database stores")


def _strings(value: object) -> Iterator[tuple[str | None, int]]:
    """Every string (keys too) with its depth, and every container as (None, depth). No recursion."""
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            yield item, depth
        elif isinstance(item, dict):
            yield None, depth + 1
            for key, inner in item.items():
                yield str(key), depth + 1
                waiting.append((inner, depth + 1))
        elif isinstance(item, list):
            yield None, depth + 1
            waiting.extend((inner, depth + 1) for inner in item)


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
