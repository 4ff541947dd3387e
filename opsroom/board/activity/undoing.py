"""Undoing what an event did. The undo is a change like any other: it is recorded, and can be undone.

Nothing is turned back that somebody changed since; then the refusal names what.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from opsroom.board.activity import store, unarranging
from opsroom.board.activity.api import get_event
from opsroom.board.activity.refusing import refuse, refuse_changed
from opsroom.board.activity.rules import differing, move_superseded, moved_on
from opsroom.board.activity.sentences import short_kind
from opsroom.board.comments import api as comments
from opsroom.board.comments.shapes import CommentEdit
from opsroom.board.revising import changes_in
from opsroom.board.shapes import TaskChange
from opsroom.board.sprints import api as sprints
from opsroom.board.sprints import closing
from opsroom.board.sprints.shapes import SprintChange
from opsroom.board.tasks import api as tasks
from opsroom.board.tasks import store as task_rows
from opsroom.board.workflow.relocating import put_back
from opsroom.kernel.events import Recorded
from opsroom.kernel.uow import Tx

Undo = Callable[[Tx, Recorded], Awaitable[None]]


async def undo(tx: Tx, event_id: str) -> str:
    """Undo an event; the id of the event that says so.

    Raises NoSuchThing for an event that is not there, CannotUndo where something changed since or nothing
    can undo it, Forbidden where one may not.
    """
    event = await get_event(tx, event_id)
    already = len(tx.events)
    verb = _UNDOS.get(short_kind(event.kind))
    if verb is None:
        raise refuse("This is nothing that can be undone.")
    await verb(tx, event)
    recorded = tx.events[already:]
    if not recorded:
        raise refuse("Nothing was left to undo: it stands as it did before.")
    same = [new for new in recorded if new.subject == event.subject]
    return (same or recorded)[-1].id


# ---- tasks ----------------------------------------------------------------------------------------------


async def _task(tx: Tx, event: Recorded, *, deleted: bool = False) -> task_rows.Fields:
    row = await task_rows.raw(tx, event.subject, lock=True)
    if row is None:
        raise refuse("The task is not on this board any more.")
    if row["deleted_at"] is not None and not deleted:
        raise refuse("The task was deleted since. Restore it first.")
    return row


async def _task_created(tx: Tx, event: Recorded) -> None:
    await _task(tx, event)
    await tasks.delete_task(tx, event.subject)


async def _task_changed(tx: Tx, event: Recorded) -> None:
    row = await _task(tx, event)
    changes = changes_in(event.body)
    current: dict[str, object] = dict(row)
    if changes.keys() & {"watchers", "depends_on"}:
        current["watchers"] = list(await task_rows.watchers(tx, event.subject))
        current["depends_on"] = [other.id for other in await task_rows.depends_on(tx, event.subject)]
    refuse_changed(moved_on(changes, current))
    back: dict[str, object] = {name: before for name, (before, _) in changes.items()}
    if "custom" in changes:  # values that were not there before are emptied
        before, after = changes["custom"]
        was = before if isinstance(before, dict) else {}
        back["custom"] = {key: was.get(key) for key in differing(before, after)}
    await tasks.change_task(tx, event.subject, TaskChange.model_validate(back))


async def _task_moved(tx: Tx, event: Recorded) -> None:
    row = await _task(tx, event)
    refuse_changed(move_superseded(event.body, dict(row)))
    if not await put_back(tx, row, event):
        raise refuse(f"The column {event.body.get('from_status')} is not on this board any more.")


async def _task_deleted(tx: Tx, event: Recorded) -> None:
    row = await _task(tx, event, deleted=True)
    if row["deleted_at"] is None:
        raise refuse("The task was restored since.")
    await tasks.restore_task(tx, event.subject)


async def _task_archived(tx: Tx, event: Recorded) -> None:
    row = await _task(tx, event)
    if row["archived_at"] is None:
        raise refuse("The task came out of the archive since.")
    await tasks.restore_task(tx, event.subject)


async def _task_restored(tx: Tx, event: Recorded) -> None:
    row = await _task(tx, event)
    if event.body.get("from_state") == "deleted":
        await tasks.delete_task(tx, event.subject)
    elif row["archived_at"] is None:
        await tasks.archive_task(tx, event.subject)
    else:
        raise refuse("The task was archived again since.")


# ---- comments -------------------------------------------------------------------------------------------


async def _comment_added(tx: Tx, event: Recorded) -> None:
    comment = await comments.get_comment(tx, str(event.body.get("comment_id")), lock=True)
    if comment.deleted:
        raise refuse("The comment was deleted since.")
    await comments.delete_comment(tx, comment.id)


async def _comment_changed(tx: Tx, event: Recorded) -> None:
    comment = await comments.get_comment(tx, str(event.body.get("comment_id")), lock=True)
    if await store.comment_changed_since(tx, event, comment.id):
        raise refuse("The comment was changed since.")
    match event.body.get("what"):
        case "edited":
            before = str(event.body.get("before"))
            await comments.edit_comment(tx, comment.id, CommentEdit(content=before))
        case "deleted":
            await comments.restore_comment(tx, comment.id)
        case _:
            await comments.delete_comment(tx, comment.id)


# ---- sprints --------------------------------------------------------------------------------------------


async def _sprint_created(tx: Tx, event: Recorded) -> None:
    await closing.delete_sprint(tx, event.subject)


async def _sprint_started(tx: Tx, event: Recorded) -> None:
    sprint = await sprints.get_sprint(tx, event.subject, lock=True)
    if sprint.status != "active":
        refuse_changed(("status",))
    await sprints.withdraw_start(tx, event.subject)


async def _sprint_completed(tx: Tx, event: Recorded) -> None:
    sprint = await sprints.get_sprint(tx, event.subject, lock=True)
    if sprint.status != "completed":
        refuse_changed(("status",))
    await sprints.reopen_sprint(tx, event.subject)
    carried, to = event.body.get("carried_tasks"), event.body.get("carried_to")
    ids = tuple(map(str, carried)) if isinstance(carried, list) else ()
    await closing.gather_back(tx, event.subject, ids, str(to) if to is not None else None)


async def _sprint_changed(tx: Tx, event: Recorded) -> None:
    changes = changes_in(event.body)
    if "deleted" in changes:
        await _sprint_deleted(tx, event, was_deleted=bool(changes["deleted"][1]))
        return
    if "status" in changes:
        sprint = await sprints.get_sprint(tx, event.subject, lock=True)
        if sprint.status != changes["status"][1]:
            refuse_changed(("status",))
        if sprint.status == "active":
            raise refuse("Complete the sprint once more: it has to be said where its open tasks go.")
        await sprints.start_sprint(tx, event.subject)
        return
    sprint = await sprints.get_sprint(tx, event.subject, lock=True)
    refuse_changed(moved_on(changes, sprint.model_dump(mode="json")))
    back = {name: before for name, (before, _) in changes.items()}
    await sprints.change_sprint(tx, event.subject, SprintChange.model_validate(back))


async def _sprint_deleted(tx: Tx, event: Recorded, *, was_deleted: bool) -> None:
    if not was_deleted:
        await closing.delete_sprint(tx, event.subject)
        return
    await sprints.restore_sprint(tx, event.subject)
    ids = changes_in(event.body).get("tasks", ((), ()))[0]
    await closing.gather_back(tx, event.subject, tuple(map(str, ids)) if isinstance(ids, list) else (), None)


_UNDOS: Final[dict[str, Undo]] = {
    "task_created": _task_created,
    "task_changed": _task_changed,
    "task_moved": _task_moved,
    "task_deleted": _task_deleted,
    "task_archived": _task_archived,
    "task_restored": _task_restored,
    "comment_added": _comment_added,
    "comment_changed": _comment_changed,
    "sprint_created": _sprint_created,
    "sprint_changed": _sprint_changed,
    "sprint_started": _sprint_started,
    "sprint_completed": _sprint_completed,
    "board_arranged": unarranging.undo_arranged,
}
