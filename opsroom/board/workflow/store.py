"""Every statement about columns and the board's settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.shapes import BoardSettings, Column
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
