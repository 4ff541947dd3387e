"""Statements that the folders of the board share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from opsroom.board.tasks.tables import TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS, BOARD_SETTINGS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx


def mine(tx: Tx, table: sa.Table) -> sa.ColumnElement[bool]:
    """Rows of the actor's project."""
    return table.c.project_id == tx.actor.scope.project_id


def also_mine(tx: Tx, table: sa.Table) -> sa.ColumnElement[bool]:
    """The same for rows that are found by something narrower, such as their ids.

    Said so that no index fits it: SQLite takes the index of the project for narrower than fifty ids, and
    reads all of it.
    """
    return table.c.project_id + "" == tx.actor.scope.project_id


async def insert(tx: Tx, table: sa.Table, values: Mapping[str, object]) -> None:
    """One row under the actor's scope."""
    await tx.conn.execute(sa.insert(table).values(**tx.actor.scope.model_dump(), **values))


async def insert_missing(tx: Tx, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows that are not there yet; how many were not.

    Told by RETURNING: PostgreSQL's driver does not count the rows of an INSERT for us.
    """
    if not rows:
        return 0
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


async def place(tx: Tx, table: sa.Table, key: sa.Column[str], order: Sequence[str]) -> None:
    """Number rows in this order. A place is not part of what a row's version guards."""
    for position, name in enumerate(order):
        query = sa.update(table).where(mine(tx, table), key == name)
        await tx.conn.execute(query.values(position=position))


async def lock_board(tx: Tx) -> None:
    """Let changes of one board's furniture wait for each other until this one commits."""
    await one(tx, BOARD_SETTINGS, lock=True)


# ---- tasks that stand in a piece of furniture -----------------------------------------------------------

_HEAD = tuple(TASKS.c[name] for name in ("id", "title", "sprint_id", "category_id", "deleted_at", "version"))


async def tasks_in(tx: Tx, field: str, value: str, *, open_only: bool = False) -> Sequence[Row]:
    """The tasks whose `field` (sprint_id, category_id) is `value`, locked. Deleted ones too, unless
    `open_only`, which also leaves out what is done or archived."""
    query = sa.select(*_HEAD).where(mine(tx, TASKS), TASKS.c[field] == value).order_by(TASKS.c.id)
    if open_only:
        done = sa.select(BOARD_COLUMNS.c.key).where(mine(tx, BOARD_COLUMNS), BOARD_COLUMNS.c.kind == "done")
        query = query.where(
            TASKS.c.status.not_in(done), TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None)
        )
    return (await tx.conn.execute(query.with_for_update())).mappings().all()


async def tasks_of(tx: Tx, ids: Sequence[str]) -> Sequence[Row]:
    """These tasks, locked, as far as they are the project's."""
    found: list[Row] = []
    for part in _parts(ids):
        query = sa.select(*_HEAD).where(also_mine(tx, TASKS), TASKS.c.id.in_(part)).order_by(TASKS.c.id)
        found += (await tx.conn.execute(query.with_for_update())).mappings().all()
    return found


async def refile_tasks(tx: Tx, ids: Sequence[str], field: str, value: str | None) -> None:
    """Give a field of many tasks one value; their versions go up by one."""
    for part in _parts(ids):
        query = sa.update(TASKS).where(also_mine(tx, TASKS), TASKS.c.id.in_(part))
        values = {field: value, "updated_at": tx.now, "version": TASKS.c.version + 1}
        await tx.conn.execute(query.values(values))


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Some at a time: statements take only so many parameters."""
    return (ids[start : start + 500] for start in range(0, len(ids), 500))
