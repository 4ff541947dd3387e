"""What is asked of the custom fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from opsroom.board.revising import Version
from opsroom.board.shapes import Color, FieldKind, Key
from opsroom.kernel.shape import Shape

FieldName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Option = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Place = Annotated[int, Field(ge=0, le=1000)]


class NewField(Shape):
    """A field to define. Without a key one is made of the name. `options` are the choices of a choice."""

    key: Key | None = None
    name: FieldName
    kind: FieldKind
    options: tuple[Option, ...] = Field(default=(), max_length=100)
    option_colors: dict[Option, Color] = Field(default_factory=dict, max_length=100)
    position: Place | None = None


class FieldChange(Shape):
    """What may change of a field; its key and its kind stand, as tasks have values of that kind."""

    name: FieldName | None = None
    options: tuple[Option, ...] | None = Field(default=None, max_length=100)
    option_colors: dict[Option, Color] | None = Field(default=None, max_length=100)
    position: Place | None = None
    version: Version | None = None
