"""What is asked of the sprints."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from opsroom.board.revising import Day, Version
from opsroom.board.shapes import Reference, Slug
from opsroom.kernel.shape import Shape

SprintName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Goal = Annotated[str, StringConstraints(max_length=5000)]


class NewSprint(Shape):
    """A sprint to plan: both days belong to it. Without an id one is made."""

    id: Slug | None = None
    name: SprintName
    goal: Goal = ""
    start_date: Day
    end_date: Day


class SprintChange(Shape):
    """Fields to change; what is absent stays. A sprint is started and completed by addresses of their own."""

    name: SprintName | None = None
    goal: Goal | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    version: Version | None = None


class Completion(Shape):
    """Where what is not done goes: another sprint by id, or `backlog`, which is no sprint."""

    carry_to: Reference
