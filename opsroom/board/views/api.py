"""The verbs of saved views.

Private views leave no trace in the event log: everybody in the project reads it.
"""

from __future__ import annotations

from opsroom.board.errors import NoSuchThing, NotYours
from opsroom.board.events import BoardArranged
from opsroom.board.revising import after, changes_of, moved_to, told
from opsroom.board.shapes import SavedView
from opsroom.board.views import store
from opsroom.board.views.parameters import check_query
from opsroom.board.views.rules import may_change, plain_query
from opsroom.board.views.shapes import NewView, ViewChange
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.ids import new_id
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx

MOST_VIEWS = 200


async def views(tx: Tx, *, limit: int = 100, offset: int = 0) -> tuple[list[SavedView], int]:
    """One's own views and the shared ones, in their order, and how many there are."""
    return await store.views(tx, limit=limit, offset=offset)


async def get_view(tx: Tx, view_id: str) -> SavedView:
    """One view. Raises NoSuchThing, also for the private view of another."""
    found = await store.view(tx, view_id)
    if found is None:
        raise NoSuchThing(f"There is no view {view_id} on this board.")
    return found


async def save_view(tx: Tx, new: NewView) -> SavedView:
    """Save a view. Raises Invalid for a query that the list of tasks would refuse."""
    if await store.how_many_own(tx) >= MOST_VIEWS:
        problem = Problem("", f"you have {MOST_VIEWS} views already, which is the most; delete one first")
        raise Invalid("This view cannot be saved.", problems=(problem,))
    await check_query(tx, new.query)
    view_id = new_id("view")
    values = new.model_dump(exclude={"query", "position"}) | {
        "id": view_id,
        "owner_id": tx.actor.id,
        "query": plain_query(new.query),
        "position": 0 if new.position is None else new.position,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    await store.add_view(tx, values)
    await _place(tx, view_id, MOST_VIEWS if new.position is None else new.position)
    view = await get_view(tx, view_id)
    _tell(tx, view, "created", {})
    return view


async def change_view(tx: Tx, view_id: str, change: ViewChange) -> SavedView:
    """Change a view. Raises NoSuchThing, NotYours, StaleThing, Invalid."""
    before = await _own(tx, view_id)
    if change.query is not None:
        await check_query(tx, change.query)
        change = change.model_copy(update={"query": plain_query(change.query)})
    changes = changes_of(before, change, what=f"The view {before.name}")
    if not changes:
        return before
    if "shared" in changes and before.owner_id != tx.actor.id:
        raise NotYours("Only its owner can make a shared view private: for everybody else it would be gone.")
    await store.change_view(tx, view_id, {k: v for k, v in after(changes).items() if k != "position"})
    await _place(tx, view_id, change.position)
    view = await get_view(tx, view_id)
    _tell(tx, view if view.shared else before, "changed", told(changes))
    return view


async def delete_view(tx: Tx, view_id: str) -> SavedView:
    """Take a view away. Raises NoSuchThing, NotYours."""
    before = await _own(tx, view_id)
    await store.change_view(tx, view_id, {"deleted_at": tx.now})
    _tell(tx, before, "deleted", {})
    return before


async def restore_view(tx: Tx, view_id: str) -> SavedView:
    """Bring a deleted view back; one that is there stays as it is. Raises NoSuchThing, NotYours."""
    deleted = await store.view(tx, view_id, deleted=True)
    if deleted is None:
        return await _own(tx, view_id)
    _refuse_stranger(tx, deleted)
    await store.change_view(tx, view_id, {"deleted_at": None})
    _tell(tx, deleted, "restored", {})
    return await get_view(tx, view_id)


async def _own(tx: Tx, view_id: str) -> SavedView:
    view = await get_view(tx, view_id)
    _refuse_stranger(tx, view)
    return view


def _refuse_stranger(tx: Tx, view: SavedView) -> None:
    if not may_change(tx.actor, view):
        raise NotYours("This view is somebody else's: only its owner or an admin may change it.")


async def _place(tx: Tx, view_id: str, position: int | None) -> None:
    if position is not None:
        order = [view.id for view in (await store.views(tx, limit=10_000, offset=0))[0]]
        await store.place_views(tx, moved_to(order, view_id, position))


def _tell(tx: Tx, view: SavedView, what: str, changes: Json) -> None:
    if view.shared:
        tx.record(BoardArranged(noun="view", name=view.name, what=what, changes=changes), subject=view.id)
