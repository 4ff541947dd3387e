"""Lists of tasks, and the whole board in one answer, packed where the caller takes that."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from typing import Annotated, Literal

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter, Parameter

from opsroom.board.shapes import BoardSnapshot, Task
from opsroom.board.tasks.listing import api
from opsroom.board.tasks.listing.filters import TaskFilter
from opsroom.board.workflow.api import reading
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta, parse
from opsroom.kernel.uow import last_seq

_PACK_FROM_BYTES = 4096
Some = Annotated[str | None, Parameter(max_length=2000)]
"""Several values parted by commas; `none` is "empty", `me` the asker."""
Encodings = Annotated[str | None, HeaderParameter(name="Accept-Encoding", required=False)]


def routes(house: House) -> list[HTTPRouteHandler]:
    """GET /api/tasks and /api/board."""

    @get("/api/tasks", opt={"verb": "board:read"}, tags=["tasks"])
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
        due_from: date | None = None,
        due_to: date | None = None,
        start_from: date | None = None,
        start_to: date | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        updated_from: datetime | None = None,
        updated_to: datetime | None = None,
        completed_from: datetime | None = None,
        completed_to: datetime | None = None,
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
    ) -> Answer[list[Task]]:
        """Tasks that fit every filter given. Several values are parted by commas; `none` is "empty"."""
        asked = {name: value for name, value in locals().items() if name in TaskFilter.model_fields}
        wanted = parse(TaskFilter, {k: v for k, v in asked.items() if v is not None}, what="The filter")
        async with reading(house, actor) as tx:
            found, total = await api.list_tasks(tx, wanted)
            seq = await last_seq(tx)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset, seq=seq))

    @get("/api/board", opt={"verb": "board:read"}, tags=["board"], media_type="application/json")
    async def get_board(actor: Actor, accept_encoding: Encodings = None) -> Response[Answer[BoardSnapshot]]:
        """Columns, people and every card at event number `meta.seq`; empty fields of cards are left out."""
        async with reading(house, actor) as tx:
            seq = await last_seq(tx)
            found = await api.snapshot(tx)
        return _answer(found, seq, accept_encoding or "")

    return [list_tasks, get_board]


def _answer(found: BoardSnapshot, seq: int, accepted: str) -> Response[Answer[BoardSnapshot]]:
    cards = ",".join(card.model_dump_json(exclude_defaults=True) for card in found.cards)
    rest = found.model_dump_json(exclude={"cards"})
    meta = Meta(seq=seq).model_dump_json()
    text = f'{{"success":true,"data":{rest[:-1]},"cards":[{cards}]}},"meta":{meta}}}'
    body, headers = text.encode(), {"Vary": "Accept-Encoding"}
    if len(body) >= _PACK_FROM_BYTES and "gzip" in accepted:
        body, headers = gzip.compress(body, 5, mtime=0), headers | {"Content-Encoding": "gzip"}
    return Response(body, media_type="application/json", headers=headers)  # pyright: ignore[reportReturnType]
