"""Every statement about saved views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.shapes import SavedView
from opsroom.board.views.tables import SAVED_VIEWS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx


def _view(row: Row) -> SavedView:
    return SavedView(**{name: row[name] for name in SavedView.model_fields})


def _seen(tx: Tx) -> sa.ColumnElement[bool]:
    # A private view is its owner's alone: an admin does not see it either.
    return sa.or_(SAVED_VIEWS.c.owner_id == tx.actor.id, SAVED_VIEWS.c.shared)


async def views(tx: Tx, *, limit: int, offset: int) -> tuple[list[SavedView], int]:
    """The actor's own views and the shared ones in their order, and how many there are."""
    where = (_seen(tx), SAVED_VIEWS.c.deleted_at.is_(None))
    order = (SAVED_VIEWS.c.position, SAVED_VIEWS.c.created_at, SAVED_VIEWS.c.id)
    found = await store.rows(tx, SAVED_VIEWS, *where, order=order, limit=limit, offset=offset)
    return [_view(row) for row in found], await store.count(tx, SAVED_VIEWS, *where)


async def view(tx: Tx, view_id: str, *, deleted: bool = False) -> SavedView | None:
    """One view the actor may see, locked; with `deleted`, one that was deleted."""
    gone = SAVED_VIEWS.c.deleted_at.is_not(None) if deleted else SAVED_VIEWS.c.deleted_at.is_(None)
    row = await store.one(tx, SAVED_VIEWS, SAVED_VIEWS.c.id == view_id, _seen(tx), gone, lock=True)
    return _view(row) if row else None


async def how_many_own(tx: Tx) -> int:
    """How many views the actor has saved."""
    where = (SAVED_VIEWS.c.owner_id == tx.actor.id, SAVED_VIEWS.c.deleted_at.is_(None))
    return await store.count(tx, SAVED_VIEWS, *where)


async def add_view(tx: Tx, values: Mapping[str, object]) -> None:
    """A further view."""
    await store.insert(tx, SAVED_VIEWS, values)


async def change_view(tx: Tx, view_id: str, values: Mapping[str, object]) -> None:
    """Change a view, a deleted one too."""
    await store.change(tx, SAVED_VIEWS, SAVED_VIEWS.c.id == view_id, values={"updated_at": tx.now, **values})


async def place_views(tx: Tx, ids: Sequence[str]) -> None:
    """Number the views in this order."""
    await store.place(tx, SAVED_VIEWS, SAVED_VIEWS.c.id, ids)
