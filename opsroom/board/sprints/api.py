"""The verbs of the sprints. Completing and deleting one, which move tasks, are in `closing`."""

from __future__ import annotations

from collections.abc import Sequence

from opsroom.board.errors import NameTaken, NoSuchThing, SprintRefused
from opsroom.board.events import SprintChanged, SprintCreated, SprintStarted
from opsroom.board.revising import after, changes_of
from opsroom.board.shapes import Sprint, SprintStatus
from opsroom.board.sprints import store
from opsroom.board.sprints.rules import active_of, date_problems
from opsroom.board.sprints.shapes import NewSprint, SprintChange
from opsroom.board.store import lock_board
from opsroom.kernel.errors import Invalid
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx


async def sprints(
    tx: Tx, *, statuses: Sequence[SprintStatus] = (), limit: int | None = None, offset: int = 0
) -> tuple[list[Sprint], int]:
    """Sprints with their counts, the earliest first, and how many there are."""
    found = await store.sprints(tx, statuses=statuses, limit=limit, offset=offset)
    return found, await store.how_many(tx, statuses=statuses)


async def get_sprint(tx: Tx, sprint_id: str, *, lock: bool = False) -> Sprint:
    """One sprint. Raises NoSuchThing."""
    found = await store.sprint(tx, sprint_id, lock=lock)
    if found is None:
        raise NoSuchThing(f"There is no sprint {sprint_id} on this board.")
    return found


async def plan_sprint(tx: Tx, new: NewSprint) -> Sprint:
    """A sprint to come. Raises Invalid for days that do not fit, NameTaken for an id in use."""
    if problems := date_problems(new.start_date, new.end_date):
        raise Invalid("These are no days for a sprint.", problems=problems)
    if new.id is not None and await store.id_taken(tx, new.id):
        raise NameTaken(f"This board has, or had, a sprint {new.id!r}; choose another id.")
    sprint_id = new.id or new_id("sprint")
    values = new.model_dump(exclude={"id"}) | {"id": sprint_id, "status": "planned", "created_at": tx.now}
    await store.add_sprint(tx, values)
    tx.record(SprintCreated(name=new.name), subject=sprint_id)
    return await get_sprint(tx, sprint_id)


async def change_sprint(tx: Tx, sprint_id: str, change: SprintChange) -> Sprint:
    """Change a sprint's own fields. Raises NoSuchThing, StaleThing, SprintRefused, Invalid."""
    before = await get_sprint(tx, sprint_id, lock=True)
    changes = changes_of(before, change, what=f"The sprint {before.name}")
    if not changes:
        return before
    if days := {"start_date", "end_date"} & changes.keys():
        if before.status == "completed":
            named = " and ".join(sorted(days))
            raise SprintRefused(f"The sprint {before.name} is completed: its {named} are history.")
        start, end = change.start_date or before.start_date, change.end_date or before.end_date
        if problems := date_problems(start, end):
            raise Invalid("These are no days for a sprint.", problems=problems)
    await store.change_sprint(tx, sprint_id, after(changes))
    tx.record(SprintChanged(name=before.name, changes=dict(changes)), subject=sprint_id)
    return await get_sprint(tx, sprint_id)


async def start_sprint(tx: Tx, sprint_id: str) -> Sprint:
    """Begin a sprint. A board has one at a time: "the sprint" then means one thing to everybody.

    Raises NoSuchThing, and SprintRefused when it is completed or another one is going on.
    """
    await lock_board(tx)
    sprint = await get_sprint(tx, sprint_id, lock=True)
    if sprint.status == "active":
        return sprint
    if sprint.status == "completed":
        raise SprintRefused(f"The sprint {sprint.name} is completed; plan another one.")
    if going := active_of(await store.sprints(tx, statuses=("active",))):
        raise SprintRefused(
            f"The sprint {going.name} is going on, and a board has one at a time. Complete it first.",
            theirs={"active_sprint_id": going.id},
        )
    await store.change_sprint(tx, sprint_id, {"status": "active", "started_at": tx.now})
    open_tasks, estimate = sprint.task_count or 0, sprint.estimate or 0.0
    tx.record(SprintStarted(name=sprint.name, tasks=open_tasks, estimate=estimate), subject=sprint_id)
    return await get_sprint(tx, sprint_id)


async def withdraw_start(tx: Tx, sprint_id: str) -> Sprint:
    """Take a start back: the sprint is planned again. Raises NoSuchThing, SprintRefused."""
    sprint = await get_sprint(tx, sprint_id, lock=True)
    if sprint.status != "active":
        raise SprintRefused(
            f"The sprint {sprint.name} is {sprint.status}, so its start cannot be taken back."
        )
    await store.change_sprint(tx, sprint_id, {"status": "planned", "started_at": None})
    changes: dict[str, tuple[object, object]] = {"status": ("active", "planned")}
    tx.record(SprintChanged(name=sprint.name, changes=changes), subject=sprint_id)
    return await get_sprint(tx, sprint_id)


async def reopen_sprint(tx: Tx, sprint_id: str) -> Sprint:
    """Take a completion back: the sprint goes on. Raises NoSuchThing, SprintRefused."""
    await lock_board(tx)
    sprint = await get_sprint(tx, sprint_id, lock=True)
    if sprint.status != "completed":
        raise SprintRefused(f"The sprint {sprint.name} is {sprint.status}, not completed.")
    if going := active_of(await store.sprints(tx, statuses=("active",))):
        raise SprintRefused(f"The sprint {going.name} is going on, and a board has one at a time.")
    await store.change_sprint(tx, sprint_id, {"status": "active", "completed_at": None})
    changes: dict[str, tuple[object, object]] = {"status": ("completed", "active")}
    tx.record(SprintChanged(name=sprint.name, changes=changes), subject=sprint_id)
    return await get_sprint(tx, sprint_id)


async def restore_sprint(tx: Tx, sprint_id: str) -> Sprint:
    """Bring a deleted sprint back, as planned if another one is going on. Raises NoSuchThing."""
    await lock_board(tx)
    deleted = await store.sprint(tx, sprint_id, deleted=True)
    if deleted is None:
        raise NoSuchThing(f"There is no deleted sprint {sprint_id} on this board.")
    values: dict[str, object] = {"deleted_at": None}
    if deleted.status == "active" and active_of(await store.sprints(tx, statuses=("active",))):
        values |= {"status": "planned", "started_at": None}
    await store.change_sprint(tx, sprint_id, values)
    tx.record(SprintChanged(name=deleted.name, changes={"deleted": (True, False)}), subject=sprint_id)
    return await get_sprint(tx, sprint_id)
