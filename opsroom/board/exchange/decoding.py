"""From bytes to text, and from text to JSON or a table, saying what was assumed on the way. Pure."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Final, NoReturn

from opsroom.kernel.errors import Malformed, Problem

MAX_DEPTH: Final = 60
_DELIMITERS: Final = (",", ";", "\t", "|")
_SNIFFED_LINES: Final = 50
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NO_TEXT: Final = ((b"PK\x03\x04", "a ZIP or Excel file"), (b"%PDF", "a PDF"), (b"\x1f\x8b", "a gzip file"))
# A cell of a spreadsheet holds 32,767 characters; Python's own limit is lower than a long description.
csv.field_size_limit(1_000_000)


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and the encoding it was read by. `guessed` when the bytes did not say."""

    text: str
    encoding: str
    guessed: bool = False


def text_of(data: bytes) -> Text:
    """The text in some bytes. Raises Malformed for what is no text."""
    for magic, what in _NO_TEXT:
        if data.startswith(magic):
            _refuse(f"is {what}; export it as JSON or CSV first")
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return Text(_clean(data.decode(encoding)), encoding.removesuffix("-sig"))
            except UnicodeDecodeError:
                _refuse(f"begins as {encoding} and is not: it is damaged at its end, or was cut off")
    if data[:200].count(0) > len(data[:200]) // 4:
        return Text(
            _clean(data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")), "utf-16", True
        )
    try:
        return Text(_clean(data.decode("utf-8")), "utf-8")
    except UnicodeDecodeError:
        # Every byte means something in it, so this reads what spreadsheets of Western Europe write.
        return Text(_clean(data.decode("cp1252", "replace")), "windows-1252", True)


def _clean(text: str) -> str:
    text = text.removeprefix("\ufeff")
    if _UNSTORABLE.search(text):
        text = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return text


def json_of(text: str) -> object:
    """The JSON in a text, by which every string can be stored. Raises Malformed that says where it breaks."""
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or "Unterminated" in error.msg:
            _refuse(
                f"ends in the middle of the JSON, at line {error.lineno}: it was cut off. Export it again"
            )
        _refuse(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}")
    except RecursionError:
        _refuse("is nested too deep to be an export")
    if "\\ud" in text or "\\uD" in text or "\\u0000" in text:
        value = json.loads(_clean(json.dumps(value, ensure_ascii=False).replace("\\u0000", "\ufffd")))
    return value


def looks_like_json(text: str) -> bool:
    """Does it begin as JSON does?"""
    return text.lstrip()[:1] in ("{", "[")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its headings, its rows with the numbers of their lines, and what was wrong with some."""

    delimiter: str
    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    wrong: tuple[tuple[int, str], ...]


def table_of(text: str) -> Table:
    """A table by the delimiter that gives the most even rows. Raises Malformed for what is none."""
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    wrong: list[tuple[int, str]] = []
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            wrong.append((line, f"cannot be read: {_plain(error)}"))
            continue
        if row is None:
            break
        if any(cell.strip() for cell in row):
            rows.append((line, tuple(row)))
    if not rows:
        _refuse("holds no rows")
    headings = _headings(rows[0][1])
    for line, row in rows[1:]:
        if len(row) > len(headings) and any(cell.strip() for cell in row[len(headings) :]):
            wrong.append(
                (line, f"has {len(row)} cells for {len(headings)} headings; the others are left out")
            )
    return Table(delimiter, headings, tuple(rows[1:]), tuple(wrong))


def _headings(row: tuple[str, ...]) -> tuple[str, ...]:
    """The headings, each one once and none empty, so that a mapping can name them."""
    made: list[str] = []
    for number, cell in enumerate(row, start=1):
        name = " ".join(cell.split())[:120] or f"column {number}"
        repeats = sum(other == name or other.startswith(f"{name} (") for other in made)
        made.append(f"{name} ({repeats + 1})" if repeats else name)
    return tuple(made)


def _plain(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "a quotation mark is opened and never closed"
    return str(error)


def _delimiter(text: str) -> str:
    head = "\n".join(text.splitlines()[:_SNIFFED_LINES])

    def score(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
        if not widths or widths[0] < 2:
            return (0.0, 0)
        return (sum(width == widths[0] for width in widths) / len(widths), widths[0])

    return max(_DELIMITERS, key=score)


def _refuse(reason: str) -> NoReturn:
    raise Malformed(f"What you sent {reason}.", problems=(Problem("content", reason),))
