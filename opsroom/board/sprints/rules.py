"""Pure decisions about sprints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from opsroom.board.shapes import Sprint
from opsroom.kernel.errors import Problem

LONGEST: Final = timedelta(days=366)
EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2100, 12, 31)
BACKLOG: Final = "backlog"


def date_problems(start: date, end: date) -> tuple[Problem, ...]:
    """What is wrong with the two days of a sprint."""
    problems = [
        Problem(name, f"must lie between {EARLIEST} and {LATEST}")
        for name, day in (("start_date", start), ("end_date", end))
        if not EARLIEST <= day <= LATEST
    ]
    if end < start:
        problems.append(Problem("end_date", f"must not be before start_date, which is {start}"))
    elif end - start > LONGEST:
        problems.append(Problem("end_date", f"must be within {LONGEST.days} days of start_date"))
    return tuple(problems)


def active_of(sprints: Sequence[Sprint]) -> Sprint | None:
    """The sprint that is going on: a board has one at a time."""
    return next((sprint for sprint in sprints if sprint.status == "active"), None)
