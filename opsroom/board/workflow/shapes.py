"""What is asked of the workflow, and what a template is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from opsroom.board.revising import Version
from opsroom.board.shapes import BoardSettings, Color, Column, ColumnKind, Key, Reference, WipPolicy
from opsroom.kernel.shape import Shape

ColumnName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
WipLimit = Annotated[int, Field(ge=1, le=100_000)]
Place = Annotated[int, Field(ge=0, le=1000)]
ZoneName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
TemplateKey = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Ways = Annotated[tuple[Key, ...], Field(max_length=40)]


class NewColumn(Shape):
    """A column to add. Without a key one is made of the name; without a place it comes last."""

    key: Key | None = None
    name: ColumnName
    color: Color = "#6366f1"
    kind: ColumnKind = "active"
    wip_limit: WipLimit | None = None
    position: Place | None = None


class ColumnChange(Shape):
    """Fields to change; what is absent stays. The key stands: cards carry it."""

    name: ColumnName | None = None
    color: Color | None = None
    kind: ColumnKind | None = None
    wip_limit: WipLimit | None = None
    position: Place | None = None
    version: Version | None = None


class SettingsChange(Shape):
    """Fields to change; what is absent stays. A column absent from `transitions` may go anywhere; null for
    `default_accountable_id` is nobody."""

    transitions: dict[Key, Ways] | None = Field(default=None, max_length=40)
    wip_policy: WipPolicy | None = None
    auto_assign: bool | None = None
    start_on_assign: bool | None = None
    time_zone: ZoneName | None = None
    default_accountable_id: Reference | None = None
    version: Version | None = None


class TemplateColumn(Shape):
    """A column as a template has it."""

    key: str
    name: str
    color: str
    kind: ColumnKind
    wip_limit: int | None


class WorkflowTemplate(Shape):
    """A workflow to begin with. `transitions` maps a column to where cards may go; absent: anywhere."""

    key: str
    name: str
    description: str
    columns: tuple[TemplateColumn, ...]
    transitions: dict[str, tuple[str, ...]]


class TemplateSwitch(Shape):
    """The template to go over to. `mapping` says where the cards of a column go, by key; what it leaves out
    goes to the column of the same key, else of the same kind."""

    template: TemplateKey
    mapping: dict[Key, Key] = Field(default_factory=dict, max_length=100)
    version: Version | None = None


class Relocation(Shape):
    """Where the cards of one column go, and how many they are."""

    from_column: str
    to_column: str
    cards: int


class TemplateSwitched(Shape):
    """What a switch does, or would do in a dry run: the columns after it, and where cards go."""

    dry_run: bool
    columns: tuple[Column, ...]
    settings: BoardSettings
    relocations: tuple[Relocation, ...]
