"""A trial tells what the board would refuse: the actions run by its own rules, and nothing of them stays."""

from __future__ import annotations

from typing import Any

import pytest

from opsroom.board.automations.rehearsing import MOST
from opsroom.board.comments import api as comments
from opsroom.board.workflow import api as workflow
from opsroom.board.workflow import columns
from opsroom.board.workflow.shapes import ColumnChange, SettingsChange
from tests.app.edge_town import Town
from tests.board.automation_kit import add_rule, add_task, events_of, last, look, sends
from tests.board.test_automations_http import ask, town

__all__ = ["town"]


@pytest.fixture
async def served(town: Town) -> Town:
    return town


async def tried(town: Town, then: list[Any], task_id: str | None = None) -> Any:
    body = {"when": {"event": "task_created"}, "then": then} | ({"task_id": task_id} if task_id else {})
    reply = await ask(town, "POST", "/api/automations/dry-run", body)
    assert reply.status == 200, reply.body
    return reply.body["data"]


async def arrange(town: Town, **change: Any) -> None:
    async with town.house.unit_of_work(town.alice) as tx:
        await workflow.change_settings(tx, SettingsChange.model_validate(change))


def reasons(found: Any) -> dict[int, str]:
    return {each["number"]: each["reason"] for each in found["refused"]}


async def test_everything_the_board_would_refuse_is_told_action_by_action(served: Town) -> None:
    await arrange(served, transitions={"todo": ["blocked"]}, wip_policy="refuse")
    task = await add_task(served.house, served.alice, "A")
    then = [
        {"do": "move", "status": "done"},
        {"do": "label", "add": ["seen"]},
        {"do": "set", "field": "parent_id", "value": task.id},
        {"do": "start_agent"},
        {"do": "move", "status": "blocked", "blocked_reason": "Waits for the client"},
    ]
    found = await tried(served, then, task.id)
    told = reasons(found["on_task"])
    assert sorted(told) == [0, 2, 3]
    assert "the workflow leads to: blocked" in told[0]
    assert "part of itself" in told[2]
    assert "assigned to nobody" in told[3]
    (firing,) = found["firings"]
    assert reasons(firing) == told
    assert found["on_task"]["refused"][0]["action"] == "move to done"


async def test_a_full_column_and_an_agent_without_a_file_are_told(served: Town) -> None:
    await arrange(served, wip_policy="refuse")
    async with served.house.unit_of_work(served.alice) as tx:
        await columns.change_column(tx, "in_progress", ColumnChange(wip_limit=1))
    task = await add_task(served.house, served.alice, "A")
    move = {"do": "move", "status": "in_progress"}
    assert (await tried(served, [move], task.id))["on_task"]["refused"] == []
    await add_task(served.house, served.alice, "Takes the place", status="in_progress")
    assert "is full" in reasons((await tried(served, [move], task.id))["on_task"])[0]
    start = {"do": "start_agent", "agent": "kenji"}
    assert "no agent file" in reasons((await tried(served, [start], task.id))["on_task"])[0]


async def test_a_rehearsal_leaves_nothing_behind(served: Town) -> None:
    house, alice = served.house, served.alice
    task = await add_task(house, alice, "A", watchers=(alice.id,))
    before, seq = await look(house, alice, task.id), await last(house)
    then = [
        {"do": "comment", "content": "{title}"},
        {"do": "assign", "agent": "kenji"},
        {"do": "notify", "to": ["watchers"], "message": "Hello"},
        {"do": "set", "field": "priority", "value": "p1"},
        {"do": "move", "status": "done"},
    ]
    found = await tried(served, then, task.id)
    assert found["on_task"]["refused"] == []
    rule = await add_rule(house, alice, "task_created", then, enabled=False)
    kept = await ask(served, "POST", f"/api/automations/{rule.id}/dry-run", {})
    assert [each["refused"] for each in kept.body["data"]["firings"]] == [[]]

    assert await look(house, alice, task.id) == before
    assert [event["kind"] for event in await events_of(house, alice) if event["seq"] > seq] == [
        "board.board_arranged.v1"
    ]
    async with house.unit_of_work.reading(alice) as tx:
        assert await comments.comments_of(tx, task.id) == ([], 0)
    assert await sends(house) == []
    assert (await ask(served, "GET", "/api/notifications")).body["data"]["notifications"] == []
    assert (await add_task(house, alice, "B")).number == task.number + 1


async def test_a_rehearsal_has_a_measure_and_is_of_ones_own_board(served: Town) -> None:
    house = served.house
    for n in range(MOST + 2):
        await add_task(house, served.alice, f"Task {n}")
    foreign = await add_task(house, served.bob, "Theirs")
    move = {"do": "move", "status": "done"}
    firings = (await tried(served, [move]))["firings"]
    assert [each["refused"] for each in firings] == [[]] * MOST + [None] * 2
    body = {"when": {"event": "task_created"}, "then": [move], "task_id": foreign.id}
    assert (await ask(served, "POST", "/api/automations/dry-run", body)).status == 404
