"""The `.env` file of a workspace: `NAME=value`, one a line.

`export` may stand before the name, `#` begins a comment at the start of a line or after a blank.
'single quotes' keep everything as it is; "double quotes" know \\n \\t \\r \\" \\\\ and may span lines, as a
private key does. Nothing is expanded: a `$` in a password is a `$`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from opsroom.kernel.errors import Problem

_MAX_BYTES: Final = 256 * 1024
_ENTRY: Final = re.compile(
    r"""[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*
        (?:'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>[^\n'"](?:[^\n])*)?)
        [ \t]*(?:[#][^\n]*)?(?:\r?\n|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_SKIPPED: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


def read_small_text(path: Path) -> str:
    """The text of a file of at most 256 KiB. Raises OSError or ValueError; `reason` words them."""
    with path.open("rb") as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValueError(f"it is larger than {_MAX_BYTES // 1024} KiB")
    return content.decode("utf-8-sig")


def reason(error: Exception) -> str:
    """Why a file could not be read, without its content: a decoding error would quote it."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def read_dotenv(path: Path, problems: list[Problem]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The variables in `path`, none if it does not exist, and warnings; mistakes join `problems`."""
    try:
        text = read_small_text(path)
        mode = path.stat().st_mode
    except FileNotFoundError:
        return {}, ()
    except (OSError, ValueError) as error:
        problems.append(Problem(path.name, f"cannot be read: {reason(error)}"))
        return {}, ()
    warnings = (
        () if mode & 0o077 == 0 else (f"{path.name} can be read by others; run: chmod 600 {path.name}",)
    )
    return parse_dotenv(text, problems, name=path.name), warnings


def parse_dotenv(text: str, problems: list[Problem], *, name: str = ".env") -> dict[str, str]:
    """The variables in `text`; the last of a name wins.

    A line that cannot be read is told by its number only, since it may well be half a secret.
    """
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        skipped = _SKIPPED.match(text, at)
        if skipped and skipped.end() > at:
            at = skipped.end()
            continue
        entry = _ENTRY.match(text, at)
        if entry is None:
            problems.append(
                Problem(
                    f"{name} line {text.count(chr(10), 0, at) + 1}",
                    "is not NAME=value, or a quote is not closed",
                )
            )
            at = text.find("\n", at) + 1 or len(text)
            continue
        found[entry["name"]] = _value(entry)
        at = entry.end()
    return found


def _value(entry: re.Match[str]) -> str:
    if entry["single"] is not None:
        return entry["single"]
    if entry["double"] is not None:
        return re.sub(r"\\(.)", lambda c: _ESCAPES.get(c[1], c[0]), entry["double"], flags=re.DOTALL)
    return re.sub(r"(?:^|[ \t])#.*", "", entry["bare"] or "").strip()
