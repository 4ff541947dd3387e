"""A house with what the board does by itself; its followers and workflows run until nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from opsroom.board.assignment import http as assignment_http
from opsroom.board.assignment import reactions as assignment
from opsroom.board.automations import api as automations
from opsroom.board.automations import http as automations_http
from opsroom.board.automations import reactions as rules_at_work
from opsroom.board.automations.shapes import Automation, Firing, NewAutomation
from opsroom.board.notifications import http as notifications_http
from opsroom.board.notifications import wiring as notifications
from opsroom.board.notifications.shapes import Notification
from opsroom.board.notifications.tables import NOTIFICATION_SENDS, NOTIFICATIONS
from opsroom.board.recurring import http as recurring_http
from opsroom.board.recurring import wiring as recurring
from opsroom.board.shapes import NewTask, Task
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow import reactions as furnishing
from opsroom.board.workflow.furnishing import ensure_furnished
from opsroom.identity import api as identity
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.identity.shapes import IdentitySettings, NewPerson
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import SYSTEM_CLOCK, Clock
from opsroom.kernel.events import EVENTS
from opsroom.kernel.followers import Following
from opsroom.kernel.room import House, Room
from opsroom.kernel.shape import Shape

QUICK = IdentitySettings.model_construct(argon2_memory_kib=64, argon2_passes=1)


def _build(house: House) -> None:
    for part in (furnishing, notifications, rules_at_work, recurring, assignment):
        part.build(house)


def _routes(house: House) -> list[object]:
    parts = (assignment_http, automations_http, recurring_http, notifications_http)
    return [route for part in parts for route in part.routes(house)]


# The parts of the board that are under test here, wired as the board wires them.
BOARD = Room(name="board", build=_build, http=_routes, settings=notifications.SETTINGS)
NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)  # a Wednesday


async def open_board(
    build_house: Any,
    *people: Actor,
    clock: Clock = SYSTEM_CLOCK,
    settings: Sequence[Shape] = (),
    work: bool = True,
) -> House:
    """A running house in which each of `people` has an organization and a furnished board."""
    house: House = await build_house([IDENTITY, BOARD], settings=[QUICK, *settings], clock=clock, work=work)
    if clock is not SYSTEM_CLOCK:
        house.database.clock_offset_s = (
            0.0  # the test's clock rules the rows, whatever the database's own says
        )
    for actor in people:
        person = actor.model_copy(update={"email": f"{actor.name.lower()}@x.example"})
        async with house.unit_of_work(person) as tx:
            await identity.found_organization(
                tx, organization=actor.name, instance="production", project="main", password_hash="x"
            )
        await ensure_furnished(house, actor)
    for following in followings(house):
        await following.begin()
    return house


def followings(house: House) -> list[Following]:
    """The board's followers of the event log."""
    owners = [getattr(job, "__self__", None) for job in house.background]
    return [owner for owner in owners if isinstance(owner, Following)]


async def settle(house: House) -> None:
    """Let followers and workflows do all there is to do, and what follows from that."""
    async with asyncio.timeout(20):
        while True:
            before = await last(house)
            for following in followings(house):
                while await following.advance():
                    pass
            while sum((await house.durable.backlog()).values()):
                await asyncio.sleep(0.01)
            if await last(house) == before:
                return


async def last(house: House) -> int:
    async with house.database.reading() as conn:
        return (await conn.execute(sa.select(sa.func.coalesce(sa.func.max(EVENTS.c.seq), 0)))).scalar_one()


async def colleague(house: House, actor: Actor, name: str) -> Actor:
    """A further person in the project of `actor`."""
    async with house.unit_of_work(actor) as tx:
        new = NewPerson(email=f"{name.lower()}@x.example", name=name)
        person = await identity.create_person(tx, new, password_hash="x")
    return actor.model_copy(update={"id": person.id, "name": name, "role": "user"})


async def add_task(house: House, actor: Actor, title: str = "Fix the API", **more: Any) -> Task:
    async with house.unit_of_work(actor) as tx:
        return await tasks.create_task(tx, NewTask(title=title, **more))


async def look(house: House, actor: Actor, task_id: str) -> Task:
    async with house.unit_of_work.reading(actor) as tx:
        return await tasks.get_task(tx, task_id, deleted=True)


async def add_rule(house: House, actor: Actor, when: Any, then: Any, **more: Any) -> Automation:
    """A rule; `when` may be the event alone, `then` one action."""
    wanted = {
        "name": "rule",
        "when": {"event": when} if isinstance(when, str) else when,
        "then": then if isinstance(then, list) else [then],
        **more,
    }
    async with house.unit_of_work(actor) as tx:
        return await automations.add_automation(tx, NewAutomation.model_validate(wanted))


async def log_of(house: House, actor: Actor, rule: Automation) -> list[Firing]:
    async with house.unit_of_work.reading(actor) as tx:
        return (await automations.log_of(tx, rule.id, limit=200))[0]


async def events_of(house: House, actor: Actor, kind: str = "") -> list[Any]:
    """The project's events whose kind has `kind` in it."""
    query = sa.select(EVENTS).where(EVENTS.c.project_id == actor.scope.project_id).order_by(EVENTS.c.seq)
    async with house.database.reading() as conn:
        rows = (await conn.execute(query)).mappings().all()
    return [row for row in rows if kind in row["kind"]]


async def told(house: House, person: Actor) -> list[tuple[str, str]]:
    """(kind, title) of what a person was told, in order."""
    query = (
        sa.select(NOTIFICATIONS)
        .outerjoin(EVENTS, EVENTS.c.id == NOTIFICATIONS.c.event_id)
        .where(NOTIFICATIONS.c.person_id == person.id)
        .order_by(EVENTS.c.seq, NOTIFICATIONS.c.id)
    )
    async with house.database.reading() as conn:
        rows = (await conn.execute(query)).mappings().all()
    assert all(set(Notification.model_fields) - {"task"} <= set(row) for row in rows)
    return [(row["kind"], row["title"]) for row in rows]


async def sends(house: House) -> list[Any]:
    """The outbox, in order."""
    async with house.database.reading() as conn:
        return list(
            (await conn.execute(sa.select(NOTIFICATION_SENDS).order_by(NOTIFICATION_SENDS.c.id))).mappings()
        )
