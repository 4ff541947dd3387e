"""Figures of a real board over HTTP, from events as the board records them: two tenants, JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from opsroom.board.analytics import books
from opsroom.board.analytics.api import Analytics
from opsroom.board.analytics.tables import ANALYTICS_LEDGERS
from opsroom.board.shapes import Move, NewTask, TaskChange
from opsroom.board.sprints import api as sprints
from opsroom.board.sprints.closing import complete_sprint
from opsroom.board.sprints.shapes import NewSprint
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow import api as workflow
from opsroom.board.workflow.shapes import SettingsChange
from opsroom.kernel.actor import Actor
from tests.board.exchange_kit import Exchange, open_exchange
from tests.board.test_import import body_of, bring


@pytest.fixture
async def room(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Exchange]:
    async with open_exchange(build_house, alice, bob) as opened:
        yield opened


async def play(room: Exchange) -> str:
    """A sprint with three tasks: one done, one carried over, one that came late and was deleted; its id."""
    async with workflow.writing(room.house, room.actor) as tx:
        today = tx.now.date()
        new = NewSprint(name="S", start_date=today - timedelta(days=2), end_date=today + timedelta(days=2))
        sprint = await sprints.plan_sprint(tx, new)
        done = await tasks.create_task(
            tx,
            NewTask(
                title="Done",
                sprint_id=sprint.id,
                estimate=3,
                assigned_agent_id="kenji",
                accountable_id="per_alice",
            ),
        )
        late = await tasks.create_task(tx, NewTask(title="Left", sprint_id=sprint.id, estimate=5))
        await sprints.start_sprint(tx, sprint.id)
    async with room.house.unit_of_work(room.actor) as tx:
        gone = await tasks.create_task(tx, NewTask(title="Gone", sprint_id=sprint.id, estimate=1))
        await tasks.move_task(tx, done.id, Move(status="in_progress"))
        await tasks.change_task(tx, late.id, TaskChange(estimate=8))
    async with room.house.unit_of_work(room.actor) as tx:
        await tasks.move_task(tx, done.id, Move(status="done"))
        await tasks.delete_task(tx, gone.id)
    async with room.house.unit_of_work(room.actor) as tx:
        await complete_sprint(tx, sprint.id, "backlog")
    return sprint.id


async def test_figures_of_a_sprint(room: Exchange) -> None:
    sprint_id = await play(room)
    row = (await room.ask("GET", "/analytics/velocity"))["sprints"][0]
    assert (row["committed_tasks"], row["committed_estimate"]) == (2, 8)
    assert (row["scope_tasks"], row["scope_estimate"], row["done_tasks"], row["done_estimate"]) == (
        2,
        11,
        1,
        3,
    )
    for asked, wanted in {
        "assigned=kenji": (1, 3, 1, 3, 1, 3),
        "assigned=none": (1, 5, 1, 8, 0, 0),
        "assigned=kenji,none": (2, 8, 2, 11, 1, 3),
        "assigned=nobody&category=none": (0, 0, 0, 0, 0, 0),
        "category=none": (2, 8, 2, 11, 1, 3),
    }.items():
        some = (await room.ask("GET", f"/analytics/velocity?{asked}"))["sprints"][0]
        names = (
            f"{what}_{unit}" for what in ("committed", "scope", "done") for unit in ("tasks", "estimate")
        )
        assert tuple(some[name] for name in names) == wanted, asked
    for name in ("burndown", "burnup"):
        days = (await room.ask("GET", f"/analytics/{name}?sprint={sprint_id}"))["days"]
        known = [day for day in days if day["scope_tasks"] is not None]
        assert (known[-1]["remaining_estimate"], known[-1]["done_estimate"], known[-1]["scope_estimate"]) == (
            8,
            3,
            11,
        )
        assert (known[-1]["added_tasks"], known[-1]["removed_tasks"]) == (3, 1)
        assert [day["remaining_tasks"] for day in known[:-1]] == [0] * (len(known) - 1)
    flow = await room.ask("GET", "/analytics/cumulative-flow")
    at = {column["key"]: place for place, column in enumerate(flow["columns"])}
    assert [flow["days"][-1]["counts"][at[key]] for key in ("todo", "in_progress", "done")] == [1, 0, 1]
    for asked, counts in {
        "assigned=kenji": [0, 0, 1],
        "assigned=none": [1, 0, 0],
        "sprint=none&category=none": [1, 0, 0],
        f"sprint={sprint_id}": [0, 0, 1],
        "category=elsewhere": [0, 0, 0],
    }.items():
        some = await room.ask("GET", f"/analytics/cumulative-flow?{asked}")
        found = [some["days"][-1]["counts"][at[key]] for key in ("todo", "in_progress", "done")]
        assert found == counts, asked
    times = await room.ask("GET", "/analytics/cycle-time?by=agent")
    assert (times["total"]["done"], times["groups"][0]["name"]) == (1, "Kenji")
    load = await room.ask("GET", "/analytics/workload")
    assert next((one["key"], one["name"], one["done_tasks"]) for one in load["people"]) == (
        "per_alice",
        "Alice",
        1,
    )
    assert {one["key"]: one["open_tasks"] for one in load["agents"]} == {"kenji": 0, None: 1}
    weeks = (await room.ask("GET", "/analytics/throughput"))["weeks"]
    assert sum(week["tasks"] for week in weeks) == 1


async def test_figures_go_on_from_where_they_were(room: Exchange) -> None:
    await play(room)
    before = await room.ask("GET", "/analytics/workload")
    async with room.house.unit_of_work(room.actor) as tx:
        await tasks.create_task(tx, NewTask(title="New"))
    after = await room.ask("GET", "/analytics/workload")
    total = [sum(one["open_tasks"] for one in load["agents"]) for load in (before, after)]
    assert total == [1, 2]


async def test_a_saved_ledger_is_taken_up_by_another_process(
    room: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "_SAVE_EVERY", 1)
    await play(room)
    first = await room.ask("GET", "/analytics/cumulative-flow")
    async with room.house.unit_of_work.reading(room.actor) as tx:
        rows = (await tx.conn.execute(ANALYTICS_LEDGERS.select())).mappings().all()
    assert [row["project_id"] for row in rows] == ["proj_a"]
    other = Analytics(room.house)
    async with room.house.unit_of_work(room.actor) as tx:
        await tasks.create_task(tx, NewTask(title="New"))
    second = await other.cumulative_flow(room.actor, None, None)
    assert sum(second.days[-1].counts) == sum(first["days"][-1]["counts"]) + 1
    # Days of another time zone are other days: everything is counted anew.
    async with room.house.unit_of_work(room.actor) as tx:
        await workflow.change_settings(tx, SettingsChange(time_zone="Pacific/Auckland"))
    third = await other.cumulative_flow(room.actor, None, None)
    assert third.days[-1].counts == second.days[-1].counts
    fresh = await Analytics(room.house).cumulative_flow(room.actor, None, None)
    assert fresh == third


async def test_what_was_done_is_told_by_name(room: Exchange) -> None:
    await play(room)
    found = await room.ask("GET", "/analytics/done-tasks")
    assert found["total"] == 1
    (one,) = found["tasks"]
    assert (one["task"]["title"], one["task"]["status"], one["task"]["id"]) == ("Done", "done", one["id"])
    assert one["day"] == found["to_day"]
    assert 0 <= one["cycle_h"] <= one["lead_h"] < 1
    async with room.house.unit_of_work(room.actor) as tx:
        await tasks.delete_task(tx, one["id"])
    assert (await room.ask("GET", "/analytics/done-tasks"))["tasks"] == []
    assert (await room.of("bob").ask("GET", "/analytics/done-tasks"))["total"] == 0


@pytest.mark.parametrize(
    ("query", "done", "still_open"),
    [
        ("assigned=kenji", 1, 0),
        ("assigned=none", 0, 1),
        ("assigned=kenji,none", 1, 1),
        ("assigned=neo", 0, 0),
        ("category=none&assigned=kenji", 1, 0),
        ("category=seo", 0, 0),
        ("sprint=none", 0, 1),
        ("sprint={sprint}", 1, 0),
        ("assigned=", 1, 1),
    ],
)
async def test_only_those_one_asks_for_are_counted(
    room: Exchange, query: str, done: int, still_open: int
) -> None:
    asked = query.format(sprint=await play(room))
    weeks = (await room.ask("GET", f"/analytics/throughput?{asked}"))["weeks"]
    assert sum(week["tasks"] for week in weeks) == done
    assert (await room.ask("GET", f"/analytics/cycle-time?{asked}"))["total"]["done"] == done
    assert (await room.ask("GET", f"/analytics/done-tasks?{asked}"))["total"] == done
    load = await room.ask("GET", f"/analytics/workload?{asked}")
    for loads in (load["agents"], load["people"]):
        assert sum(one["open_tasks"] for one in loads) == still_open
        assert sum(one["done_tasks"] for one in loads) == done


async def test_others_have_figures_of_their_own(room: Exchange) -> None:
    sprint_id = await play(room)
    bob = room.of("bob")
    assert (await bob.ask("GET", "/analytics/velocity"))["sprints"] == []
    assert (await bob.refused("GET", f"/analytics/burndown?sprint={sprint_id}"))[0] == 404
    assert (await bob.ask("GET", "/analytics/workload"))["agents"] == []
    assert (await bob.refused("GET", "/analytics/burnup"))[0] == 404, "no sprint is going on"


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("velocity", "sprint_id"),
        ("burndown", "day"),
        ("burnup", "day"),
        ("cycle-time", "key"),
        ("done-tasks", "number"),
        ("throughput", "week"),
        ("cumulative-flow", "day"),
        ("workload", "kind"),
    ],
)
async def test_each_figure_as_csv(room: Exchange, name: str, heading: str) -> None:
    sprint_id = await play(room)
    more = f"&sprint={sprint_id}" if name.startswith("burn") else ""
    reply = await room.send("GET", f"/analytics/{name}?format=csv{more}")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(reply.body)))
    assert rows[0][0] == heading
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2026-02-30", 422),
        ("from=soon", 422),
        ("from=2026-02-02&to=2026-02-01", 422),
        ("from=0001-01-01&to=9999-12-31", 422),
        ("to=0001-01-01", 200),
        ("from=9999-12-31", 200),
        ("by=nobody", 422),
        ("unknown=1", 422),
    ],
)
async def test_bad_questions(room: Exchange, query: str, status: int) -> None:
    reply = await room.send("GET", f"/analytics/cycle-time?{query}")
    assert reply.status in (status, 400 if status == 422 else status), reply.body


async def test_what_was_imported_was_done_when_it_was_done(room: Exchange) -> None:
    await bring(room, body_of("linear.csv"))
    times = await room.ask("GET", "/analytics/cycle-time?from=2026-01-01&to=2026-01-31")
    total = times["total"]
    assert (total["done"], total["cycle"]["count"]) == (1, 1)
    assert total["cycle"]["p50_h"] == pytest.approx(6 * 24 + 7.44, abs=0.01)
    now = await room.ask("GET", "/analytics/throughput")
    assert sum(week["tasks"] for week in now["weeks"]) == 0, "nothing was done here today"
    assert date.fromisoformat(now["to_day"]) >= date(2026, 1, 1)
