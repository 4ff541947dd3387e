"""At most one trip to the driver's thread for each statement (ADR 0029), and none for a quick one (ADR 0033).

aiosqlite runs every call on a thread of its own: a cursor, its statement, its rows and its closing are
four trips, and on small statements the trips cost more than the database. Here a statement is executed
and its first rows are read in one; making and closing a cursor touch no disk and stay where they are, and
so does a statement that `sqlite_pace` knows to be quick. Beginning to write and committing what was written
wait for locks and the disk: they always travel.

Imported after `sqlite_driver` has put a current SQLite in place, by `db.py`.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import aiosqlite
import aiosqlite.cursor

from opsroom.kernel.sqlite_pace import Pace

# A result of up to this many rows comes with its statement; of a longer one the rest is fetched as it is
# asked for, so that a reader that streams keeps no more than this in memory.
_ROWS_AT_ONCE: Final = 1000
BEGIN_TO_WRITE: Final = "BEGIN IMMEDIATE"
BUSY_MS: Final = 20_000


class Cursor(aiosqlite.cursor.Cursor):
    """A cursor whose rows have come along with its statement."""

    def __init__(self, conn: Connection, cursor: sqlite3.Cursor) -> None:
        super().__init__(conn, cursor)
        self._home = conn
        self._rows: deque[Any] = deque()
        self._has_more = False
        self._busy = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        """Execute, and bring the first rows."""
        values = () if parameters is None else parameters
        await self._take(sql, self._run, sql, values)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Cursor:
        """Execute once for each of `parameters`."""
        values = list(parameters)
        # By how many at a time: three rows may be quick where three thousand are not.
        await self._take(f"{sql} /* {len(values)} */", self._cursor.executemany, sql, values)
        return self

    async def fetchone(self) -> Any:
        """The next row, or None."""
        if not self._rows and self._has_more:
            await self._hop(self._bring)
        return self._rows.popleft() if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """Up to `size` rows."""
        wanted = self._cursor.arraysize if size is None else size
        while len(self._rows) < wanted and self._has_more:
            await self._hop(self._bring)
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        rest = await self._hop(self._cursor.fetchall) if self._has_more else []
        self._has_more = False
        rows = [*self._rows, *rest]
        self._rows.clear()
        return rows

    async def close(self) -> None:
        """Close. One whose statement a cancelled caller left running is closed behind it, on its thread."""
        if self._busy:
            await self._home.travel(self._cursor.close)
        else:
            self._cursor.close()

    async def _hop(self, call: Callable[..., Any], *args: Any) -> Any:
        self._busy = True
        return await self._home.travel(self._done, call, *args)

    async def _take(self, name: str, call: Callable[..., Any], *args: Any) -> None:
        timed = partial(PACE.timed, name, partial(call, *args))
        if name == BEGIN_TO_WRITE and self._home.begun_at_once():
            return
        if self._home.may_stay(name):
            timed()
        else:
            await self._hop(timed)

    def _done(self, call: Callable[..., Any], *args: Any) -> Any:
        try:
            return call(*args)
        finally:
            self._busy = False

    def _run(self, sql: str, parameters: Iterable[Any]) -> None:
        self._rows.clear()
        self._has_more = False
        self._cursor.execute(sql, parameters)  # pyright: ignore[reportArgumentType]
        if self._cursor.description is not None:
            self._bring()

    def _bring(self) -> None:
        rows = self._cursor.fetchmany(_ROWS_AT_ONCE)
        self._rows.extend(rows)
        self._has_more = len(rows) == _ROWS_AT_ONCE


class Connection(aiosqlite.Connection):
    """A connection that makes such cursors where it is asked for them."""

    # Calls that are on their way on the driver's thread; a cancelled caller leaves one behind.
    _travelling = 0
    _writes = False

    def cursor(self) -> Cursor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """A cursor; made at once, as nothing is read for it."""
        return Cursor(self, self._conn.cursor())

    def may_stay(self, sql: str) -> bool:
        """Whether a statement may be run on the loop's thread: nothing is on its way, and it is quick."""
        self._writes = self._writes or sql == BEGIN_TO_WRITE
        return not self._travelling and (sql == "BEGIN" or PACE.is_quick(sql))

    def begun_at_once(self) -> bool:
        """Begin to write if nobody else is writing. If somebody is, another process is, since ours queue at
        the gate: that wait is for the driver's thread."""
        if self._travelling:
            return False
        self._conn.execute("PRAGMA busy_timeout=0")
        try:
            self._conn.execute(BEGIN_TO_WRITE)
        except sqlite3.OperationalError:
            return False
        finally:
            self._conn.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        self._writes = True
        return True

    async def commit(self) -> None:
        """Commit. Nothing goes to the disk when nothing was written; a quick disk is not worth a trip."""
        if DISK.is_quick("COMMIT"):
            await self._end(partial(DISK.timed, "COMMIT", self._conn.commit), quick=True)
            return
        # On the other thread the wait for the interpreter would be measured with it.
        await self._end(self._conn.commit)
        DISK.fade("COMMIT")

    async def rollback(self) -> None:
        """Roll back."""
        await self._end(self._conn.rollback)

    async def travel(self, call: Callable[..., Any], *args: Any) -> Any:
        """Run `call` on the driver's thread, after all that was sent there before."""
        self._travelling += 1
        return await self._execute(self._arrive, call, *args)

    def _arrive(self, call: Callable[..., Any], *args: Any) -> Any:
        try:
            return call(*args)
        finally:
            self._travelling -= 1

    async def _end(self, call: Callable[[], None], *, quick: bool = False) -> None:
        if self._travelling or (self._writes and not quick):
            await self.travel(call)
        else:
            call()
        self._writes = False


PACE: Final = Pace()
"""What statements took, in this process."""
DISK: Final = Pace(time.perf_counter, of=("COMMIT",), begin_with=("COMMIT",))
"""What commits took, the wait for the disk included."""


def connect(path: str, **options: Any) -> Connection:
    """For SQLAlchemy's `async_creator_fn`: a connection to the file, to be awaited."""
    # Cursors are made on the loop's thread and used on the connection's; never on both at once.
    options["check_same_thread"] = False
    connection = Connection(lambda: sqlite3.connect(path, **options), 64)
    connection._thread.daemon = True
    return connection
