"""The roster over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from litestar import delete, get, patch, post
from litestar.params import Parameter

from opsroom.board.roster import api
from opsroom.board.roster.shapes import AgentChange, NewAgent
from opsroom.board.shapes import RosterAgent, Task
from opsroom.board.tasks.listing import api as listing
from opsroom.board.tasks.listing.filters import TaskFilter
from opsroom.board.tasks.listing.http import Contained, First, Held, Last, Some
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta, parse
from opsroom.kernel.uow import last_seq


def routes(house: House) -> list[object]:
    """/api/agents."""

    @get("/api/agents", opt={"verb": "board:read"}, tags=["roster"])
    async def list_agents(
        actor: Actor,
        retired: bool = False,
        limit: int = Parameter(default=200, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[list[RosterAgent]]:
        """The agents one can assign, with their open tasks; `retired` adds those off the roster."""
        async with reading(house, actor) as tx:
            found = await api.roster(tx, retired=retired)
        page = found[offset : offset + limit]
        return Answer(data=page, meta=Meta(total=len(found), limit=limit, offset=offset))

    @post("/api/agents", opt={"verb": "board:admin"}, tags=["roster"])
    async def add_agent(actor: Actor, data: NewAgent) -> Answer[RosterAgent]:
        """Put an agent on the roster."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.add_agent(tx, data))

    @get("/api/agents/{agent_id:str}", opt={"verb": "board:read"}, tags=["roster"])
    async def get_agent(actor: Actor, agent_id: str) -> Answer[RosterAgent]:
        """One agent, also a retired one."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.get_agent(tx, agent_id))

    @patch("/api/agents/{agent_id:str}", opt={"verb": "board:admin"}, tags=["roster"])
    async def change_agent(actor: Actor, agent_id: str, data: AgentChange) -> Answer[RosterAgent]:
        """Change an agent, retire it, or bring it back."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.change_agent(tx, agent_id, data))

    @delete("/api/agents/{agent_id:str}", status_code=200, opt={"verb": "board:admin"}, tags=["roster"])
    async def retire_agent(actor: Actor, agent_id: str) -> Answer[RosterAgent]:
        """Retire an agent. It stays on the tasks it has; `PATCH {"retired": false}` brings it back."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.retire_agent(tx, agent_id))

    return [list_agents, add_agent, get_agent, change_agent, retire_agent, _tasks_route(house)]


def _tasks_route(house: House) -> object:
    @get("/api/agents/{agent_id:str}/tasks", opt={"verb": "board:read"}, tags=["roster"])
    async def list_agent_tasks(  # noqa: PLR0913, PLR0917 - one parameter for each filter
        actor: Actor,
        agent_id: str,
        status: Some = None,
        kind: Some = None,
        accountable: Some = None,
        category: Some = None,
        sprint: Some = None,
        priority: Some = None,
        label: Some = None,
        client: Some = None,
        brand: Some = None,
        subscription: Some = None,
        parent: Some = None,
        created_by: Some = None,
        watcher: Some = None,
        custom: Held = None,
        custom_contains: Contained = None,
        custom_from: First = None,
        custom_to: Last = None,
        due: Some = None,
        due_from: date | None = None,
        due_to: date | None = None,
        start_from: date | None = None,
        start_to: date | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        updated_from: datetime | None = None,
        updated_to: datetime | None = None,
        completed_from: datetime | None = None,
        completed_to: datetime | None = None,
        overdue: bool | None = None,
        blocked: bool | None = None,
        waiting: bool | None = None,
        client_visible: bool | None = None,
        archived: Literal["exclude", "include", "only"] = "exclude",
        deleted: Literal["exclude", "only"] = "exclude",
        search: Annotated[str | None, Parameter(max_length=500)] = None,
        sort: Annotated[str | None, Parameter(max_length=200)] = None,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0, le=1_000_000),
    ) -> Answer[list[Task]]:
        """The tasks assigned to an agent, with the filters of the list of tasks."""
        asked = {name: value for name, value in locals().items() if name in TaskFilter.model_fields}
        given = {name: value for name, value in asked.items() if value is not None} | {"assigned": agent_id}
        async with reading(house, actor) as tx:
            await api.get_agent(tx, agent_id)
            found, total = await listing.list_tasks(tx, parse(TaskFilter, given, what="The filter"))
            seq = await last_seq(tx)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset, seq=seq))

    return list_agent_tasks
