"""The whole board in one answer, packed where the caller takes that."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import datetime
from typing import Annotated

from litestar import Response, get
from litestar.params import HeaderParameter, Parameter

from opsroom.board.shapes import BoardSnapshot
from opsroom.board.tasks.cards.api import Snapshot, snapshot, spans
from opsroom.board.tasks.cards.shapes import TaskSpan
from opsroom.board.workflow.api import reading
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta
from opsroom.kernel.uow import last_seq

_PACK_FROM_BYTES = 4096
_LEVEL = 5
Ids = Annotated[str | None, Parameter(max_length=4_000)]
Encodings = Annotated[str | None, HeaderParameter(name="Accept-Encoding", required=False)]


def routes(house: House) -> list[object]:
    """GET /api/board and what a timeline shows beside it."""

    @get("/api/board", opt={"verb": "board:read"}, tags=["board"], media_type="application/json")
    async def get_board(actor: Actor, accept_encoding: Encodings = None) -> Response[Answer[BoardSnapshot]]:
        """Columns, people and every card at event number `meta.seq`; empty fields of cards are left out."""
        async with reading(house, actor) as tx:
            seq = await last_seq(tx)
            found = await snapshot(tx)
        packed = "gzip" in (accept_encoding or "")
        # A large board takes longer than others should wait.
        body, encoding = await asyncio.to_thread(_written, found, seq, packed=packed)
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": encoding} if encoding else {})
        return Response(body, media_type="application/json", headers=headers)  # pyright: ignore[reportReturnType]

    @get("/api/board/spans", opt={"verb": "board:read"}, tags=["board"], media_type="application/json")
    async def get_spans(
        actor: Actor, ids: Ids = None, accept_encoding: Encodings = None
    ) -> Response[Answer[list[TaskSpan]]]:
        """When the cards of the board were made, begun and done, and what they wait for.

        Days are of the project's time zone; empty fields are left out. `ids` asks for some, parted by commas.
        """
        async with reading(house, actor) as tx:
            wanted = None if ids is None else [part for part in ids.split(",") if part]
            found = await spans(tx, wanted)
        rows = [span.model_dump(mode="json", exclude_defaults=True) for span in found]
        answer = {"success": True, "data": rows, "meta": Meta().model_dump(mode="json")}
        text = json.dumps(answer, separators=(",", ":"))
        packed = "gzip" in (accept_encoding or "")
        body, encoding = await asyncio.to_thread(_packed, text.encode(), packed=packed)
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": encoding} if encoding else {})
        return Response(body, media_type="application/json", headers=headers)  # pyright: ignore[reportReturnType]

    return [get_board, get_spans]


def _written(found: Snapshot, seq: int, *, packed: bool) -> tuple[bytes, str | None]:
    cards = json.dumps(found.cards, ensure_ascii=False, separators=(",", ":"), default=_time)
    rest = found.board.model_dump_json(exclude={"cards"})
    meta = Meta(seq=seq).model_dump_json()
    body = f'{{"success":true,"data":{rest[:-1]},"cards":{cards}}},"meta":{meta}}}'.encode()
    return _packed(body, packed=packed)


def _packed(body: bytes, *, packed: bool) -> tuple[bytes, str | None]:
    if packed and len(body) >= _PACK_FROM_BYTES:
        return gzip.compress(body, _LEVEL, mtime=0), "gzip"
    return body, None


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} on a card")
