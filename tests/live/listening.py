"""A reader of Server-Sent Events that shows every frame, comments too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from tests.app.edge_town import Town


@dataclass(frozen=True)
class Message:
    """One frame: a message, or a comment alone."""

    event: str | None = None
    data: str = ""
    id: str | None = None
    comment: str | None = None


class Feed:
    """An open stream."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    def __aiter__(self) -> Feed:
        return self

    async def __anext__(self) -> Message:
        lines: list[str] = []
        while True:
            raw = await self._answer.content.readline()
            if not raw:
                assert not lines, f"the stream broke off in a frame: {lines}"
                raise StopAsyncIteration
            line = raw.decode().rstrip("\r\n")
            if line:
                lines.append(line)
            elif lines:
                return _message(lines)

    async def next(self) -> Message:
        return await anext(self)


def _message(lines: list[str]) -> Message:
    fields: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    return Message(
        event=fields.get("event", [None])[0],
        data="\n".join(fields.get("data", [])),
        id=fields.get("id", [None])[0],
        comment=fields.get("", [None])[0],
    )


@asynccontextmanager
async def listen(
    town: Town,
    path: str,
    *,
    after: int | None = None,
    key: str = "alice",
    http: aiohttp.ClientSession | None = None,
) -> AsyncIterator[Feed]:
    """The stream at `path` after event `after`, as a browser resumes it; closed when the block ends."""
    headers = {"Authorization": f"Bearer {town.keys[key]}"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    timeout = aiohttp.ClientTimeout(total=30)
    session = http or aiohttp.ClientSession(read_bufsize=2**20)
    try:
        async with session.get(
            town.url + path, headers=headers, timeout=timeout, read_bufsize=2**20
        ) as answer:
            assert answer.status == 200, await answer.text()
            yield Feed(answer)
            answer.close()  # an endless stream is cut off, not read to its end
    finally:
        if http is None:
            await session.close()
