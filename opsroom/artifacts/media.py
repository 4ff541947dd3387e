"""What a file is, judged by its content; its name only decides between kinds of text."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["markdown", "html", "json", "text", "image", "svg", "other"]

BINARY = "application/octet-stream"
SNIFF_BYTES = 4096
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
_BY_SUFFIX = {
    "md": "text/markdown",
    "markdown": "text/markdown",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "html": "text/html",
    "htm": "text/html",
    "svg": "image/svg+xml",
    "xml": "application/xml",
}
_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_SVG = re.compile(
    rb"^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE[^>]*>\s*)?<svg[\s>/]", re.DOTALL | re.IGNORECASE
)
_HTML = re.compile(rb"^\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)[\s>]", re.DOTALL | re.IGNORECASE)
# Sent under these names a browser would run or render them, so they are sent as plain bytes.
ACTIVE = frozenset({"text/html", "image/svg+xml", "application/xhtml+xml", "application/xml", "text/xml"})


def detect(head: bytes, name: str, declared: str = "") -> str:
    """The media type of a file that begins with `head`.

    What its maker declared counts only for binaries we do not know.
    """
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return _OFFICE.get(_suffix(name), found) if found == "application/zip" else found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if is_text(head):
        return _text_type(head, name)
    declared = clean(declared)
    # A picture or a page that does not look like one is not believed.
    return BINARY if declared in ACTIVE or declared.startswith(("image/", "text/")) else declared


def clean(declared: str) -> str:
    """A declared media type without parameters, or the type of plain bytes."""
    bare = declared.partition(";")[0].strip().lower()
    return bare if _TYPE.fullmatch(bare) else BINARY


def kind_of(media_type: str) -> Kind:
    """How a file of this type is shown."""
    if media_type == "image/svg+xml":
        return "svg"
    if media_type in ("image/png", "image/jpeg", "image/gif", "image/webp"):
        return "image"
    if media_type in ("text/html", "application/xhtml+xml"):
        return "html"
    if media_type == "text/markdown":
        return "markdown"
    if media_type == "application/json" or media_type.endswith("+json"):
        return "json"
    return "text" if media_type.startswith("text/") or media_type in _TEXTUAL else "other"


_TEXTUAL = frozenset(
    {"application/x-ndjson", "application/xml", "application/javascript", "application/yaml"}
)


def is_text(head: bytes) -> bool:
    """True when the beginning of a file is UTF-8 text without NUL."""
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut in two by the end of what we look at is no mistake.
        return error.reason == "unexpected end of data" and len(head) >= SNIFF_BYTES - 4
    return True


def _text_type(head: bytes, name: str) -> str:
    if _SVG.match(head):
        return "image/svg+xml"
    if _HTML.match(head):
        return "text/html"
    by_name = _BY_SUFFIX.get(_suffix(name), "text/plain")
    # Only what is an SVG may be called one: the name alone would make a picture of any text.
    return "text/plain" if by_name == "image/svg+xml" else by_name


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].lower()
