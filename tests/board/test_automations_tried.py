"""A rule tried before it is kept, what it did lately, and changes of rules and recurring tasks undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.board.activity import undoing
from opsroom.kernel.actor import Actor
from tests.app.edge_town import Town
from tests.board.automation_kit import add_task, events_of, look, settle
from tests.board.test_automations_http import RECURRING, RULE, ask, paths, town

__all__ = ["town"]


@pytest.fixture
async def served(town: Town) -> AsyncIterator[Town]:
    return town


async def undo_last(town: Town, actor: Actor) -> None:
    last = (await events_of(town.house, actor, "board_arranged"))[-1]
    async with town.house.unit_of_work(actor) as tx:
        await undoing.undo(tx, last["id"])


async def test_a_rule_is_tried_before_it_is_kept(served: Town) -> None:
    urgent = await add_task(served.house, served.alice, "A", priority="p1")
    calm = await add_task(served.house, served.alice, "B")
    trial = {name: RULE[name] for name in ("when", "only_if", "then")}
    for task, fits, why in ((urgent, True, None), (calm, False, "priority is p2")):
        tried = await ask(served, "POST", "/api/automations/dry-run", trial | {"task_id": task.id})
        assert tried.status == 200, tried.body
        on_task = tried.body["data"]["on_task"]
        assert (on_task["task"]["id"], on_task["fits"], on_task["why_not"]) == (task.id, fits, why)
        assert on_task["actions"] == ["assign to kenji"]
        assert tried.body["data"]["would_fire"] == 1
    assert (await look(served.house, served.alice, urgent.id)).assigned_agent_id is None
    assert (await ask(served, "GET", "/api/automations")).body["data"] == []
    wrong = trial | {"then": [{"do": "move", "status": "mars"}]}
    assert paths(await ask(served, "POST", "/api/automations/dry-run", wrong)) == {"then.0.status"}
    strange = await ask(served, "POST", "/api/automations/dry-run", trial | {"task_id": calm.id}, key="bob")
    assert strange.status == 404


async def test_the_list_says_what_each_rule_did_lately(served: Town) -> None:
    made = (await ask(served, "POST", "/api/automations", RULE)).body["data"]
    fails = RULE | {"name": "Moves", "then": [{"do": "set", "field": "parent_id", "value": "nobody"}]}
    await ask(served, "POST", "/api/automations", fails)
    assert made["record"] is None
    task = await add_task(served.house, served.alice, "A", priority="p1")
    await settle(served.house)
    rules = (await ask(served, "GET", "/api/automations")).body["data"]
    good, bad = (rule["record"] for rule in rules)
    assert (good["last_outcome"], good["last_task"]["id"], good["done"]) == ("done", task.id, 1)
    assert (bad["last_outcome"], bad["failed"], bad["done"]) == ("failed", 1, 0)
    assert "nobody" in bad["last_reason"]
    assert (await ask(served, "GET", "/api/automations", key="bob")).body["data"] == []


async def test_changes_of_rules_are_undone(served: Town) -> None:
    rule = (await ask(served, "POST", "/api/automations", RULE)).body["data"]
    address = f"/api/automations/{rule['id']}"
    change: dict[str, Any] = {
        "name": "Other",
        "only_if": {"priority": "p2"},
        "then": [{"do": "label", "add": ["x"]}],
    }
    await ask(served, "PATCH", address, change)
    await undo_last(served, served.alice)
    back = (await ask(served, "GET", address)).body["data"]
    same = ("name", "when", "only_if", "then", "enabled")
    assert {name: back[name] for name in same} == {name: rule[name] for name in same}
    await ask(served, "DELETE", address)
    await undo_last(served, served.alice)
    back = (await ask(served, "GET", address)).body["data"]
    assert (back["name"], back["enabled"]) == (rule["name"], True)
    await undo_last(served, served.alice)
    assert (await ask(served, "GET", address)).status == 404


async def test_changes_of_recurring_tasks_are_undone(served: Town) -> None:
    made = (await ask(served, "POST", "/api/recurring", RECURRING)).body["data"]
    address = f"/api/recurring/{made['id']}"
    await ask(served, "PATCH", address, {"paused": True, "template": {"title": "Other"}})
    await undo_last(served, served.alice)
    (back,) = (await ask(served, "GET", "/api/recurring")).body["data"]
    same = ("paused", "template", "next_at")
    assert {name: back[name] for name in same} == {name: made[name] for name in same}
    await ask(served, "DELETE", address)
    await undo_last(served, served.alice)
    (back,) = (await ask(served, "GET", "/api/recurring")).body["data"]
    assert (back["id"], back["next_at"]) == (made["id"], made["next_at"])
