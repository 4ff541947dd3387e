"""Giving a project its board: settings, columns, roster and categories, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from opsroom.board.categories import store as categories
from opsroom.board.categories.seeds import SEEDS
from opsroom.board.roster import store as roster
from opsroom.board.roster.seats import SEATS
from opsroom.board.workflow import store
from opsroom.board.workflow.templates import DEFAULT, Plan
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx


@dataclass
class Furnished:
    """The projects this process knows to have a board; a project never loses it again."""

    projects: set[str] = field(default_factory=set)


async def furnish(tx: Tx) -> bool:
    """Give the project a board unless it has one; whether it had none. Cheap where there is one.

    Whoever inserts the settings row lays the rest in the same commit. A second furnisher waits for
    that row on PostgreSQL, and on SQLite for the turn to write, and then finds everything there.
    """
    if await store.settings(tx) is not None:
        return False
    if not await store.add_settings(tx, settings_of(DEFAULT)):
        return False
    await store.add_columns(tx, column_rows(DEFAULT))
    await roster.add_seats(tx, SEATS)
    await categories.add_seeds(tx, SEEDS)
    return True


def settings_of(plan: Plan) -> dict[str, object]:
    """The settings a board begins with under this template."""
    return {
        "template": plan.key,
        "transitions": {key: list(targets) for key, targets in plan.transitions},
        "wip_policy": "warn",
        "time_zone": "UTC",
    }


def column_rows(plan: Plan) -> list[dict[str, object]]:
    """The columns of a template as rows, from left to right."""
    return [
        {
            "key": column.key,
            "name": column.name,
            "color": column.color,
            "kind": column.kind,
            "wip_limit": column.wip_limit,
            "position": position,
        }
        for position, column in enumerate(plan.columns)
    ]


async def ensure_furnished(house: House, actor: Actor) -> None:
    """Furnish the actor's project in a commit of its own, unless this process knows that it is."""
    known = house.need(Furnished).projects
    if actor.scope.project_id in known:
        return
    async with house.unit_of_work.reading(actor) as tx:
        there = await store.settings(tx) is not None
    if not there:
        async with house.unit_of_work(actor) as tx:
            await furnish(tx)
    known.add(actor.scope.project_id)


@asynccontextmanager
async def reading(house: House, actor: Actor) -> AsyncIterator[Tx]:
    """A read-only unit on a project that certainly has its board."""
    await ensure_furnished(house, actor)
    async with house.unit_of_work.reading(actor) as tx:
        yield tx


@asynccontextmanager
async def writing(house: House, actor: Actor) -> AsyncIterator[Tx]:
    """A unit of work on a project that certainly has its board."""
    await ensure_furnished(house, actor)
    async with house.unit_of_work(actor) as tx:
        yield tx
