"""HTTP of the agents room."""

from __future__ import annotations

import asyncio
from typing import Annotated

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from pydantic import Field

from opsroom.agents import api
from opsroom.agents.shapes import AgentDetail, AgentSummary, SkillInfo
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Problem
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta, Shape


class RollBack(Shape):
    """Which version shall serve again."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class CheckFile(Shape):
    """The text of an agent file that is not in the workspace (yet)."""

    name: Annotated[str, Field(max_length=80)]
    text: Annotated[str, Field(max_length=1024 * 1024)]


class Checked(Shape):
    """What is wrong with it; nothing when it may be put into the workspace."""

    problems: tuple[Problem, ...]


def routes(house: House) -> list[HTTPRouteHandler]:
    """/api/agent-files, /api/skills and the schema editors use."""

    @get("/api/agent-files", opt={"verb": "agents:read"}, tags=["agents"])
    async def list_agents(actor: Actor) -> Answer[list[AgentSummary]]:
        """Every agent, the broken ones with their problems."""
        async with house.unit_of_work.reading(actor) as tx:
            agents = await api.list_agents(tx)
        return Answer(data=agents, meta=Meta(total=len(agents), limit=len(agents), offset=0))

    @get("/api/agent-files/{name:str}", opt={"verb": "agents:read"}, tags=["agents"])
    async def show_agent(actor: Actor, name: str) -> Answer[AgentDetail]:
        """One agent: its text and its versions."""
        async with house.unit_of_work.reading(actor) as tx:
            return Answer(data=await api.detail(tx, name))

    @post(
        "/api/agent-files/{name:str}/rollback", status_code=200, opt={"verb": "agents:write"}, tags=["agents"]
    )
    async def roll_back_agent(actor: Actor, name: str, data: RollBack) -> Answer[AgentDetail]:
        """Let an earlier version serve again until the file says something else."""
        async with house.unit_of_work(actor) as tx:
            await api.rollback(tx, name, data.version)
            return Answer(data=await api.detail(tx, name))

    @post("/api/agent-file-check", status_code=200, opt={"verb": "agents:read"}, tags=["agents"])
    async def check_agent_file(data: CheckFile) -> Answer[Checked]:
        """Every mistake of a file, without putting it anywhere."""
        return Answer(data=Checked(problems=api.check_text(data.text, data.name)))

    @get("/api/skills", opt={"verb": "agents:read"}, tags=["agents"])
    async def list_skills() -> Answer[list[SkillInfo]]:
        """The skills agents can use on this machine."""
        skills = await asyncio.to_thread(api.skills_of, api.skill_folders(house))
        return Answer(data=skills, meta=Meta(total=len(skills), limit=len(skills), offset=0))

    @get(
        "/api/agent-file-schema",
        opt={"public": True},
        tags=["agents"],
        media_type="application/schema+json",
    )
    async def show_agent_file_schema() -> Response[dict[str, object]]:
        """JSON Schema of agent files, bare, as editors expect it."""
        return Response(api.agent_file_schema(), media_type="application/schema+json")

    return [list_agents, show_agent, roll_back_agent, check_agent_file, list_skills, show_agent_file_schema]
