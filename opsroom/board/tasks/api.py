"""The verbs of tasks. Units of work are opened with `workflow.api.reading` or `writing`."""

from __future__ import annotations

from collections.abc import Sequence

from opsroom.board.errors import NoSuchTask
from opsroom.board.events import TaskArchived, TaskCreated, TaskDeleted, TaskRestored
from opsroom.board.shapes import Card, Move, NewTask, Task, TaskChange
from opsroom.board.tasks import changing, store
from opsroom.board.tasks.listing import store as texts
from opsroom.board.tasks.moving import Place, check_move, rank_for
from opsroom.board.tasks.naming import name_problems
from opsroom.board.tasks.rules import day_problems, plain, times_of_move
from opsroom.board.workflow import api as workflow
from opsroom.identity import api as identity
from opsroom.kernel.errors import Invalid, OpsroomError, Problem, Refusal
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx

MAX_AT_ONCE = 500
_TOLD = (
    "priority",
    "assigned_agent_id",
    "accountable_id",
    "category_id",
    "sprint_id",
    "parent_id",
    "start_date",
    "due_date",
    "estimate",
    "labels",
    "client_id",
    "client_visible",
    "recurring_id",
)


async def create_task(tx: Tx, new: NewTask) -> Task:
    """Put a task on the board. Raises Invalid or MoveRefused naming everything that does not fit."""
    task_id = new_id("task")
    columns = await workflow.columns(tx)
    status = new.status or next(column.key for column in columns if column.kind == "todo")
    wanted = new.model_dump()
    problems = [*await name_problems(tx, wanted, task_id=None), *day_problems(new.start_date, new.due_date)]
    try:
        column = await check_move(tx, columns, task=None, to=status, reason=new.blocked_reason)
    except Refusal as refusal:
        raise Invalid("The task cannot be created.", problems=(*problems, *refusal.problems)) from refusal
    if problems:
        raise Invalid("The task cannot be created.", problems=tuple(problems))
    place = Place(new.sort_order, new.before_id, new.after_id)
    rank = await rank_for(tx, status, place, task_id=task_id)
    labels = list(dict.fromkeys(new.labels))
    own = set(NewTask.model_fields) - {"sort_order", "before_id", "after_id", "depends_on", "watchers"}
    values = {name: plain(wanted[name]) for name in own} | {
        "id": task_id,
        "number": await store.next_number(tx),
        "status": status,
        "rank": rank,
        "labels": labels,
        "custom": {key: value for key, value in new.custom.items() if value is not None},
        "blocked_reason": new.blocked_reason if column.kind == "blocked" else None,
        "created_by": tx.actor.id,
        "created_by_name": tx.actor.name,
        "created_at": tx.now,
        "updated_at": tx.now,
        **times_of_move(column.kind, {}, tx.now),
    }
    await store.insert(tx, values)
    await texts.add_text(tx, task_id, new.title, new.description)
    if labels:
        await store.set_labels(tx, task_id, labels)
    watching = [*new.watchers, tx.actor.id] if tx.actor.kind != "system" else [*new.watchers]
    if watching:
        await store.set_watchers(tx, task_id, list(dict.fromkeys(watching)))
    if new.depends_on:
        await store.set_dependencies(tx, task_id, list(dict.fromkeys(new.depends_on)))
    facts = {name: values[name] for name in _TOLD if values.get(name) not in (None, [], False)}
    tx.record(
        TaskCreated(title=new.title, status=status, task=facts | {"kind": column.kind}), subject=task_id
    )
    return await get_task(tx, task_id)


async def get_task(tx: Tx, task_id: str, *, deleted: bool = False) -> Task:
    """One task, whole, by its id or number. Raises NoSuchTask, also for a deleted one unless asked for."""
    row = await store.row(tx, task_id)
    if row is None or (row["deleted_at"] is not None and not deleted):
        raise NoSuchTask(f"There is no task {task_id[:80]!r} on this board.")
    accountable = row["accountable_id"]
    people = await identity.names_of(tx, [accountable]) if accountable else {}
    found = str(row["id"])
    return store.task_of(
        row,
        people,
        sort_order=await store.position(tx, row["status"], row["rank"], found),
        subtasks=await store.subtasks(tx, found) if row["subtask_count"] else (),
        depends_on=await store.depends_on(tx, found),
        blocks=await store.blocks(tx, found),
        watchers=await store.watchers(tx, found),
    )


async def change_task(tx: Tx, task_id: str, asked: TaskChange) -> tuple[Task, tuple[str, ...]]:
    """Change fields of a task; the task, and the fields merged with others' changes.

    Raises NoSuchTask, Invalid, MoveRefused, DependencyCycle, and StaleTask when the same field changed.
    """
    merged = await changing.change(tx, task_id, asked)
    return await get_task(tx, task_id), merged


async def move_task(tx: Tx, task_id: str, asked: Move) -> tuple[Task, tuple[str, ...]]:
    """Put a card in its place. Raises NoSuchTask, Invalid, MoveRefused, StaleTask."""
    merged = await changing.move(tx, task_id, asked)
    return await get_task(tx, task_id), merged


async def delete_task(tx: Tx, task_id: str) -> Task:
    """Delete softly. A second time changes nothing. Raises NoSuchTask."""
    row = await changing.locked(tx, task_id, deleted=True)
    if row["deleted_at"] is None:
        await store.update(tx, task_id, {"deleted_at": tx.now})
        tx.record(TaskDeleted(title=row["title"]), subject=task_id)
    return await get_task(tx, task_id, deleted=True)


async def archive_task(tx: Tx, task_id: str) -> Task:
    """Put into the archive: out of the board, still in lists that ask for it. Raises NoSuchTask."""
    row = await changing.locked(tx, task_id)
    if row["archived_at"] is None:
        await store.update(tx, task_id, {"archived_at": tx.now})
        tx.record(TaskArchived(title=row["title"]), subject=task_id)
    return await get_task(tx, task_id)


async def restore_task(tx: Tx, task_id: str) -> Task:
    """Bring a deleted or archived task back to its column. Raises NoSuchTask."""
    row = await changing.locked(tx, task_id, deleted=True)
    state = (
        "deleted" if row["deleted_at"] is not None else "archived" if row["archived_at"] is not None else None
    )
    if state is not None:
        await store.update(tx, task_id, {"deleted_at": None, "archived_at": None})
        tx.record(TaskRestored(title=row["title"], from_state=state), subject=task_id)
    return await get_task(tx, task_id)


async def duplicate_task(tx: Tx, task_id: str, *, subtasks: bool = False, parent: str | None = None) -> Task:
    """A copy below the original, in the first todo column when the original is done. Raises NoSuchTask."""
    task = await get_task(tx, task_id)
    columns = {column.key: column.kind for column in await workflow.columns(tx)}
    begins = columns.get(task.status) in ("todo", "active")
    kept = set(NewTask.model_fields) & set(type(task).model_fields)
    kept -= {"sort_order", "depends_on", "watchers", "blocked_reason", "recurring_id"}
    copied = {name: getattr(task, name) for name in kept} | {
        "title": f"{task.title[:490]} (copy)" if parent is None else task.title,
        "status": task.status if begins else None,
        "parent_id": parent or task.parent_id,
        "depends_on": tuple(other.id for other in task.depends_on or ()),
        "after_id": task.id if begins and task.archived_at is None else None,
    }
    copy = await create_task(tx, NewTask(**copied))
    if subtasks:
        for part in task.subtasks or ():
            await duplicate_task(tx, part.id, subtasks=True, parent=copy.id)
    return await get_task(tx, copy.id)


async def bulk(
    tx: Tx, ids: Sequence[str], *, change: TaskChange | None, move: Move | None, action: str | None
) -> list[Task]:
    """One change, move or action for many tasks: all or nothing, every refusal under its task's id."""
    verbs = {"delete": delete_task, "archive": archive_task, "restore": restore_task}
    problems: list[Problem] = []
    for task_id in dict.fromkeys(ids):
        try:
            if change is not None:
                await changing.change(tx, task_id, change)
            if move is not None:
                await changing.move(tx, task_id, move)
            if action is not None:
                await verbs[action](tx, task_id)
        except Refusal as refusal:
            problems += _under(task_id, refusal)
    if problems:
        raise Invalid("Nothing was changed: some of the tasks cannot be.", problems=tuple(problems[:1000]))
    return [await get_task(tx, task_id, deleted=True) for task_id in dict.fromkeys(ids)]


def _under(task_id: str, error: OpsroomError) -> list[Problem]:
    inner = error.problems or (Problem("", error.message),)
    return [Problem(f"tasks.{task_id[:80]}.{p.path}".rstrip("."), p.message) for p in inner]


async def note_run(tx: Tx, task_id: str, run_id: str, status: str) -> None:
    """Show a run on the task's card."""
    await store.touch_run(tx, task_id, run_id, status)


async def cards_by_id(tx: Tx, ids: Sequence[str]) -> list[Card]:
    """These tasks as cards, also deleted and archived ones."""
    return await store.cards_by_id(tx, ids) if ids else []
