"""What is told of cards beside the cards themselves."""

from __future__ import annotations

from datetime import date

from opsroom.kernel.shape import Shape


class TaskSpan(Shape):
    """What only a timeline shows of a card: the days it was made, begun and done, and what it waits for."""

    id: str
    created: date
    started: date | None = None
    completed: date | None = None
    depends_on: tuple[str, ...] = ()
