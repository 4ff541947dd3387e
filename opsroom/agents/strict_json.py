"""JSON as strict as a file that moves money deserves: no doubled keys, no NaN, no bottomless nesting.

Everything wrong is collected with its path. Decimals stay exact (`Decimal`), so 5.10 dollars are
5,100,000 micro-dollars and not a float beside them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from opsroom.kernel.errors import Problem

MAX_DEPTH = 32
_MAX_EXPONENT = 300  # what an ordinary floating-point number can hold
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


class _Doubled(dict[str, object]):
    """An object some of whose keys were written more than once."""

    keys_doubled: tuple[str, ...] = ()


class _Unusable:
    """A number JSON does not have, or that no field could hold."""

    def __init__(self, written: str) -> None:
        self.written = written


def read_json(text: str) -> tuple[object, tuple[Problem, ...]]:
    """The value in `text` and what is wrong with it. The value is None when it cannot be read at all."""
    if _too_deep(text):
        return None, (Problem("", f"is nested deeper than {MAX_DEPTH} levels"),)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_Unusable,
        )
    except json.JSONDecodeError as error:
        return None, (Problem("", _syntax(error, text)),)
    return data, tuple(_mistakes(data, ""))


def canonical_sha256(data: object) -> str:
    """The hash of what a file says, whatever its spacing, order of keys or way of writing 5.00."""
    text = json.dumps(_plain(data), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text_sha256(text)


def text_sha256(text: str) -> str:
    """The hash of a text as it stands."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):
        # An exponent keeps this short where writing the number out would not be.
        whole = abs(value.adjusted()) < 18 and value == value.to_integral_value()
        return int(value) if whole else str(value.normalize())
    return value


def _too_deep(text: str) -> bool:
    depth = 0
    for token in _BRACKETS.finditer(text):
        bracket = token.group()
        depth += (bracket in "[{") - (bracket in "]}") if len(bracket) == 1 else 0
        if depth > MAX_DEPTH:
            return True
    return False


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = _Doubled(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        result.keys_doubled = tuple(
            dict.fromkeys(k for k, _ in pairs if k in seen or seen.add(k))  # set.add returns None
        )
    return result


def _decimal(written: str) -> object:
    try:
        value = Decimal(written)
    except InvalidOperation:
        return _Unusable(written[:20])
    return value if abs(value.adjusted()) <= _MAX_EXPONENT else _Unusable(written[:20])


def _integer(written: str) -> object:
    return int(written) if len(written) <= 20 else _Unusable(written[:20] + "…")


def _mistakes(value: object, path: str) -> Iterator[Problem]:
    if isinstance(value, _Unusable):
        yield Problem(path, f"{value.written} is not a number this file can hold")
    elif isinstance(value, str):
        yield from _text_mistakes(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _mistakes(item, f"{path}.{index}".lstrip("."))
    elif isinstance(value, dict):
        yield from _object_mistakes(value, path)


def _object_mistakes(value: dict[str, object], path: str) -> Iterator[Problem]:
    for key in value.keys_doubled if isinstance(value, _Doubled) else ():
        yield Problem(f"{path}.{key}".lstrip("."), "is written more than once; keep one")
    for key, item in value.items():
        yield from _mistakes(item, f"{path}.{key}".lstrip("."))


def _text_mistakes(text: str, path: str) -> Iterator[Problem]:
    if "\0" in text:
        yield Problem(path, "holds a NUL character")
    if any("\ud800" <= c <= "\udfff" for c in text):
        yield Problem(path, "holds half of a surrogate pair, which is no character")


def _syntax(error: json.JSONDecodeError, text: str) -> str:
    where = f"line {error.lineno}, column {error.colno}"
    rest = text[error.pos : error.pos + 2]
    if rest.startswith(("//", "/*", "#")):
        return f"is not JSON at {where}: JSON has no comments; remove it"
    if "trailing comma" in error.msg or (rest[:1] in ("}", "]") and text[: error.pos].rstrip().endswith(",")):
        return f"is not JSON at {where}: there is a comma too many at the end of a list or object"
    return f"is not JSON at {where}: {error.msg[:1].lower()}{error.msg[1:]}"
