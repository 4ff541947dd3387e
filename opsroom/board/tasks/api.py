"""The verbs of tasks. Units of work are opened with `workflow.api.reading` or `writing`."""

from __future__ import annotations

from typing import Any, Final

from opsroom.board.errors import NoSuchTask
from opsroom.board.shapes import Move, NewTask, PersonRef, Task, TaskChange
from opsroom.board.tasks import changing, creating, store
from opsroom.board.tasks.moving import frame_of
from opsroom.identity import api as identity
from opsroom.kernel.uow import Tx

# What a new task does not have yet.
_UNTOUCHED: Final[dict[str, Any]] = {
    "subtasks": (),
    "subtask_count": 0,
    "subtask_done_count": 0,
    "depends_on": (),
    "blocks": (),
    "github_doc_path": None,
    "run_id": None,
    "run_status": None,
    "comment_count": 0,
    "attachment_count": 0,
    "archived_at": None,
    "deleted_at": None,
}


async def create_task(tx: Tx, new: NewTask) -> Task:
    """Put a task on the board. Raises Invalid or MoveRefused naming everything that does not fit."""
    created = await creating.create(tx, await frame_of(tx), new)
    if new.depends_on or (new.sort_order, new.before_id, new.after_id) != (None, None, None):
        return await get_task(tx, created.id)
    # On top and tied to nothing: all of it is known without asking again.
    named, person = created.found.named, created.values["accountable_id"]
    return Task(
        **_UNTOUCHED,
        **created.values,
        version=1,
        sort_order=0,
        assigned_agent=named.agent,
        category=named.category,
        accountable=PersonRef(id=person, name=created.found.members[person]) if person else None,
        watchers=tuple(sorted(created.watchers)),
    )


async def get_task(tx: Tx, task_id: str, *, deleted: bool = False) -> Task:
    """One task, whole, by its id or number. Raises NoSuchTask, also for a deleted one unless asked for."""
    found = await store.fields(tx, task_id)
    if found is None or (found["deleted_at"] is not None and not deleted):
        raise NoSuchTask(f"There is no task {task_id[:80]!r} on this board.")
    if accountable := found["accountable_id"]:
        found["accountable"]["name"] = (await identity.names_of(tx, [accountable])).get(
            accountable, accountable
        )
    links = await store.links(tx, found["id"])
    ties = {name: getattr(links, name) for name in ("subtasks", "depends_on", "blocks", "watchers")}
    return Task(**(found | ties))


async def change_task(tx: Tx, task_id: str, asked: TaskChange) -> tuple[Task, tuple[str, ...]]:
    """Change fields of a task; the task, and the fields merged with others' changes.

    Raises NoSuchTask, Invalid, MoveRefused, DependencyCycle, and StaleTask when the same field changed.
    """
    merged = await changing.change(tx, await frame_of(tx), task_id, asked)
    return await get_task(tx, task_id), merged


async def move_task(tx: Tx, task_id: str, asked: Move) -> tuple[Task, tuple[str, ...]]:
    """Put a card in its place. Raises NoSuchTask, Invalid, MoveRefused, StaleTask."""
    merged = await changing.move(tx, await frame_of(tx), task_id, asked)
    return await get_task(tx, task_id), merged


async def delete_task(tx: Tx, task_id: str) -> Task:
    """Delete softly. A second time changes nothing. Raises NoSuchTask."""
    return await get_task(tx, await changing.delete(tx, task_id), deleted=True)


async def archive_task(tx: Tx, task_id: str) -> Task:
    """Put into the archive: out of the board, still in lists that ask for it. Raises NoSuchTask."""
    return await get_task(tx, await changing.archive(tx, task_id))


async def restore_task(tx: Tx, task_id: str) -> Task:
    """Bring a task back: a deleted one to where it was, an archived one to its column. Raises NoSuchTask."""
    return await get_task(tx, await changing.restore(tx, task_id))


async def note_run(tx: Tx, task_id: str, run_id: str, status: str) -> None:
    """Show a run on the task's card."""
    await store.touch_run(tx, task_id, run_id, status)
