"""Wake-up calls after a commit: "something about this topic changed, look again".

A wake carries no data and may be lost or doubled: who listens reads the rows from its own cursor.
In one process it is a set of asyncio events; PostgreSQL carries it to the other processes by
NOTIFY (`opsroom_wake`), see `WakeRelay` in `wake_relay.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress


class Wakes:
    """Topics and those who wait for them. Topics are `run:<id>`, `project:<id>`, `approvals`, …"""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def call(self, topics: Iterable[str]) -> None:
        """Wake everyone who waits for one of `topics`. Event-loop thread only."""
        for topic in topics:
            for waiter in self._waiting.get(topic, ()):
                waiter.set()

    def listen(self, topic: str) -> Listener:
        """A listener on `topic`; use it as a context manager around the whole read loop."""
        return Listener(self._waiting, topic)


class Listener:
    """One waiter. Anything called after the last `wait` returned makes the next one return at once."""

    def __init__(self, waiting: dict[str, set[asyncio.Event]], topic: str) -> None:
        self._waiting = waiting
        self._topic = topic
        self._called = asyncio.Event()

    def __enter__(self) -> Listener:
        self._waiting.setdefault(self._topic, set()).add(self._called)
        return self

    def __exit__(self, *_exc: object) -> None:
        waiters = self._waiting.get(self._topic, set())
        waiters.discard(self._called)
        if not waiters:
            self._waiting.pop(self._topic, None)

    async def wait(self, timeout_s: float) -> bool:
        """True when called, False after `timeout_s` (then look anyway: a wake may be lost)."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._called.wait()
        called = self._called.is_set()
        self._called.clear()
        return called
