"""The verbs of the categories. Deleting one, which may touch tasks, is in `clearing`, above the tasks."""

from __future__ import annotations

from opsroom.board.categories import store
from opsroom.board.categories.shapes import CategoryChange, NewCategory
from opsroom.board.errors import NameTaken, NoSuchThing
from opsroom.board.events import BoardArranged
from opsroom.board.revising import after, changes_of, slug_of, told
from opsroom.board.shapes import Category
from opsroom.board.store import lock_board
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx

MOST_CATEGORIES = 200


async def categories(tx: Tx) -> list[Category]:
    """The categories in their order."""
    return await store.categories(tx)


async def get_category(tx: Tx, category_id: str, *, lock: bool = False) -> Category:
    """One category. Raises NoSuchThing."""
    found = await store.category(tx, category_id, lock=lock)
    if found is None:
        raise NoSuchThing(f"There is no category {category_id} on this board.")
    return found


async def add_category(tx: Tx, new: NewCategory) -> Category:
    """A further category. Raises NameTaken for an id or a name in use."""
    await lock_board(tx)
    present = await store.categories(tx)
    if len(present) >= MOST_CATEGORIES:
        problem = Problem("", f"has {MOST_CATEGORIES} categories already, which is the most")
        raise Invalid("This board is full.", problems=(problem,))
    _refuse_name(new.name, present)
    taken = await store.every_id(tx)
    if new.id in taken:
        raise NameTaken(f"This board has, or had, a category {new.id!r}; choose another id.")
    category_id = new.id or slug_of(new.name, taken, fallback="category")
    last = max((category.sort_order for category in present), default=0)
    order = last + 1 if new.sort_order is None else new.sort_order
    values = {"id": category_id, "name": new.name, "color": new.color, "icon": new.icon, "sort_order": order}
    await store.add_category(tx, values)
    tx.record(BoardArranged(noun="category", name=new.name, what="created", changes={}), subject=category_id)
    return await get_category(tx, category_id)


async def change_category(tx: Tx, category_id: str, change: CategoryChange) -> Category:
    """Change a category. Raises NoSuchThing, StaleThing, NameTaken, Invalid."""
    before = await get_category(tx, category_id, lock=True)
    changes = changes_of(before, change, what=f"The category {before.name}", emptiable=("icon",))
    if not changes:
        return before
    if change.name is not None and "name" in changes:
        _refuse_name(change.name, [c for c in await store.categories(tx) if c.id != category_id])
    await store.change_category(tx, category_id, after(changes))
    event = BoardArranged(noun="category", name=before.name, what="changed", changes=told(changes))
    tx.record(event, subject=category_id)
    return await get_category(tx, category_id)


async def restore_category(tx: Tx, category_id: str) -> Category:
    """Bring a deleted category back. Raises NoSuchThing when none was deleted under this id."""
    deleted = await store.deleted_category(tx, category_id)
    if deleted is None:
        raise NoSuchThing(f"There is no deleted category {category_id} on this board.")
    _refuse_name(deleted.name, await store.categories(tx))
    await store.change_category(tx, category_id, {"deleted_at": None})
    event = BoardArranged(noun="category", name=deleted.name, what="restored", changes={})
    tx.record(event, subject=category_id)
    return await get_category(tx, category_id)


def _refuse_name(name: str, present: list[Category]) -> None:
    if any(category.name.casefold() == name.casefold() for category in present):
        raise NameTaken(f"This board has a category named {name!r} already.")
