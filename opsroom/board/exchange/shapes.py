"""What is asked of imports, and what they answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from opsroom.board.exchange.drafts import (
    Misfit,
    SourceColumn,
    SourceField,
    SourceHeading,
    SourceKind,
    SourcePerson,
    SourceSprint,
)
from opsroom.board.exchange.readers.headings import Target
from opsroom.board.shapes import ColumnKind, FieldKind, Key, Label, Priority, Reference
from opsroom.kernel.shape import Json, Shape

OnRepeat = Literal["skip", "update"]
ImportStatus = Literal["queued", "running", "done", "failed"]
Outcome = Literal["waiting", "created", "updated", "skipped", "failed"]
SourceKey = Annotated[str, StringConstraints(max_length=300)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Option = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class ColumnChoice(Shape):
    """Where the tasks of a source's column go. With `create` the column is added if it is not there."""

    key: Key
    create: bool = False
    name: Name | None = None
    kind: ColumnKind | None = None


class PersonChoice(Shape):
    """Who somebody of the source is here: an agent of the roster, a member, or (both absent) nobody."""

    agent_id: Reference | None = None
    person_id: Reference | None = None


class FieldChoice(Shape):
    """Which custom field takes a source's field; absent: it is left out. With `create` it is defined."""

    key: Key | None = None
    create: bool = False
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] | None = None
    kind: FieldKind | None = None
    options: tuple[Option, ...] = Field(default=(), max_length=100)


class SprintChoice(Shape):
    """Which sprint a source's cycle is; absent: none. With `create` one is planned by its days."""

    sprint_id: Reference | None = None
    create: bool = False


class CategoryChoice(Shape):
    """Which category a source's project or type is; else a label; else nothing."""

    category_id: Reference | None = None
    label: Label | None = None


class LabelChoice(Shape):
    """What a label is called here; absent: it is left out."""

    label: Label | None = None


class Mapping(Shape):
    """How the source's words become ours. What is not named goes as the preview suggests."""

    columns: dict[SourceKey, ColumnChoice] = Field(default_factory=dict, max_length=500)
    people: dict[SourceKey, PersonChoice] = Field(default_factory=dict, max_length=5000)
    fields: dict[SourceKey, FieldChoice] = Field(default_factory=dict, max_length=500)
    sprints: dict[SourceKey, SprintChoice] = Field(default_factory=dict, max_length=2000)
    categories: dict[SourceKey, CategoryChoice] = Field(default_factory=dict, max_length=2000)
    labels: dict[SourceKey, LabelChoice] = Field(default_factory=dict, max_length=5000)
    headings: dict[SourceKey, Target] = Field(default_factory=dict, max_length=500)
    days_first: bool | None = None


class ImportRequest(Shape):
    """What is brought: the text itself, or its bytes in base64 (which keep an encoding of their own)."""

    content: str | None = None
    content_base64: str | None = None
    source: SourceKind | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    mapping: Mapping = Field(default_factory=Mapping)
    on_repeat: OnRepeat = "skip"


class Counts(Shape):
    """How much there is in a source."""

    tasks: int
    sub_tasks: int
    archived: int
    comments: int
    links: int
    dependencies: int
    labels: int
    already_here: int


class PreviewTask(Shape):
    """A task as it would become. People, columns and the like by their ids here."""

    source_id: str
    place: str
    title: str
    description: str
    status: str
    priority: Priority
    assigned_agent_id: str | None
    accountable_id: str | None
    category_id: str | None
    sprint: str | None
    start_date: date | None
    due_date: date | None
    estimate: float | None
    labels: tuple[str, ...]
    custom: Json
    parent: str | None
    depends_on: tuple[str, ...]
    comments: int
    archived: bool


class Preview(Shape):
    """What an import would do. `mapping` is whole: what was asked for, and suggestions for the rest.

    `problems` say why the mapping cannot be taken as it is; `misfits` is the beginning of what does not fit.
    """

    source: SourceKind
    name: str
    counts: Counts
    columns: tuple[SourceColumn, ...]
    people: tuple[SourcePerson, ...]
    fields: tuple[SourceField, ...]
    sprints: tuple[SourceSprint, ...]
    headings: tuple[SourceHeading, ...]
    mapping: Mapping
    problems: tuple[str, ...]
    tasks: tuple[PreviewTask, ...]
    misfits: tuple[Misfit, ...]
    misfit_count: int


class BoardExport(Shape):
    """Everything of a board, as it can be imported again. Deleted tasks are left out, archived ones are in.

    A task has the fields of the task API by the names they have there (references by id), and `watchers`,
    `depends_on` (ids) and `comments`. `complete` is the last word: without it the text was cut off.
    """

    format: Literal["opsroom.board.v1"]
    exported_at: datetime
    project: Json
    settings: Json
    columns: tuple[Json, ...]
    agents: tuple[Json, ...]
    people: tuple[Json, ...]
    categories: tuple[Json, ...]
    sprints: tuple[Json, ...]
    fields: tuple[Json, ...]
    views: tuple[Json, ...]
    tasks: tuple[Json, ...]
    complete: Literal[True]


class Import(Shape):
    """An import under way or over. `landed` of `total` tasks were looked at."""

    id: str
    source: SourceKind
    name: str
    status: ImportStatus
    on_repeat: OnRepeat
    total: int
    landed: int
    created: int
    updated: int
    skipped: int
    failed: int
    misfits: int
    error: str | None
    created_by: str
    created_by_name: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class PutAway(Shape):
    """The cards of an import that went into the archive, and how many are left for a further call."""

    archived: tuple[str, ...]
    left: int


class ImportReport(Shape):
    """An import with a page of what did not fit, in the order of the source."""

    order: Import
    misfits: tuple[Misfit, ...]
