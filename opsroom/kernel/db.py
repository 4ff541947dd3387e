"""The database: engines, column types, and the rules of the two back ends.

SQLite (WAL) is the default; PostgreSQL through psycopg 3 when the URL says so.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, RowMapping, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from opsroom.kernel.clock import SYSTEM_CLOCK, Clock
from opsroom.kernel.errors import Fault
from opsroom.kernel.gate import Gate, OpenGate, ReadTurns, WriteGate
from opsroom.kernel.sqlite_driver import MINIMUM_SQLITE

Row = RowMapping
"""A row as a store hands it on inside its room: columns by name."""

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


class _Reads(Protocol):
    """Makes a value of what the driver brings."""

    def __call__(self, value: Any) -> Any: ...


def _time_in_utc(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC) if value else None


def _time_of_text(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None  # of our own writing


# What most tasks have needs no parser.
_EMPTY: Final = {"[]": list[Any], "{}": dict[str, Any]}


def _value_of_json(value: str | None) -> object:
    if value is None:
        return None
    empty = _EMPTY.get(value)
    return empty() if empty else json.loads(value)


class UtcTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC times: TIMESTAMPTZ on PostgreSQL, sortable ISO text with microseconds on SQLite."""

    impl = sa.String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.String(32))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> object:
        if value is None:
            return None
        if value.tzinfo is None:
            raise Fault("a time without a zone reached the database")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> _Reads | None:
        """One call for each value: a list of a hundred tasks has seven hundred times."""
        return _time_in_utc if dialect.name == "postgresql" else _time_of_text


class JsonText(sa.types.TypeDecorator[Any]):
    """JSON values: JSONB on PostgreSQL, text on SQLite. NUL, which PostgreSQL refuses, is replaced."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB

            return dialect.type_descriptor(JSONB())
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: object, dialect: sa.Dialect) -> object:
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        # Lone surrogates and NUL are legal JSON escapes but no valid database text.
        text = text.replace("\\u0000", "\\ufffd").encode("utf-8", "replace").decode()
        return json.loads(text) if dialect.name == "postgresql" else text

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> _Reads | None:
        """JSONB comes as values."""
        return None if dialect.name == "postgresql" else _value_of_json


def scope_columns() -> list[sa.Column[Any]]:
    """organization, instance and project: on every row, from the first migration."""
    return [
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("instance_id", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=False),
    ]


@dataclass
class Database:
    """The engines on one database, and the gate its writers pass.

    `engine` serves the units of work; `sync_engine` the durable engine and migrations. Both
    point at the same file or server, so one commit can hold both kinds of rows.
    """

    url: str
    engine: AsyncEngine
    sync_engine: Engine
    gate: Gate
    clock: Clock
    is_sqlite: bool
    clock_offset_s: float = field(default=0.0)
    opened: set[Any] = field(default_factory=set)
    turns: ReadTurns = field(default_factory=ReadTurns)

    def now(self) -> datetime:
        """The database's time: this process's clock corrected by the last measured offset."""
        return datetime.fromtimestamp(self.clock.now().timestamp() + self.clock_offset_s, UTC)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One write transaction. Only `uow.py` and `migrations` may call this."""
        await self.gate.acquire_async()
        try:
            async with self.engine.connect() as conn, conn.begin():
                if self.is_sqlite:
                    await conn.exec_driver_sql("BEGIN IMMEDIATE")
                yield conn
        finally:
            self.gate.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One read transaction: a steady snapshot, no gate."""
        if self.is_sqlite:
            await self.turns.take()
        async with self.engine.connect() as conn, conn.begin():
            if self.is_sqlite:
                await conn.exec_driver_sql("BEGIN")
            yield conn

    async def trouble(self) -> str | None:
        """What is wrong with the database, or None: it is asked a question, SQLite also for its integrity."""
        question = "PRAGMA quick_check" if self.is_sqlite else "select 'ok'"
        try:
            async with self.engine.connect() as conn:
                answer = (await conn.execute(sa.text(question))).scalar()
        except DBAPIError as error:
            return str(error.orig)
        return None if answer == "ok" else str(answer)

    def revision(self) -> str | None:
        """The migration the tables stand at, or None for a database without tables."""
        with self.sync_engine.connect() as conn:
            if not sa.inspect(conn).has_table("alembic_version"):
                return None
            return conn.execute(sa.text("select version_num from alembic_version")).scalar()

    async def measure_clock(self) -> float:
        """Seconds the database's clock is ahead of ours; kept as the correction for `now`."""
        if self.is_sqlite:
            return 0.0
        before = self.clock.now()
        async with self.engine.connect() as conn:
            there = (await conn.execute(sa.text("select clock_timestamp()"))).scalar_one()
        after = self.clock.now()
        middle = before + (after - before) / 2
        self.clock_offset_s = (there - middle).total_seconds()
        return self.clock_offset_s

    async def close(self) -> None:
        """Close every connection, also those that work broken off by the shutdown still holds."""
        await self.engine.dispose()
        while self.opened:  # a request on its way out may still open one
            await self.opened.pop().close()
        self.sync_engine.dispose()


def open_database(url: str, *, clock: Clock = SYSTEM_CLOCK, pool_size: int = 8) -> Database:
    """Engines for `url`: `sqlite:///path` or `postgresql://…`. Raises Fault for anything else."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url, clock, pool_size)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgres(url, clock, pool_size)
    raise Fault(f"Unknown database {parsed.get_backend_name()!r}: use sqlite:///path or postgresql://…")


def _open_sqlite(url: str, clock: Clock, pool_size: int) -> Database:
    import sqlite3

    from opsroom.kernel import sqlite_hops

    if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
        wanted = ".".join(map(str, MINIMUM_SQLITE))
        raise Fault(
            f"SQLite {sqlite3.sqlite_version} is too old: {wanted} or newer is needed "
            "(older ones can corrupt a database with two writers). Run: pip install pysqlite3"
        )
    path = Path(make_url(url).database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    _set_wal(path)
    gate = WriteGate()
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        pool_size=pool_size,
        max_overflow=8,
        pool_timeout=30,
        connect_args={"async_creator_fn": sqlite_hops.connect},
    )
    opened: set[Any] = set()
    event.listen(engine.sync_engine, "connect", _prepare_sqlite_ours)
    event.listen(engine.sync_engine, "connect", lambda dbapi, _: opened.add(dbapi.driver_connection))
    sync_engine = sa.create_engine(f"sqlite:///{path}", pool_size=10, max_overflow=10)
    event.listen(sync_engine, "connect", _prepare_sqlite_durable)
    _pass_gate(sync_engine, gate)
    return Database(url, engine, sync_engine, gate, clock, is_sqlite=True, opened=opened)


def _open_postgres(url: str, clock: Clock, pool_size: int) -> Database:
    psycopg_url = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_async_engine(psycopg_url, pool_size=pool_size, max_overflow=8, pool_pre_ping=True)
    sync_engine = sa.create_engine(psycopg_url, pool_size=10, max_overflow=10, pool_pre_ping=True)
    return Database(url, engine, sync_engine, OpenGate(), clock, is_sqlite=False)


def _set_wal(path: Path) -> None:
    import sqlite3

    # WAL persists in the file, and the durable engine never sets it: ours must come first.
    conn = sqlite3.connect(path)
    try:
        conn.execute("PRAGMA journal_mode=WAL")
    finally:
        conn.close()
    path.chmod(0o600)


def _prepare_sqlite_ours(dbapi: Any, _record: object) -> None:
    dbapi.isolation_level = None  # we say BEGIN ourselves: IMMEDIATE for writers, plain for readers
    cursor = dbapi.cursor()
    from opsroom.kernel.sqlite_hops import BUSY_MS

    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _prepare_sqlite_durable(dbapi: Any, _record: object) -> None:
    # The driver then begins IMMEDIATE before the first write of a transaction and not before reads.
    dbapi.isolation_level = "IMMEDIATE"
    dbapi.execute("PRAGMA busy_timeout=30000")
    dbapi.execute("PRAGMA foreign_keys=ON")
    dbapi.execute("PRAGMA synchronous=FULL")


def _pass_gate(engine: Engine, gate: Gate) -> None:
    """Make every writing transaction of `engine` queue at the gate with ours."""

    def enter(
        conn: Connection, _cursor: object, statement: str, _params: object, _context: object, _many: bool
    ) -> None:
        if conn.info.get("gate") or statement.lstrip()[:6].upper() in ("SELECT", "PRAGMA"):
            return
        gate.acquire()
        conn.info["gate"] = True

    def leave(_dbapi: object, record: Any) -> None:
        # The commit event fires before the driver's COMMIT; a connection back in the pool has ended for sure.
        if record.info.pop("gate", None):
            gate.release()

    event.listen(engine, "before_cursor_execute", enter)
    event.listen(engine, "checkin", leave)
