"""The browser front-end: files of web/dist, and index.html for every address the front-end routes itself."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opsroom.app.edge.perimeter import AsgiApp, Receive, Scope, Send
from opsroom.kernel.errors import NotFound

_IMMUTABLE: Final = b"public, max-age=31536000, immutable"
_REVALIDATE: Final = b"no-cache"
_PACK_FROM_BYTES: Final = 1024
_PACKED_TYPES: Final = ("text/", "application/javascript", "application/json", "image/svg+xml")
_TYPES: Final = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}

_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Opsroom</title>
<h1>Opsroom is running</h1>
<p>Its front-end is not built yet: run <code>make web</code> in the project folder, then load this again.</p>
<p>The HTTP interface works meanwhile: see <a href="/schema">its reference</a>.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    """A file ready to send, in the encodings we have of it."""

    stamp: tuple[int, int]
    bodies: dict[str, bytes]
    media_type: str
    etag: bytes


class Pages:
    """An ASGI application over one folder; files are kept in memory until they change on disk."""

    def __init__(self, web_dist: Path | None) -> None:
        self._folder = web_dist.resolve() if web_dist else None
        self._files: dict[Path, _File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET or HEAD for a page or one of its files."""
        del receive
        if scope["method"] not in ("GET", "HEAD"):
            raise NotFound("There is nothing at this address.")
        path: str = scope["path"]
        found = await asyncio.to_thread(self._find, path)
        if found is None:
            raise NotFound("There is nothing at this address.")
        immutable = path.startswith("/assets/")
        await _send_file(scope, send, found, _IMMUTABLE if immutable else _REVALIDATE)

    def _find(self, path: str) -> _File | None:
        if self._folder is None or not (self._folder / "index.html").is_file():
            return _made(_NOT_BUILT.encode(), "text/html; charset=utf-8") if "." not in path else None
        wanted = (self._folder / path.lstrip("/")).resolve()
        if wanted.is_relative_to(self._folder) and wanted.is_file():
            return self._load(wanted)
        # A missing file is missing; any other address is one of the front-end's own.
        if path.startswith("/assets/") or "." in path.rpartition("/")[2]:
            return None
        return self._load(self._folder / "index.html")

    def _load(self, path: Path) -> _File:
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = self._files.get(path)
        if known is not None and known.stamp == stamp:
            return known
        media_type = (
            _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        )
        if media_type.startswith("text/"):
            media_type += "; charset=utf-8"
        loaded = _made(path.read_bytes(), media_type, stamp)
        for suffix, encoding in ((".br", "br"), (".gz", "gzip")):
            packed = path.with_name(path.name + suffix)
            if packed.is_file() and packed.stat().st_mtime_ns >= stat.st_mtime_ns:
                loaded.bodies[encoding] = packed.read_bytes()
        self._files[path] = loaded
        return loaded


def _made(body: bytes, media_type: str, stamp: tuple[int, int] = (0, 0)) -> _File:
    bodies = {"identity": body}
    if len(body) >= _PACK_FROM_BYTES and media_type.startswith(_PACKED_TYPES):
        bodies["gzip"] = gzip.compress(body, mtime=0)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()
    return _File(stamp, bodies, media_type, etag)


async def _send_file(scope: Scope, send: Send, file: _File, caching: bytes) -> None:
    headers = dict(scope["headers"])
    accepted = headers.get(b"accept-encoding", b"").decode("latin-1").lower()
    encoding = next((e for e in ("br", "gzip") if e in file.bodies and _accepts(accepted, e)), "identity")
    body = file.bodies[encoding]
    answer = [(b"cache-control", caching), (b"etag", file.etag), (b"vary", b"accept-encoding")]
    if file.etag in headers.get(b"if-none-match", b""):
        await send({"type": "http.response.start", "status": 304, "headers": answer})
        await send({"type": "http.response.body", "body": b""})
        return
    answer += [(b"content-type", file.media_type.encode()), (b"content-length", str(len(body)).encode())]
    if encoding != "identity":
        answer.append((b"content-encoding", encoding.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": answer})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _accepts(header: str, encoding: str) -> bool:
    for part in header.split(","):
        name, _, weight = part.partition(";")
        if name.strip() in (encoding, "*"):
            return weight.strip().replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


class FrontDoor:
    """Sends an address to the application if one of its routes begins like it, else to the pages."""

    def __init__(self, app: AsgiApp, pages: Pages, own: frozenset[str]) -> None:
        self._app, self._pages, self._own = app, pages, own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route by the first path segment."""
        if scope["type"] == "http" and scope["path"].strip("/").partition("/")[0] not in self._own:
            await self._pages(scope, receive, send)
        else:
            await self._app(scope, receive, send)
