"""What crosses the door of assignment."""

from __future__ import annotations

from pydantic import Field

from opsroom.kernel.shape import Shape


class Candidate(Shape):
    """An agent weighed for a task. `reasons` say in words what counts for and against it; `fit` ones may be
    assigned without a person looking, and the first of them is the suggestion."""

    agent_id: str
    name: str
    emoji: str
    score: float
    fit: bool
    open_tasks: int
    in_progress: int
    capacity: int | None
    reasons: tuple[str, ...]


class Suggestion(Shape):
    """The candidates for a task, the best first, and the choice in a sentence; none where none fits."""

    task_id: str
    agent_id: str | None
    explanation: str
    candidates: tuple[Candidate, ...]


class Work(Shape):
    """What of a task says who should do it."""

    title: str
    description: str = ""
    labels: tuple[str, ...] = ()
    category: str | None = None


class Seat(Shape):
    """An agent as it is weighed: its skills, and what it has to do already."""

    id: str
    name: str
    emoji: str
    skills: tuple[str, ...]
    capacity: int | None
    open_tasks: int
    in_progress: int
    levels: dict[str, int] = Field(default_factory=dict)
