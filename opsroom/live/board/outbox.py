"""What waits to be sent to one client: bounded, and honest about what was dropped."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Frame:
    """One text frame, encoded once for everybody. `seq` is the event's number, 0 for what is no event."""

    seq: int
    message: dict[str, Any]


def frame(body: Mapping[str, object], seq: int = 0) -> Frame:
    """`body` as the server's message."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Frame(seq, {"type": "websocket.send", "text": text, "bytes": None})


class Outbox:
    """Frames in order; of presence and of each cursor only the newest.

    When more than `limit` frames wait, all of them are dropped for one `snapshot_needed`: the client
    reads the board again and continues from there.
    """

    __slots__ = ("_cursors", "_frames", "_limit", "_presence", "dropped", "lagging_since", "ready")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._frames: deque[Frame] = deque()
        self._presence: Frame | None = None
        self._cursors: dict[str, Frame] | None = None
        self.ready = asyncio.Event()
        self.dropped = 0
        self.lagging_since: float | None = None

    def __len__(self) -> int:
        return len(self._frames) + (self._presence is not None) + len(self._cursors or ())

    def put(self, item: Frame, *, now: float, seq: int) -> None:
        """Queue a frame. `seq` is how far the client will be told when it has read it."""
        if len(self._frames) >= self._limit:
            self.dropped += len(self._frames) + 1
            self._frames.clear()
            self._cursors = None
            item = frame({"type": "snapshot_needed", "seq": seq})
            self.lagging_since = self.lagging_since or now
        self._frames.append(item)
        self.ready.set()

    def put_presence(self, item: Frame) -> None:
        """Who is there now; an older list that still waits is of no use to anybody."""
        self._presence = item
        self.ready.set()

    def put_cursor(self, connection_id: str, item: Frame) -> None:
        """Where somebody's pointer is now. Not kept for those who lag."""
        if self.lagging_since is not None:
            return
        if self._cursors is None:
            self._cursors = {}
        self._cursors[connection_id] = item
        self.ready.set()

    def take(self) -> Frame | None:
        """The next frame to send; None when nothing waits."""
        if self._frames:
            return self._frames.popleft()
        self.lagging_since = None
        if (item := self._presence) is not None:
            self._presence = None
            return item
        if self._cursors:
            return self._cursors.pop(next(iter(self._cursors)))
        self._cursors = None
        self.ready.clear()
        return None
