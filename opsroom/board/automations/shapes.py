"""What crosses the door of automations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from opsroom.board.revising import Version
from opsroom.board.shapes import Key, Label, Reference, TaskRef
from opsroom.kernel.shape import Shape

EventName = Literal[
    "task_created",
    "task_changed",
    "task_moved",
    "task_archived",
    "task_restored",
    "task_deleted",
    "comment_added",
    "due_soon",
    "overdue",
    "sprint_started",
    "sprint_completed",
]
ChangedField = Literal[
    "title",
    "description",
    "priority",
    "assigned_agent_id",
    "accountable_id",
    "category_id",
    "sprint_id",
    "parent_id",
    "start_date",
    "due_date",
    "estimate",
    "labels",
    "watchers",
    "depends_on",
    "client_id",
    "brand",
    "subscription",
    "client_visible",
    "custom",
]
SettableField = Literal[
    "title",
    "priority",
    "accountable_id",
    "category_id",
    "sprint_id",
    "parent_id",
    "start_date",
    "due_date",
    "estimate",
    "client_id",
    "brand",
    "subscription",
    "client_visible",
    "custom",
]
Outcome = Literal["pending", "done", "failed", "stopped"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Values = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Day = Annotated[str, StringConstraints(pattern=r"^(?:\d{4}-\d{2}-\d{2}|today(?:[+-]\d{1,4})?)$")]
Place = Annotated[int, Field(ge=0, le=1000)]
HourlyLimit = Annotated[int, Field(ge=1, le=1000)]


class When(Shape):
    """The event a rule waits for. `field` narrows task_changed to one field; `before` and `after` narrow its
    values (of task_moved: the columns), several by comma, `none` for empty. Of labels and other sets
    `before` are members taken away, `after` members added."""

    event: EventName
    field: ChangedField | None = None
    before: Values | None = None
    after: Values | None = None


class TaskFilter(Shape):
    """Which tasks: the filters of GET /api/tasks. Several values by comma, `none` for empty, `me` for who
    made the rule. Days are dates or `today`, `today+3`, `today-1`, those of custom fields too."""

    status: Values | None = None
    kind: Values | None = None
    assigned: Values | None = None
    accountable: Values | None = None
    category: Values | None = None
    sprint: Values | None = None
    priority: Values | None = None
    label: Values | None = None
    client: Values | None = None
    brand: Values | None = None
    subscription: Values | None = None
    parent: Values | None = None
    created_by: Values | None = None
    watcher: Values | None = None
    custom: Values | None = None
    custom_contains: Values | None = None
    custom_from: Values | None = None
    custom_to: Values | None = None
    due_from: Day | None = None
    due_to: Day | None = None
    start_from: Day | None = None
    start_to: Day | None = None
    created_from: Day | None = None
    created_to: Day | None = None
    updated_from: Day | None = None
    updated_to: Day | None = None
    completed_from: Day | None = None
    completed_to: Day | None = None
    overdue: bool | None = None
    blocked: bool | None = None
    waiting: bool | None = None
    client_visible: bool | None = None
    search: Values | None = None


class MoveTask(Shape):
    """Move the task to a column; a blocked column wants a reason."""

    do: Literal["move"]
    status: Key
    blocked_reason: Annotated[str, StringConstraints(max_length=2000)] | None = None


class AssignTask(Shape):
    """Assign the task: to an agent, to the one that suits it best (`auto`), or to nobody (null)."""

    do: Literal["assign"]
    agent: Reference | None = None


class SetField(Shape):
    """Set a field of the task; null empties it. Of `custom` the given keys only. Dates may be `today+3`."""

    do: Literal["set"]
    field: SettableField
    value: str | bool | float | dict[str, object] | None = None


class LabelTask(Shape):
    """Add labels to the task and take others away."""

    do: Literal["label"]
    add: tuple[Label, ...] = Field(default=(), max_length=20)
    remove: tuple[Label, ...] = Field(default=(), max_length=20)


class CommentTask(Shape):
    """Comment on the task, in Markdown. `{title}`, `{number}` and `{status}` become the task's."""

    do: Literal["comment"]
    content: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]


class NotifyPeople(Shape):
    """Tell people: ids, or the task's `accountable`, `watchers`, `creator`. `{title}` becomes the task's."""

    do: Literal["notify"]
    to: tuple[Reference, ...] = Field(min_length=1, max_length=50)
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class StartAgent(Shape):
    """Ask that an agent begins work on the task: the given one, or the one it is assigned to."""

    do: Literal["start_agent"]
    agent: Reference | None = None


Action = Annotated[
    MoveTask | AssignTask | SetField | LabelTask | CommentTask | NotifyPeople | StartAgent,
    Field(discriminator="do"),
]
Actions = Annotated[tuple[Action, ...], Field(min_length=1, max_length=10)]


class NewAutomation(Shape):
    """A rule to add: when this happens, only if the task fits, then do these. It comes last if not placed."""

    name: Name
    when: When
    only_if: TaskFilter = TaskFilter()
    then: Actions
    enabled: bool = True
    position: Place | None = None
    hourly_limit: HourlyLimit = 100


class AutomationChange(Shape):
    """Fields to change; what is absent stays. A rule that is enabled looks at what happens from then on."""

    name: Name | None = None
    when: When | None = None
    only_if: TaskFilter | None = None
    then: Actions | None = None
    enabled: bool | None = None
    position: Place | None = None
    hourly_limit: HourlyLimit | None = None
    version: Version | None = None


class Record(Shape):
    """What a rule did lately: how it ended last, on which task, and how often each way within seven days."""

    last_at: datetime
    last_outcome: Outcome
    last_reason: str | None
    last_task: TaskRef | None
    done: int = 0
    failed: int = 0
    stopped: int = 0


class Automation(Shape):
    """A rule. Rules that fit one event act in the order of `position`. `hourly_limit` is its ceiling.

    `record` is told by the list alone, and None for a rule that never did anything.
    """

    id: str
    name: str
    when: When
    only_if: TaskFilter
    then: tuple[Action, ...]
    enabled: bool
    position: int
    hourly_limit: int
    created_by: str
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    version: int
    record: Record | None = None


class Firing(Shape):
    """A line of a rule's log. `results` say what was done; `reason` why it failed or was stopped; `times` how
    often the same stop came. `depth` counts the automatic steps before it in its chain of events."""

    id: str
    automation_id: str
    task: TaskRef | None
    event_id: str
    outcome: Outcome
    reason: str | None
    results: tuple[str, ...]
    depth: int
    times: int
    at: datetime
    ended_at: datetime | None


class DryRunRequest(Shape):
    """How many of the newest events to look at; of one task alone if given."""

    events: Annotated[int, Field(ge=1, le=2000)] = 500
    task_id: Reference | None = None


class Trial(Shape):
    """A rule that is not kept yet, tried on the newest events, and on one task if given."""

    when: When
    only_if: TaskFilter = TaskFilter()
    then: Actions
    events: Annotated[int, Field(ge=1, le=2000)] = 500
    task_id: Reference | None = None


class RefusedAction(Shape):
    """An action of a rule that would be refused: which (from 0), in words, and why."""

    number: int
    action: str
    reason: str


class WouldFire(Shape):
    """What a rule would have done about one event. `stopped` says why it would not have done it after all.

    `refused` are the actions that the board would refuse, of which one is enough for nothing to be done;
    None where it was not rehearsed, as the task is among the later ones.
    """

    event_id: str
    event: str
    at: datetime
    task: TaskRef | None
    actions: tuple[str, ...]
    stopped: str | None
    refused: tuple[RefusedAction, ...] | None = None


class DryRun(Shape):
    """What would have happened, the newest first, at most 100 of them. Tasks are taken as they are now."""

    events_seen: int
    events_fitting: int
    would_fire: int
    firings: tuple[WouldFire, ...]


class TriedOn(Shape):
    """Whether the filter lets a task through as it is now, or why not, and what would then be done to it.

    `refused` are the actions that the board would refuse: then nothing is done.
    """

    task: TaskRef
    fits: bool
    why_not: str | None
    actions: tuple[str, ...]
    refused: tuple[RefusedAction, ...] = ()


class Tried(DryRun):
    """A dry run of a rule that is not kept yet; `on_task` is about the task that was named."""

    on_task: TriedOn | None = None
