"""Reading server-sent events, as the HTML standard defines them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

MAX_LINE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """One event of a stream. `id` is None when the event does not move the cursor."""

    event: str
    data: str
    id: str | None = None


class Lines(Protocol):
    """What lines are read from: a response, a file."""

    def readline(self, limit: int = -1, /) -> bytes: ...


def read_messages(source: Lines) -> Iterator[Message]:
    """Every whole message until the source ends. One that is cut off is not given out."""
    event, data, cursor = "", list[str](), None
    while raw := source.readline(MAX_LINE_BYTES):
        if not raw.endswith(b"\n"):
            return  # the connection ended, or a line no server of ours would send
        line = raw.decode("utf-8", "replace").rstrip("\r\n").removeprefix("\ufeff")
        if not line:
            if data:
                yield Message(event or "message", "\n".join(data), cursor)
            event, data, cursor = "", [], None
            continue
        name, _, value = line.partition(":")  # a comment has no name
        value = value.removeprefix(" ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif name == "id" and "\x00" not in value:
            cursor = value
