"""One HTTP request, bounded in time and size, with the answer as plain data.

Redirects are answers here, not something to follow: the crawl sees every hop. Bodies are unpacked by us,
step by step, so that a small file that unpacks to gigabytes stops at the limit.
"""

import asyncio
import ssl
import time
import zlib
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp
from yarl import URL

from local_seo.crawl.limits import USER_AGENT, CrawlLimits

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WAIT_AND_TRY_AGAIN = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to one request. `failure` is set, and status 0, when it said nothing usable."""

    url: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wire_bytes: int = 0
    first_byte_ms: int = 0
    location: str | None = None
    truncated: bool = False
    failure: str = ""
    failure_kind: str = ""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        kind = self.content_type
        return kind in {"text/html", "application/xhtml+xml"} or (not kind and self.body.lstrip()[:1] == b"<")


class Fetcher:
    def __init__(
        self, session: aiohttp.ClientSession, limits: CrawlLimits, refusals: tuple[type[Exception], ...] = ()
    ) -> None:
        self._session = session
        self._limits = limits
        self._refusals = refusals
        self.requests = 0
        self.wire_bytes = 0

    async def get(self, url: str) -> Answer:
        """Ask once; once more after a broken connection or a request to come back soon."""
        answer = await self._ask(url)
        wait = self._wait_before_retry(answer)
        if wait is None:
            return answer
        await asyncio.sleep(wait)
        return await self._ask(url)

    def _wait_before_retry(self, answer: Answer) -> float | None:
        if answer.failure_kind == "connection":
            return 0.2
        if answer.status in _WAIT_AND_TRY_AGAIN:
            text = answer.headers.get("retry-after", "")
            wait = float(text) if text.isdigit() else None
            return wait if wait is not None and wait <= self._limits.max_retry_after_s else None
        return None

    async def _ask(self, url: str) -> Answer:
        self.requests += 1
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._limits.request_timeout_s):
                return await self._read(url, started)
        except TimeoutError:
            text = f"no complete answer within {self._limits.request_timeout_s:g} s"
            return Answer(url, failure=text, failure_kind="timeout")
        except self._refusals as error:
            text = f"not allowed as a target: {_first_line(error)}"
            return Answer(url, failure=text, failure_kind="refused")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            kind, text = _failure_of(error)
            return Answer(url, failure=text, failure_kind=kind)

    async def _read(self, url: str, started: float) -> Answer:
        async with self._session.get(URL(url, encoded=True), allow_redirects=False) as response:
            first_byte_ms = int((time.perf_counter() - started) * 1000)
            headers = {name.lower(): value for name, value in response.headers.items()}
            status = response.status
            if status in _REDIRECTS and "location" in headers:
                return Answer(url, status, headers, first_byte_ms=first_byte_ms, location=headers["location"])
            body, wire, problem = await self._read_body(response, headers.get("content-encoding", ""))
            self.wire_bytes += wire
        return Answer(
            url,
            status,
            headers,
            body,
            wire_bytes=wire,
            first_byte_ms=first_byte_ms,
            truncated=problem == "truncated",
            failure="" if problem in {"", "truncated"} else problem,
            failure_kind="" if problem in {"", "truncated"} else "encoding",
        )

    async def _read_body(self, response: aiohttp.ClientResponse, encoding: str) -> tuple[bytes, int, str]:
        """Body, bytes on the wire, and a problem: "", "truncated" or a sentence."""
        limit = self._limits.max_body_bytes
        unpack = _unpacker(encoding)
        if unpack is None:
            return b"", 0, f"the encoding {encoding[:40]!r} was not asked for and cannot be read"
        parts: list[bytes] = []
        size = wire = 0
        async for chunk in response.content.iter_any():
            wire += len(chunk)
            try:
                data = unpack(chunk, limit + 1 - size)
            except zlib.error as error:
                return b"".join(parts), wire, f"the compressed body is damaged ({error})"
            parts.append(data)
            size += len(data)
            if size > limit or wire > limit:
                response.close()
                return b"".join(parts)[:limit], wire, "truncated"
        return b"".join(parts), wire, ""


class _Unpack(Protocol):
    def __call__(self, chunk: bytes, room: int) -> bytes: ...


def _unpacker(encoding: str) -> _Unpack | None:
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _as_is
    if name in {"gzip", "x-gzip"}:
        return _Inflate(16 + zlib.MAX_WBITS)
    if name == "deflate":
        return _Inflate(zlib.MAX_WBITS)
    return None


def _as_is(chunk: bytes, room: int) -> bytes:
    return chunk[:room]


class _Inflate:
    """zlib that gives no more than the room left, whatever the stream promises."""

    def __init__(self, window: int) -> None:
        self._stream = zlib.decompressobj(window)

    def __call__(self, chunk: bytes, room: int) -> bytes:
        return self._stream.decompress(chunk, max(1, room))


# What went wrong, in words for the report. The first class that fits counts, so special ones come first.
_FAILURES: tuple[tuple[type[Exception], str, str], ...] = (
    (aiohttp.ClientConnectorCertificateError, "certificate", "the certificate is not accepted"),
    (aiohttp.ClientSSLError, "certificate", "no secure connection"),
    (ssl.SSLError, "certificate", "no secure connection"),
    (aiohttp.ClientConnectorDNSError, "dns", "the host name is not known"),
    (aiohttp.InvalidURL, "url", "not a valid address"),
    (aiohttp.ClientPayloadError, "connection", "the answer broke off"),
    (aiohttp.ClientResponseError, "protocol", "the answer is not valid HTTP"),
    (aiohttp.ClientError, "connection", "no connection"),
    (OSError, "connection", "no connection"),
)


def _failure_of(error: Exception) -> tuple[str, str]:
    for family, kind, text in _FAILURES:
        if isinstance(error, family):
            return kind, f"{text} ({_first_line(error)})"
    return "protocol", f"the answer is not valid HTTP ({_first_line(error)})"


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:160]


def open_session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    """A session without cookies and without automatic unpacking; closing it closes the connector."""
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={
            "User-Agent": USER_AGENT,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
            "Accept-Language": "en-US,en;q=0.8",
        },
        max_line_size=16_384,
        max_field_size=32_768,
    )
