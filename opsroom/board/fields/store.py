"""Every statement about custom fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.fields.tables import CUSTOM_FIELDS
from opsroom.board.noted import notes_of, words_of
from opsroom.board.shapes import CustomField
from opsroom.board.tasks.tables import TASKS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

_OF_ROW = set(CustomField.model_fields) - {"options", "option_colors", "task_count"}


def _field(row: Row) -> CustomField:
    return CustomField.model_validate(
        {name: row[name] for name in _OF_ROW}
        | {"options": words_of(row["options"]), "option_colors": notes_of(row["options"])}
    )


async def holders(tx: Tx, key: str) -> int:
    """How many live tasks hold a value of the field. In JSON a quote within a text is escaped, so that the
    key with its quotes stands nowhere but as a key; PostgreSQL writes a blank after the colon."""
    held = sa.cast(TASKS.c.custom, sa.Text)
    named = f'"{key}":'
    empty = [
        held.contains(f"{named}{blank}{nothing}", autoescape=True)
        for blank in ("", " ")
        for nothing in ("null", '""', "false")
    ]
    return await store.count(
        tx, TASKS, TASKS.c.deleted_at.is_(None), held.contains(named, autoescape=True), ~sa.or_(*empty)
    )


async def fields(tx: Tx) -> list[CustomField]:
    """The fields in their order."""
    order = (CUSTOM_FIELDS.c.position, CUSTOM_FIELDS.c.key)
    found = await store.rows(tx, CUSTOM_FIELDS, CUSTOM_FIELDS.c.deleted_at.is_(None), order=order)
    return [_field(row) for row in found]


async def fields_ever(tx: Tx) -> list[CustomField]:
    """All fields there ever were: tasks keep the values of deleted ones, filters go on asking for them."""
    return [_field(row) for row in await store.rows(tx, CUSTOM_FIELDS, order=(CUSTOM_FIELDS.c.key,))]


async def field(tx: Tx, key: str, *, deleted: bool = False, lock: bool = False) -> CustomField | None:
    """One field; with `deleted`, one that was deleted."""
    gone = CUSTOM_FIELDS.c.deleted_at.is_not(None) if deleted else CUSTOM_FIELDS.c.deleted_at.is_(None)
    row = await store.one(tx, CUSTOM_FIELDS, CUSTOM_FIELDS.c.key == key, gone, lock=lock)
    return _field(row) if row else None


async def add_field(tx: Tx, values: Mapping[str, object]) -> None:
    """A further field."""
    await store.insert(tx, CUSTOM_FIELDS, values)


async def change_field(tx: Tx, key: str, values: Mapping[str, object]) -> None:
    """Change a field of the project, a deleted one too."""
    await store.change(tx, CUSTOM_FIELDS, CUSTOM_FIELDS.c.key == key, values=values)


async def place_fields(tx: Tx, keys: Sequence[str]) -> None:
    """Number the fields in this order."""
    await store.place(tx, CUSTOM_FIELDS, CUSTOM_FIELDS.c.key, keys)
