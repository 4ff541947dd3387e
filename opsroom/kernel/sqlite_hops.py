"""One trip to the driver's thread for each statement (ADR 0029).

aiosqlite runs every call on a thread of its own: a cursor, its statement, its rows and its closing are
four trips, and on small statements the trips cost more than the database. Here a statement is executed
and its first rows are read in one; making and closing a cursor touch no disk and stay where they are.

Imported after `sqlite_driver` has put a current SQLite in place, by `db.py`.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

import aiosqlite
import aiosqlite.cursor

# A result of up to this many rows comes with its statement; of a longer one the rest is fetched as it is
# asked for, so that a reader that streams keeps no more than this in memory.
_ROWS_AT_ONCE: Final = 1000


class Cursor(aiosqlite.cursor.Cursor):
    """A cursor whose rows have come along with its statement."""

    def __init__(self, conn: Connection, cursor: sqlite3.Cursor) -> None:
        super().__init__(conn, cursor)
        self._rows: deque[Any] = deque()
        self._has_more = False
        self._busy = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        """Execute, and bring the first rows."""
        await self._hop(self._run, sql, () if parameters is None else parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Cursor:
        """Execute once for each of `parameters`."""
        await self._hop(self._cursor.executemany, sql, parameters)
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
            await self._conn._execute(self._cursor.close)
        else:
            self._cursor.close()

    async def _hop(self, call: Callable[..., Any], *args: Any) -> Any:
        self._busy = True
        return await self._conn._execute(self._done, call, *args)

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

    def cursor(self) -> Cursor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """A cursor; made at once, as nothing is read for it."""
        return Cursor(self, self._conn.cursor())


def connect(path: str, **options: Any) -> Connection:
    """For SQLAlchemy's `async_creator_fn`: a connection to the file, to be awaited."""
    # Cursors are made on the loop's thread and used on the connection's; never on both at once.
    options["check_same_thread"] = False
    connection = Connection(lambda: sqlite3.connect(path, **options), 64)
    connection._thread.daemon = True
    return connection
