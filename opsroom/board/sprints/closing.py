"""Ending sprints: completing one carries its open tasks over, deleting one sends its tasks to the backlog."""

from __future__ import annotations

from opsroom.board import store as tasks
from opsroom.board.errors import NoSuchThing, SprintRefused
from opsroom.board.events import SprintChanged, SprintCompleted
from opsroom.board.refiling import refile
from opsroom.board.shapes import Sprint
from opsroom.board.sprints import api, store
from opsroom.board.sprints.rules import BACKLOG
from opsroom.board.store import lock_board
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx


async def complete_sprint(tx: Tx, sprint_id: str, carry_to: str) -> Sprint:
    """End a sprint; what is not done goes to `carry_to`, a sprint that is not over or `backlog`.

    Raises NoSuchThing, Invalid for a place nothing can be carried to, SprintRefused unless it is active.
    """
    await lock_board(tx)
    sprint = await api.get_sprint(tx, sprint_id, lock=True)
    if sprint.status != "active":
        hint = "start it first" if sprint.status == "planned" else "it cannot end twice"
        raise SprintRefused(f"The sprint {sprint.name} is {sprint.status}; {hint}.")
    target = await _target(tx, sprint, carry_to)
    still_open = await tasks.tasks_in(tx, "sprint_id", sprint_id, open_only=True)
    carried = await refile(tx, still_open, "sprint_id", target)
    await store.change_sprint(tx, sprint_id, {"status": "completed", "completed_at": tx.now})
    event = SprintCompleted(
        name=sprint.name,
        done=sprint.done_count or 0,
        carried=len(carried),
        carried_to=target,
        carried_tasks=carried,
    )
    tx.record(event, subject=sprint_id)
    return await api.get_sprint(tx, sprint_id)


async def delete_sprint(tx: Tx, sprint_id: str) -> Sprint:
    """Take a sprint off the board; its tasks go back to the backlog. Raises NoSuchThing."""
    await lock_board(tx)
    sprint = await api.get_sprint(tx, sprint_id, lock=True)
    refiled = await refile(tx, await tasks.tasks_in(tx, "sprint_id", sprint_id), "sprint_id", None)
    await store.change_sprint(tx, sprint_id, {"deleted_at": tx.now})
    changes: dict[str, tuple[object, object]] = {"deleted": (False, True), "tasks": (refiled, ())}
    tx.record(SprintChanged(name=sprint.name, changes=changes), subject=sprint_id)
    return sprint


async def gather_back(tx: Tx, sprint_id: str, task_ids: tuple[str, ...], now_in: str | None) -> int:
    """Put these tasks back into the sprint, but those filed elsewhere meanwhile; how many they were."""
    back = [task for task in await tasks.tasks_of(tx, task_ids) if task["sprint_id"] == now_in]
    return len(await refile(tx, back, "sprint_id", sprint_id))


async def _target(tx: Tx, sprint: Sprint, carry_to: str) -> str | None:
    if carry_to == BACKLOG:
        return None
    if carry_to == sprint.id:
        said = "is the sprint that ends; name another one, or backlog"
    else:
        try:
            target = await api.get_sprint(tx, carry_to, lock=True)
        except NoSuchThing:
            said = f"is no sprint of this board; name one, or {BACKLOG}"
        else:
            if target.status != "completed":
                return target.id
            said = f"is the sprint {target.name}, which is completed; name one that is not over"
    raise Invalid("The open tasks cannot be carried there.", problems=(Problem("carry_to", said),))
