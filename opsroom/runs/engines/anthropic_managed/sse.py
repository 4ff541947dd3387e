"""Server-sent events out of bytes: small, strict about memory, lenient about everything else. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_FRAME: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a stream. `cut`: there was more than we are willing to hold."""

    name: str
    data: bytes
    cut: bool = False


class SseParser:
    """Feed it what arrives; it gives the frames that are complete."""

    def __init__(self, max_frame: int = MAX_FRAME) -> None:
        self._most = max_frame
        self._rest = bytearray()
        self._head: bytes | None = None
        self._ends_in_cr = False
        self._first = True

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that `chunk` completes."""
        if self._first and chunk:
            chunk, self._first = chunk.removeprefix(b"\xef\xbb\xbf"), False
        self._rest += self._with_plain_line_ends(chunk)
        frames: list[Frame] = []
        while (end := self._rest.find(b"\n\n")) >= 0:
            block = bytes(self._rest[:end])
            del self._rest[: end + 2]
            head, self._head = self._head, None
            if head is None and len(block) > self._most:
                head = block
            frame = _frame(block, cut=False) if head is None else _frame(head[: self._most], cut=True)
            if frame is not None:
                frames.append(frame)
        if len(self._rest) > self._most:
            self._head = self._head or bytes(self._rest[: self._most])
            del self._rest[:-1]  # the end of the frame may be split between two chunks
        return frames

    def _with_plain_line_ends(self, chunk: bytes) -> bytes:
        if self._ends_in_cr:
            chunk = b"\r" + chunk
        self._ends_in_cr = chunk.endswith(b"\r")
        if b"\r" not in chunk:
            return chunk
        if self._ends_in_cr:  # whether a \n follows, the next chunk tells
            chunk = chunk[:-1]
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _frame(block: bytes, *, cut: bool) -> Frame | None:
    name, data = "", []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")
    if not data and not cut:
        return None  # a comment: the heartbeat of a quiet stream
    return Frame(name, b"\n".join(data), cut)
