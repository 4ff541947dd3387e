"""Webhooks from the stand-ins to the product: one HTTP client, made when first needed."""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass

import aiohttp

from opsroom.sandbox.wire import dump, new_id


@dataclass(frozen=True, slots=True)
class Answer:
    status: int | None  # None: no answer at all
    seconds: float
    error: str = ""


class Outgoing:
    def __init__(self) -> None:
        self._client: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
        if self._client is None:
            self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200))
        started = time.monotonic()
        try:
            async with self._client.post(
                url,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout_s),
            ) as answer:
                await answer.read()
                return Answer(answer.status, time.monotonic() - started)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Answer(None, time.monotonic() - started, f"{type(error).__name__}: {error}")

    def start(self, work: Coroutine[object, object, object]) -> None:
        """Run `work` beside the request that caused it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until everything started has ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()


def standard_webhook_headers(
    secret: str, message_id: str, body: bytes, at: float | None = None
) -> dict[str, str]:
    """Headers of the Standard Webhooks scheme; `secret` is `whsec_` and base64."""
    stamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{digest}",
    }


def clickup_signature(secret: str, body: bytes) -> str:
    """The X-Signature of ClickUp: lowercase hex HMAC-SHA256 of the raw body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def send_standard_webhook(outgoing: Outgoing, url: str, secret: str, body: object) -> Answer:
    """Deliver once, and once more with the same id when the first was not answered with 2xx."""
    raw, message_id = dump(body), new_id("wevt_")
    answer = await outgoing.post(url, raw, standard_webhook_headers(secret, message_id, raw), 15)
    if answer.status is None or not 200 <= answer.status < 300:
        await asyncio.sleep(0.2)
        answer = await outgoing.post(url, raw, standard_webhook_headers(secret, message_id, raw), 15)
    return answer
