"""What a change does to a piece of the board's furniture, and when it comes too late. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Container
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from opsroom.board.errors import StaleThing
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.shape import Json, Shape

Changes = dict[str, tuple[object, object]]
Version = Annotated[int, Field(ge=1, le=2_147_483_647)]


def _only_text(value: object) -> object:
    # Numbers would be read as seconds since 1970, which nobody means by a day.
    if value is None or isinstance(value, date | str):
        return value
    raise ValueError("must be a day as YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_only_text)]


def changes_of(before: Shape, change: Shape, *, what: str, emptiable: Collection[str] = ()) -> Changes:
    """{field: (before, after)} of what really changes; absent fields stay, null empties.

    Raises Invalid for null in a field that cannot be empty, and StaleThing when `change` was made on an
    older version. A change that changes nothing is never stale.
    """
    given = change.model_dump(include=change.model_fields_set - {"version"})
    nulls = [name for name, value in given.items() if value is None and name not in emptiable]
    if nulls:
        problems = tuple(Problem(name, "cannot be empty; leave it out to keep it as it is") for name in nulls)
        raise Invalid(f"{what} cannot be changed like this.", problems=problems)
    held = before.model_dump()
    found = {name: (held[name], value) for name, value in given.items() if held[name] != value}
    made_on = getattr(change, "version", None)
    if found and made_on is not None and made_on != held["version"]:
        raise StaleThing(
            f"{what} was changed by somebody else meanwhile (version {held['version']}, yours was made on "
            f"{made_on}). Look at it again, then repeat your change.",
            theirs={name: pair[0] for name, pair in found.items()} | {"version": held["version"]},
            yours={name: pair[1] for name, pair in found.items()} | {"version": made_on},
        )
    return found


def after(changes: Changes) -> dict[str, object]:
    """The new values of a change, for the row: tuples as lists."""
    return {name: list(value) if isinstance(value, tuple) else value for name, (_, value) in changes.items()}


def told(changes: Changes) -> Json:
    """A change as an event's body keeps it."""
    return {name: [before, now] for name, (before, now) in changes.items()}


def changes_in(body: Json) -> dict[str, tuple[object, object]]:
    """{field: (before, after)} of an event's body."""
    found = body.get("changes")
    pairs = found if isinstance(found, dict) else {}
    return {k: (v[0], v[1]) for k, v in pairs.items() if isinstance(v, list | tuple) and len(v) == 2}


def moved_to(order: list[str], name: str, position: int | None) -> list[str]:
    """`order` with `name` at `position` (at the end without one); it may be new or there already."""
    rest = [other for other in order if other != name]
    rest.insert(len(rest) if position is None else min(position, len(rest)), name)
    return rest


def slug_of(name: str, taken: Container[str], *, separator: str = "-", fallback: str = "item") -> str:
    """A key made of a name, unlike those taken: `Ready for review` → `ready-for-review`, then `…-2`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", separator, plain).strip(separator)
    if not slug[:1].isalpha():
        slug = f"{fallback}{separator}{slug}".rstrip(separator)
    slug = slug[:34].rstrip(separator)
    if slug not in taken:
        return slug
    number = 2
    while f"{slug}{separator}{number}" in taken:
        number += 1
    return f"{slug}{separator}{number}"
