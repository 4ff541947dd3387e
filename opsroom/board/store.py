"""Statements that the folders of the board share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx


def mine(tx: Tx, table: sa.Table) -> sa.ColumnElement[bool]:
    """Rows of the actor's project."""
    return table.c.project_id == tx.actor.scope.project_id


async def insert(tx: Tx, table: sa.Table, values: Mapping[str, object]) -> None:
    """One row under the actor's scope."""
    await tx.conn.execute(sa.insert(table).values(**tx.actor.scope.model_dump(), **values))


async def insert_missing(tx: Tx, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows that are not there yet; how many were not.

    Told by RETURNING: PostgreSQL's driver does not count the rows of an INSERT for us.
    """
    scope = tx.actor.scope.model_dump()
    dialect = sqlite if tx.conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values([{**scope, **row} for row in rows]).on_conflict_do_nothing()
    return len((await tx.conn.execute(statement.returning(table.c.project_id))).all())


async def one(tx: Tx, table: sa.Table, *where: sa.ColumnElement[bool], lock: bool = False) -> Row | None:
    """The row of the actor's project that fits, locked against other writers if asked."""
    query = sa.select(table).where(mine(tx, table), *where)
    return (await tx.conn.execute(query.with_for_update() if lock else query)).mappings().first()


async def rows(
    tx: Tx,
    table: sa.Table,
    *where: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[object] | sa.Column[object]],
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[Row]:
    """The rows of the actor's project that fit, in order."""
    query = sa.select(table).where(mine(tx, table), *where).order_by(*order)
    if limit is not None:
        query = query.limit(limit).offset(offset)
    return (await tx.conn.execute(query)).mappings().all()


async def count(tx: Tx, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    """How many rows of the actor's project fit."""
    query = sa.select(sa.func.count()).select_from(table).where(mine(tx, table), *where)
    return (await tx.conn.execute(query)).scalar_one()


async def change(
    tx: Tx, table: sa.Table, *where: sa.ColumnElement[bool], values: Mapping[str, object]
) -> None:
    """Change columns; the version goes up by one."""
    query = sa.update(table).where(mine(tx, table), *where)
    await tx.conn.execute(query.values(version=table.c.version + 1, **values))
