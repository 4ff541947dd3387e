"""Questions that are asked all the time, put to SQLite without ceremony (ADR 0034).

SQLAlchemy prepares each execution anew: a context, a cursor object in a greenlet, a result with its
metadata. On SQLite that costs three times what a small question does. A `Prepared` is compiled once and then
goes straight to the driver's connection, on which the unit's transaction is open. On PostgreSQL, where the
way to the server costs more than all of that, it is an ordinary statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from opsroom.kernel.errors import Fault
from opsroom.kernel.sqlite_driver import sqlite_error

Values = tuple[Any, ...]
_Process = Callable[[Any], Any]


class TextList(sa.types.TypeDecorator[Any]):
    """A list of texts as one value: an array on PostgreSQL, JSON on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.ARRAY(sa.Text) if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> object:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _TextsOf(FunctionElement[Any]):
    name = "texts_of"
    inherit_cache = True


@compiles(_TextsOf, "sqlite")
def _in_sqlite(element: _TextsOf, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_TextsOf, "postgresql")
def _in_postgres(element: _TextsOf, compiler: SQLCompiler, **kw: Any) -> str:
    return f"unnest({compiler.process(element.clauses, **kw)})"


def among(column: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """Whether a column is one of the texts of the list that comes as the value `name`.

    One text of SQL for lists of any length, where IN with its values has one for each.
    """
    texts = _TextsOf(sa.bindparam(name, type_=TextList))
    return column.in_(sa.select(texts.table_valued("value", name="value").c.value))


class _Plan(NamedTuple):
    sql: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    binds: Mapping[str, _Process]
    results: tuple[tuple[int, _Process], ...]


class Prepared:
    """A query whose values all come by name. It takes no lists: see `among` for those."""

    def __init__(self, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> None:
        self.query: Final = query
        self.names: Final = tuple(query.selected_columns.keys())
        self._plan: _Plan | None = None

    async def all(self, conn: AsyncConnection, values: Mapping[str, object]) -> list[Values]:
        """Its rows."""
        if conn.dialect.name != "sqlite":
            return [tuple(row) for row in (await conn.execute(self.query, values)).all()]
        plan = self._plan = self._plan or _planned(self.query, conn.dialect)
        try:
            rows = await _fetched(conn, plan, values)
        except sqlite_error():
            # Asked the ordinary way it fails the ordinary way.
            return [tuple(row) for row in (await conn.execute(self.query, values)).all()]
        return [_processed(row, plan.results) for row in rows] if plan.results else rows

    async def first(self, conn: AsyncConnection, values: Mapping[str, object]) -> Values | None:
        """Its first row; ask with a limit where there may be many."""
        rows = await self.all(conn, values)
        return rows[0] if rows else None

    async def first_by_name(
        self, conn: AsyncConnection, values: Mapping[str, object]
    ) -> dict[str, Any] | None:
        """Its first row as a dictionary."""
        row = await self.first(conn, values)
        return None if row is None else dict(zip(self.names, row, strict=True))


def _planned(query: sa.Select[Any] | sa.CompoundSelect[Any], dialect: sa.Dialect) -> _Plan:
    compiled = cast("SQLCompiler", query.compile(dialect=dialect))
    if compiled.post_compile_params:
        raise Fault("a prepared query cannot hold a list of values: use `among`")
    names = tuple(compiled.positiontup or ())
    types = {name: compiled.binds[name].type.dialect_impl(dialect) for name in names}
    processes = {name: kind.bind_processor(dialect) for name, kind in types.items()}
    return _Plan(
        str(compiled),
        names,
        {name: value for name, value in compiled.construct_params(_check=False).items() if value is not None},
        {name: process for name, process in processes.items() if process is not None},
        tuple(
            (place, process)
            for place, column in enumerate(query.selected_columns)
            if (process := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ),
    )


async def _fetched(conn: AsyncConnection, plan: _Plan, values: Mapping[str, object]) -> list[Values]:
    given = {**plan.fixed, **values} if plan.fixed else values
    binds = plan.binds
    bound = [binds[name](given[name]) if name in binds else given[name] for name in plan.names]
    opened = cast("Connection", conn.sync_connection).connection
    cursor = cast("Any", opened.driver_connection).cursor()
    try:
        await cursor.execute(plan.sql, bound)
        return await cursor.fetchall()
    finally:
        await cursor.close()


def _processed(row: Values, results: tuple[tuple[int, _Process], ...]) -> Values:
    values = list(row)
    for place, process in results:
        values[place] = process(values[place])
    return tuple(values)
