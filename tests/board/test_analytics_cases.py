"""Figures of small histories that a person can count."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from opsroom.board.analytics import books, rules
from opsroom.board.analytics.flow import cumulative_flow
from opsroom.board.analytics.keeping import saved
from opsroom.board.analytics.ledger import Ledger
from opsroom.board.analytics.rules import burn, cycle_times, percentile, velocity
from opsroom.board.analytics.shapes import SprintPlan
from opsroom.board.analytics.stream import Fact, Line, facts_of

COLUMNS = {key: key.title() for key in ("todo", "doing", "review", "done")}


def folded(facts: Sequence[Fact], zone: ZoneInfo) -> Ledger:
    ledger = Ledger(zone)
    ledger.fold(facts)
    return ledger


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_scope_that_comes_later_shows_as_added_on_its_day() -> None:
    zone = ZoneInfo("UTC")
    facts = [
        Fact(1, at(1), "created", "a", {"status": "todo", "kind": "todo", "sprint": "s", "estimate": 3}),
        Fact(2, at(2), "sprint_started", "s"),
        Fact(3, at(3), "created", "b", {"status": "todo", "kind": "todo", "sprint": "s", "estimate": 5}),
        Fact(4, at(4), "changed", "a", {"estimate": 2}),
        Fact(5, at(5), "moved", "a", {"status": "done", "kind": "done"}),
        Fact(6, at(6), "changed", "b", {"sprint": None}),
        Fact(7, at(6), "sprint_completed", "s", {"carried": ("b",)}),
    ]
    plan = SprintPlan(
        id="s",
        name="S",
        start_date=date(2026, 3, 2),
        end_date=date(2026, 3, 6),
        status="completed",
        completed_at=at(6),
    )
    days = burn(folded(facts, zone), plan, date(2026, 3, 9)).days
    assert [(d.day.day, d.remaining_estimate, d.scope_estimate) for d in days] == [
        (2, 3, 3),
        (3, 8, 8),
        (4, 7, 7),
        (5, 5, 7),
        (6, 5, 7),
    ]
    assert (days[1].added_tasks, days[1].added_estimate) == (1, 5)
    assert (days[2].removed_tasks, days[2].removed_estimate) == (0, 1)
    assert [d.ideal_estimate for d in days] == [3, 2.25, 1.5, 0.75, 0]
    row = velocity(folded(facts, zone), [plan]).sprints[0]
    assert (row.committed_tasks, row.scope_tasks, row.done_tasks) == (1, 2, 1)


def test_days_to_come_have_only_the_ideal_line() -> None:
    facts = [Fact(1, at(1), "created", "a", {"status": "todo", "kind": "todo", "sprint": "s"})]
    plan = SprintPlan(
        id="s",
        name="S",
        start_date=date(2026, 3, 1),
        end_date=date(2026, 3, 3),
        status="active",
        completed_at=None,
    )
    days = burn(folded(facts, ZoneInfo("UTC")), plan, date(2026, 3, 1)).days
    assert [d.remaining_tasks for d in days] == [1, None, None]


def test_a_day_is_one_of_the_projects_time_zone() -> None:
    late = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    facts = [Fact(1, late, "created", "a", {"status": "done", "kind": "done"})]
    for zone, month in (("UTC", 3), ("Europe/Amsterdam", 4)):
        days = cumulative_flow(
            folded(facts, ZoneInfo(zone)), date(2026, 3, 31), date(2026, 4, 1), COLUMNS
        ).days
        assert days[0].counts[3] == (1 if month == 3 else 0)
        assert days[1].counts[3] == 1


def test_a_column_that_becomes_done_ends_what_stands_in_it() -> None:
    facts = [
        Fact(1, at(1), "created", "a", {"status": "review", "kind": "review"}),
        Fact(2, at(3), "column_kind", "review", {"kind": "done"}),
    ]
    times = cycle_times(folded(facts, ZoneInfo("UTC")), date(2026, 3, 1), date(2026, 3, 5), "none")
    assert (times.total.done, times.total.cycle.p50_h) == (1, 48)


def test_what_came_from_elsewhere_began_and_ended_there() -> None:
    values = {
        "status": "done",
        "kind": "done",
        "created_at": "2026-02-01T00:00:00+00:00",
        "started_at": "2026-02-02T00:00:00Z",
        "completed_at": "2026-02-03T00:00:00+00:00",
    }
    ledger = folded([Fact(1, at(10), "created", "a", values)], ZoneInfo("UTC"))
    assert cycle_times(ledger, date(2026, 3, 1), date(2026, 3, 31), "none").total.done == 0
    total = cycle_times(ledger, date(2026, 2, 1), date(2026, 2, 28), "none").total
    assert (total.done, total.cycle.p50_h, total.lead.p50_h) == (1, 24, 48)


def test_what_happened_to_tasks_older_than_the_log_is_left_out() -> None:
    ledger = folded([Fact(1, at(1), "moved", "old", {"status": "done", "kind": "done"})], ZoneInfo("UTC"))
    assert not ledger.tasks


@pytest.mark.parametrize(
    ("values", "share", "wanted"),
    [
        ([], 0.5, None),
        ([4.0], 0.95, 4.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([float(n) for n in range(101)], 0.85, 85.0),
    ],
)
def test_percentiles(values: list[float], share: float, wanted: float | None) -> None:
    assert percentile(values, share) == wanted


def test_events_become_facts() -> None:
    def one(kind: str, body: dict[str, Any]) -> Any:
        found = list(facts_of([Line(7, at(1), f"board.{kind}.v1", "x", json.dumps(body))]))
        return (found[0].what, dict(found[0].values)) if found else None

    task = {"kind": "todo", "sprint_id": "s", "labels": ["a"], "assigned_agent_id": "kenji"}
    assert one("task_created", {"title": "T", "status": "todo", "task": task}) == (
        "created",
        {"status": "todo", "kind": "todo", "sprint": "s", "agent": "kenji"},
    )
    moved = {
        "from_status": "todo",
        "to_status": "done",
        "to_kind": "done",
        "changes": {"estimate": [None, 3]},
    }
    assert one("task_moved", moved) == ("moved", {"status": "done", "kind": "done", "estimate": 3})
    assert one("task_changed", {"changes": {"title": ["a", "b"]}}) is None
    assert one("task_changed", {"changes": {"accountable_id": ["p", None]}}) == ("changed", {"person": None})
    assert one("sprint_changed", {"changes": {"status": ["completed", "active"]}}) == ("sprint_reopened", {})
    assert one("sprint_changed", {"changes": {"name": ["a", "b"]}}) is None
    assert one("sprint_completed", {"carried_tasks": ["a"]}) == ("sprint_completed", {"carried": ["a"]})
    assert one("board_arranged", {"noun": "column", "changes": {"kind": ["active", "done"]}}) == (
        "column_kind",
        {"kind": "done"},
    )
    assert one("comment_added", {}) is None


def test_of_too_many_done_tasks_the_last_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_DONE", 2)
    facts = [Fact(n, at(n), "created", f"t{n}", {"status": "done", "kind": "done"}) for n in range(1, 6)]
    found = rules.done_tasks(folded(facts, ZoneInfo("UTC")), date(2026, 3, 1), date(2026, 3, 4))
    assert (found.total, [each.id for each in found.tasks]) == (4, ["t3", "t4"])
    assert [(each.day.day, each.cycle_h, each.lead_h) for each in found.tasks] == [(3, None, 0), (4, None, 0)]


def test_a_ledger_of_many_tasks_is_kept_in_parts_and_put_together_again() -> None:
    zone = ZoneInfo("UTC")
    facts = [
        Fact(
            seq,
            at(1 + seq // 500),
            "created",
            f"task_{seq}",
            {"status": "todo", "kind": "todo", "sprint": "s"},
        )
        for seq in range(1, 1202)
    ]
    facts += [Fact(1202, at(4), "sprint_started", "s"), Fact(1203, at(5), "deleted", "task_7")]
    ledger = folded(facts, zone)
    body = books._packed(ledger)
    assert len(zlib.decompress(body).splitlines()) == 4
    again = books._unpacked(body, zone)
    assert again is not None
    assert saved(again) == saved(ledger)
    assert again.sprints["s"].members == ledger.sprints["s"].members
    # One that was saved before tasks had lines of their own is of an older format: it is counted anew.
    old = zlib.compress(json.dumps({**saved(ledger), "format": 1}).encode())
    assert books._unpacked(old, zone) is None
