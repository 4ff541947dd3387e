"""Automations at work: events fire rules, actions are one commit, chains end, everything is in the log."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from opsroom.board.automations import api, due
from opsroom.board.automations.shapes import AutomationChange, DryRunRequest, NewAutomation
from opsroom.board.comments import api as comments
from opsroom.board.comments.shapes import NewComment
from opsroom.board.errors import NoSuchThing, StaleThing
from opsroom.board.shapes import Move, TaskChange
from opsroom.board.sprints import api as sprints
from opsroom.board.sprints import closing
from opsroom.board.sprints.shapes import NewSprint
from opsroom.board.tasks import api as tasks
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.errors import Invalid
from opsroom.kernel.room import House
from tests.board.automation_kit import (
    NOON,
    add_rule,
    add_task,
    colleague,
    events_of,
    followings,
    log_of,
    look,
    open_board,
    settle,
    told,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
async def house(build_house: Any, alice: Actor, bob: Actor, clock: FakeClock) -> House:
    return await open_board(build_house, alice, bob, clock=clock)


async def change(house: House, actor: Actor, task_id: str, **fields: Any) -> None:
    async with house.unit_of_work(actor) as tx:
        await tasks.change_task(tx, task_id, TaskChange(**fields))


async def move(house: House, actor: Actor, task_id: str, status: str, **more: Any) -> None:
    async with house.unit_of_work(actor) as tx:
        await tasks.move_task(tx, task_id, Move(status=status, **more))


async def test_every_action_is_done_in_one_commit_and_the_log_says_so(
    house: House, alice: Actor, bob: Actor
) -> None:
    zoe = await colleague(house, alice, "Zoe")
    then = [
        {"do": "assign", "agent": "kenji"},
        {"do": "set", "field": "priority", "value": "p1"},
        {"do": "set", "field": "due_date", "value": "today+3"},
        {"do": "label", "add": ["seen"], "remove": ["NEW"]},
        {"do": "comment", "content": "Take #{number}, {title}"},
        {"do": "notify", "to": [zoe.id, "creator"], "message": "{title} is in {status}"},
        {"do": "move", "status": "in_progress"},
        {"do": "start_agent"},
    ]
    rule = await add_rule(house, alice, "task_created", then, only_if={"search": "api"})
    task = await add_task(house, alice, labels=("new", "kept"))
    other = await add_task(house, alice, "Something else")
    foreign = await add_task(house, bob, "An API of another tenant")
    await settle(house)

    now = await look(house, alice, task.id)
    assert (now.assigned_agent_id, now.priority, now.status) == ("kenji", "p1", "in_progress")
    assert (now.labels, str(now.due_date), now.comment_count) == (("kept", "seen"), "2026-06-13", 1)
    async with house.unit_of_work.reading(alice) as tx:
        said, _ = await comments.comments_of(tx, task.id)
    assert said[0].content == f"Take #{task.number}, Fix the API"
    assert ("automation", "Fix the API is in todo") in await told(house, zoe)
    assert ("automation", "Fix the API is in todo") in await told(
        house, alice
    )  # a rule did it, not she herself
    assert (await look(house, alice, other.id)).version == 1
    assert (await look(house, bob, foreign.id)).version == 1
    (line,) = await log_of(house, alice, rule)
    assert (line.outcome, line.depth, line.task and line.task.id) == ("done", 0, task.id)
    assert line.results[0] == "assigned to kenji"
    assert line.results[-1] == "asked Kenji to start"
    # One cause and one correlation run through all of it.
    created = next(e for e in await events_of(house, alice, "task_created") if e["subject"] == task.id)
    (asked,) = await events_of(house, alice, "agent_start_requested")
    assert asked["causation_id"] == created["id"]
    assert asked["correlation_id"] == created["correlation_id"]
    assert asked["body"] == {
        "title": "Fix the API",
        "agent_id": "kenji",
        "agent_name": None,
        "automation_id": rule.id,
        "firing_id": line.id,
    }


async def test_rules_act_in_their_order_and_each_sees_what_the_one_before_did(
    house: House, alice: Actor
) -> None:
    second = await add_rule(
        house, alice, "task_created", {"do": "label", "add": ["b"]}, only_if={"priority": "p2"}
    )
    await add_rule(house, alice, "task_created", {"do": "label", "add": ["a"]}, position=0)
    third = await add_rule(
        house, alice, "task_created", {"do": "set", "field": "priority", "value": "p1"}, position=1
    )
    task = await add_task(house, alice)
    await settle(house)
    now = await look(house, alice, task.id)
    assert (now.labels, now.priority) == (("a",), "p1")
    (line,) = await log_of(house, alice, second)
    assert (line.outcome, line.reason) == ("stopped", "the task does not fit the rule's filter any more")
    assert [line.outcome for line in await log_of(house, alice, third)] == ["done"]


async def test_what_one_action_refuses_undoes_the_others_and_tells_the_maker(
    house: House, alice: Actor
) -> None:
    zoe = await colleague(house, alice, "Zoe")
    then = [{"do": "label", "add": ["x"]}, {"do": "start_agent"}]
    rule = await add_rule(house, alice, "task_created", then)
    task = await add_task(house, zoe)
    await settle(house)
    assert (await look(house, alice, task.id)).labels == ()
    (line,) = await log_of(house, alice, rule)
    assert line.outcome == "failed"
    assert "assigned to nobody" in (line.reason or "")
    assert await told(house, alice) == [("automation_failed", "rule could not do its work")]
    assert len(await events_of(house, alice, "automation_failed")) == 1


async def test_two_rules_that_undo_each_other_come_to_rest(house: House, alice: Actor) -> None:
    there = await add_rule(
        house, alice, {"event": "task_moved", "after": "in_progress"}, {"do": "move", "status": "todo"}
    )
    back = await add_rule(
        house, alice, {"event": "task_moved", "after": "todo"}, {"do": "move", "status": "in_progress"}
    )
    task = await add_task(house, alice)
    await move(house, alice, task.id, "in_progress")
    await settle(house)
    assert len(await events_of(house, alice, "task_moved")) == 3  # hers, and one of each rule
    lines = await log_of(house, alice, there)
    assert [line.outcome for line in lines] == ["stopped", "done"]
    assert lines[0].reason == "it fired on this task in this chain of events already"
    assert [line.outcome for line in await log_of(house, alice, back)] == ["done"]
    # Her next move is a new chain.
    await move(house, alice, task.id, "done")
    await move(house, alice, task.id, "in_progress")
    await settle(house)
    assert sum(line.outcome == "done" for line in await log_of(house, alice, there)) == 2


async def test_a_chain_of_different_rules_ends_at_its_depth(house: House, alice: Actor) -> None:
    rules = [
        await add_rule(
            house,
            alice,
            {"event": "task_changed", "field": "labels", "after": f"l{n}"},
            {"do": "label", "add": [f"l{n + 1}"]},
        )
        for n in range(8)
    ]
    task = await add_task(house, alice)
    await change(house, alice, task.id, labels=("l0",))
    await settle(house)
    outcomes = [[line.outcome for line in await log_of(house, alice, rule)] for rule in rules]
    assert outcomes == [["done"]] * 5 + [["stopped"], [], []]
    (line,) = await log_of(house, alice, rules[5])
    assert (line.depth, line.reason) == (5, "5 automatic steps followed each other, which is the most")


async def test_a_rule_has_a_ceiling_for_each_hour_and_counts_its_stops(
    house: House, alice: Actor, clock: FakeClock
) -> None:
    rule = await add_rule(house, alice, "task_created", {"do": "label", "add": ["x"]}, hourly_limit=3)
    made = [await add_task(house, alice, f"t{n}") for n in range(8)]
    await settle(house)
    assert [(await look(house, alice, t.id)).labels for t in made] == [("x",)] * 3 + [()] * 5
    lines = await log_of(house, alice, rule)
    stopped = [line for line in lines if line.outcome == "stopped"]
    assert [(line.times, line.reason) for line in stopped] == [
        (5, "it fired 3 times within an hour, which is its limit")
    ]
    clock.advance(timedelta(hours=1, seconds=1))
    late = await add_task(house, alice, "later")
    await settle(house)
    assert (await look(house, alice, late.id)).labels == ("x",)


async def test_events_from_before_a_rule_was_there_are_none_of_it(house: House, alice: Actor) -> None:
    early = await add_task(house, alice)
    rule = await add_rule(house, alice, "task_created", {"do": "label", "add": ["x"]})
    await settle(house)
    assert (await look(house, alice, early.id)).labels == ()
    async with house.unit_of_work(alice) as tx:
        off = await api.change_automation(tx, rule.id, AutomationChange(enabled=False))
    while_off = await add_task(house, alice)
    async with house.unit_of_work(alice) as tx:
        await api.change_automation(tx, rule.id, AutomationChange(enabled=True, version=off.version))
    after = await add_task(house, alice)
    await settle(house)
    assert (await look(house, alice, while_off.id)).labels == ()
    assert (await look(house, alice, after.id)).labels == ("x",)


async def test_a_firing_happens_once_however_often_the_event_is_taken(house: House, alice: Actor) -> None:
    rule = await add_rule(house, alice, "task_created", {"do": "comment", "content": "once"})
    await add_task(house, alice)
    followers = followings(house)
    await asyncio.gather(*(f.advance() for f in followers * 4))
    await settle(house)
    assert [line.outcome for line in await log_of(house, alice, rule)] == ["done"]
    assert len(await events_of(house, alice, "comment_added")) == 1


async def test_comments_sprints_and_due_days_fire_rules(house: House, alice: Actor, clock: FakeClock) -> None:
    zoe = await colleague(house, alice, "Zoe")
    await add_rule(house, alice, "comment_added", {"do": "label", "add": ["talked"]})
    await add_rule(
        house, alice, "sprint_started", {"do": "label", "add": ["in sprint"]}, only_if={"priority": "p1"}
    )
    await add_rule(house, alice, "sprint_started", {"do": "notify", "to": [zoe.id], "message": "Off we go"})
    await add_rule(house, alice, "due_soon", {"do": "set", "field": "priority", "value": "p1"})
    await add_rule(house, alice, "overdue", {"do": "label", "add": ["late"]})
    async with house.unit_of_work(alice) as tx:
        sprint = await sprints.plan_sprint(
            tx, NewSprint.model_validate({"name": "S", "start_date": "2026-06-08", "end_date": "2026-06-20"})
        )
    urgent = await add_task(house, alice, "urgent", sprint_id=sprint.id, priority="p1")
    calm = await add_task(house, alice, "calm", sprint_id=sprint.id, due_date="2026-06-11")
    async with house.unit_of_work(alice) as tx:
        await sprints.start_sprint(tx, sprint.id)
        await comments.add_comment(tx, urgent.id, NewComment(content="hello"))
    assert await due.tell_due(house) == 1
    assert await due.tell_due(house) == 0  # once for each date
    await settle(house)
    assert (await look(house, alice, urgent.id)).labels in (("in sprint", "talked"), ("talked", "in sprint"))
    assert (await look(house, alice, calm.id)).priority == "p1"
    assert [title for kind, title in await told(house, zoe) if kind == "automation"] == ["Off we go"]
    await add_rule(
        house, alice, "sprint_completed", {"do": "label", "add": ["left over"]}, only_if={"kind": "todo"}
    )
    async with house.unit_of_work(alice) as tx:
        await tasks.move_task(tx, urgent.id, Move(status="done"))
        await closing.complete_sprint(tx, sprint.id, "backlog")
    await settle(house)
    assert (await look(house, alice, calm.id)).labels == ("left over",)  # carried over, no longer in it
    clock.advance(timedelta(days=2))
    assert await due.tell_due(house) == 1
    await settle(house)
    assert (await look(house, alice, calm.id)).labels == ("left over", "late")


async def test_a_dry_run_says_what_would_have_happened_and_changes_nothing(
    house: House, alice: Actor, bob: Actor
) -> None:
    for n in range(3):
        await add_task(house, alice, f"Task {n}", priority="p1" if n else "p3")
    rule = await add_rule(
        house,
        alice,
        "task_created",
        {"do": "move", "status": "done"},
        only_if={"priority": "p1"},
        enabled=False,
    )
    async with house.unit_of_work.reading(alice) as tx:
        found = await api.dry_run(tx, rule.id, DryRunRequest())
    assert (found.events_seen, found.events_fitting, found.would_fire) == (3, 3, 2)
    assert [f.task and f.task.title for f in found.firings] == ["Task 2", "Task 1"]
    assert found.firings[0].actions == ("move to done",)
    await settle(house)
    assert await events_of(house, alice, "task_moved") == []
    assert await log_of(house, alice, rule) == []
    async with house.unit_of_work.reading(bob) as tx:
        with pytest.raises(NoSuchThing):
            await api.dry_run(tx, rule.id, DryRunRequest())


async def test_rules_are_kept_changed_and_taken_away(house: House, alice: Actor, bob: Actor) -> None:
    rule = await add_rule(house, alice, "task_created", {"do": "label", "add": ["x"]})
    async with house.unit_of_work(alice) as tx:
        changed = await api.change_automation(tx, rule.id, AutomationChange(name="new", version=1))
        assert (changed.name, changed.version) == ("new", 2)
        with pytest.raises(StaleThing):
            await api.change_automation(tx, rule.id, AutomationChange(name="newer", version=1))
        bad = AutomationChange.model_validate({"then": [{"do": "move", "status": "mars"}]})
        with pytest.raises(Invalid) as refused:
            await api.change_automation(tx, rule.id, bad)
        assert [p.path for p in refused.value.problems] == ["then.0.status"]
    async with house.unit_of_work(bob) as tx:
        assert await api.list_automations(tx) == []
        for attempt in (
            api.change_automation(tx, rule.id, AutomationChange(name="mine")),
            api.delete_automation(tx, rule.id),
            api.log_of(tx, rule.id),
        ):
            with pytest.raises(NoSuchThing):
                await attempt
        with pytest.raises(Invalid):  # what another tenant has cannot be named
            await api.add_automation(
                tx,
                NewAutomation.model_validate(
                    {
                        "name": "r",
                        "when": {"event": "task_created"},
                        "then": [{"do": "notify", "to": [alice.id], "message": "m"}],
                    }
                ),
            )
    async with house.unit_of_work(alice) as tx:
        await api.delete_automation(tx, rule.id)
        assert await api.list_automations(tx) == []
    task = await add_task(house, alice)
    await settle(house)
    assert (await look(house, alice, task.id)).labels == ()
