"""Sprints over HTTP."""

from __future__ import annotations

from litestar import delete, get, patch, post
from litestar.params import Parameter

from opsroom.board.shapes import Sprint, SprintStatus
from opsroom.board.sprints import api, closing
from opsroom.board.sprints.shapes import Completion, NewSprint, SprintChange
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


def routes(house: House) -> list[object]:
    """/api/sprints."""

    @get("/api/sprints", opt={"verb": "board:read"}, tags=["sprints"])
    async def list_sprints(
        actor: Actor,
        status: SprintStatus | None = None,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[list[Sprint]]:
        """Sprints with their counts, the earliest first."""
        async with reading(house, actor) as tx:
            statuses = (status,) if status else ()
            found, total = await api.sprints(tx, statuses=statuses, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/sprints", opt={"verb": "board:write"}, tags=["sprints"])
    async def plan_sprint(actor: Actor, data: NewSprint) -> Answer[Sprint]:
        """Plan a sprint."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.plan_sprint(tx, data))

    @get("/api/sprints/{sprint_id:str}", opt={"verb": "board:read"}, tags=["sprints"])
    async def get_sprint(actor: Actor, sprint_id: str) -> Answer[Sprint]:
        """One sprint with its counts."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.get_sprint(tx, sprint_id))

    @patch("/api/sprints/{sprint_id:str}", opt={"verb": "board:write"}, tags=["sprints"])
    async def change_sprint(actor: Actor, sprint_id: str, data: SprintChange) -> Answer[Sprint]:
        """Change a sprint's name, goal or days."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.change_sprint(tx, sprint_id, data))

    @delete("/api/sprints/{sprint_id:str}", status_code=200, opt={"verb": "board:write"}, tags=["sprints"])
    async def delete_sprint(actor: Actor, sprint_id: str) -> Answer[Sprint]:
        """Delete a sprint; its tasks go back to the backlog. Undoing it brings both back."""
        async with writing(house, actor) as tx:
            return Answer(data=await closing.delete_sprint(tx, sprint_id))

    @post(
        "/api/sprints/{sprint_id:str}/start", status_code=200, opt={"verb": "board:write"}, tags=["sprints"]
    )
    async def start_sprint(actor: Actor, sprint_id: str) -> Answer[Sprint]:
        """Begin a sprint. A board has one active sprint at a time."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.start_sprint(tx, sprint_id))

    @post(
        "/api/sprints/{sprint_id:str}/complete",
        status_code=200,
        opt={"verb": "board:write"},
        tags=["sprints"],
    )
    async def complete_sprint(actor: Actor, sprint_id: str, data: Completion) -> Answer[Sprint]:
        """End a sprint. What is not done goes to another sprint or to the backlog, in the same commit."""
        async with writing(house, actor) as tx:
            return Answer(data=await closing.complete_sprint(tx, sprint_id, data.carry_to))

    return [
        list_sprints,
        plan_sprint,
        get_sprint,
        change_sprint,
        delete_sprint,
        start_sprint,
        complete_sprint,
    ]
