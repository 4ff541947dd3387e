"""Lists of tasks over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.params import Parameter
from litestar.serialization import encode_json

from opsroom.board.shapes import Task
from opsroom.board.tasks.listing import api
from opsroom.board.tasks.listing.filters import TaskFilter
from opsroom.board.workflow.api import reading
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta, Shape, parse
from opsroom.kernel.uow import last_seq

Time = Annotated[str | None, Parameter(max_length=40)]
"""A time or a day; without a zone by the clock of the project."""
Some = Annotated[
    str | None,
    Parameter(
        max_length=2000,
        description=r"Several values parted by commas; `\,` is a comma within a value and `\\` a backslash; "
        'none is "empty", me the asker.',
    ),
]
"""Several values in one text."""


def _of_custom(what: str) -> object:
    told = "; the field is named by its key, the value percent-encoded, several are parted by commas."
    return Parameter(max_length=2000, description=what + told)


Held = Annotated[
    str | None,
    _of_custom(
        "Values of custom fields as `key:value`: a choice, a person, true or false, a number, a day, or the "
        'whole text; none is "empty", any is "filled"'
    ),
]
Contained = Annotated[
    str | None, _of_custom("What custom texts and links contain, upper and lower case alike, as `key:part`")
]
First = Annotated[
    str | None, _of_custom("From where custom numbers and days are wanted, as `key:100` or `key:2026-12-31`")
]
Last = Annotated[
    str | None, _of_custom("Up to where custom numbers and days are wanted, as `key:500` or `key:2026-12-31`")
]


class Fitting(Shape):
    """The ids of tasks that fit a filter. `more` says that there are more than are told."""

    ids: tuple[str, ...]
    more: bool


def routes(house: House) -> list[object]:
    """GET /api/tasks, and which tasks fit a filter."""

    @get("/api/tasks", opt={"verb": "board:read"}, tags=["tasks"], media_type="application/json")
    async def list_tasks(  # noqa: PLR0913, PLR0917 - one parameter for each filter
        actor: Actor,
        status: Some = None,
        kind: Some = None,
        assigned: Some = None,
        accountable: Some = None,
        category: Some = None,
        sprint: Some = None,
        priority: Some = None,
        label: Some = None,
        client: Some = None,
        brand: Some = None,
        subscription: Some = None,
        parent: Some = None,
        created_by: Some = None,
        watcher: Some = None,
        custom: Held = None,
        custom_contains: Contained = None,
        custom_from: First = None,
        custom_to: Last = None,
        due: Some = None,
        due_from: date | None = None,
        due_to: date | None = None,
        start_from: date | None = None,
        start_to: date | None = None,
        created_from: Time = None,
        created_to: Time = None,
        updated_from: Time = None,
        updated_to: Time = None,
        completed_from: Time = None,
        completed_to: Time = None,
        overdue: bool | None = None,
        blocked: bool | None = None,
        waiting: bool | None = None,
        client_visible: bool | None = None,
        archived: Literal["exclude", "include", "only"] = "exclude",
        deleted: Literal["exclude", "only"] = "exclude",
        search: Annotated[str | None, Parameter(max_length=500)] = None,
        sort: Annotated[str | None, Parameter(max_length=200)] = None,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0, le=1_000_000),
    ) -> Response[Answer[list[Task]]]:
        r"""Tasks that fit every filter given. Several values are parted by commas, `\,` is a comma within
        one; `none` is "empty".

        `meta.total` is exact up to 1,000; 1,001 stands for more. A search ranks the newest 1,000 tasks
        it finds.
        """
        asked = {name: value for name, value in locals().items() if name in TaskFilter.model_fields}
        wanted = parse(TaskFilter, {k: v for k, v in asked.items() if v is not None}, what="The filter")
        async with reading(house, actor) as tx:
            found, total = await api.list_fields(tx, wanted)
            seq = await last_seq(tx)
        meta = Meta(total=total, limit=limit, offset=offset, seq=seq).model_dump()
        # Written down as they are: to make a hundred tasks whole first takes longer than to find them.
        body = encode_json({"success": True, "data": found, "meta": meta})
        return Response(body, media_type="application/json")  # pyright: ignore[reportReturnType]

    @post("/api/tasks/fitting", opt={"verb": "board:read"}, status_code=200, tags=["tasks"])
    async def fitting_tasks(actor: Actor, data: TaskFilter) -> Answer[Fitting]:
        """The ids of all tasks that fit a filter, at most 5,000: for a board that has the cards already."""
        async with reading(house, actor) as tx:
            ids, more = await api.fitting(tx, data)
        return Answer(data=Fitting(ids=tuple(ids), more=more))

    return [list_tasks, fitting_tasks]
