"""A run's feed, read by a thread of its own and resumed without gap or repeat when the line breaks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from queue import SimpleQueue

from opsroom.cli.client import Client, Lost, Stream, Unreachable, segment
from opsroom.cli.sse import Message, read_messages
from opsroom.kernel.errors import Fault, Limited, OpsroomError, Unavailable

_PATIENCE_S = 90.0
_PAUSES_S = (0.1, 0.3, 0.7, 1.5, 2.5)


@dataclass(frozen=True, slots=True)
class LineLost:
    """The connection broke; it is being made again."""

    reason: str


@dataclass(frozen=True, slots=True)
class LineBack:
    """The feed goes on where it stopped."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The feed has ended for good, before the run's end."""

    error: OpsroomError


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Somebody pressed Ctrl-C (`ask`), or asked this process to end."""

    ask: bool


Item = Message | LineLost | LineBack | Broken | Interrupted
Inbox = SimpleQueue[Item]


class Feed:
    """Puts every event of a run after number `after` into the inbox, each once, then `end`."""

    def __init__(
        self,
        run_id: str,
        inbox: Inbox,
        *,
        client: Client,
        again: Callable[[float], Client],
        after: int = 0,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._path = f"/api/runs/{segment(run_id)}/events"
        self._inbox, self._client, self._again = inbox, client, again
        self._seen, self._patience_s = after, patience_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read, name="feed", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let go of the line. The thread is a daemon: it is not waited for long."""
        self._is_over.set()
        self._thread.join(0.2)

    def _read(self) -> None:
        told = Fault("The feed's reader stopped unexpectedly; please report this.")
        try:
            self._read_to_end()
        except OpsroomError as error:
            told = error
        finally:
            # After `end` nobody looks any more; before it, the watcher must not wait for ever.
            self._inbox.put(Broken(told))

    def _read_to_end(self) -> None:
        lost_at: float | None = None
        tries = 0
        while not self._is_over.is_set():
            try:
                if lost_at is not None:
                    self._client = self._again(time.monotonic() - lost_at)
                stream = self._client.open_stream(self._path, str(self._seen))
            except (Unavailable, Limited) as error:
                if lost_at is None:
                    lost_at = time.monotonic()
                    self._inbox.put(LineLost(error.message))
                elif time.monotonic() - lost_at > self._patience_s:
                    raise self._gave_up(error) from error
            else:
                if lost_at is not None:
                    self._inbox.put(LineBack())
                seen_before = self._seen
                ended, reason = self._drain(stream)
                if ended:
                    return
                lost_at = time.monotonic()
                tries = 0 if self._seen > seen_before else tries
                self._inbox.put(LineLost(reason))
            self._is_over.wait(_PAUSES_S[min(tries, len(_PAUSES_S) - 1)])
            tries += 1

    def _drain(self, stream: Stream) -> tuple[bool, str]:
        """Pass messages on until the run or the line ends: (True, "") or (False, why)."""
        try:
            with closing(stream):
                for message in read_messages(stream):
                    if not self._is_news(message):
                        continue
                    self._inbox.put(message)
                    if message.event == "end":
                        return True, ""
        except Lost as error:
            return False, str(error) or type(error).__name__
        return False, "the connection was closed"

    def _is_news(self, message: Message) -> bool:
        if message.id is None or not message.id.isdecimal():
            return True
        number = int(message.id)
        if number <= self._seen:
            return False
        self._seen = number
        return True

    def _gave_up(self, error: OpsroomError) -> Unreachable:
        return Unreachable(
            f"The server has not answered for {self._patience_s:.0f} s ({error.message}) "
            "The run is kept; watch it again once the server is back."
        )
