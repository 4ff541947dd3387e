"""Calls to the API: one client for all sessions, answers as checked JSON, errors in our own words.

The SDK never retries for us: it would send a POST twice, and a session too many costs real money.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import anthropic
import httpx2
import structlog
from anthropic import AsyncAnthropic, Omit

from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.shape import Json
from opsroom.runs.engines.anthropic_managed.settings import AnthropicSettings
from opsroom.runs.engines.clean import NotJson, as_object, as_text, read_json, shorten

log = structlog.get_logger("opsroom.engines")

ADAPTER: Final = "anthropic_managed"
DEFAULT_BETA: Final = "managed-agents-2026-04-01"
MAX_ANSWER: Final = 64 * 1024 * 1024
_LONGEST_PAUSE_S: Final = 60.0
_WORTH_REPEATING: Final = frozenset({408, 409, 429})

Answer = TypeVar("Answer")


class AnthropicFault(AdapterError):
    """A call that failed. `maybe_done`: it may have had its effect all the same; `in_flight`: or may yet."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        permanent: bool = False,
        retry_after_s: float | None = None,
        maybe_done: bool = False,
        in_flight: bool = False,
    ) -> None:
        super().__init__(message, adapter=ADAPTER, permanent=permanent, retry_after_s=retry_after_s)
        self.status = status
        self.maybe_done = maybe_done
        self.in_flight = in_flight


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing, and how many bytes it came in."""

    items: list[Json]
    size: int


class Wire:
    """The client and how we talk with it. One for the life of the process."""

    def __init__(self, settings: AnthropicSettings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self._clients: tuple[AsyncAnthropic, AsyncAnthropic] | None = None

    @property
    def client(self) -> AsyncAnthropic:
        """The SDK's client for calls. Raises AdapterError where no key is set."""
        return self._both()[0]

    @property
    def streams(self) -> AsyncAnthropic:
        """The client for event streams. Apart, since a pool looks at all its connections with every call."""
        return self._both()[1]

    def _both(self) -> tuple[AsyncAnthropic, AsyncAnthropic]:
        if self._clients is None:
            self._clients = self._new_client(keep=50), self._new_client(keep=0)
        return self._clients

    def _new_client(self, *, keep: int) -> AsyncAnthropic:
        settings = self.settings
        if settings.api_key is None:
            message = "No Anthropic API key is set; set ANTHROPIC_API_KEY (or anthropic.api_key_file)."
            raise AnthropicFault(message, permanent=True)
        timeout = httpx2.Timeout(settings.timeout_s, connect=settings.connect_timeout_s)
        limits = httpx2.Limits(
            max_connections=settings.max_connections, max_keepalive_connections=keep, keepalive_expiry=15.0
        )
        return AsyncAnthropic(
            api_key=settings.api_key.get_secret_value(),
            base_url=settings.base_url,
            max_retries=0,
            timeout=timeout,
            http_client=anthropic.DefaultAsyncHttpxClient(limits=limits, timeout=timeout),
        )

    async def close(self) -> None:
        """Let go of all connections."""
        clients, self._clients = self._clients, None
        for client in clients or ():
            await client.close()

    async def once(self, doing: str, call: Callable[[], Awaitable[Any]], *, expect: str = "") -> Json:
        """One call, one answer. `call` makes a raw response; `expect` is the `type` the answer must have."""
        return (await self._once(doing, call, expect))[0]

    async def _once(self, doing: str, call: Callable[[], Awaitable[Any]], expect: str) -> tuple[Json, int]:
        with told_as_ours(doing):
            # The SDK's own limit is on each read; an answer that trickles would never end.
            async with asyncio.timeout(self.settings.timeout_s + self.settings.connect_timeout_s):
                response = await call()
                body = await response.read()
        return checked_answer(doing, body, expect), len(body)

    async def patiently(self, doing: str, call: Callable[[], Awaitable[Any]], *, expect: str = "") -> Json:
        """A call that does no harm when it is repeated, repeated until it is answered."""
        return (await self._patiently(doing, call, expect))[0]

    async def _patiently(
        self, doing: str, call: Callable[[], Awaitable[Any]], expect: str = ""
    ) -> tuple[Json, int]:
        for pause in (*self.settings.retry_delays_s, None):
            try:
                return await self._once(doing, call, expect)
            except AnthropicFault as fault:
                if fault.permanent or pause is None:
                    raise
                await self.pause(fault, pause)
        raise AssertionError  # the last round returns or raises

    async def pause(self, fault: AnthropicFault, seconds: float) -> None:
        """Wait before a repeat: what the server asks for, else `seconds`."""
        wait = seconds if fault.retry_after_s is None else min(fault.retry_after_s, _LONGEST_PAUSE_S)
        log.warning("anthropic.call_failed", error=fault.message, again_in_s=wait)
        await self._clock.sleep(wait)

    async def pages(
        self, doing: str, call: Callable[[str | Omit], Awaitable[Any]]
    ) -> AsyncGenerator[Page, None]:
        """All pages of a listing. `call` is given the cursor of a page; none for the first."""
        cursor: str | Omit = anthropic.omit
        while True:
            answer, size = await self._patiently(doing, lambda cursor=cursor: call(cursor))
            data = answer.get("data")
            if not isinstance(data, list):
                raise _misshapen(doing, "it has no list under `data`")
            yield Page([as_object(item) for item in data], size)
            following = answer.get("next_page")
            if not isinstance(following, str) or not following or cursor == following:
                return
            cursor = following


def checked_answer(doing: str, body: bytes, expect: str) -> Json:
    """`body` as the JSON object it should be. A 200 proves nothing: proxies say it with HTML, too."""
    if len(body) > MAX_ANSWER:
        raise _misshapen(doing, f"it is over {MAX_ANSWER:,} bytes")
    try:
        answer = as_object(read_json(body))
    except NotJson as error:
        start = body[:200].decode("utf-8", "replace")
        raise _misshapen(doing, f"it is no JSON ({error}): {start!r}") from error
    if answer.get("type") == "error":
        error = as_object(answer.get("error"))
        raise _misshapen(doing, f"an error in a good answer: {as_text(error.get('message'), 500)}")
    if expect and answer.get("type") != expect:
        raise _misshapen(doing, f"a {expect} was expected and {as_text(answer.get('type'), 100)!r} came")
    if expect and not isinstance(answer.get("id"), str):
        raise _misshapen(doing, f"the {expect} has no id")
    return answer


def _misshapen(doing: str, problem: str) -> AnthropicFault:
    return AnthropicFault(f"Anthropic's answer to {doing} cannot be used: {problem}", maybe_done=True)


@contextmanager
def told_as_ours(doing: str) -> Iterator[None]:
    """Every way a call can fail, as one kind of error that says what may have happened."""
    try:
        yield
    except anthropic.APIStatusError as error:
        raise _refused(doing, error) from error
    except anthropic.APITimeoutError as error:
        raise _unanswered(doing, "no answer in time", error) from error
    except anthropic.APIConnectionError as error:
        raise _unanswered(doing, str(error.__cause__ or error), error.__cause__) from error
    except anthropic.AnthropicError as error:
        message = f"Anthropic could not be asked to {doing}: {shorten(str(error), 500)}"
        raise AnthropicFault(message, permanent=True) from error
    except httpx2.HTTPError as error:
        raise _unanswered(doing, str(error) or type(error).__name__, error) from error
    except TimeoutError as error:
        raise _unanswered(doing, "no whole answer in time", error) from error


def _refused(doing: str, error: anthropic.APIStatusError) -> AnthropicFault:
    status = error.status_code
    body = as_object(as_object(error.body).get("error"))
    words = as_text(body.get("message"), 1_000) or f"a {status} without an explanation"
    request = f" (request {error.request_id})" if error.request_id else ""
    transient = status >= 500 or status in _WORTH_REPEATING
    return AnthropicFault(
        f"Anthropic answered {status} when asked to {doing}: {words}{request}",
        status=status,
        permanent=not transient,
        retry_after_s=_retry_after(error.response.headers),
        maybe_done=status >= 500 or status == 408,
    )


def _unanswered(doing: str, words: str, cause: BaseException | None) -> AnthropicFault:
    sent = not isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
    message = f"Anthropic could not be reached to {doing}: {shorten(words, 500)}"
    return AnthropicFault(message, maybe_done=sent, in_flight=sent)


def _retry_after(headers: httpx2.Headers) -> float | None:
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if 0 <= seconds < 3600:
            return seconds
    return None


def extra_betas(wanted: Sequence[str]) -> list[Any]:
    """The beta headers of an agent file without the one that the SDK sends anyway."""
    return [beta for beta in wanted if beta != DEFAULT_BETA]
