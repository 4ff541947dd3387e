"""Which statements are quick enough to be run on the event loop's own thread (ADR 0033).

A trip to the driver's thread costs more than most of our statements, and on a busy loop each one is a wait
in the loop's line, which a writer spends holding the write gate. What has been quick is therefore run where
it is asked for; what has not stays on the driver's thread, so that nobody waits for a large question.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeVar

_QUICK_S: Final = 0.001
# Statements with lists of many lengths are many texts: the ones not asked for longest are forgotten.
_KEPT: Final = 2_000
_FADES: Final = 0.8
# What waits for another process's lock or for the disk, or reads who knows what, is not looked at.
_STATEMENTS: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")

T = TypeVar("T")


class Pace:
    """What each statement took, by its text. One for all connections of a process."""

    # The thread's own time: on a busy machine the wait for a turn says nothing about the statement.
    def __init__(
        self,
        clock: Callable[[], float] = time.thread_time,
        of: tuple[str, ...] = _STATEMENTS,
        begin_with: tuple[str, ...] = (),
    ) -> None:
        self._clock = clock
        self._of = of
        self._took: OrderedDict[str, float] = OrderedDict((sql, 0.0) for sql in begin_with)

    def is_quick(self, sql: str) -> bool:
        """Whether this statement was quick so far. One that nobody has seen is not."""
        return self._took.get(sql, _QUICK_S) < _QUICK_S

    def timed(self, sql: str, call: Callable[[], T]) -> T:
        """Run `call`, which executes `sql`, and remember what it took."""
        if not sql.lstrip()[:6].upper().startswith(self._of):
            return call()
        began = self._clock()
        try:
            return call()
        finally:
            self._note(sql, self._clock() - began)

    def fade(self, sql: str) -> None:
        """It ran where its time was not taken: by and by it is tried here again."""
        self._took[sql] = self._took.get(sql, 0.0) * _FADES

    def _note(self, sql: str, took_s: float) -> None:
        # One slow time is remembered for a while: ten quick ones must follow before it is tried again.
        self._took[sql] = max(took_s, self._took.get(sql, 0.0) * _FADES)
        self._took.move_to_end(sql)
        if len(self._took) > _KEPT:
            self._took.popitem(last=False)
