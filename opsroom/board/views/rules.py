"""Pure decisions about saved views: what a query may hold, and whose a view is to change."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from opsroom.board.shapes import SavedView
from opsroom.board.tasks.listing.filters import joined
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Problem

LONGEST: Final = 2000
PAGING: Final = frozenset({"limit", "offset"})
LOOKS: Final = frozenset({"group", "columns"})
"""What a view says beside which tasks: by what they are grouped, which columns a list has."""
_LOOK: Final = re.compile(r"[a-z][a-z0-9_.:-]{0,60}(?:,[a-z][a-z0-9_.:-]{0,60}){0,39}", re.ASCII)


def plain_query(query: Mapping[str, object]) -> dict[str, str]:
    """A query as an address has it: every value as text, several by comma, a comma within one
    escaped. What is no value is left out."""
    plain = {name: _text(value) for name, value in query.items()}
    return {name: text for name, text in plain.items() if text is not None}


def query_problems(query: Mapping[str, object], known: Collection[str]) -> tuple[Problem, ...]:
    """What is wrong with a query: parameters the list does not take, and values that are none."""
    problems: list[Problem] = []
    for name, value in query.items():
        path = f"query.{name}"
        if name in PAGING:
            problems.append(Problem(path, "belongs to a page, not to a view; leave it out"))
        elif name not in known:
            problems.append(
                Problem(path, f"is not known; the list of tasks takes {', '.join(sorted(known))}")
            )
        elif (text := _text(value)) is None:
            problems.append(Problem(path, "must be a text, a number, true or false, or a list of texts"))
        elif name in LOOKS and not _LOOK.fullmatch(text):
            problems.append(Problem(path, "must be names of fields, parted by commas"))
        elif len(text) > LONGEST:
            problems.append(Problem(path, f"must have at most {LONGEST} characters"))
    return tuple(problems)


def may_change(actor: Actor, view: SavedView) -> bool:
    """Its owner may, and an admin."""
    return actor.id == view.owner_id or actor.outranks("admin")


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return joined(value)
    return None
