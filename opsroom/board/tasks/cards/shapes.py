"""What is told of cards beside the cards themselves."""

from __future__ import annotations

from datetime import date

from pydantic import ConfigDict

from opsroom.board.shapes import may_be_left_out
from opsroom.kernel.shape import Shape


class TaskSpan(Shape):
    """What only a timeline shows of a card: the days it was made, begun and done, and what it waits for."""

    model_config = ConfigDict(json_schema_extra=may_be_left_out)

    id: str
    created: date
    started: date | None = None
    completed: date | None = None
    depends_on: tuple[str, ...] = ()
