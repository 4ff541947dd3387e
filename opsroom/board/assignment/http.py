"""Assignment over HTTP."""

from __future__ import annotations

from litestar import post

from opsroom.board.assignment import api
from opsroom.board.assignment.shapes import Suggestion
from opsroom.board.workflow.api import reading
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer


def routes(house: House) -> list[object]:
    """/api/tasks/{task_id}/suggest-agent."""

    @post(
        "/api/tasks/{task_id:str}/suggest-agent",
        opt={"verb": "board:read"},
        status_code=200,
        tags=["tasks"],
        summary="Which agent suits a task, and why",
    )
    async def suggest_agent(actor: Actor, task_id: str) -> Answer[Suggestion]:
        """Nothing is changed: assign the task with PATCH."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.suggest_agent(tx, task_id))

    return [suggest_agent]
