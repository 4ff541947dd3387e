"""What is asked of saved views."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from opsroom.board.revising import Version
from opsroom.board.shapes import Layout
from opsroom.kernel.shape import Json, Shape

ViewName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Place = Annotated[int, Field(ge=0, le=10_000)]
Query = Annotated[Json, Field(max_length=40)]


class NewView(Shape):
    """A view to save. `query` holds parameters of GET /api/tasks; several values as a list or by comma.

    Beside them `group` says by what the tasks are grouped, and `columns` which columns a list has.
    """

    name: ViewName
    shared: bool = False
    layout: Layout = "board"
    query: Query = Field(default_factory=dict)
    position: Place | None = None


class ViewChange(Shape):
    """Fields to change; what is absent stays. `query` is replaced whole."""

    name: ViewName | None = None
    shared: bool | None = None
    layout: Layout | None = None
    query: Query | None = None
    position: Place | None = None
    version: Version | None = None
