"""What crosses the door of recurring tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from opsroom.board.revising import Version
from opsroom.board.shapes import Description, Estimate, Key, Label, Priority, Reference, Title
from opsroom.kernel.shape import Json, Shape

Missed = Literal["skip", "latest", "all"]
RuleText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
WallTime = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]
ZoneName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Days = Annotated[int, Field(ge=0, le=3660)]


class TaskTemplate(Shape):
    """What each task begins as. `{date}` in the title becomes the day of the occurrence."""

    title: Title
    description: Description = ""
    status: Key | None = None
    priority: Priority = "p2"
    assigned_agent_id: Reference | None = None
    accountable_id: Reference | None = None
    category_id: Reference | None = None
    sprint_id: Reference | None = None
    parent_id: Reference | None = None
    estimate: Estimate | None = None
    labels: tuple[Label, ...] = Field(default=(), max_length=50)
    custom: Json = Field(default_factory=dict)
    watchers: tuple[Reference, ...] = Field(default=(), max_length=200)
    client_id: Reference | None = None
    brand: Annotated[str, StringConstraints(max_length=120)] | None = None
    subscription: Annotated[str, StringConstraints(max_length=120)] | None = None
    client_visible: bool = False


class NewRecurring(Shape):
    """A task that comes again. `rule` is an iCalendar RRULE; `starts` the first possible time by the clock on
    the wall of `time_zone` (the project's zone if absent). `due_after_days` counts from the occurrence's day.

    `missed` says what happens to occurrences while nobody was there to make them: `skip` forgets them,
    `latest` makes one task for the newest, `all` makes every one.
    """

    name: Name
    template: TaskTemplate
    rule: RuleText
    starts: WallTime
    time_zone: ZoneName | None = None
    due_after_days: Days | None = None
    missed: Missed = "latest"
    paused: bool = False


class RecurringChange(Shape):
    """Fields to change; what is absent stays. A new rule, start or zone counts from now on."""

    name: Name | None = None
    template: TaskTemplate | None = None
    rule: RuleText | None = None
    starts: WallTime | None = None
    time_zone: ZoneName | None = None
    due_after_days: Days | None = None
    missed: Missed | None = None
    paused: bool | None = None
    version: Version | None = None


class Recurring(Shape):
    """A recurring task. `next_at` is None when it has ended or is paused; `made` counts the tasks it made."""

    id: str
    name: str
    template: TaskTemplate
    rule: str
    starts: str
    time_zone: str
    due_after_days: int | None
    missed: Missed
    paused: bool
    last_occurrence: str | None
    next_occurrence: str | None
    next_at: datetime | None
    made: int
    last_error: str | None
    created_by: str
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    version: int


class PreviewRequest(Shape):
    """A rule to look at before it is kept."""

    rule: RuleText
    starts: WallTime
    time_zone: ZoneName | None = None
    count: Annotated[int, Field(ge=1, le=100)] = 10


class Occurrence(Shape):
    """One time of a rule: by the clock on the wall, and in UTC. `shift` says when the clocks were changed."""

    local: str
    at: datetime
    shift: Literal["none", "skipped", "repeated"] = "none"


class Preview(Shape):
    """The next occurrences; fewer than asked for where the rule ends."""

    time_zone: str
    occurrences: tuple[Occurrence, ...]
