"""The verbs of the roster."""

from __future__ import annotations

from collections.abc import Mapping

from opsroom.board.errors import NameTaken, NoSuchThing
from opsroom.board.events import BoardArranged
from opsroom.board.noted import noted
from opsroom.board.revising import after, changes_of, moved_to, slug_of, told
from opsroom.board.roster import store
from opsroom.board.roster.shapes import AgentChange, NewAgent
from opsroom.board.shapes import RosterAgent
from opsroom.board.store import lock_board
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx

MOST_AGENTS = 500
USUAL_LEVEL = 2


async def roster(tx: Tx, *, retired: bool = False) -> list[RosterAgent]:
    """The agents in their order with their open tasks; those who were retired only if asked."""
    return await store.agents(tx, retired=retired)


async def get_agent(tx: Tx, agent_id: str, *, counts: bool = True) -> RosterAgent:
    """One agent, also a retired one. Raises NoSuchThing."""
    found = await store.agent(tx, agent_id, counts=counts)
    if found is None:
        raise NoSuchThing(f"There is no agent {agent_id} on this board.")
    return found


async def agents_by_id(tx: Tx) -> dict[str, RosterAgent]:
    """Every agent by id, retired ones too (their tasks still name them), without counts."""
    return {agent.id: agent for agent in await store.agents(tx, retired=True, counts=False)}


async def add_agent(tx: Tx, new: NewAgent) -> RosterAgent:
    """Put an agent on the roster. Raises NameTaken for an id in use, by a retired agent too."""
    await lock_board(tx)
    present = await store.agents(tx, retired=True, counts=False)
    if len(present) >= MOST_AGENTS:
        problem = Problem("", f"has {MOST_AGENTS} agents already, which is the most")
        raise Invalid("This roster is full.", problems=(problem,))
    taken = {agent.id for agent in present}
    agent_id = new.id or slug_of(new.name, taken, fallback="agent")
    if agent_id in taken:
        raise NameTaken(f"This board has an agent {agent_id!r} already; choose another id, or bring it back.")
    values = new.model_dump(exclude={"id", "position", "skills", "skill_levels"})
    skills = _with_levels(new.skills, new.skill_levels)
    await store.add_agent(
        tx, values | {"id": agent_id, "skills": skills, "position": len(present), "created_at": tx.now}
    )
    await _place(tx, agent_id, new.position)
    tx.record(BoardArranged(noun="agent", name=new.name, what="created", changes={}), subject=agent_id)
    return await get_agent(tx, agent_id)


async def change_agent(tx: Tx, agent_id: str, change: AgentChange) -> RosterAgent:
    """Change an agent, retire it or bring it back. Raises NoSuchThing, StaleThing, Invalid."""
    await lock_board(tx)
    before = await get_agent(tx, agent_id)
    changes = changes_of(
        before, change, what=f"The agent {before.name}", emptiable=("agent_name", "capacity")
    )
    if not changes:
        return before
    values = after(changes)
    values.pop("skill_levels", None)
    if changes.keys() & {"skills", "skill_levels"}:
        skills = before.skills if change.skills is None else change.skills
        levels = before.skill_levels if change.skill_levels is None else change.skill_levels
        values["skills"] = _with_levels(skills, levels)
    values.pop("position", None)
    if values.pop("retired", None) is not None:
        values["retired_at"] = tx.now if change.retired else None
    await store.change_agent(tx, agent_id, values)
    if "position" in changes:
        await _place(tx, agent_id, change.position)
    what = (
        {True: "retired", False: "brought back"}[bool(change.retired)] if "retired" in changes else "changed"
    )
    event = BoardArranged(noun="agent", name=before.name, what=what, changes=told(changes))
    tx.record(event, subject=agent_id)
    return await get_agent(tx, agent_id)


async def retire_agent(tx: Tx, agent_id: str) -> RosterAgent:
    """Take an agent off the roster. It stays on the tasks it has. A second time changes nothing."""
    return await change_agent(tx, agent_id, AgentChange(retired=True))


async def agent_for_slug(tx: Tx, slug: str) -> RosterAgent | None:
    """The seat of the roster an agent with this slug speaks from: by its id, else by its agent file."""
    seated = await store.agents(tx, counts=False)
    return next((a for a in seated if a.id == slug), None) or next(
        (a for a in seated if a.agent_name == slug), None
    )


async def _place(tx: Tx, agent_id: str, position: int | None) -> None:
    if position is not None:
        order = [agent.id for agent in await store.agents(tx, counts=False)]
        await store.place_agents(tx, moved_to(order, agent_id, position))


def _with_levels(skills: tuple[str, ...], levels: Mapping[str, int]) -> list[object]:
    """Each once; what one simply has needs no note, and a level without its skill is none."""
    return noted(list(dict.fromkeys(skills)), {skill: n for skill, n in levels.items() if n != USUAL_LEVEL})
