"""The figures as they are answered. Days are of the project's time zone; hours are decimal numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from opsroom.board.shapes import SprintStatus, TaskRef
from opsroom.kernel.shape import Shape

GroupBy = Literal["none", "category", "agent", "person"]


class SprintVelocity(Shape):
    """What a sprint set out to do and what it did. Committed: what was in it when it was started."""

    sprint_id: str
    name: str
    start_date: date
    end_date: date
    status: SprintStatus
    committed_tasks: int | None
    committed_estimate: float | None
    scope_tasks: int
    scope_estimate: float
    done_tasks: int
    done_estimate: float


class Velocity(Shape):
    """Sprints, the earliest first, and the mean of the last three that were completed."""

    sprints: tuple[SprintVelocity, ...]
    mean_tasks: float | None
    mean_estimate: float | None


class BurnDay(Shape):
    """A sprint at the end of a day. `added` and `removed` are what changed of its scope on that day.

    `ideal_*` is what would be left if work were done evenly. Days to come have only that.
    """

    day: date
    scope_tasks: int | None
    scope_estimate: float | None
    done_tasks: int | None
    done_estimate: float | None
    remaining_tasks: int | None
    remaining_estimate: float | None
    added_tasks: int | None
    removed_tasks: int | None
    added_estimate: float | None
    removed_estimate: float | None
    ideal_tasks: float
    ideal_estimate: float


class Burn(Shape):
    """A sprint day by day."""

    sprint_id: str
    name: str
    status: SprintStatus
    start_date: date
    end_date: date
    days: tuple[BurnDay, ...]


class Spread(Shape):
    """How durations are spread, in hours: half took at most `p50_h`, and so on. None without any."""

    count: int
    p50_h: float | None
    p85_h: float | None
    p95_h: float | None
    mean_h: float | None


class Among(Shape):
    """Which tasks are counted: those of one of these agents, categories and sprints. Empty is any, None is
    "has none"."""

    agents: tuple[str | None, ...] = ()
    categories: tuple[str | None, ...] = ()
    sprints: tuple[str | None, ...] = ()


class CycleGroup(Shape):
    """Tasks done of one category, agent or person (`key` None: those without one).

    Cycle: from when work began to when it was done; tasks that went straight to done have none
    (`unstarted`). Lead: from when the task was made to when it was done.
    """

    key: str | None
    name: str | None
    done: int
    unstarted: int
    cycle: Spread
    lead: Spread


class CycleTimes(Shape):
    """All tasks done in a span of days, and the same by group."""

    from_day: date
    to_day: date
    total: CycleGroup
    groups: tuple[CycleGroup, ...]


class DoneTask(Shape):
    """One task that was done. `task` is None when it has been removed for good since."""

    id: str
    task: TaskRef | None
    done_at: datetime
    day: date
    cycle_h: float | None
    lead_h: float | None


class DoneTasks(Shape):
    """The tasks done in a span of days, the earliest first; the last 2,000 where there are more."""

    from_day: date
    to_day: date
    total: int
    tasks: tuple[DoneTask, ...]


class Week(Shape):
    """What was done in a week that begins on this Monday. `whole` is False while days of it are outside."""

    week: date
    tasks: int
    estimate: float
    whole: bool


class Throughput(Shape):
    """Week by week, weeks without any included."""

    from_day: date
    to_day: date
    weeks: tuple[Week, ...]
    mean_tasks: float | None


class FlowDay(Shape):
    """How many tasks stood in each column at the end of a day, in the order of `columns`."""

    day: date
    counts: tuple[int, ...]


class FlowColumn(Shape):
    """A column of the flow, also one the board no longer has."""

    key: str
    name: str


class CumulativeFlow(Shape):
    """Day by day how many tasks stood where."""

    columns: tuple[FlowColumn, ...]
    days: tuple[FlowDay, ...]


class Load(Shape):
    """The work of one agent or person (`key` None: nobody's). Open and under way are as of now."""

    key: str | None
    name: str | None
    open_tasks: int
    open_estimate: float
    under_way: int
    done_tasks: int
    done_estimate: float
    cycle_p50_h: float | None


class Workload(Shape):
    """Who has what: done in the span of days, open as of now."""

    from_day: date
    to_day: date
    agents: tuple[Load, ...]
    people: tuple[Load, ...]


class SprintPlan(Shape):
    """What figures need to know of a sprint that events do not say."""

    id: str
    name: str
    start_date: date
    end_date: date
    status: SprintStatus
    completed_at: datetime | None
