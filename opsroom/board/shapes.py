"""What crosses the door of the board.

Dates are `YYYY-MM-DD` of the project's time zone. `status` is the key of a column. Texts people write are
Markdown and are shown as text, never as HTML of ours.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

from opsroom.kernel.shape import Json, Shape

Priority = Literal["p1", "p2", "p3"]
ColumnKind = Literal["todo", "active", "review", "done", "blocked", "error"]
SprintStatus = Literal["planned", "active", "completed"]
FieldKind = Literal["text", "number", "date", "choice", "person", "url", "checkbox"]
WipPolicy = Literal["warn", "refuse"]
Layout = Literal["board", "list", "timeline", "calendar"]

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Description = Annotated[str, StringConstraints(max_length=100_000)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=80)]
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _only_days(value: object) -> object:
    # Numbers would be read as seconds since 1970, which nobody means by a day.
    if value is None or isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("must be a day as YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_only_days)]
Estimate = Annotated[float, Field(ge=0, le=10_000)]


class AgentRef(Shape):
    """An agent of the roster, as much of it as a card shows."""

    id: str
    name: str
    emoji: str
    color: str


class CategoryRef(Shape):
    """A category, as much of it as a card shows."""

    id: str
    name: str
    color: str


class PersonRef(Shape):
    """A person or an app of the project, by name."""

    id: str
    name: str


class TaskRef(Shape):
    """Another task, as much of it as a link shows."""

    id: str
    number: int
    title: str
    status: str


class Task(Shape):
    """A task whole. `sort_order` is its place in its column, from 0; None in lists, which give `rank`.

    `updated_at` or `version` is what a change is made on (`expected_updated_at`, `version`).
    """

    id: str
    number: int
    title: str
    description: str
    status: str
    priority: Priority
    rank: str
    sort_order: int | None
    assigned_agent_id: str | None
    assigned_agent: AgentRef | None
    accountable_id: str | None
    accountable: PersonRef | None
    category_id: str | None
    category: CategoryRef | None
    sprint_id: str | None
    parent_id: str | None
    subtasks: tuple[TaskRef, ...] | None
    subtask_count: int
    subtask_done_count: int
    depends_on: tuple[TaskRef, ...] | None
    blocks: tuple[TaskRef, ...] | None
    start_date: date | None
    due_date: date | None
    estimate: float | None
    blocked_reason: str | None
    labels: tuple[str, ...]
    custom: Json
    watchers: tuple[str, ...] | None
    client_id: str | None
    brand: str | None
    subscription: str | None
    client_visible: bool
    github_doc_path: str | None
    recurring_id: str | None
    run_id: str | None
    run_status: str | None
    comment_count: int
    attachment_count: int
    created_by: str
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    moved_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    archived_at: datetime | None
    deleted_at: datetime | None
    version: int
    highlights: tuple[str, ...] | None = None


def may_be_left_out(schema: dict[str, Any], model: type[Any]) -> None:
    """Tell readers of the schema that fields with a default may be absent."""
    schema["required"] = [name for name, field in model.model_fields.items() if field.is_required()]


class Card(Shape):
    """A task as the board shows it; empty fields are left out on the wire to keep the snapshot small."""

    model_config = ConfigDict(json_schema_extra=may_be_left_out)

    id: str
    number: int
    title: str
    status: str
    priority: Priority
    rank: str
    assigned_agent_id: str | None = None
    accountable_id: str | None = None
    category_id: str | None = None
    sprint_id: str | None = None
    parent_id: str | None = None
    start_date: date | None = None
    due_date: date | None = None
    estimate: float | None = None
    blocked_reason: str | None = None
    labels: tuple[str, ...] = ()
    client_id: str | None = None
    brand: str | None = None
    client_visible: bool = False
    subtask_count: int = 0
    subtask_done_count: int = 0
    comment_count: int = 0
    attachment_count: int = 0
    waiting: bool = False
    run_id: str | None = None
    run_status: str | None = None
    updated_at: datetime
    version: int


class NewTask(Shape):
    """A task to create. Without a status it goes to the first todo column; without a place, on top."""

    title: Title
    description: Description = ""
    status: Key | None = None
    priority: Priority = "p2"
    assigned_agent_id: Reference | None = None
    accountable_id: Reference | None = None
    category_id: Reference | None = None
    sprint_id: Reference | None = None
    parent_id: Reference | None = None
    start_date: Day | None = None
    due_date: Day | None = None
    estimate: Estimate | None = None
    blocked_reason: Annotated[str, StringConstraints(max_length=2000)] | None = None
    labels: tuple[Label, ...] = Field(default=(), max_length=50)
    custom: Json = Field(default_factory=dict)
    depends_on: tuple[Reference, ...] = Field(default=(), max_length=100)
    watchers: tuple[Reference, ...] = Field(default=(), max_length=200)
    client_id: Reference | None = None
    brand: Annotated[str, StringConstraints(max_length=120)] | None = None
    subscription: Annotated[str, StringConstraints(max_length=120)] | None = None
    client_visible: bool = False
    sort_order: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    before_id: Reference | None = None
    after_id: Reference | None = None
    recurring_id: Reference | None = None


class TaskChange(Shape):
    """Fields to change; what is absent stays, null empties. On an older `version` (or `expected_updated_at`)
    different fields merge, the same field is refused."""

    title: Title | None = None
    description: Description | None = None
    status: Key | None = None
    priority: Priority | None = None
    assigned_agent_id: Reference | None = None
    accountable_id: Reference | None = None
    category_id: Reference | None = None
    sprint_id: Reference | None = None
    parent_id: Reference | None = None
    start_date: Day | None = None
    due_date: Day | None = None
    estimate: Estimate | None = None
    blocked_reason: Annotated[str, StringConstraints(max_length=2000)] | None = None
    labels: tuple[Label, ...] | None = Field(default=None, max_length=50)
    custom: Json | None = None
    depends_on: tuple[Reference, ...] | None = Field(default=None, max_length=100)
    watchers: tuple[Reference, ...] | None = Field(default=None, max_length=200)
    client_id: Reference | None = None
    brand: Annotated[str, StringConstraints(max_length=120)] | None = None
    subscription: Annotated[str, StringConstraints(max_length=120)] | None = None
    client_visible: bool | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    expected_updated_at: AwareDatetime | None = None


class Move(Shape):
    """Where a task goes: a column (its own if absent) and a place, by position or by neighbours.

    `before_id` is the card it shall stand above, `after_id` the card it shall stand below.
    """

    status: Key | None = None
    sort_order: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    before_id: Reference | None = None
    after_id: Reference | None = None
    blocked_reason: Annotated[str, StringConstraints(max_length=2000)] | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    expected_updated_at: AwareDatetime | None = None


class Column(Shape):
    """A column of the workflow. `key` is what tasks carry as `status`."""

    key: str
    name: str
    color: str
    kind: ColumnKind
    wip_limit: int | None
    position: int
    version: int


class BoardSettings(Shape):
    """How this project's board behaves. `transitions` maps a column to where cards may go from it;
    `default_accountable_id` is who answers for a new card that names nobody."""

    template: str
    transitions: dict[str, tuple[str, ...]]
    wip_policy: WipPolicy
    auto_assign: bool
    start_on_assign: bool
    time_zone: str
    version: int
    default_accountable_id: str | None = None


class RosterAgent(Shape):
    """An agent one can assign. `agent_name` is its agent file, where it has one; `open_tasks` its load.

    `skill_levels` are of skills it is learning (1) or an expert in (3); the others it simply has (2).
    """

    id: str
    name: str
    emoji: str
    color: str
    skills: tuple[str, ...]
    agent_name: str | None
    capacity: int | None
    position: int
    open_tasks: int | None = None
    retired: bool = False
    created_at: datetime
    version: int
    skill_levels: dict[str, int] = Field(default_factory=dict)


class Category(Shape):
    """What kind of work a task is."""

    id: str
    name: str
    color: str
    icon: str | None
    sort_order: int
    version: int


class Sprint(Shape):
    """A span of days with a goal. The counts are of live tasks in it."""

    id: str
    name: str
    goal: str
    start_date: date
    end_date: date
    status: SprintStatus
    task_count: int | None = None
    done_count: int | None = None
    estimate: float | None = None
    done_estimate: float | None = None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    version: int


class Comment(Shape):
    """A comment on a task. `agent_id` is the roster agent who speaks, where the author is one."""

    id: str
    task_id: str
    author: PersonRef
    author_kind: str
    agent_id: str | None
    content: str
    mentions: tuple[str, ...]
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    version: int


class CustomField(Shape):
    """A field of a project's own. `options` are the choices of a choice, some with a colour. `task_count` is
    how many live tasks hold a value of it, told where one field is asked for."""

    key: str
    name: str
    kind: FieldKind
    options: tuple[str, ...]
    position: int
    version: int
    option_colors: dict[str, str] = Field(default_factory=dict)
    task_count: int | None = None


class SavedView(Shape):
    """A filter under a name. `query` holds the parameters of GET /api/tasks."""

    id: str
    name: str
    owner_id: str
    shared: bool
    layout: Layout
    query: Json
    position: int
    created_at: datetime
    updated_at: datetime
    version: int


class Activity(Shape):
    """One event as people read it. `text` is a sentence; `can_undo` says whether its undo is offered."""

    id: str
    seq: int
    kind: str
    at: datetime
    actor: PersonRef
    task: TaskRef | None
    action: str
    text: str
    details: Json
    can_undo: bool


class BoardSnapshot(Shape):
    """The whole board at event number `meta.seq`: the tail continues from there."""

    columns: tuple[Column, ...]
    agents: tuple[RosterAgent, ...]
    categories: tuple[Category, ...]
    sprints: tuple[Sprint, ...]
    fields: tuple[CustomField, ...]
    people: tuple[PersonRef, ...]
    settings: BoardSettings
    cards: tuple[Card, ...]
    done_hidden: int
