"""A project gets its board once: at its founding, at start-up, or at first use, whoever comes first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.board.categories import store as categories
from opsroom.board.room import ROOM
from opsroom.board.roster import store as roster
from opsroom.board.workflow import api as workflow
from opsroom.board.workflow.tables import BOARD_COLUMNS, BOARD_SETTINGS
from opsroom.identity import api as identity
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.identity.shapes import IdentitySettings, NewProject
from opsroom.kernel.actor import Actor, Scope
from opsroom.kernel.room import House

QUICK = IdentitySettings.model_construct(argon2_memory_kib=64, argon2_passes=1)


@pytest.fixture
async def house(build_house: Any) -> House:
    return await build_house([IDENTITY, ARTIFACTS, ROOM], settings=[QUICK], work=False)


async def boards(house: House) -> set[str]:
    """The projects that have a board."""
    nobody = house.system_actor(Scope(organization_id="-", instance_id="-", project_id="-"))
    async with house.unit_of_work.reading(nobody) as tx:
        return set((await tx.conn.execute(sa.select(BOARD_SETTINGS.c.project_id))).scalars())


async def test_the_first_use_lays_the_whole_board_of_one_project_only(
    house: House, alice: Actor, bob: Actor
) -> None:
    async with workflow.reading(house, alice) as tx:
        settings, columns = await workflow.settings(tx), await workflow.columns(tx)
        agents, kinds = await roster.agents(tx), await categories.categories(tx)
    assert (settings.template, settings.time_zone, settings.wip_policy) == ("simple", "UTC", "warn")
    assert (settings.auto_assign, settings.start_on_assign) == (False, False)
    assert [(c.key, c.kind) for c in columns] == [
        ("todo", "todo"),
        ("in_progress", "active"),
        ("done", "done"),
        ("blocked", "blocked"),
    ]
    assert " ".join(f"{a.emoji} {a.name}" for a in agents[:4]) == "🎯 Neo 📊 Marcus ✨ Sofia 💻 Kenji"
    assert [a.emoji for a in agents[4:]] == list("🔧🧠📈🎨🔍📝🚀💬")
    assert agents[3].skills == ("development", "apis")
    assert [k.id for k in kinds] == [
        "development",
        "content",
        "revenue",
        "infrastructure",
        "research",
        "operations",
    ]
    assert await boards(house) == {alice.scope.project_id}
    async with house.unit_of_work.reading(bob) as tx:
        assert await workflow.columns(tx) == []


async def test_many_first_users_at_once_lay_one_board_each(house: House, alice: Actor, bob: Actor) -> None:
    async def furnish(actor: Actor) -> bool:
        async with house.unit_of_work(actor) as tx:
            laid = await workflow.furnish(tx)
            assert len(await workflow.columns(tx)) == 4
            assert len(await roster.agents(tx)) == 12
            return laid

    laid = await asyncio.gather(*[furnish(actor) for actor in (alice, bob) * 10])
    assert sum(laid) == 2
    async with house.unit_of_work.reading(alice) as tx:
        rows = (await tx.conn.execute(sa.select(sa.func.count()).select_from(BOARD_COLUMNS))).scalar_one()
    assert rows == 8


async def test_a_furnisher_who_fails_leaves_nothing_and_the_next_lays_it(house: House, alice: Actor) -> None:
    async def break_off() -> None:
        async with house.unit_of_work(alice) as tx:
            await workflow.furnish(tx)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await break_off()
    assert await boards(house) == set()
    async with workflow.writing(house, alice) as tx:
        assert len(await workflow.columns(tx)) == 4


async def test_projects_get_their_board_when_they_are_founded_and_at_start_up(build_house: Any) -> None:
    house = await build_house([IDENTITY, ARTIFACTS, ROOM], settings=[QUICK], work=True)
    admin = await identity.first_admin(house, email="a@a.example", name="A", organization="A")
    async with house.unit_of_work(admin.actor) as tx:
        added = await identity.add_project(tx, NewProject(name="second"))
    expected = {admin.actor.scope.project_id, added.id}
    for _ in range(200):
        if await boards(house) == expected:
            break
        await asyncio.sleep(0.02)
    assert await boards(house) == expected


async def test_projects_from_before_there_were_boards_get_theirs_at_start_up(build_house: Any) -> None:
    house = await build_house(
        [IDENTITY, ARTIFACTS, ROOM], settings=[QUICK], work=False
    )  # nobody carries reactions out
    admin = await identity.first_admin(house, email="a@a.example", name="A", organization="A")
    assert await boards(house) == set()
    for job in house.background:
        if job.__name__ == "furnish_all":
            await job()
    assert await boards(house) == {admin.actor.scope.project_id}
