"""Calls to outside services: bounded in time, size and number, and honest about what they do not know.

One `Outbound` per service and process. Every call has time limits, a ceiling on the answer, a
correlation id, a named log line, and a circuit breaker per host. What can be repeated without harm is
repeated (at most five times, waiting as long as the service asks); what cannot and may have taken
effect ends as `OutcomeUnknown`, so that the caller reads back before trying again.

No call leaves while a database transaction is open: a slow service would hold our locks.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiohttp
import stamina
import structlog
from yarl import URL

from opsroom.kernel.answers import (
    AnswerCheck,
    HttpFailure,
    OutcomeUnknown,
    Saved,
    failure_of,
    json_of,
    read_capped,
    save_capped,
)
from opsroom.kernel.breaker import Breaker, BreakerOpen, Breakers, Permit
from opsroom.kernel.clock import SYSTEM_CLOCK, Clock
from opsroom.kernel.correlation import CORRELATION_HEADER, current_correlation_id, transaction_open
from opsroom.kernel.egress import MAX_REDIRECTS, EgressPolicy, check_url, next_hop
from opsroom.kernel.errors import AdapterError, Fault, Limited

__all__ = ["HttpFailure", "Outbound", "OutboundLimits", "OutcomeUnknown", "Reply", "Saved", "path_of"]

T = TypeVar("T")
Params = Mapping[str, str | int | Sequence[str]]
BodyMaker = Callable[[], Any]
"""Makes the body afresh for each attempt: aiohttp's form, bytes, an open file, an async iterator."""

log = structlog.get_logger()

_REPEATABLE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MAX_ATTEMPTS: Final = 5
# Addresses of services are settings of this installation, and may well be on its own network.
_ANY_HOST: Final = EgressPolicy(allow_private=True)


@dataclass(frozen=True, slots=True)
class OutboundLimits:
    """How long, how often, how much. `total_s` is for one attempt; downloads have `download_s` instead."""

    connect_s: float = 5.0
    read_s: float = 30.0
    total_s: float = 60.0
    download_s: float = 600.0
    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    answer_bytes: int = 10 * 1024 * 1024
    connections: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.attempts <= MAX_ATTEMPTS:
            raise Fault(f"attempts must be 1 to {MAX_ATTEMPTS}, not {self.attempts}.")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer with a status below 300."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: URL
    repeatable: bool
    headers: Mapping[str, str]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    body: BodyMaker | None = None
    total_s: float = 60.0
    follow: bool = False


def path_of(*segments: str) -> str:
    """A path of quoted segments: an id with a slash in it stays one segment."""
    if any(segment in {"", ".", ".."} for segment in segments):
        raise Fault(f"A URL path cannot have an empty or dotted segment: {segments!r}.")
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


class Outbound:
    """Client of one outside service. Close it, or use it as an async context manager."""

    def __init__(
        self,
        adapter: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limits: OutboundLimits | None = None,
        breakers: Breakers | None = None,
        clock: Clock = SYSTEM_CLOCK,
        connector: Callable[[], aiohttp.BaseConnector] | None = None,
    ) -> None:
        """`connector` makes the connector, e.g. `guarded_connector` where the address comes from outside."""
        check_url(base_url, _ANY_HOST)
        self.adapter = adapter
        self.base_url = base_url.rstrip("/")
        self._headers = dict(headers or {})
        self._limits = limits or OutboundLimits()
        self._clock = clock
        self._breakers = breakers or Breakers(clock)
        self._make_connector = connector or (lambda: aiohttp.TCPConnector(limit=self._limits.connections))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Outbound:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        body: BodyMaker | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Reply:
        """Call and return the whole answer.

        `repeatable` says that doing it twice is as good as once; by default what HTTP says of the method.
        Raises Limited (429), OutcomeUnknown, HttpFailure (any other status from 300) or AdapterError.
        """
        call = self._prepared(method, path, params, json, body, headers, repeatable)

        async def whole(response: aiohttp.ClientResponse) -> Reply:
            content = await read_capped(response, self._limits.answer_bytes, self.adapter)
            return Reply(response.status, response.headers, content)

        return await self._with_retries(call, whole)

    async def call_json(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        body: BodyMaker | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        check: AnswerCheck | None = None,
    ) -> object:
        """As `call`, for the decoded answer; None for an empty one.

        `check` looks at it and returns the error it carries, if any: some services say 200 and mean no.
        """
        call = self._prepared(method, path, params, json, body, headers, repeatable)

        async def decoded(response: aiohttp.ClientResponse) -> object:
            content = await read_capped(response, self._limits.answer_bytes, self.adapter)
            return json_of(content, response, self.adapter, check)

        return await self._with_retries(call, decoded)

    async def download(
        self, path: str, to: Path, *, max_bytes: int, headers: Mapping[str, str] | None = None
    ) -> Saved:
        """Stream an answer into the file `to`, which appears only when complete.

        `path` may be a full URL that the service handed out; our credentials go only to its own origin.
        """
        call = self._prepared("GET", path, None, None, None, headers, repeatable=True, download=True)

        async def saved(response: aiohttp.ClientResponse) -> Saved:
            return await save_capped(response, to, max_bytes, self.adapter)

        return await self._with_retries(call, saved)

    def _prepared(
        self, method: str, path: str, params: Params | None, json: object, body: BodyMaker | None,
        headers: Mapping[str, str] | None, repeatable: bool | None, *, download: bool = False,
    ) -> _Call:  # fmt: skip
        if transaction_open.get():
            raise Fault(
                f"{self.adapter} was called while a database transaction is open: read outside, write inside."
            )
        absolute = path.startswith(("http://", "https://"))
        text = path if absolute else f"{self.base_url}/{path.lstrip('/')}"
        check_url(text, _ANY_HOST)
        own = self._headers if URL(text).origin() == URL(self.base_url).origin() else {}
        arguments = {name: value for name, value in (("params", params), ("json", json)) if value is not None}
        return _Call(
            method=method.upper(),
            url=URL(text),
            repeatable=method.upper() in _REPEATABLE_METHODS if repeatable is None else repeatable,
            headers={**own, **(headers or {})},
            arguments=arguments,
            body=body,
            total_s=self._limits.download_s if download else self._limits.total_s,
            follow=download,
        )

    async def _with_retries(
        self, call: _Call, consume: Callable[[aiohttp.ClientResponse], Awaitable[T]]
    ) -> T:
        limits = self._limits
        attempt_number = 0

        def wait_before_next(error: Exception) -> bool | float:
            wait = _wait(error, call.repeatable, limits.longest_wait_s)
            if wait is not False and attempt_number < limits.attempts:
                log.warning("outbound.retry", **self._named(call), attempt=attempt_number, reason=str(error))
            return wait

        async for attempt in stamina.retry_context(
            on=wait_before_next,
            attempts=limits.attempts,
            timeout=None,
            wait_initial=limits.first_wait_s,
            wait_max=limits.longest_wait_s,
            wait_jitter=limits.first_wait_s,
        ):
            with attempt:
                attempt_number = attempt.num
                return await self._guarded_attempt(call, consume, attempt.num)
        raise Fault("The retry loop ended without an answer.")

    async def _guarded_attempt(
        self, call: _Call, consume: Callable[[aiohttp.ClientResponse], Awaitable[T]], number: int
    ) -> T:
        """One attempt, with the breaker asked before and told after."""
        breaker = self._breakers.of(self.adapter, call.url.authority)
        permit = breaker.enter()
        try:
            result = await self._attempt(call, consume, number)
        except (AdapterError, Limited) as error:
            self._tell(breaker, permit, error)
            raise
        except BaseException:
            breaker.abandoned(permit)  # cancelled, or refused by ourselves: says nothing about the service
            raise
        breaker.succeeded(permit)
        return result

    def _tell(self, breaker: Breaker, permit: Permit, error: AdapterError | Limited) -> None:
        status = error.status if isinstance(error, HttpFailure | OutcomeUnknown) else None
        if isinstance(error, Limited) or error.permanent or (status is not None and status < 500):
            breaker.succeeded(permit)  # it says no, or we do: it is up
        elif breaker.failed(permit):
            log.error("outbound.breaker_open", adapter=self.adapter, host=breaker.host, reason=str(error))

    async def _attempt(
        self, call: _Call, consume: Callable[[aiohttp.ClientResponse], Awaitable[T]], number: int
    ) -> T:
        began, status, outcome = time.perf_counter(), None, "failed"
        try:
            url, headers = call.url, {**call.headers, CORRELATION_HEADER: current_correlation_id()}
            for _ in range(MAX_REDIRECTS + 1):
                async with self._opened(call, url, headers) as response:
                    status = response.status
                    following = _following(call, response)
                    if following is None:
                        if status >= 300:
                            raise await failure_of(
                                response, self.adapter, self._clock, repeatable=call.repeatable
                            )
                        result = await consume(response)
                        outcome = "ok"
                        return result
                if following.origin() != url.origin():
                    headers = {CORRELATION_HEADER: headers[CORRELATION_HEADER]}
                url = following
            message = f"{self.adapter} redirects more than {MAX_REDIRECTS} times."
            raise HttpFailure(message, adapter=self.adapter, permanent=True, status=status or 302)
        except (TimeoutError, aiohttp.ClientError) as error:
            raise self._transport_failure(call, error) from error
        except AdapterError as error:
            if status is not None and status < 300 and not error.permanent and not call.repeatable:
                # It did something and we could not read what.
                raise OutcomeUnknown(error.message, adapter=self.adapter, status=status) from error
            raise
        finally:
            ms = round((time.perf_counter() - began) * 1000, 1)
            log.info(
                "outbound.call", **self._named(call), status=status, outcome=outcome, ms=ms, attempt=number
            )

    def _opened(self, call: _Call, url: URL, headers: Mapping[str, str]) -> Any:
        if self._session is None:
            # No cookie jar: a service that sets cookies would tie one client's calls to another's.
            self._session = aiohttp.ClientSession(
                connector=self._make_connector(), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True
            )
        limits = self._limits
        timeout = aiohttp.ClientTimeout(
            total=call.total_s, sock_connect=limits.connect_s, sock_read=limits.read_s
        )
        arguments = dict(call.arguments)
        if call.body is not None:
            arguments["data"] = call.body()
        return self._session.request(
            call.method, url, headers=headers, allow_redirects=False, timeout=timeout, **arguments
        )

    def _transport_failure(self, call: _Call, error: Exception) -> AdapterError:
        where = f"{self.adapter} ({call.url.authority})"
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
            return AdapterError(
                f"{where} has no valid certificate: {error}.", adapter=self.adapter, permanent=True
            )
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            # Nothing was sent, so it is safe to repeat whatever it was.
            return _NotSent(
                f"{where} cannot be reached: {_words(error)}.", adapter=self.adapter, permanent=False
            )
        if isinstance(error, aiohttp.InvalidURL):
            return AdapterError(f"{where}: not a URL: {error}.", adapter=self.adapter, permanent=True)
        message = f"{where} broke off: {_words(error)}."
        if isinstance(error, TimeoutError):
            message = f"{where} did not answer in time."
        if call.repeatable:
            return AdapterError(message, adapter=self.adapter, permanent=False)
        return OutcomeUnknown(message, adapter=self.adapter)

    def _named(self, call: _Call) -> dict[str, str]:
        return {
            "adapter": self.adapter,
            "method": call.method,
            "host": call.url.authority,
            "path": call.url.raw_path,
        }


class _NotSent(AdapterError):
    """The request never left this machine."""


def _following(call: _Call, response: aiohttp.ClientResponse) -> URL | None:
    location = response.headers.get("Location")
    if not call.follow or response.status not in _REDIRECTS or location is None:
        return None
    following = next_hop(response.url, location)
    check_url(str(following), _ANY_HOST)
    return following


def _wait(error: Exception, repeatable: bool, longest_s: float) -> bool | float:
    """False: do not repeat. A number: repeat after as many seconds. True: repeat at our own pace."""
    if isinstance(error, Limited):
        # It was turned away at the door, so repeating is safe for any call, if we can wait that long.
        return error.retry_after_s if error.retry_after_s <= longest_s else False
    if (
        not isinstance(error, AdapterError)
        or error.permanent
        or isinstance(error, OutcomeUnknown | BreakerOpen)
    ):
        return False
    if not (repeatable or isinstance(error, _NotSent)):
        return False
    if error.retry_after_s is None:
        return True
    return error.retry_after_s if error.retry_after_s <= longest_s else False


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
