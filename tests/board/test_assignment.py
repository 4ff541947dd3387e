"""Assigning by itself: only where the project asks for it, as one event with its cause, and undoable."""

from __future__ import annotations

from typing import Any

import pytest

from opsroom.board.assignment import api
from opsroom.board.errors import NoSuchTask
from opsroom.board.roster import api as roster
from opsroom.board.roster.shapes import AgentChange
from opsroom.board.shapes import TaskChange
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow import store as workflow_store
from opsroom.kernel.actor import Actor
from opsroom.kernel.correlation import work_context
from opsroom.kernel.room import House
from tests.board.automation_kit import add_task, events_of, look, open_board, settle


@pytest.fixture
async def house(build_house: Any, alice: Actor, bob: Actor) -> House:
    return await open_board(build_house, alice, bob)


async def switch_on(house: House, actor: Actor) -> None:
    async with house.unit_of_work(actor) as tx:
        await workflow_store.change_settings(tx, {"auto_assign": True})


async def suggested(house: House, actor: Actor, task_id: str) -> Any:
    async with house.unit_of_work.reading(actor) as tx:
        return await api.suggest_agent(tx, task_id)


async def test_a_suggestion_reads_labels_category_and_load_and_changes_nothing(
    house: House, alice: Actor, bob: Actor
) -> None:
    task = await add_task(
        house, alice, "Something about the shop", labels=("infrastructure",), category_id="operations"
    )
    found = await suggested(house, alice, task.id)
    assert found.agent_id == "aisha"
    assert "infrastructure fits the label infrastructure" in found.explanation
    assert any("category Operations" in r for c in found.candidates if c.agent_id == "neo" for r in c.reasons)
    assert (await look(house, alice, task.id)).version == 1
    for _ in range(2):
        await add_task(house, alice, "x", assigned_agent_id="aisha", status="in_progress")
    await add_task(house, bob, "x", assigned_agent_id="aisha")  # another tenant's load is none of ours
    busy = next(c for c in (await suggested(house, alice, task.id)).candidates if c.agent_id == "aisha")
    assert (busy.open_tasks, busy.in_progress) == (2, 2)
    with pytest.raises(NoSuchTask):
        await suggested(house, bob, task.id)


async def test_it_is_off_until_a_project_asks_for_it(house: House, alice: Actor, bob: Actor) -> None:
    await switch_on(house, bob)
    mine, theirs = await add_task(house, alice), await add_task(house, bob)
    await settle(house)
    assert (await look(house, alice, mine.id)).assigned_agent_id is None
    assert (await look(house, bob, theirs.id)).assigned_agent_id == "kenji"


async def test_a_new_task_is_assigned_by_one_event_that_keeps_its_cause(house: House, alice: Actor) -> None:
    await switch_on(house, alice)
    with work_context(correlation="corr_test"):
        task = await add_task(house, alice)
    await settle(house)
    created, changed = (await events_of(house, alice, "board.task_"))[-2:]
    assert created["kind"].startswith("board.task_created")
    assert changed["body"]["changes"] == {"assigned_agent_id": [None, "kenji"]}
    assert (changed["causation_id"], changed["correlation_id"]) == (created["id"], "corr_test")
    assert changed["actor_id"] == "actor_system"
    assert (await look(house, alice, task.id)).comment_count == 0
    async with house.unit_of_work(alice) as tx:  # as an undo does it
        await tasks.change_task(tx, task.id, TaskChange(assigned_agent_id=None))
    await settle(house)
    assert (await look(house, alice, task.id)).assigned_agent_id is None


async def test_what_has_an_agent_is_done_or_fits_nobody_is_left_alone(house: House, alice: Actor) -> None:
    await switch_on(house, alice)
    given = await add_task(house, alice, assigned_agent_id="maya")
    done = await add_task(house, alice, status="done")
    strange = await add_task(house, alice, "xyzzy")
    await settle(house)
    assert (await look(house, alice, given.id)).assigned_agent_id == "maya"
    assert (await look(house, alice, done.id)).assigned_agent_id is None
    assert (await look(house, alice, strange.id)).assigned_agent_id is None


async def test_capacity_is_kept_when_many_come_at_once(house: House, alice: Actor) -> None:
    await switch_on(house, alice)
    async with house.unit_of_work(alice) as tx:
        await roster.change_agent(tx, "kenji", AgentChange(capacity=2))
        for agent in await roster.roster(tx):
            if agent.id != "kenji":
                await roster.retire_agent(tx, agent.id)
    made = [await add_task(house, alice, f"Fix API {n}") for n in range(6)]
    await settle(house)
    assigned = [(await look(house, alice, task.id)).assigned_agent_id for task in made]
    assert sorted(map(str, assigned)) == ["None"] * 4 + ["kenji"] * 2


async def test_a_column_over_its_limit_gets_no_more_hands(house: House, alice: Actor) -> None:
    async with house.unit_of_work(alice) as tx:
        await workflow_store.change_column(tx, "in_progress", {"wip_limit": 1})
    await add_task(house, alice, "one", status="in_progress")
    task = await add_task(house, alice, status="in_progress")
    found = await suggested(house, alice, task.id)
    assert found.agent_id is None
    assert "In progress holds more than its limit" in found.explanation or "holds more" in found.explanation
    assert found.candidates[0].agent_id == "kenji"
