"""What outside services answer, made into values and errors: sizes capped, refusals sorted, files saved."""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from secrets import token_hex
from typing import Final, NoReturn

import aiohttp

from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import AdapterError, Limited
from opsroom.kernel.redact import redact_text

AnswerCheck = Callable[[object], AdapterError | Limited | str | None]
"""Looks at a decoded answer of status 200 and returns the error it carries; a text means a permanent one."""

_CHUNK_BYTES: Final = 256 * 1024
_ERROR_BODY_BYTES: Final = 64 * 1024
_DEFAULT_LIMITED_S: Final = 2.0
# 520 to 524 and 529 are what proxies and providers say for "overloaded, try later".
_TRANSIENT: Final = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


class HttpFailure(AdapterError):
    """The service answered, and not with what we need. `body` is the start of what it said, for callers
    who know the service's own error codes; it may hold client data, so it is not for logs."""

    def __init__(
        self, message: str, *, adapter: str, permanent: bool, status: int, body: str = "",
        retry_after_s: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message, adapter=adapter, permanent=permanent, retry_after_s=retry_after_s)
        self.status = status
        self.body = body


class OutcomeUnknown(AdapterError):
    """A call that must not happen twice may have taken effect. Read back before trying again."""

    title = "It is not known whether the call took effect"

    def __init__(self, message: str, *, adapter: str, status: int | None = None) -> None:
        super().__init__(f"{message} It may have taken effect.", adapter=adapter, permanent=False)
        self.status = status


@dataclass(frozen=True, slots=True)
class Saved:
    """A downloaded file, complete, with the SHA-256 of its bytes in hex."""

    path: Path
    size_bytes: int
    sha256: str
    media_type: str


async def read_capped(response: aiohttp.ClientResponse, max_bytes: int, adapter: str) -> bytes:
    """The body, decompressed; HttpFailure as soon as it is larger than `max_bytes`."""
    _refuse_announced_size(response, max_bytes, adapter)
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        size += len(chunk)
        if size > max_bytes:
            _too_large(response, max_bytes, adapter)
        chunks.append(chunk)
    return b"".join(chunks)


async def save_capped(response: aiohttp.ClientResponse, to: Path, max_bytes: int, adapter: str) -> Saved:
    """Stream the body into `to`. A half-written file is removed; `to` is replaced only by a whole one."""
    _refuse_announced_size(response, max_bytes, adapter)
    partial = to.with_name(f".{token_hex(8)}.part")
    digest, size = hashlib.sha256(), 0
    try:
        # Opened, written and synced off the event loop: a slow disk must not stop every other call.
        file = await asyncio.to_thread(partial.open, "xb")
        try:
            async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                size += len(chunk)
                if size > max_bytes:
                    _too_large(response, max_bytes, adapter)
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_flush, file.fileno(), file.flush)
        finally:
            await asyncio.to_thread(file.close)
        await asyncio.to_thread(partial.replace, to)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
    return Saved(to, size, digest.hexdigest(), response.content_type)


def _flush(descriptor: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(descriptor)


def _refuse_announced_size(response: aiohttp.ClientResponse, max_bytes: int, adapter: str) -> None:
    if response.content_length is not None and response.content_length > max_bytes:
        _too_large(response, max_bytes, adapter)


def _too_large(response: aiohttp.ClientResponse, max_bytes: int, adapter: str) -> NoReturn:
    limit = f"{max_bytes // 1024} KiB" if max_bytes >= 1024 else f"{max_bytes} bytes"
    message = f"The answer of {adapter} is larger than the {limit} we take."
    raise HttpFailure(message, adapter=adapter, permanent=True, status=response.status)


def json_of(
    content: bytes, response: aiohttp.ClientResponse, adapter: str, check: AnswerCheck | None
) -> object:
    """The decoded answer, None if it is empty. What is not JSON is told for what it is."""
    if not content.strip():
        return None
    try:
        decoded: object = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        what = _instead_of_json(content)
        # A page or half an answer is mostly a proxy's or a restart's doing, and passes.
        raise HttpFailure(
            f"{adapter} answered {response.status} with {what} instead of JSON.",
            adapter=adapter, permanent=False, status=response.status, body=_text(content),
        ) from error  # fmt: skip
    carried = check(decoded) if check is not None else None
    if isinstance(carried, str):
        message = f"{adapter} answered {response.status}, but says: {redact_text(carried)}"
        raise HttpFailure(
            message, adapter=adapter, permanent=True, status=response.status, body=_text(content)
        )
    if carried is not None:
        raise carried
    return decoded


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _instead_of_json(content: bytes) -> str:
    text = _text(content)
    if text.lstrip().startswith("<"):
        return f"a web page ({_excerpt(text)})"
    if text.lstrip()[:1] in {"{", "["} and text.rstrip()[-1:] not in {"}", "]"}:
        return "half an answer"
    return f"something unreadable ({_excerpt(text)})"


async def failure_of(
    response: aiohttp.ClientResponse, adapter: str, clock: Clock, *, repeatable: bool
) -> AdapterError | Limited:
    """The error that a status from 300 stands for."""
    status, headers = response.status, response.headers
    body = _text(await response.content.read(_ERROR_BODY_BYTES))
    after_s = retry_after_s(headers, clock)
    told_to_wait = headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in headers
    if status == 429 or (status == 403 and told_to_wait):
        waiting = _DEFAULT_LIMITED_S if after_s is None else after_s
        return Limited(f"{adapter} asks us to slow down for {waiting:g} s.", retry_after_s=waiting)
    message = f"{adapter} answered {status}: {_excerpt(body) or response.reason or 'nothing'}"
    if status in _TRANSIENT or status > 524:
        if not repeatable:
            return OutcomeUnknown(f"{message}.", adapter=adapter, status=status)
        return HttpFailure(
            message, adapter=adapter, permanent=False, status=status, body=body, retry_after_s=after_s
        )
    if status < 400:
        location = headers.get("Location", "nowhere")
        message = f"{adapter} redirects to {location!r}; check the address in its settings"
    elif status in {401, 403}:
        message += " (check the credentials and what they may do)"
    return HttpFailure(redact_text(message), adapter=adapter, permanent=True, status=status, body=body)


def retry_after_s(headers: Mapping[str, str], clock: Clock) -> float | None:
    """How long the service asks us to wait: Retry-After in seconds or as a date, else X-RateLimit-Reset."""
    asked = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", asked):
        return float(asked)
    if asked:
        with suppress(ValueError):
            at = parsedate_to_datetime(asked)
            at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
            return max(0.0, (at - clock.now()).total_seconds())
    reset = headers.get("X-RateLimit-Reset", "").strip()
    if not re.fullmatch(r"[0-9]{1,13}(\.[0-9]+)?", reset):
        return None
    number = float(reset)
    if number < 1e9:  # some count seconds from now, most the seconds (or milliseconds) since 1970
        return number
    seconds = number / 1000 if number > 1e11 else number
    return max(0.0, seconds - clock.now().timestamp())


def _text(content: bytes) -> str:
    return content[:_ERROR_BODY_BYTES].decode("utf-8", "replace")


def _excerpt(text: str) -> str:
    """One line of what was said, fit for a message: the title of a page, the start of anything else."""
    title = re.search(r"<title[^>]*>([^<]{1,200})", text[:8192], re.IGNORECASE)
    said = html.unescape(title[1]) if title else text
    line = " ".join(said[:2000].split())
    return redact_text(line)[:300]
