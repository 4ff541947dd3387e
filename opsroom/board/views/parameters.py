"""The query of a view, held against the real parameters of the list of tasks."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from opsroom.board.tasks.listing.api import custom_problems
from opsroom.board.tasks.listing.filters import SORTABLE, TaskFilter
from opsroom.board.views.rules import LOOKS, PAGING, plain_query, query_problems
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.shape import problems_of
from opsroom.kernel.uow import Tx

PARAMETERS = frozenset(TaskFilter.model_fields) - PAGING


async def check_query(tx: Tx, query: Mapping[str, object]) -> None:
    """Raises Invalid with everything the list of tasks would refuse."""
    problems = query_problems(query, PARAMETERS | LOOKS)
    known = {name: text for name, text in plain_query(query).items() if name in PARAMETERS}
    try:
        wanted = TaskFilter.model_validate(known)
        problems += tuple(
            Problem(f"query.{each.path}", each.message) for each in await custom_problems(tx, wanted)
        )
    except ValidationError as error:
        problems += problems_of(error, prefix="query")
    problems += _sort_problems(known.get("sort", ""))
    if problems:
        raise Invalid("The list of tasks would refuse this query.", problems=problems)


def _sort_problems(sort: str) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for part in filter(None, sort.split(",")):
        name, _, direction = part.strip().partition(":")
        if name not in SORTABLE:
            problems.append(Problem("query.sort", f"{name[:40]!r} is not one of {', '.join(SORTABLE)}"))
        elif direction not in ("", "asc", "desc"):
            problems.append(Problem("query.sort", f"{name} can go asc or desc, not {direction[:20]!r}"))
    return tuple(problems)
