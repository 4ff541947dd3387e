"""Reading multipart/form-data as it arrives: files go on piece by piece, nothing is held whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from opsroom.board.documents.errors import BadUpload
from opsroom.kernel.errors import Malformed, Problem, Refusal

R = TypeVar("R")

TakeIn = Callable[[str, str, AsyncIterator[bytes]], Awaitable[R]]
"""Keeps one file: its name as sent, the type it was declared to be, its bytes."""

MAX_FILES: Final = 20
FIELD: Final = "file"
_DRAINED_BYTES: Final = 8 * 1024 * 1024
_DRAIN_S: Final = 2.0


async def read_form(content_type: str, pieces: AsyncIterator[bytes], take_in: TakeIn[R]) -> list[R]:
    """Hand every part `file` to `take_in`; what it made of them.

    Raises Malformed for what is no form, BadUpload for a form without files or with other parts.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if not boundary:
        await anext(pieces, b"")  # what is no form at all is refused by the edge, in better words
        raise Malformed("The Content-Type has no boundary, so the form cannot be read.")
    try:
        parser = PushMultipartParser(boundary, max_segment_count=MAX_FILES, strict=True)
        events = _Events(parser, pieces)
        kept: list[R] = []
        while (segment := await events.segment()) is not None:
            name = _file_name(segment)
            kept.append(await take_in(name, segment.content_type or "", events.body()))
            await events.skip()
    except MultipartError as error:
        raise Malformed(f"The form cannot be read: {error}.") from error
    if not kept:
        raise BadUpload("The form has no file.", problems=(Problem(FIELD, "is required"),))
    return kept


def _file_name(segment: MultipartSegment) -> str:
    if segment.name != FIELD:
        problem = Problem(str(segment.name)[:80], f"is not known; this address takes parts called {FIELD}")
        raise BadUpload("The form has a part that does not belong.", problems=(problem,))
    if not segment.filename:
        raise BadUpload("A file has no name.", problems=(Problem(FIELD, "needs a filename"),))
    return segment.filename


class _Over(Exception):
    """The form has no more events."""


class _Events:
    """The parser's events one by one, reading on when it needs more."""

    def __init__(self, parser: PushMultipartParser, pieces: AsyncIterator[bytes]) -> None:
        self._parser = parser
        self._pieces = pieces
        self._waiting: list[MultipartSegment | bytes | bytearray | None] = []
        self._ended = False
        self._in_segment = False

    async def _next(self) -> MultipartSegment | bytes | bytearray | None:
        """The next event; _Over when the form is over."""
        while not self._waiting:
            if self._ended or self._parser.closed:
                raise _Over
            piece = await anext(self._pieces, b"")
            if piece:
                self._waiting = list(self._parser.parse(piece))
            else:
                self._ended = True
                self._parser.close()  # says so when the form is not complete
        return self._waiting.pop(0)

    async def segment(self) -> MultipartSegment | None:
        """The next part; None after the last."""
        try:
            event = await self._next()
        except _Over:
            return None
        self._in_segment = True
        return event if isinstance(event, MultipartSegment) else None

    async def body(self) -> AsyncIterator[bytes]:
        """The bytes of the part that was begun."""
        while self._in_segment:
            try:
                event = await self._next()
            except _Over:
                return
            if event is None:
                self._in_segment = False
            elif not isinstance(event, MultipartSegment):
                yield bytes(event)

    async def skip(self) -> None:
        """Go to the end of the part, whether or not it was read."""
        async for _ in self.body():
            pass


async def drain(pieces: AsyncIterator[bytes]) -> None:
    """Let a client that is still sending finish, within reason: hung up on, it never reads our refusal."""
    left = _DRAINED_BYTES
    with suppress(TimeoutError, Refusal):  # the refusal that led here is the one to tell
        async with asyncio.timeout(_DRAIN_S):
            async for piece in pieces:
                left -= len(piece)
                if left < 0:
                    return
