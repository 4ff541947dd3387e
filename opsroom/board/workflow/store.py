"""Every statement about columns and the board's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.shapes import BoardSettings, Column
from opsroom.board.tasks.tables import TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS, BOARD_SETTINGS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx


def _column(row: Row) -> Column:
    return Column(**{name: row[name] for name in Column.model_fields})


def _settings(row: Row) -> BoardSettings:
    return BoardSettings(**{name: row[name] for name in BoardSettings.model_fields})


async def settings(tx: Tx, *, lock: bool = False) -> BoardSettings | None:
    """The board's settings, None for a project that has no board yet.

    Locking this row makes the changes of one board's furniture wait for each other.
    """
    row = await store.one(tx, BOARD_SETTINGS, lock=lock)
    return _settings(row) if row else None


async def add_settings(tx: Tx, values: Mapping[str, object]) -> bool:
    """Give the project its settings; False when somebody else just did."""
    return await store.insert_missing(tx, BOARD_SETTINGS, [{"updated_at": tx.now, **values}]) == 1


async def change_settings(tx: Tx, values: Mapping[str, object]) -> None:
    """Change the settings of the project."""
    await store.change(tx, BOARD_SETTINGS, values={"updated_at": tx.now, **values})


async def columns(tx: Tx) -> list[Column]:
    """The columns from left to right."""
    order = (BOARD_COLUMNS.c.position, BOARD_COLUMNS.c.key)
    return [_column(row) for row in await store.rows(tx, BOARD_COLUMNS, order=order)]


async def add_columns(tx: Tx, rows: Sequence[Mapping[str, object]]) -> None:
    """Columns that are not there yet."""
    await store.insert_missing(tx, BOARD_COLUMNS, rows)


async def change_column(tx: Tx, key: str, values: Mapping[str, object]) -> None:
    """Change a column of the project."""
    await store.change(tx, BOARD_COLUMNS, BOARD_COLUMNS.c.key == key, values=values)


async def place_columns(tx: Tx, keys: Sequence[str]) -> None:
    """Number the columns in this order."""
    await store.place(tx, BOARD_COLUMNS, BOARD_COLUMNS.c.key, keys)


async def delete_column(tx: Tx, key: str) -> None:
    """Take a column away."""
    await tx.conn.execute(
        sa.delete(BOARD_COLUMNS).where(store.mine(tx, BOARD_COLUMNS), BOARD_COLUMNS.c.key == key)
    )


# ---- cards that stand in columns --------------------------------------------------------------------------

_HEAD = tuple(
    TASKS.c[name]
    for name in (
        "id",
        "title",
        "status",
        "rank",
        "blocked_reason",
        "started_at",
        "completed_at",
        "archived_at",
        "deleted_at",
        "version",
    )
)


async def lock_columns(tx: Tx, keys: Sequence[str]) -> None:
    """Let those who place cards in these columns wait until this commit."""
    order = (BOARD_COLUMNS.c.key,)
    query = sa.select(BOARD_COLUMNS.c.key).where(store.mine(tx, BOARD_COLUMNS), BOARD_COLUMNS.c.key.in_(keys))
    await tx.conn.execute(query.order_by(*order).with_for_update())


async def card_counts(tx: Tx) -> dict[str, int]:
    """How many cards stand in each column: neither deleted nor archived."""
    query = (
        sa.select(TASKS.c.status, sa.func.count())
        .where(store.mine(tx, TASKS), TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None))
        .group_by(TASKS.c.status)
    )
    return {row[0]: row[1] for row in (await tx.conn.execute(query)).all()}


async def cards_of(tx: Tx, key: str) -> Sequence[Row]:
    """Every task of a column from top to bottom, locked: archived and deleted ones too."""
    query = sa.select(*_HEAD).where(store.mine(tx, TASKS), TASKS.c.status == key)
    return (
        (await tx.conn.execute(query.order_by(TASKS.c.rank, TASKS.c.id).with_for_update())).mappings().all()
    )


async def last_rank(tx: Tx, key: str) -> str | None:
    """The rank of the lowest task of a column, None for an empty one."""
    query = sa.select(sa.func.max(TASKS.c.rank)).where(store.mine(tx, TASKS), TASKS.c.status == key)
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def relocate_cards(tx: Tx, rows: Sequence[Mapping[str, object]]) -> None:
    """Put many tasks elsewhere at once. Each row holds `task` (the id) and the same columns as the others."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "task"]
    query = (
        sa.update(TASKS)
        .where(store.mine(tx, TASKS), TASKS.c.id == sa.bindparam("task"))
        .values(
            {name: sa.bindparam(f"to_{name}") for name in names}
            | {"version": TASKS.c.version + 1, "updated_at": tx.now}
        )
    )
    parameters = [{"task": row["task"], **{f"to_{name}": row[name] for name in names}} for row in rows]
    await tx.conn.execute(query, parameters)
