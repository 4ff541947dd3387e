"""The write gate: one fair queue for everyone who writes to a SQLite file in this process.

SQLite lets one writer in at a time and makes the rest busy-wait, which is unfair: under load one
writer's p99 was 230–430 ms. Here writers queue first come, first served, threads and coroutines
alike, so nobody waits longer than the line. On PostgreSQL the gate is open (`OpenGate`).
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Gate(Protocol):
    """`acquire`/`acquire_async` wait for the turn; `release` hands it to the next in line."""

    def acquire(self) -> None: ...
    async def acquire_async(self) -> None: ...
    def release(self) -> None: ...


class OpenGate:
    """No gate: the database orders its own writers."""

    def acquire(self) -> None:
        return

    async def acquire_async(self) -> None:
        return

    def release(self) -> None:
        return


def _loop_here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class ReadTurns:
    """Lets so many readers begin in each round of the event loop.

    A reader whose statements are quick goes from its first to its last without a break. Of a hundred that
    have come meanwhile all would go before anyone whose commit has just come back from the disk, and a
    writer, who waits for the loop three times, would wait for three hundred: with turns it waits for a few.
    """

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._left = at_once
        self._line: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a turn, after those who asked before."""
        loop = asyncio.get_running_loop()
        if self._left == self._at_once:
            loop.call_soon(self._next_round, loop)
        if self._left > 0:
            self._left -= 1
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._line.append(turn)
        await turn

    def _next_round(self, loop: asyncio.AbstractEventLoop) -> None:
        self._left = self._at_once
        while self._line and self._left > 0:
            turn = self._line.popleft()
            if not turn.done():  # who was cancelled waits no more
                turn.set_result(None)
                self._left -= 1
        if self._left < self._at_once:
            loop.call_soon(self._next_round, loop)


class WriteGate:
    """A first-in, first-out lock shared by threads and coroutines; ownership is handed over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = False
        self._line: deque[Callable[[], bool]] = deque()

    def acquire(self) -> None:
        turn = threading.Event()

        def call() -> bool:
            turn.set()
            return True

        if not self._join(call):
            turn.wait()

    async def acquire_async(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()

        def call() -> bool:
            if loop.is_closed():
                return False
            if _loop_here() is loop:  # one round of the loop sooner
                if not turn.done():
                    turn.set_result(None)
                    return True
                return False
            loop.call_soon_threadsafe(self._offer, turn)
            return True

        if self._join(call):
            return
        try:
            await turn
        except asyncio.CancelledError:
            # The turn may already be ours: then it must go to the next, or the line stops for ever.
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        with self._lock:
            while self._line:
                if self._line.popleft()():
                    return
            self._held = False

    def _join(self, call: Callable[[], bool]) -> bool:
        with self._lock:
            if self._held:
                self._line.append(call)
                return False
            self._held = True
            return True

    def _offer(self, turn: asyncio.Future[None]) -> None:
        if turn.done():  # cancelled while in the line: pass the turn on
            self.release()
        else:
            turn.set_result(None)
