"""File names that are safe to show, to send and to write on any system."""

from __future__ import annotations

import re
import unicodedata

MAX_BYTES = 150
_MAX_SUFFIX_BYTES = 20
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


def safe_name(name: str) -> str:
    """`name` as one file name: no folders, no control or direction characters, no device, at most 150 bytes.

    Only the last step of a path stays; the extension survives shortening; nothing left is "file".
    Doing it twice changes nothing.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    last = re.split(r"[/\\]", name.rstrip("/\\ ."))[-1]
    # Cf holds the characters that reverse or hide text, Cc the control characters.
    shown = "".join(
        c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")
    )
    name = _FORBIDDEN.sub("-", shown).strip().lstrip(". ").rstrip(". ")
    name = _shortened(name, MAX_BYTES - 1) or "file"
    return f"_{name}" if _DEVICES.fullmatch(name.split(".")[0].strip()) else name


def numbered(name: str, number: int) -> str:
    """The name of the second, third … file of one name: "audit (2).json"."""
    stem, suffix = split_suffix(name)
    mark = f" ({number})"
    return f"{_cut(stem, MAX_BYTES - len(mark) - len(suffix.encode()))}{mark}{suffix}"


def split_suffix(name: str) -> tuple[str, str]:
    """Stem and extension; an extension is short and has no blanks."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or not dot or " " in suffix or len(suffix.encode()) >= _MAX_SUFFIX_BYTES:
        return name, ""
    return stem, f".{suffix}"


def _shortened(name: str, most: int) -> str:
    if len(name.encode()) <= most:
        return name
    stem, suffix = split_suffix(name)
    return f"{_cut(stem, most - len(suffix.encode()))}{suffix}".rstrip(". ")


def _cut(text: str, most: int) -> str:
    # Half a character at the cut is dropped, and so are blanks and dots the cut lays bare.
    return text.encode()[:most].decode("utf-8", "ignore").rstrip(". ")
