"""Recurring tasks at work: made once for each occurrence, by the clock, whoever looks and however often."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from opsroom.board.errors import NoSuchThing, StaleThing
from opsroom.board.fields import api as fields
from opsroom.board.fields.shapes import NewField
from opsroom.board.recurring import api
from opsroom.board.recurring.shapes import NewRecurring, PreviewRequest, Recurring, RecurringChange
from opsroom.board.recurring.store import occurrences_of
from opsroom.board.recurring.ticking import make_due
from opsroom.board.tasks.tables import TASKS
from opsroom.board.workflow import store as workflow_store
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.errors import Invalid
from opsroom.kernel.room import House
from tests.board.automation_kit import NOON, add_rule, events_of, open_board, settle, told


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
async def house(build_house: Any, alice: Actor, bob: Actor, clock: FakeClock) -> House:
    return await open_board(build_house, alice, bob, clock=clock)


async def add(house: House, actor: Actor, **more: Any) -> Recurring:
    wanted = {
        "name": "Daily report",
        "template": {"title": "Report of {date}", "labels": ["report"], "priority": "p1"},
        "rule": "FREQ=DAILY",
        "starts": "2026-06-01T14:00",
        "time_zone": "Europe/Berlin",
        **more,
    }
    async with house.unit_of_work(actor) as tx:
        return await api.add_recurring(tx, NewRecurring.model_validate(wanted))


async def get(house: House, actor: Actor, recurring_id: str) -> Recurring:
    async with house.unit_of_work.reading(actor) as tx:
        return await api.get_recurring(tx, recurring_id)


async def made(house: House, actor: Actor) -> list[Any]:
    query = sa.select(TASKS).where(TASKS.c.project_id == actor.scope.project_id).order_by(TASKS.c.number)
    async with house.database.reading() as conn:
        return list((await conn.execute(query)).mappings())


async def outcomes(house: House, actor: Actor, recurring_id: str) -> list[tuple[str, str]]:
    async with house.unit_of_work.reading(actor) as tx:
        rows = await occurrences_of(tx, recurring_id)
    return [(row["occurrence"][5:10], row["outcome"]) for row in reversed(rows)]


async def test_a_task_is_made_at_its_time_and_not_before(
    house: House, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    rule = await add(house, alice, due_after_days=2)
    assert (rule.next_occurrence, rule.next_at) == ("2026-06-10T14:00", NOON)  # 14:00 in Berlin is now
    clock.advance(timedelta(hours=23, minutes=59))
    await make_due(house)
    before = len(await made(house, alice))
    clock.advance(timedelta(minutes=2))
    assert await make_due(house) == 1
    task = (await made(house, alice))[-1]
    assert len(await made(house, alice)) == before + 1
    assert (task["title"], task["recurring_id"], task["due_date"]) == (
        "Report of 2026-06-11",
        rule.id,
        "2026-06-13",
    )
    assert (task["priority"], task["labels"], task["created_by_name"]) == (
        "p1",
        ["report"],
        "Recurring tasks",
    )
    assert await made(house, bob) == []
    after = await get(house, alice, rule.id)
    assert (after.last_occurrence, after.next_occurrence) == ("2026-06-11T14:00", "2026-06-12T14:00")
    assert await make_due(house) == 0


async def test_many_workers_make_one_task_for_each_occurrence(
    house: House, alice: Actor, clock: FakeClock
) -> None:
    rule = await add(house, alice, rule="FREQ=DAILY;BYHOUR=13,14,15,16", missed="all")
    clock.advance(timedelta(days=2))
    counts = await asyncio.gather(*(make_due(house) for _ in range(8)))
    tasks = await made(house, alice)
    assert sum(counts) == len(tasks) == (await get(house, alice, rule.id)).made
    assert len({(t["title"], t["created_at"], t["number"]) for t in tasks}) == len(tasks)
    assert len(await outcomes(house, alice, rule.id)) == len(tasks)


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        ("skip", [("06-11", "skipped"), ("06-12", "skipped"), ("06-13", "skipped")]),
        ("latest", [("06-11", "skipped"), ("06-12", "skipped"), ("06-13", "made")]),
        ("all", [("06-11", "made"), ("06-12", "made"), ("06-13", "made")]),
    ],
)
async def test_downtime_is_caught_up_as_its_policy_says(
    house: House, alice: Actor, clock: FakeClock, missed: str, expected: list[tuple[str, str]]
) -> None:
    rule = await add(house, alice, missed=missed, starts="2026-06-11T09:00")
    clock.advance(timedelta(days=3, hours=6))
    await make_due(house)
    assert await outcomes(house, alice, rule.id) == expected
    assert len(await made(house, alice)) == sum(outcome == "made" for _, outcome in expected)
    assert (await get(house, alice, rule.id)).next_occurrence == "2026-06-14T09:00"


async def test_a_pause_is_not_a_miss_and_a_rule_ends(house: House, alice: Actor, clock: FakeClock) -> None:
    rule = await add(house, alice, rule="FREQ=DAILY;UNTIL=20260616", starts="2026-06-11T09:00", missed="all")
    async with house.unit_of_work(alice) as tx:
        paused = await api.change_recurring(tx, rule.id, RecurringChange(paused=True))
    assert paused.next_at is None
    clock.advance(timedelta(days=4, hours=6))
    assert await make_due(house) == 0
    async with house.unit_of_work(alice) as tx:
        on = await api.change_recurring(tx, rule.id, RecurringChange(paused=False))
    assert on.next_occurrence == "2026-06-15T09:00"
    clock.advance(timedelta(days=9))
    await make_due(house)
    assert await outcomes(house, alice, rule.id) == [("06-15", "made"), ("06-16", "made")]
    assert (await get(house, alice, rule.id)).next_at is None
    async with house.unit_of_work(alice) as tx:
        await api.end_recurring(tx, rule.id)
        with pytest.raises(NoSuchThing):
            await api.get_recurring(tx, rule.id)
    assert len(await made(house, alice)) == 2


async def test_nine_in_the_morning_across_the_change_of_clocks(build_house: Any, alice: Actor) -> None:
    clock = FakeClock(datetime(2026, 10, 24, 0, 0, tzinfo=UTC))
    house = await open_board(build_house, alice, clock=clock)
    rule = await add(house, alice, starts="2026-10-24T09:00", missed="all")
    seen: list[datetime] = []
    for _ in range(3):
        upcoming = (await get(house, alice, rule.id)).next_at
        assert upcoming is not None
        seen.append(upcoming)
        clock.advance(upcoming - clock.now() - timedelta(seconds=1))
        assert await make_due(house) == 0
        clock.advance(timedelta(seconds=2))
        assert await make_due(house) == 1
    assert [at.hour for at in seen] == [7, 8, 8]


async def test_what_cannot_be_made_says_why_tells_who_set_it_up_and_goes_on(
    house: House, alice: Actor, clock: FakeClock
) -> None:
    async with house.unit_of_work(alice) as tx:
        field = await fields.define_field(tx, NewField(name="Budget", kind="number"))
    template = {"title": "x", "custom": {field.key: 5}}
    rule = await add(house, alice, template=template, starts="2026-06-11T09:00")
    async with house.unit_of_work(alice) as tx:
        await fields.delete_field(tx, field.key)
    clock.advance(timedelta(days=1))
    assert await make_due(house) == 0
    assert await make_due(house) == 0
    after = await get(house, alice, rule.id)
    assert "custom" in (after.last_error or "")
    assert after.next_occurrence == "2026-06-12T09:00"
    assert await outcomes(house, alice, rule.id) == [("06-11", "failed")]
    await settle(house)
    assert await told(house, alice) == [("automation_failed", "Daily report could not do its work")]
    async with house.unit_of_work(alice) as tx:
        await fields.restore_field(tx, field.key)
    clock.advance(timedelta(days=1))
    assert await make_due(house) == 1
    assert (await get(house, alice, rule.id)).last_error is None


async def test_the_tasks_it_makes_are_news_like_any_other(
    house: House, alice: Actor, clock: FakeClock
) -> None:
    await add_rule(
        house, alice, "task_created", {"do": "assign", "agent": "marcus"}, only_if={"label": "report"}
    )
    await add(house, alice, starts="2026-06-11T09:00")
    clock.advance(timedelta(days=1))
    await make_due(house)
    await settle(house)
    (task,) = await made(house, alice)
    assert task["assigned_agent_id"] == "marcus"
    (created,) = await events_of(house, alice, "task_created")
    assert created["body"]["task"]["recurring_id"] == task["recurring_id"]


async def test_everything_wrong_is_said_at_once_and_tenants_do_not_meet(
    house: House, alice: Actor, bob: Actor
) -> None:
    template = {
        "title": "x",
        "status": "mars",
        "assigned_agent_id": "ghost",
        "watchers": [bob.id],
        "custom": {"n": 1},
    }
    with pytest.raises(Invalid) as refused:
        await add(
            house,
            alice,
            template=template,
            rule="FREQ=SECONDLY",
            time_zone="Mars/One",
            starts="2026-13-01T09:00",
        )
    assert {p.path for p in refused.value.problems} == {
        "rule",
        "starts",
        "time_zone",
        "template.status",
        "template.assigned_agent_id",
        "template.watchers.0",
        "template.custom.n",
    }
    rule = await add(house, alice)
    async with house.unit_of_work(bob) as tx:
        assert await api.list_recurring(tx) == ([], 0)
        for attempt in (
            api.get_recurring(tx, rule.id),
            api.change_recurring(tx, rule.id, RecurringChange(paused=True)),
            api.end_recurring(tx, rule.id),
        ):
            with pytest.raises(NoSuchThing):
                await attempt
    async with house.unit_of_work(alice) as tx:
        await api.change_recurring(tx, rule.id, RecurringChange(name="a", version=1))
        with pytest.raises(StaleThing):
            await api.change_recurring(tx, rule.id, RecurringChange(name="b", version=1))


async def test_a_preview_shows_the_times_and_what_the_clocks_do(build_house: Any, alice: Actor) -> None:
    house = await open_board(build_house, alice, clock=FakeClock(datetime(2026, 3, 27, 12, 0, tzinfo=UTC)))
    async with house.unit_of_work(alice) as tx:
        await workflow_store.change_settings(tx, {"time_zone": "Europe/Berlin"})
    asked = PreviewRequest(rule="FREQ=DAILY", starts="2026-01-01T02:30", count=3)
    async with house.unit_of_work.reading(alice) as tx:
        found = await api.preview(tx, asked)
        assert found.time_zone == "Europe/Berlin"
        assert [(o.local, o.shift) for o in found.occurrences] == [
            ("2026-03-28T02:30", "none"),
            ("2026-03-29T02:30", "skipped"),
            ("2026-03-30T02:30", "none"),
        ]
        ended = await api.preview(tx, asked.model_copy(update={"rule": "FREQ=DAILY;COUNT=3"}))
        assert ended.occurrences == ()
