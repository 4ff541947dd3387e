"""What goes over the wire for a file: status, headers, bytes. The web framework is not needed to say it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

from opsroom.artifacts.blobs import ArtifactStore
from opsroom.artifacts.media import ACTIVE, BINARY, SNIFF_BYTES, detect
from opsroom.artifacts.preview import POLICY, preview_html, wanted_bytes
from opsroom.artifacts.shapes import Artifact

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


@dataclass(frozen=True)
class ContentParts:
    """An answer with the bytes of a file."""

    status: int
    headers: dict[str, str]
    body: AsyncIterator[bytes]


@dataclass(frozen=True)
class PreviewParts:
    """An answer with a page to look at."""

    headers: dict[str, str]
    body: bytes


async def content_response_parts(
    store: ArtifactStore, artifact: Artifact, range_header: str | None = None
) -> ContentParts:
    """The whole file, or the one range asked for. Always a download, never something a browser opens."""
    headers = {
        "Content-Type": BINARY if artifact.media_type in ACTIVE else artifact.media_type,
        "Content-Disposition": disposition(artifact.name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "ETag": f'"{artifact.sha256}"',
    }
    span = asked_range(range_header, artifact.size_bytes)
    if span is None:
        body = await store.open_stream(artifact.sha256)
        return ContentParts(200, headers | {"Content-Length": str(artifact.size_bytes)}, body)
    first, end = span
    if first >= end:
        unmet = {"Content-Range": f"bytes */{artifact.size_bytes}", "Content-Length": "0"}
        return ContentParts(416, headers | unmet, _nothing())
    partial = {
        "Content-Range": f"bytes {first}-{end - 1}/{artifact.size_bytes}",
        "Content-Length": str(end - first),
    }
    return ContentParts(206, headers | partial, await store.open_stream(artifact.sha256, span))


async def preview_response_parts(store: ArtifactStore, artifact: Artifact) -> PreviewParts:
    """A page that shows the file, under a policy that lets nothing in it run, load or send."""
    head = await store.read(artifact.sha256, SNIFF_BYTES)
    media_type = detect(head, artifact.name, artifact.media_type)
    wanted = wanted_bytes(media_type)
    content = head if artifact.size_bytes <= len(head) else await store.read(artifact.sha256, wanted)
    page = await asyncio.to_thread(preview_html, content[:wanted], media_type, name=artifact.name)
    body = page.encode("utf-8", "replace")
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-store",
    }
    return PreviewParts(headers, body)


def disposition(name: str) -> str:
    """Content-Disposition for a download, readable by old and new browsers."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and one past the last; None for the whole file; first >= end when it cannot be met.

    Several ranges at once are answered with the whole file, which the protocol allows.
    """
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        last = int(match[2])
        return (size, size) if last == 0 else (max(size - last, 0), size)
    first = int(match[1])
    end = min(int(match[2]) + 1, size) if match[2] else size
    if match[2] and int(match[2]) < first:
        return None  # not a range at all: ignored
    return (first, end) if first < size else (size, size)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
