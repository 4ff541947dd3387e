"""The verbs of assignment."""

from __future__ import annotations

from opsroom.board.assignment import store
from opsroom.board.assignment.rules import suggestion
from opsroom.board.assignment.shapes import Seat, Suggestion, Work
from opsroom.board.errors import NoSuchTask
from opsroom.board.roster import api as roster
from opsroom.board.roster import store as roster_store
from opsroom.board.shapes import TaskChange
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow import api as workflow
from opsroom.kernel.uow import Tx

_MOST_TRIES = 5


async def suggest_agent(tx: Tx, task_id: str) -> Suggestion:
    """The roster weighed for a task, with reasons. Raises NoSuchTask."""
    row = await store.task(tx, task_id)
    if row is None:
        raise NoSuchTask(f"There is no task {task_id} in this project.")
    work = Work(
        title=row["title"],
        description=row["description"],
        labels=await store.labels(tx, task_id),
        category=row["category_name"],
    )
    active = await store.in_progress(tx)
    seats = [
        Seat(
            id=agent.id,
            name=agent.name,
            emoji=agent.emoji,
            skills=agent.skills,
            levels=agent.skill_levels,
            capacity=agent.capacity,
            open_tasks=agent.open_tasks or 0,
            in_progress=active.get(agent.id, 0),
        )
        for agent in await roster.roster(tx)
    ]
    return suggestion(task_id, work, seats, full=await _over_its_limit(tx, row["status"]))


async def auto_assign(tx: Tx, task_id: str) -> str | None:
    """Give a task that nobody has to the agent that suits it best; who got it, None where it stays as it is.

    Does nothing unless the project asked for it. A task in a column over its limit waits: more hands on a
    crowded column are what the limit is there to prevent.
    """
    if not (await workflow.settings(tx)).auto_assign:
        return None
    row = await store.task(tx, task_id, lock=True)
    if row is None or row["assigned_agent_id"] or row["archived_at"] or row["completed_at"]:
        return None
    for _ in range(_MOST_TRIES):
        chosen = (await suggest_agent(tx, task_id)).agent_id
        if chosen is None:
            return None
        # Others assign at the same time: with the agent's row held, its load is what it will be.
        await roster_store.agent(tx, chosen, lock=True)
        if (await suggest_agent(tx, task_id)).agent_id == chosen:
            await tasks.change_task(tx, task_id, TaskChange(assigned_agent_id=chosen))
            return chosen
    return None


async def _over_its_limit(tx: Tx, status: str) -> str | None:
    """The name of the task's column where more work stands than its limit allows."""
    column = next((c for c in await workflow.columns(tx) if c.key == status), None)
    if column is None or column.wip_limit is None or column.kind in ("todo", "done"):
        return None
    return column.name if await store.standing_in(tx, status) > column.wip_limit else None
