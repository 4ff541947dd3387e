"""What is asked of the activity, and what the day's summary says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from opsroom.board.shapes import TaskRef
from opsroom.kernel.shape import Json, Shape


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Which events, newest first. Days are the project's, both included; `before` is an event's number."""

    actors: tuple[str, ...] = ()
    task: str | None = None
    kinds: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and keys are called, those of retired and deleted things too."""

    people: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    sprints: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fact:
    """As much of an event as counting needs."""

    kind: str
    actor_id: str
    subject: str
    body: Json


class Counts(Shape):
    """How much of each happened. `completed` are tasks that came to a done column and stayed."""

    created: int = 0
    completed: int = 0
    moved: int = 0
    commented: int = 0


class DoneBy(Shape):
    """What one person, agent or app did, or (for an agent of the roster) what happened to its tasks."""

    id: str
    name: str
    counts: Counts


class DailySummary(Shape):
    """One day of the project, by its own clock. `blocked` and `overdue` are as things stand now.

    `by_actor` counts who did it; `by_agent` the tasks of each agent of the roster, whoever did it. Of the
    tasks the first twenty are named.
    """

    date: date
    time_zone: str
    counts: Counts
    by_actor: tuple[DoneBy, ...]
    by_agent: tuple[DoneBy, ...]
    completed: tuple[TaskRef, ...]
    blocked_count: int
    blocked: tuple[TaskRef, ...]
    overdue_count: int
    overdue: tuple[TaskRef, ...]
