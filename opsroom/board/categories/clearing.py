"""Deleting a category: its tasks go to another one first, or to none."""

from __future__ import annotations

from opsroom.board import store as tasks
from opsroom.board.categories import api, store
from opsroom.board.errors import InUse
from opsroom.board.events import BoardArranged
from opsroom.board.refiling import refile
from opsroom.board.shapes import Category
from opsroom.board.store import lock_board
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx

NONE = "none"


async def delete_category(tx: Tx, category_id: str, move_to: str | None) -> Category:
    """Take a category off the board; its tasks go to `move_to`, a category or `none`.

    Raises NoSuchThing, Invalid for a place no task can go to, InUse when there are tasks and no `move_to`.
    """
    await lock_board(tx)
    category = await api.get_category(tx, category_id, lock=True)
    others = {other.id for other in await store.categories(tx)} - {category_id}
    if move_to is not None and move_to != NONE and move_to not in others:
        said = (
            f"must be another category of this board ({', '.join(sorted(others)) or 'there is none'}) or none"
        )
        raise Invalid("Its tasks cannot go there.", problems=(Problem("query.move_to", said),))
    within = await tasks.tasks_in(tx, "category_id", category_id)
    live = sum(task["deleted_at"] is None for task in within)
    if live and move_to is None:
        number = "1 task is" if live == 1 else f"{live} tasks are"
        raise InUse(
            f"{number} in the category {category.name}. Say where they go: move_to=<category> or none."
        )
    refiled = await refile(tx, within, "category_id", None if move_to in (None, NONE) else move_to)
    await store.change_category(tx, category_id, {"deleted_at": tx.now})
    event = BoardArranged(
        noun="category",
        name=category.name,
        what="deleted",
        changes={"tasks": list(refiled), "moved_to": move_to},
    )
    tx.record(event, subject=category_id)
    return category
