"""Bells for queues: how ordered work is looked at at once, although the engine only polls."""

from __future__ import annotations

import threading


class Bells:
    """One bell per queue: whoever orders work rings it, and the queue's thread looks at once.

    DBOS only polls. A poll short enough for people costs a fifth of a core on SQLite while nothing
    happens; a bell costs nothing and starts work within a millisecond or two.
    """

    def __init__(self) -> None:
        self._bells: dict[str, threading.Event] = {}
        self.closing = False
        self.muted = False  # a queue that is muted keeps waiting: nothing is claimed

    def ring(self, queue: str) -> None:
        self._bells.setdefault(queue, threading.Event()).set()

    def close(self) -> None:
        self.closing = True
        for bell in self._bells.values():
            bell.set()

    def of(self, queue: str, stop: threading.Event) -> StopOrRing:
        return StopOrRing(self, self._bells.setdefault(queue, threading.Event()), stop)


class StopOrRing(threading.Event):
    """What a queue's thread waits on in place of its stop event: also returns when rung."""

    def __init__(self, bells: Bells, bell: threading.Event, stop: threading.Event) -> None:
        super().__init__()
        self._bells, self._bell, self._stop = bells, bell, stop

    def is_set(self) -> bool:
        return self._stop.is_set() or self._bells.closing

    def wait(self, timeout: float | None = None) -> bool:
        while not self.is_set():
            self._bell.wait(timeout)
            self._bell.clear()
            if not self._bells.muted:
                break
        return self.is_set()
