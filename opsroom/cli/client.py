"""HTTP to a server: the envelope, the refusals, and requests that may safely be sent again."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from opsroom import __version__
from opsroom.kernel.errors import (
    AdapterError,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    Limited,
    Malformed,
    NotFound,
    OpsroomError,
    Problem,
    Refusal,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

_CONNECT_S = 5.0
_ANSWER_S = 30.0
# The server sends a heartbeat every 15 s: three missed ones mean the line is dead.
STREAM_SILENCE_S = 45.0
_MAX_ANSWER_BYTES = 64 * 1024 * 1024
_TRIES = 3

Query = Mapping[str, str | int | None]
Lost = (OSError, http.client.HTTPException)


class Unreachable(Unavailable):
    """Nobody answers at the address."""

    title = "No server"


@dataclass(frozen=True, slots=True)
class Reply:
    """The inside of a successful answer's envelope."""

    data: object
    meta: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Stream:
    """An open answer, line by line, and the connection it comes through."""

    _connection: http.client.HTTPConnection
    _response: http.client.HTTPResponse

    def readline(self, limit: int = -1, /) -> bytes:
        return self._response.readline(limit)

    def close(self) -> None:
        self._response.close()
        self._connection.close()


def segment(text: str) -> str:
    """`text` as one part of a path, whatever is in it."""
    return quote(text, safe="")


class Client:
    """One server and one key. Makes a connection per request: commands make few."""

    def __init__(self, url: str, key: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise Invalid(
                "The server's address is not usable.",
                problems=(Problem("--url / OPSROOM_URL", "must look like https://ops.example.com"),),
            )
        try:
            self._port = parts.port
        except ValueError as error:
            raise Invalid(f"The server's address has no usable port: {error}.") from error
        self.url = url.rstrip("/")
        self._host, self._https = parts.hostname, parts.scheme == "https"
        self._base = parts.path.rstrip("/")
        self._key = key

    def get(self, path: str, query: Query | None = None) -> Reply:
        given = {name: str(value) for name, value in (query or {}).items() if value not in (None, "")}
        return self._envelope("GET", f"{path}?{urlencode(given)}" if given else path, None)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Reply:
        """Send once, however often the line breaks: one Idempotency-Key for all tries."""
        return self._envelope("POST", path, body)

    def patch(self, path: str, body: Mapping[str, object]) -> Reply:
        return self._envelope("PATCH", path, body)

    def delete(self, path: str) -> Reply:
        return self._envelope("DELETE", path, None)

    def health(self, timeout_s: float = 2.0) -> dict[str, object] | None:
        """What /health says; None when nobody or somebody else answers."""
        try:
            _, _, raw = self._exchange("GET", "/health", None, {}, timeout_s)
            told = json.loads(raw)
        except (*Lost, ValueError):
            return None
        return told if isinstance(told, dict) and "status" in told else None

    def open_stream(self, path: str, last_event_id: str | None) -> Stream:
        """A stream of server-sent events; the caller closes it. Raises Unreachable, or the refusal."""
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        connection = self._connection(_CONNECT_S)
        try:
            connection.request("GET", self._base + path, headers=self._headers(headers))
            connection.sock.settimeout(STREAM_SILENCE_S)
            response = connection.getresponse()
            if response.status != 200:
                raw = response.read(_MAX_ANSWER_BYTES)
                raise refusal_of(response.status, dict(response.getheaders()), raw)
        except Lost as error:
            connection.close()
            raise self._unreachable(error) from error
        except OpsroomError:
            connection.close()
            raise
        return Stream(connection, response)

    def _envelope(self, method: str, path: str, body: Mapping[str, object] | None) -> Reply:
        headers = {"Accept": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = uuid.uuid4().hex
        status, got, raw = self._until_answered(method, path, body, headers)
        if status >= 300:
            raise refusal_of(status, got, raw)
        try:
            told = json.loads(raw)
            meta = told.get("meta")
            return Reply(told["data"], meta if isinstance(meta, dict) else {})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _stranger(status, got) from error

    def _until_answered(
        self, method: str, path: str, body: Mapping[str, object] | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        for attempt in range(1, _TRIES + 1):
            try:
                return self._exchange(method, path, body, headers, _ANSWER_S)
            except Lost as error:
                if attempt == _TRIES or isinstance(
                    error, ConnectionRefusedError | ssl.SSLCertVerificationError
                ):
                    raise self._unreachable(error) from error
                time.sleep(0.2 * attempt)
        raise AssertionError("the loop above returns or raises")

    def _exchange(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        headers: Mapping[str, str],
        timeout_s: float,
    ) -> tuple[int, Mapping[str, str], bytes]:
        connection = self._connection(min(timeout_s, _CONNECT_S))
        sent = self._headers(headers)
        raw_body = None
        if body is not None:
            raw_body = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            sent["Content-Type"] = "application/json"
        try:
            connection.connect()
            connection.sock.settimeout(timeout_s)
            connection.request(method, self._base + path, body=raw_body, headers=sent)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read(_MAX_ANSWER_BYTES)
        finally:
            connection.close()

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._https:
            return http.client.HTTPSConnection(self._host, self._port, timeout=timeout_s)
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        headers = {"User-Agent": f"opsroom-cli/{__version__}", **more}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers

    def _unreachable(self, error: BaseException) -> Unreachable:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return Unreachable(
            f"No server answers at {self.url} ({reason}). Is it running? "
            "`opsroom up` starts one here; --url or OPSROOM_URL names another."
        )


_BY_STATUS: dict[int, type[OpsroomError]] = {
    400: Malformed,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    422: Invalid,
}


def refusal_of(status: int, headers: Mapping[str, str], raw: bytes) -> OpsroomError:
    """The error a problem document stands for."""
    try:
        told = json.loads(raw)
        detail = str(told["detail"] or told["title"])
        problems = tuple(Problem(str(p["path"]), str(p["message"])) for p in told.get("errors") or ())
    except (ValueError, KeyError, TypeError, AttributeError):
        return _stranger(status, headers)
    correlation = told.get("correlation_id")
    if status == 401:
        detail += " Give a key with OPSROOM_API_KEY; `opsroom keys create` or an admin issues one."
    if status in (429, 503):
        wait_s = _seconds(headers)
        detail += f" Try again in {wait_s:g} s."
        kind = Limited if status == 429 else Unavailable
        return kind(detail, retry_after_s=wait_s)
    if status == 502:
        return AdapterError(
            detail, adapter=str(told.get("adapter", "outside service")), permanent=False, problems=problems
        )
    if status >= 500:
        return Fault(f"{detail} The server's log has it under {correlation}." if correlation else detail)
    return _BY_STATUS.get(status, Refusal)(detail, problems=problems)


def _seconds(headers: Mapping[str, str]) -> float:
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(text) if text.isdecimal() else 2.0


def _stranger(status: int, headers: Mapping[str, str]) -> Refusal:
    kind = next(
        (value for name, value in headers.items() if name.lower() == "content-type"), "no content type"
    )
    return Refusal(
        f"What answers there is not an Opsroom server of this version (HTTP {status}, {kind}). "
        "Check --url or OPSROOM_URL, and `opsroom version`."
    )
