"""What every reader makes of its source: tasks in the source's own words, and what they refer to. Pure.

Nothing here knows this board: a draft's column, people and labels are names of the source, which a mapping
turns into ours (`planning`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from pydantic import Field

from opsroom.board.shapes import ColumnKind, FieldKind, Priority
from opsroom.kernel.shape import Json, Shape

SourceKind = Literal["trello", "asana", "clickup", "linear", "csv", "opsroom"]


class Misfit(Shape):
    """Something that does not come along, or not as it was. `place` is where it stands in the source."""

    place: str
    source_id: str | None
    field: str
    value: str
    message: str


class DraftComment(Shape):
    """A comment with its author as the source names them (`person`: their key, where there is one)."""

    source_id: str
    author: str
    person: str | None = None
    at: datetime | None = None
    text: str


class DraftLink(Shape):
    """An attachment, by its address at the source."""

    name: str
    url: str


class Draft(Shape):
    """A task of the source. `source_id` is the same each time it is brought.

    `done` is said by sources that say it apart from the column; such a task goes where work ends.
    """

    source_id: str
    place: str
    title: str
    description: str = ""
    column: str | None = None
    done: bool = False
    people: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    category: str | None = None
    sprint: str | None = None
    priority: Priority | None = None
    start: date | None = None
    due: date | None = None
    estimate: float | None = None
    parent: str | None = None
    depends_on: tuple[str, ...] = ()
    comments: tuple[DraftComment, ...] = ()
    links: tuple[DraftLink, ...] = ()
    fields: Json = Field(default_factory=dict)
    author: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    archived: bool = False
    blocked_reason: str | None = None
    own: Json = Field(default_factory=dict)
    """What only this product's own export has: client, brand, subscription, visibility."""


class SourceColumn(Shape):
    """A list, section or status. `kind` is what the source says of it, None when it says nothing."""

    key: str
    name: str
    kind: ColumnKind | None = None


class SourcePerson(Shape):
    """Somebody the source names."""

    key: str
    name: str
    email: str | None = None
    is_agent: bool = False


class SourceField(Shape):
    """A custom field of the source."""

    key: str
    name: str
    kind: FieldKind
    options: tuple[str, ...] = ()


class SourceSprint(Shape):
    """A sprint, cycle or iteration of the source."""

    key: str
    name: str
    start: date | None = None
    end: date | None = None


class SourceHeading(Shape):
    """A heading of a table, what it was taken for, and some of its cells."""

    heading: str
    target: str
    samples: tuple[str, ...]


@dataclass(slots=True)
class Found:
    """Everything a reader found, in the source's order."""

    source: SourceKind
    name: str
    columns: dict[str, SourceColumn] = field(default_factory=dict)
    people: dict[str, SourcePerson] = field(default_factory=dict)
    fields: dict[str, SourceField] = field(default_factory=dict)
    sprints: dict[str, SourceSprint] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    headings: Sequence[SourceHeading] = ()
