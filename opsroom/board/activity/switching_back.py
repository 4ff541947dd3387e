"""Undoing that the board went over to another template: its columns as they were, and each card in its own.

Cards that nobody moved since go back to their very place. The others, and those that are new, stay where they
are, or go where cards of their column came from if it goes away.
"""

from __future__ import annotations

from collections.abc import Mapping

from opsroom.board.activity import store
from opsroom.board.activity.refusing import refuse, refuse_changed
from opsroom.board.activity.rules import move_superseded
from opsroom.board.revising import changes_in
from opsroom.board.shapes import Column
from opsroom.board.tasks import store as task_rows
from opsroom.board.workflow import api as workflow
from opsroom.board.workflow.relocating import put_back
from opsroom.board.workflow.rules import mapped
from opsroom.board.workflow.store import add_columns
from opsroom.board.workflow.templating import Workflow, replace_workflow, rows_of
from opsroom.kernel.events import Recorded
from opsroom.kernel.uow import Tx


async def switch_back(tx: Tx, event: Recorded) -> None:
    """Undo a switch of the template. Raises CannotUndo where the workflow was changed since."""
    changes = changes_in(event.body)
    if "columns" not in changes:
        raise refuse("It is not known which columns stood before: go over to the other template instead.")
    settings = await workflow.settings(tx, lock=True)
    now = await workflow.columns(tx)
    ways = {key: list(targets) for key, targets in settings.transitions.items()}
    standing = {"template": settings.template, "columns": rows_of(now), "transitions": ways}
    refuse_changed(tuple(name for name, value in standing.items() if changes[name][1] != value))
    former = _columns(changes["columns"][0])
    there = {column.key for column in now}
    await add_columns(tx, rows_of([column for column in former if column.key not in there]))
    for moved in await store.moved_with(tx, event):
        if moved.body["from_status"] == moved.body["to_status"]:
            continue  # its column changed its kind, and does so again
        row = await task_rows.raw(tx, moved.subject, lock=True)
        if row is not None and row["deleted_at"] is None and not move_superseded(moved.body, dict(row)):
            await put_back(tx, row, moved)
    transitions = changes["transitions"][0]
    wanted = Workflow(
        str(changes["template"][0]), former, transitions if isinstance(transitions, dict) else {}
    )
    await replace_workflow(tx, now, wanted, mapped(now, former, _whence(event, former)))


def _columns(kept: object) -> list[Column]:
    rows = kept if isinstance(kept, list) else []
    return [Column.model_validate({**row, "version": 1}) for row in rows if isinstance(row, Mapping)]


def _whence(event: Recorded, former: list[Column]) -> dict[str, str]:
    """Where the cards of each column came from. A column that stood before keeps its own."""
    found = event.body.get("changes")
    ways = found.get("mapping") if isinstance(found, dict) else None
    came = ways if isinstance(ways, dict) else {}
    keys = [column.key for column in former]
    whence = {str(came[key]): key for key in reversed(keys) if key in came}
    return whence | {key: key for key in keys}
