"""Calls to GitHub's REST API: credentials, versions, and what its refusals mean."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from opsroom.board.documents.repositories.github.credentials import ADAPTER, Credentials
from opsroom.board.documents.settings import GitHubSettings
from opsroom.kernel.breaker import Breakers
from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import AdapterError, Limited
from opsroom.kernel.outbound import HttpFailure, Outbound, OutboundLimits, Reply

_HEADERS: Final = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": "opsroom",
}
RAW: Final = "application/vnd.github.raw+json"
_SECONDARY_WAIT_S: Final = 60.0
_ANSWER_BYTES: Final = 160 * 1024 * 1024


class GitHubClient:
    """One account at one GitHub."""

    def __init__(self, settings: GitHubSettings, credentials: Credentials, clock: Clock) -> None:
        limits = OutboundLimits(
            read_s=settings.timeout_s,
            total_s=4 * settings.timeout_s,
            attempts=2,
            first_wait_s=0.2,
            longest_wait_s=2.0,
            answer_bytes=_ANSWER_BYTES,
        )
        # The queue waits by itself, and longer each time: a breaker would only hide when GitHub is back.
        breakers = Breakers(clock, threshold=1_000_000)
        self._http = Outbound(
            ADAPTER, settings.url, headers=_HEADERS, limits=limits, breakers=breakers, clock=clock
        )
        self._credentials = credentials

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    async def get(self, path: str, /, **params: str | int) -> Any:
        """The decoded answer; None for 404 and for an empty repository (409)."""
        try:
            return _decoded(await self._call("GET", path, params=params))
        except HttpFailure as error:
            if error.status in (404, 409):
                return None
            raise

    async def raw(self, path: str, /, **params: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        try:
            return (await self._call("GET", path, params=params, accept=RAW)).body
        except HttpFailure as error:
            if error.status in (404, 409):
                return None
            raise

    async def send(
        self, method: str, path: str, body: Mapping[str, object], *, harmless: bool = False
    ) -> Any:
        """The decoded answer to a write; `harmless`: twice is as good as once, so it may be repeated."""
        return _decoded(await self._call(method, path, body=body, repeatable=harmless))

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
        accept: str | None = None,
        repeatable: bool | None = None,
    ) -> Reply:
        headers = {"Authorization": await self._credentials.header(self._ask)}
        maker: Callable[[], io.BytesIO] | None = None
        if body is not None:
            # Off the event loop, and sent in pieces: a file of some megabytes must not stop everybody else.
            data = (await asyncio.to_thread(json.dumps, body)).encode()
            headers["Content-Type"] = "application/json"
            maker = partial(io.BytesIO, data)

        if accept:
            headers["Accept"] = accept
        try:
            return await self._http.call(
                method, path, params=params or None, body=maker, headers=headers, repeatable=repeatable
            )
        except HttpFailure as error:
            if error.status == 401:
                self._credentials.forget()
            if error.status == 403 and "rate limit" in error.body.lower():
                raise Limited(
                    f"GitHub asks us to slow down for {_SECONDARY_WAIT_S:g} s.",
                    retry_after_s=_SECONDARY_WAIT_S,
                ) from error
            raise

    async def _ask(self, path: str, authorization: str) -> object:
        reply = await self._http.call("POST", path, headers={"Authorization": authorization}, repeatable=True)
        return _decoded(reply)


def _decoded(reply: Reply) -> Any:
    try:
        return json.loads(reply.body) if reply.body else None
    except ValueError as error:
        raise AdapterError(
            f"GitHub answered {reply.status} with something that is not JSON.",
            adapter=ADAPTER,
            permanent=False,
        ) from error
