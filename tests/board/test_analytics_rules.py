"""Figures against a brute-force replay: every event sequence hypothesis thinks of, counted the slow way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from opsroom.board.analytics.flow import cumulative_flow
from opsroom.board.analytics.keeping import opened, saved
from opsroom.board.analytics.ledger import Ledger
from opsroom.board.analytics.rules import (
    burn,
    cycle_times,
    throughput,
    velocity,
    workload,
)
from opsroom.board.analytics.shapes import Among, SprintPlan
from opsroom.board.analytics.stream import Fact

KINDS = {"todo": "todo", "doing": "active", "review": "review", "done": "done"}
COLUMNS = {key: key.title() for key in KINDS}
BEGIN = datetime(2026, 3, 27, 20, tzinfo=UTC)  # two days before clocks go forward in Amsterdam
ZONES = ["UTC", "Europe/Amsterdam", "Pacific/Auckland", "America/St_Johns"]


# ---- event sequences that a board can really record --------------------------------------------------


@dataclass
class World:
    """What the board would refuse is not recorded: nothing moves that is not there."""

    tasks: dict[str, dict[str, Any]]
    sprints: dict[str, str]


def _step(draw: Any, world: World, seq: int, at: datetime) -> list[Fact]:
    live = [t for t, row in world.tasks.items() if not row["deleted"]]
    what = draw(st.sampled_from(["create", "move", "move", "edit", "delete", "archive", "restore", "sprint"]))
    if what == "create" or not live:
        return [_create(draw, world, seq, at)]
    if what == "sprint":
        return _sprint_step(draw, world, seq, at)
    task = draw(st.sampled_from(sorted(world.tasks)))
    row = world.tasks[task]
    if what == "move" and task in live:
        row["status"] = draw(st.sampled_from(sorted(KINDS)))
        values = {"status": row["status"], "kind": KINDS[row["status"]]}
        return [Fact(seq, at, "moved", task, values)]
    if what == "edit" and task in live:
        values = draw(st.fixed_dictionaries({}, optional=_FIELDS))
        row.update(values)
        return [Fact(seq, at, "changed", task, values)]
    if what == "delete" and task in live:
        row["deleted"] = True
        return [Fact(seq, at, "deleted", task)]
    if what == "archive" and task in live:
        row["archived"] = True
        return [Fact(seq, at, "archived", task)]
    row["deleted"] = row["archived"] = False
    return [Fact(seq, at, "restored", task)]


_FIELDS: Any = {
    "sprint": st.sampled_from([None, "s1", "s2"]),
    "estimate": st.sampled_from([None, 1.0, 2.5, 8.0]),
    "agent": st.sampled_from([None, "kenji", "mira"]),
    "category": st.sampled_from([None, "seo", "content"]),
}


def _create(draw: Any, world: World, seq: int, at: datetime) -> Fact:
    task = f"t{len(world.tasks)}"
    status = draw(st.sampled_from(sorted(KINDS)))
    row = {"sprint": None, "estimate": None, "agent": None, "category": None}
    row |= draw(st.fixed_dictionaries({}, optional=_FIELDS))
    world.tasks[task] = row | {"status": status, "deleted": False, "archived": False}
    return Fact(seq, at, "created", task, {"status": status, "kind": KINDS[status], **row})


def _sprint_step(draw: Any, world: World, seq: int, at: datetime) -> list[Fact]:
    sprint = draw(st.sampled_from(["s1", "s2"]))
    state = world.sprints[sprint]
    if state == "planned":
        world.sprints[sprint] = "active"
        return [Fact(seq, at, "sprint_started", sprint)]
    if state == "completed":
        world.sprints[sprint] = "active"
        return [Fact(seq, at, "sprint_reopened", sprint)]
    world.sprints[sprint] = "completed"
    carried = [
        t
        for t, row in sorted(world.tasks.items())
        if row["sprint"] == sprint
        and not row["deleted"]
        and not row["archived"]
        and KINDS[row["status"]] != "done"
    ]
    for task in carried:
        world.tasks[task]["sprint"] = None
    facts = [Fact(seq + n, at, "changed", task, {"sprint": None}) for n, task in enumerate(carried)]
    return [*facts, Fact(seq + len(carried), at, "sprint_completed", sprint, {"carried": tuple(carried)})]


@st.composite
def histories(draw: Any) -> list[Fact]:
    world = World({}, {"s1": "planned", "s2": "planned"})
    facts: list[Fact] = []
    at = BEGIN
    for _ in range(draw(st.integers(1, 40))):
        at += timedelta(minutes=draw(st.sampled_from([0, 7, 200, 60 * 9, 60 * 30])))
        facts += _step(draw, world, len(facts) + 1, at)
    return facts


# ---- the slow way ------------------------------------------------------------------------------------


def replay(facts: Sequence[Fact]) -> dict[str, dict[str, Any]]:
    """Every task as it stands after these facts, by setting fields one after the other."""
    tasks: dict[str, dict[str, Any]] = {}
    for fact in facts:
        if fact.what.startswith("sprint"):
            continue
        row = tasks.setdefault(
            fact.subject,
            {
                "made": fact.at,
                "begun": None,
                "ended": None,
                "deleted": False,
                "archived": False,
                "kind": None,
            },
        )
        row |= {k: v for k, v in fact.values.items() if k != "kind"}
        if fact.what in ("deleted", "archived"):
            row[fact.what] = True
        if fact.what == "restored":
            row["deleted"] = row["archived"] = False
        if "kind" in fact.values:
            kind = fact.values["kind"]
            row["begun"] = row["begun"] or (fact.at if kind in ("active", "review") else None)
            row["ended"] = (row["ended"] or fact.at) if kind == "done" else None
            row["kind"] = kind
    return tasks


def counted(row: dict[str, Any]) -> bool:
    return not row["deleted"] and (not row["archived"] or row["kind"] == "done")


def until(facts: Sequence[Fact], day: date, zone: ZoneInfo) -> list[Fact]:
    return [fact for fact in facts if fact.at.astimezone(zone).date() <= day]


def span(facts: Sequence[Fact], zone: ZoneInfo) -> tuple[date, date]:
    return facts[0].at.astimezone(zone).date(), facts[-1].at.astimezone(zone).date()


def folded(facts: Sequence[Fact], zone: ZoneInfo) -> Ledger:
    ledger = Ledger(zone)
    ledger.fold(facts)
    return ledger


QUICKLY = settings(max_examples=120, deadline=None)


@QUICKLY
@given(histories(), st.sampled_from(ZONES))
def test_the_flow_is_what_a_replay_of_each_day_counts(facts: list[Fact], zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    first, last = span(facts, zone)
    flow = cumulative_flow(folded(facts, zone), first, last, COLUMNS)
    for day in flow.days:
        rows = [row for row in replay(until(facts, day.day, zone)).values() if counted(row)]
        slow = tuple(sum(row["status"] == column.key for row in rows) for column in flow.columns)
        assert day.counts == slow, day.day


@QUICKLY
@given(histories(), st.sampled_from(ZONES))
def test_throughput_and_times_are_what_a_replay_finds(facts: list[Fact], zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    first, last = span(facts, zone)
    ledger = folded(facts, zone)
    done = [row for row in replay(facts).values() if counted(row) and row["ended"]]
    weeks = throughput(ledger, first, last)
    for week in weeks.weeks:
        mine = [
            r for r in done if week.week <= r["ended"].astimezone(zone).date() < week.week + timedelta(days=7)
        ]
        assert (week.tasks, week.estimate) == (len(mine), sum(r["estimate"] or 0 for r in mine))
    assert sum(week.tasks for week in weeks.weeks) == len(done)
    for by, name in (("agent", "agent"), ("category", "category")):
        times = cycle_times(ledger, first, last, by)  # type: ignore[arg-type]
        assert times.total.done == len(done)
        assert sum(group.done for group in times.groups) == len(done)
        for group in times.groups:
            mine = [r for r in done if r[name] == group.key]
            cycles = sorted((r["ended"] - r["begun"]).total_seconds() / 3600 for r in mine if r["begun"])
            assert (group.done, group.cycle.count) == (len(mine), len(cycles))
            assert group.cycle.p50_h == (round(_median(cycles), 2) if cycles else None)


def _median(values: list[float]) -> float:
    """In the one order of steps that rounds as the figures do: another falls on the other side of a half."""
    middle = len(values) // 2
    below = values[(len(values) - 1) // 2]
    return below + (values[middle] - below) / 2


@QUICKLY
@given(histories(), st.sampled_from(ZONES))
def test_a_sprint_burns_as_a_replay_of_each_day_says(facts: list[Fact], zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    first, last = span(facts, zone)
    ledger = folded(facts, zone)
    turns = [f for f in facts if f.what.startswith("sprint")]
    for sprint in ("s1", "s2"):
        mine = [f for f in turns if f.subject == sprint]
        if any(f.what in ("sprint_completed", "sprint_reopened") for f in mine):
            continue
        plan = SprintPlan(
            id=sprint, name=sprint, start_date=first, end_date=last, status="active", completed_at=None
        )
        for day in burn(ledger, plan, last).days:
            rows = [
                r
                for r in replay(until(facts, day.day, zone)).values()
                if counted(r) and r["sprint"] == sprint
            ]
            ended = [r for r in rows if r["kind"] == "done"]
            assert (day.scope_tasks, day.done_tasks) == (len(rows), len(ended))
            assert day.scope_estimate == sum(r["estimate"] or 0 for r in rows)
            assert day.remaining_estimate == sum(r["estimate"] or 0 for r in rows if r["kind"] != "done")


@QUICKLY
@given(histories(), st.sampled_from(ZONES))
def test_a_completed_sprint_keeps_what_was_in_it_when_it_ended(facts: list[Fact], zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    ledger = folded(facts, zone)
    first, last = span(facts, zone)
    for sprint in ("s1", "s2"):
        turns = [f for f in facts if f.subject == sprint]
        if not turns or turns[-1].what != "sprint_completed":
            continue
        end = turns[-1]
        carried = set(end.values["carried"])  # type: ignore[arg-type]
        then = replay([f for f in facts if f.seq < end.seq])
        rows = [r for t, r in then.items() if counted(r) and (r["sprint"] == sprint or t in carried)]
        plan = SprintPlan(
            id=sprint, name=sprint, start_date=first, end_date=last, status="completed", completed_at=end.at
        )
        row = velocity(ledger, [plan]).sprints[0]
        assert row.scope_tasks == len(rows)
        assert row.done_tasks == sum(r["kind"] == "done" for r in rows)
        assert row.done_estimate == sum(r["estimate"] or 0 for r in rows if r["kind"] == "done")
        start = next(f for f in reversed(turns) if f.what == "sprint_started")
        before = replay([f for f in facts if f.seq < start.seq]).values()
        assert row.committed_tasks == sum(counted(r) and r["sprint"] == sprint for r in before)
        final = next(d for d in burn(ledger, plan, last).days if d.day == end.at.astimezone(zone).date())
        assert (final.scope_tasks, final.done_tasks) == (row.scope_tasks, row.done_tasks)


def some_of(data: Any, rows: Sequence[dict[str, Any]]) -> Among:
    """Agents, categories and sprints to ask for, of those that tasks have in the end."""

    def some(name: str) -> tuple[str | None, ...]:
        there = sorted({row[name] for row in rows}, key=str)
        return tuple(data.draw(st.lists(st.sampled_from(there), max_size=2, unique=True))) if there else ()

    return Among(agents=some("agent"), categories=some("category"), sprints=some("sprint"))


def is_of(row: dict[str, Any], among: Among, *names: str) -> bool:
    asked = {"agent": among.agents, "category": among.categories, "sprint": among.sprints}
    return all(not asked[name] or row[name] in asked[name] for name in names)


@QUICKLY
@given(histories(), st.sampled_from(ZONES), st.data())
def test_the_flow_of_some_is_what_a_replay_counts_of_them(
    facts: list[Fact], zone_name: str, data: Any
) -> None:
    zone = ZoneInfo(zone_name)
    first, last = span(facts, zone)
    now = replay(facts)
    among = some_of(data, list(now.values()))
    some = {task for task, row in now.items() if is_of(row, among, "agent", "category", "sprint")}
    ledger = opened(saved(folded(facts, zone)), zone)
    assert ledger is not None
    flow = cumulative_flow(ledger, first, last, COLUMNS, among)
    for day in flow.days:
        then = replay(until(facts, day.day, zone))
        rows = [row for task, row in then.items() if task in some and counted(row)]
        slow = tuple(sum(row["status"] == column.key for row in rows) for column in flow.columns)
        assert day.counts == slow, day.day


@QUICKLY
@given(histories(), st.sampled_from(ZONES), st.data())
def test_the_velocity_of_some_is_what_a_replay_counts_of_them(
    facts: list[Fact], zone_name: str, data: Any
) -> None:
    zone = ZoneInfo(zone_name)
    first, last = span(facts, zone)
    now = replay(facts)
    among = some_of(data, list(now.values()))
    some = {task for task, row in now.items() if is_of(row, among, "agent", "category")}
    ledger = opened(saved(folded(facts, zone)), zone)
    assert ledger is not None
    for sprint in ("s1", "s2"):
        turns = [f for f in facts if f.subject == sprint]
        ended = bool(turns) and turns[-1].what == "sprint_completed"
        carried = set(turns[-1].values["carried"]) if ended else set()  # type: ignore[arg-type]
        then = replay([f for f in facts if f.seq < turns[-1].seq]) if ended else now
        rows = [
            row
            for task, row in then.items()
            if task in some and counted(row) and (row["sprint"] == sprint or task in carried)
        ]
        plan = SprintPlan(
            id=sprint, name=sprint, start_date=first, end_date=last, status="active", completed_at=None
        )
        row = velocity(ledger, [plan], among).sprints[0]
        assert (row.scope_tasks, row.scope_estimate) == (len(rows), sum(r["estimate"] or 0 for r in rows))
        assert row.done_tasks == sum(r["kind"] == "done" for r in rows)
        start = next((f for f in reversed(turns) if f.what == "sprint_started"), None)
        before = replay([f for f in facts if start is not None and f.seq < start.seq])
        committed = [t for t, r in before.items() if t in some and counted(r) and r["sprint"] == sprint]
        assert (row.committed_tasks or 0) == len(committed)


@QUICKLY
@given(histories(), st.data())
def test_folding_in_parts_with_saves_between_is_folding_at_once(facts: list[Fact], data: Any) -> None:
    import json

    zone = ZoneInfo("Europe/Amsterdam")
    cut = data.draw(st.integers(0, len(facts)))
    parts = folded(facts[:cut], zone)
    again = opened(json.loads(json.dumps(saved(parts))), zone)
    assert again is not None
    again.fold(facts)  # what it has seen already changes nothing
    assert saved(again) == saved(folded(facts, zone))
    assert opened(saved(parts), ZoneInfo("UTC")) is None, "days of another zone are other days"


@QUICKLY
@given(histories())
def test_work_is_divided_without_rest(facts: list[Fact]) -> None:
    zone = ZoneInfo("UTC")
    first, last = span(facts, zone)
    ledger = folded(facts, zone)
    loads = workload(ledger, first, last).agents
    rows = [r for r in replay(facts).values() if counted(r)]
    for load in loads:
        mine = [r for r in rows if r["agent"] == load.key]
        assert load.open_tasks == sum(r["kind"] != "done" for r in mine)
        assert load.done_tasks == sum(r["kind"] == "done" for r in mine)
    assert sum(load.open_tasks + load.done_tasks for load in loads) == len(rows)
