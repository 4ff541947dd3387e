"""What a list of tasks can be asked for. The names are the query parameters of GET /api/tasks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator, Field

from opsroom.kernel.shape import Shape

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CUSTOM = re.compile(r"[a-z][a-z0-9_-]{0,39}:.+", re.ASCII | re.DOTALL)
NONE = "none"
"""In a list of values: where the field is empty."""
ANY = "any"
"""Among the values of a custom field: where it holds something."""

SORTABLE = (
    "sort_order",
    "created_at",
    "updated_at",
    "moved_at",
    "started_at",
    "completed_at",
    "due_date",
    "start_date",
    "priority",
    "title",
    "number",
    "status",
    "estimate",
    "assigned",
    "accountable",
    "category",
    "sprint",
    "brand",
    "client",
    "relevance",
)
Due = Literal["overdue", "today", "tomorrow", "this_week", "next_week", "later", "none"]
"""Days by the calendar of the project, so that a saved filter means the same every day.

Weeks begin on Monday; what is done is not overdue; later is after the next week."""


_PART = re.compile(r"(?:\\[\\,]|[^,])+")
_ESCAPED = re.compile(r"\\([\\,])")


def parted(text: str) -> tuple[str, ...]:
    r"""The values of a text: parted by commas, blanks taken off. `\,` is a comma within one, `\\` one `\`."""
    parts = (part.strip() for part in _PART.findall(text))
    return tuple(dict.fromkeys(_ESCAPED.sub(r"\1", part) for part in parts if part))


def joined(values: Iterable[str]) -> str:
    """Values as one text, which `parted` reads again."""
    return ",".join(value.replace("\\", r"\\").replace(",", r"\,") for value in values)


def _split(value: object) -> object:
    return parted(value) if isinstance(value, str) else value


Values = Annotated[tuple[str, ...], BeforeValidator(_split), Field(max_length=100)]


def _of_fields(values: tuple[str, ...]) -> tuple[str, ...]:
    if any(not _CUSTOM.fullmatch(value) for value in values):
        raise ValueError("must be key:value, the value percent-encoded; several are parted by commas")
    if any("\0" in unquote(value) for value in values):
        raise ValueError("must hold no NUL character")
    return values


CustomValues = Annotated[Values, AfterValidator(_of_fields)]
"""Values of custom fields as `key:value`, `none` for "empty", `any` for "filled". Of one field any of them,
of several fields all."""


def _within_reach(value: date) -> date:
    if not 1900 <= value.year <= 9000:  # databases and time zones go no further
        raise ValueError("must lie between the years 1900 and 9000")
    return value


def _day(value: object) -> object:
    # A union would take it for the midnight it begins with.
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


Moment = Annotated[datetime | date, BeforeValidator(_day), AfterValidator(_within_reach)]
"""A time, or a day: from its beginning, to its end. Without a zone it is by the clock of the project."""


class TaskFilter(Shape):
    r"""Which tasks, in which order. Several values are parted by commas, `\,` is a comma within one; `none`
    is "empty", `me` the asker.

    Custom fields are named before a colon: `custom=tier:Gold`, `custom_contains=site:example` (texts and
    links, upper and lower case alike), `custom_from=budget:100`, `custom_to=budget:500` (numbers and days).
    """

    status: Values = ()
    kind: Values = ()
    assigned: Values = ()
    accountable: Values = ()
    category: Values = ()
    sprint: Values = ()
    priority: Values = ()
    label: Values = ()
    client: Values = ()
    brand: Values = ()
    subscription: Values = ()
    parent: Values = ()
    created_by: Values = ()
    watcher: Values = ()
    custom: CustomValues = ()
    custom_contains: CustomValues = ()
    custom_from: CustomValues = ()
    custom_to: CustomValues = ()
    due: Annotated[tuple[Due, ...], BeforeValidator(_split)] = ()
    due_from: date | None = None
    due_to: date | None = None
    start_from: date | None = None
    start_to: date | None = None
    created_from: Moment | None = None
    created_to: Moment | None = None
    updated_from: Moment | None = None
    updated_to: Moment | None = None
    completed_from: Moment | None = None
    completed_to: Moment | None = None
    overdue: bool | None = None
    blocked: bool | None = None
    waiting: bool | None = None
    client_visible: bool | None = None
    archived: Literal["exclude", "include", "only"] = "exclude"
    deleted: Literal["exclude", "only"] = "exclude"
    search: Annotated[str, Field(max_length=500)] | None = None
    sort: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0
