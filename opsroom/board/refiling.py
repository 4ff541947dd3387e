"""Many tasks go to another sprint or category at once, each with its event, in the commit at hand."""

from __future__ import annotations

from collections.abc import Sequence

from opsroom.board import store
from opsroom.board.events import TaskChanged
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx


async def refile(tx: Tx, tasks: Sequence[Row], field: str, value: str | None) -> tuple[str, ...]:
    """Set `field` of these tasks to `value`; the ids of those it changed.

    Deleted tasks are refiled too, or they would come back to something that is gone, but nobody is told.
    """
    changing = [task for task in tasks if task[field] != value]
    await store.refile_tasks(tx, [task["id"] for task in changing], field, value)
    for task in changing:
        if task["deleted_at"] is None:
            event = TaskChanged(
                title=task["title"], changes={field: (task[field], value)}, version=task["version"] + 1
            )
            tx.record(event, subject=task["id"])
    return tuple(task["id"] for task in changing)
