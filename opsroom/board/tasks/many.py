"""Many tasks at once: one change for all of them, and a task copied with its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from opsroom.board import store as boards
from opsroom.board.shapes import Move, NewTask, Task, TaskChange
from opsroom.board.tasks import api, changing, creating, store
from opsroom.board.tasks.moving import Frame, frame_of
from opsroom.board.tasks.naming import name_problems, names_found
from opsroom.kernel.errors import Invalid, OpsroomError, Problem, Refusal
from opsroom.kernel.uow import Tx

MAX_AT_ONCE = 500
Action = Literal["delete", "archive", "restore"]
_COPIED = (set(NewTask.model_fields) & set(Task.model_fields)) - {
    "sort_order",
    "depends_on",
    "watchers",
    "blocked_reason",
    "recurring_id",
}


async def bulk(
    tx: Tx, ids: Sequence[str], *, change: TaskChange | None, move: Move | None, action: Action | None
) -> None:
    """One change, move or action for many tasks: all or nothing, every refusal under its task's id.

    Moved cards stand in the order they were named in.
    """
    frame = await frame_of(tx)
    wanted = change.model_dump(exclude_unset=True) if change else move.model_dump() if move else {}
    await changing.lock_for(tx, wanted)
    await store.lock_tasks(tx, ids)
    order = list(dict.fromkeys(ids))
    if move is not None and move.before_id is None:
        order.reverse()  # each goes above the one that went there just before
    problems: list[Problem] = []
    for task_id in order:
        try:
            await _one(tx, frame, task_id, change, move, action)
        except Refusal as refusal:
            problems += _under(task_id, refusal)
    if problems:
        raise Invalid("Nothing was changed: some of the tasks cannot be.", problems=tuple(problems[:1000]))


async def _one(
    tx: Tx, frame: Frame, task_id: str, change: TaskChange | None, move: Move | None, action: Action | None
) -> None:
    if change is not None:
        await changing.change(tx, frame, task_id, change)
    if move is not None:
        await changing.move(tx, frame, task_id, move)
    if action is not None:
        verbs = {"delete": changing.delete, "archive": changing.archive, "restore": changing.restore}
        await verbs[action](tx, task_id)


def _under(task_id: str, error: OpsroomError) -> list[Problem]:
    inner = error.problems or (Problem("", error.message),)
    return [Problem(f"tasks.{task_id[:80]}.{p.path}".rstrip("."), p.message) for p in inner]


async def duplicate_task(tx: Tx, task_id: str, *, subtasks: bool = False) -> Task:
    """A copy below the original, or in the first todo column when the original is under way no more.

    What the original names and is not there any more is left out. Parts that wait for each other do so in
    the copy as well. Raises NoSuchTask, MoveRefused when the column is full, Invalid for too many parts.
    """
    frame = await frame_of(tx)
    await boards.lock_board(tx)
    task = await api.get_task(tx, task_id)
    copies = {task.id: await _copy(tx, frame, task, f"{task.title[:490]} (copy)", task.parent_id)}
    waiting = [task]
    while subtasks and waiting:
        whole = waiting.pop(0)
        for part in whole.subtasks or ():
            if len(copies) >= MAX_AT_ONCE:
                raise Invalid(f"A task is copied with up to {MAX_AT_ONCE} parts; this one has more.")
            found = await api.get_task(tx, part.id)
            copies[part.id] = await _copy(tx, frame, found, found.title, copies[whole.id])
            waiting.append(found)
    waits = await store.dependencies_of(tx, list(copies))
    for original, copy in copies.items():
        others = [copies.get(other, other) for one, other in waits if one == original]
        if others:
            await store.set_dependencies(tx, copy, others)
    return await api.get_task(tx, copies[task.id])


async def _copy(tx: Tx, frame: Frame, task: Task, title: str, parent: str | None) -> str:
    begins = frame.kind(task.status) in ("todo", "active")
    wanted: dict[str, object] = {name: getattr(task, name) for name in _COPIED} | {
        "title": title,
        "status": task.status if begins else None,
        "parent_id": parent,
        "after_id": task.id if begins and task.archived_at is None else None,
    }
    gone = name_problems(wanted, await names_found(tx, wanted), task_id=None)
    created = await creating.create(tx, frame, NewTask.model_validate(creating.without(wanted, gone)))
    return created.id
