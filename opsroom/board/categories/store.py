"""Every statement about categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.categories.seeds import Seed
from opsroom.board.categories.tables import CATEGORIES
from opsroom.board.shapes import Category
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx


def _category(row: Row) -> Category:
    return Category(**{name: row[name] for name in Category.model_fields})


async def add_seeds(tx: Tx, seeds: Sequence[Seed]) -> None:
    """Categories that are not there yet, in this order."""
    rows = [
        {"id": s.id, "name": s.name, "color": s.color, "icon": s.icon, "sort_order": place}
        for place, s in enumerate(seeds, start=1)
    ]
    await store.insert_missing(tx, CATEGORIES, rows)


async def categories(tx: Tx) -> list[Category]:
    """The categories in their order."""
    order = (CATEGORIES.c.sort_order, CATEGORIES.c.id)
    return [
        _category(row)
        for row in await store.rows(tx, CATEGORIES, CATEGORIES.c.deleted_at.is_(None), order=order)
    ]


async def category(tx: Tx, category_id: str, *, lock: bool = False) -> Category | None:
    """One category that was not deleted."""
    where = (CATEGORIES.c.id == category_id, CATEGORIES.c.deleted_at.is_(None))
    row = await store.one(tx, CATEGORIES, *where, lock=lock)
    return _category(row) if row else None


async def deleted_category(tx: Tx, category_id: str) -> Category | None:
    """One category that was deleted: what its id still stands for."""
    where = (CATEGORIES.c.id == category_id, CATEGORIES.c.deleted_at.is_not(None))
    row = await store.one(tx, CATEGORIES, *where)
    return _category(row) if row else None


async def add_category(tx: Tx, values: Mapping[str, object]) -> None:
    """A further category."""
    await store.insert(tx, CATEGORIES, values)


async def change_category(tx: Tx, category_id: str, values: Mapping[str, object]) -> None:
    """Change a category of the project, a deleted one too."""
    await store.change(tx, CATEGORIES, CATEGORIES.c.id == category_id, values=values)


async def every_id(tx: Tx) -> set[str]:
    """Every id of the project's categories, those of deleted ones too."""
    query = sa.select(CATEGORIES.c.id).where(store.mine(tx, CATEGORIES))
    return set((await tx.conn.execute(query)).scalars())
