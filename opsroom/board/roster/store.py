"""Every statement about the roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.noted import notes_of, words_of
from opsroom.board.roster.seats import Seat
from opsroom.board.roster.tables import BOARD_AGENTS
from opsroom.board.shapes import RosterAgent
from opsroom.board.tasks.tables import TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

_OF_ROW = set(RosterAgent.model_fields) - {"open_tasks", "retired", "skills", "skill_levels"}


def _agent(row: Row, open_tasks: int | None) -> RosterAgent:
    values: dict[str, object] = {name: row[name] for name in _OF_ROW}
    values |= {"skills": words_of(row["skills"]), "skill_levels": notes_of(row["skills"])}
    return RosterAgent.model_validate(
        values | {"open_tasks": open_tasks, "retired": row["retired_at"] is not None}
    )


async def add_seats(tx: Tx, seats: Sequence[Seat]) -> None:
    """Agents that are not there yet, in this order."""
    await store.insert_missing(
        tx,
        BOARD_AGENTS,
        [
            {
                "id": seat.id,
                "name": seat.name,
                "emoji": seat.emoji,
                "color": seat.color,
                "skills": list(seat.skills),
                "position": position,
                "created_at": tx.now,
            }
            for position, seat in enumerate(seats)
        ],
    )


async def open_counts(tx: Tx, agent_id: str | None = None) -> dict[str, int]:
    """How many live tasks outside the done columns each agent has, or one of them.

    Asked by the open columns: the done ones hold most tasks, and an index holds the rest.
    """
    open_keys = sa.select(BOARD_COLUMNS.c.key).where(
        store.mine(tx, BOARD_COLUMNS), BOARD_COLUMNS.c.kind != "done"
    )
    whose = TASKS.c.assigned_agent_id
    query = (
        sa.select(whose, sa.func.count())
        .where(store.mine(tx, TASKS), TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None))
        .where(TASKS.c.status.in_(open_keys), whose.is_not(None) if agent_id is None else whose == agent_id)
        .group_by(whose)
    )
    return {row[0]: row[1] for row in (await tx.conn.execute(query)).all()}


async def agents(tx: Tx, *, retired: bool = False, counts: bool = True) -> list[RosterAgent]:
    """The roster in its order; those who were retired only if asked. A board has some dozens at most."""
    where = () if retired else (BOARD_AGENTS.c.retired_at.is_(None),)
    order = (BOARD_AGENTS.c.position, BOARD_AGENTS.c.id)
    found = await store.rows(tx, BOARD_AGENTS, *where, order=order)
    open_tasks = await open_counts(tx) if counts else {}
    return [_agent(row, open_tasks.get(row["id"], 0) if counts else None) for row in found]


async def agent(tx: Tx, agent_id: str, *, lock: bool = False, counts: bool = True) -> RosterAgent | None:
    """One agent, retired or not; how much it has to do is counted unless nobody wants to know."""
    row = await store.one(tx, BOARD_AGENTS, BOARD_AGENTS.c.id == agent_id, lock=lock)
    if row is None:
        return None
    return _agent(row, (await open_counts(tx, agent_id)).get(agent_id, 0) if counts else None)


async def add_agent(tx: Tx, values: Mapping[str, object]) -> None:
    """A further agent."""
    await store.insert(tx, BOARD_AGENTS, values)


async def change_agent(tx: Tx, agent_id: str, values: Mapping[str, object]) -> None:
    """Change an agent of the roster."""
    await store.change(tx, BOARD_AGENTS, BOARD_AGENTS.c.id == agent_id, values=values)


async def place_agents(tx: Tx, ids: Sequence[str]) -> None:
    """Number the agents in this order."""
    await store.place(tx, BOARD_AGENTS, BOARD_AGENTS.c.id, ids)
