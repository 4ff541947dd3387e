"""Tasks over HTTP."""

from __future__ import annotations

from typing import Annotated

from litestar import delete, get, patch, post
from pydantic import Field

from opsroom.board.shapes import Move, NewTask, Task, TaskChange
from opsroom.board.tasks import api, many
from opsroom.board.tasks.listing.api import tasks_by_id
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta, Shape


class Copying(Shape):
    """What a copy takes along."""

    subtasks: bool = False


class Bulk(Shape):
    """One change, move or action for many tasks: all of them or none."""

    ids: Annotated[
        tuple[Annotated[str, Field(max_length=40)], ...], Field(min_length=1, max_length=many.MAX_AT_ONCE)
    ]
    change: TaskChange | None = None
    move: Move | None = None
    action: many.Action | None = None


def _merged(found: tuple[Task, tuple[str, ...]]) -> Answer[Task]:
    task, merged = found
    return Answer(data=task, meta=Meta(merged=merged or None))


def routes(house: House) -> list[object]:  # noqa: C901 - one function for each route
    """/api/tasks, the list of them aside."""

    @post("/api/tasks", opt={"verb": "board:write"}, tags=["tasks"])
    async def create_task(actor: Actor, data: NewTask) -> Answer[Task]:
        """Put a task on the board."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.create_task(tx, data))

    @post("/api/tasks/bulk", opt={"verb": "board:write"}, status_code=200, tags=["tasks"])
    async def change_tasks(actor: Actor, data: Bulk) -> Answer[list[Task]]:
        """One change, move or action for up to 500 tasks: all of them or none."""
        given = [part for part in (data.change, data.move, data.action) if part is not None]
        if len(given) != 1:
            raise Invalid(
                "Say what shall be done.",
                problems=(Problem("", "give exactly one of change, move and action"),),
            )
        async with writing(house, actor) as tx:
            await many.bulk(tx, data.ids, change=data.change, move=data.move, action=data.action)
            found = await tasks_by_id(tx, data.ids)
        return Answer(data=found, meta=Meta(total=len(found), limit=len(found), offset=0))

    @get("/api/tasks/{task_id:str}", opt={"verb": "board:read"}, tags=["tasks"])
    async def get_task(actor: Actor, task_id: str) -> Answer[Task]:
        """One task, whole, by its id or its number."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.get_task(tx, task_id))

    @patch("/api/tasks/{task_id:str}", opt={"verb": "board:write"}, tags=["tasks"])
    async def change_task(actor: Actor, task_id: str, data: TaskChange) -> Answer[Task]:
        """Change fields of a task. `meta.merged` names the fields others had changed meanwhile."""
        async with writing(house, actor) as tx:
            return _merged(await api.change_task(tx, task_id, data))

    @post("/api/tasks/{task_id:str}/move", opt={"verb": "board:write"}, status_code=200, tags=["tasks"])
    async def move_task(actor: Actor, task_id: str, data: Move) -> Answer[Task]:
        """Put a card in a column and a place."""
        async with writing(house, actor) as tx:
            return _merged(await api.move_task(tx, task_id, data))

    @delete("/api/tasks/{task_id:str}", opt={"verb": "board:write"}, status_code=200, tags=["tasks"])
    async def delete_task(actor: Actor, task_id: str) -> Answer[Task]:
        """Delete a task; it can be restored."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.delete_task(tx, task_id))

    @post("/api/tasks/{task_id:str}/restore", opt={"verb": "board:write"}, status_code=200, tags=["tasks"])
    async def restore_task(actor: Actor, task_id: str) -> Answer[Task]:
        """Bring a deleted or archived task back."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.restore_task(tx, task_id))

    @post("/api/tasks/{task_id:str}/archive", opt={"verb": "board:write"}, status_code=200, tags=["tasks"])
    async def archive_task(actor: Actor, task_id: str) -> Answer[Task]:
        """Put a task into the archive."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.archive_task(tx, task_id))

    @post("/api/tasks/{task_id:str}/duplicate", opt={"verb": "board:write"}, tags=["tasks"])
    async def duplicate_task(actor: Actor, task_id: str, data: Copying) -> Answer[Task]:
        """A copy of a task, with its parts if asked."""
        async with writing(house, actor) as tx:
            return Answer(data=await many.duplicate_task(tx, task_id, subtasks=data.subtasks))

    return [
        create_task,
        change_tasks,
        get_task,
        change_task,
        move_task,
        delete_task,
        restore_task,
        archive_task,
        duplicate_task,
    ]
