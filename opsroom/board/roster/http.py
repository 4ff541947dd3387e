"""The roster over HTTP."""

from __future__ import annotations

from litestar import delete, get, patch, post
from litestar.params import Parameter

from opsroom.board.roster import api
from opsroom.board.roster.shapes import AgentChange, NewAgent
from opsroom.board.shapes import RosterAgent
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


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

    return [list_agents, add_agent, get_agent, change_agent, retire_agent]
