"""What is asked of the categories."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from opsroom.board.revising import Version
from opsroom.board.shapes import Color, Slug
from opsroom.kernel.shape import Shape

CategoryName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Icon = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
SortOrder = Annotated[int, Field(ge=0, le=1_000_000)]


class NewCategory(Shape):
    """A category to add. Without an id one is made of the name; without a place it comes last."""

    id: Slug | None = None
    name: CategoryName
    color: Color = "#6366f1"
    icon: Icon | None = None
    sort_order: SortOrder | None = None


class CategoryChange(Shape):
    """Fields to change; what is absent stays."""

    name: CategoryName | None = None
    color: Color | None = None
    icon: Icon | None = None
    sort_order: SortOrder | None = None
    version: Version | None = None
