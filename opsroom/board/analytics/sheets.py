"""The figures as rows for a spreadsheet, the first row being the headings. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from opsroom.board.analytics.shapes import (
    Burn,
    BurnDay,
    CumulativeFlow,
    CycleGroup,
    CycleTimes,
    DoneTasks,
    Load,
    SprintVelocity,
    Throughput,
    Velocity,
    Week,
    Workload,
)

Rows = Iterator[list[object]]


def of_velocity(found: Velocity) -> Rows:
    """A row for each sprint."""
    yield list(SprintVelocity.model_fields)
    yield from (list(sprint.model_dump().values()) for sprint in found.sprints)


def of_burn(found: Burn) -> Rows:
    """A row for each day."""
    yield list(BurnDay.model_fields)
    yield from (list(day.model_dump().values()) for day in found.days)


def of_cycle_times(found: CycleTimes) -> Rows:
    """A row for all, then one for each group."""
    yield [
        "key",
        "name",
        "done",
        "unstarted",
        *(f"{kind}_{p}" for kind in ("cycle", "lead") for p in _SPREAD),
    ]
    for key, group in (("(all)", found.total), *((group.key, group) for group in found.groups)):
        yield [key, group.name, group.done, group.unstarted, *_spreads(group)]


_SPREAD = ("p50_h", "p85_h", "p95_h", "mean_h")


def _spreads(group: CycleGroup) -> Iterator[object]:
    for spread in (group.cycle, group.lead):
        yield from (getattr(spread, name) for name in _SPREAD)


def of_done_tasks(found: DoneTasks) -> Rows:
    """A row for each task."""
    yield ["number", "title", "day", "done_at", "cycle_h", "lead_h"]
    for each in found.tasks:
        named = [each.task.number, each.task.title] if each.task else [None, each.id]
        yield [*named, each.day, each.done_at, each.cycle_h, each.lead_h]


def of_throughput(found: Throughput) -> Rows:
    """A row for each week."""
    yield list(Week.model_fields)
    yield from (list(week.model_dump().values()) for week in found.weeks)


def of_cumulative_flow(found: CumulativeFlow) -> Rows:
    """A row for each day with a cell for each column."""
    yield ["day", *(column.name for column in found.columns)]
    yield from ([day.day, *day.counts] for day in found.days)


def of_workload(found: Workload) -> Rows:
    """A row for each agent, then one for each person."""
    yield ["kind", *Load.model_fields]
    for kind, loads in (("agent", found.agents), ("person", found.people)):
        yield from ([kind, *load.model_dump().values()] for load in loads)
