"""Imports and the export over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter, QueryParameter
from litestar.response import Stream

from opsroom.board.exchange import api
from opsroom.board.exchange.api import Importing
from opsroom.board.exchange.export import csv_export, json_export
from opsroom.board.exchange.settings import ExchangeSettings
from opsroom.board.exchange.shapes import BoardExport, Import, ImportReport, ImportRequest, Preview, PutAway
from opsroom.board.workflow.api import ensure_furnished, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta

Form = Annotated[Literal["json", "csv"], QueryParameter(name="format")]
_ADMIN = {"verb": "board:admin"}
# Base64 makes four characters of three bytes, and the mapping stands beside it.
_BODY_SHARE = 1.4
_MAPPING_BYTES = 1_048_576


def routes(house: House) -> list[HTTPRouteHandler]:
    """/api/imports and /api/export."""
    importing = house.need(Importing)
    most = int(house.settings.section(ExchangeSettings).max_import_bytes * _BODY_SHARE) + _MAPPING_BYTES

    @post("/api/imports/preview", opt=_ADMIN, status_code=200, request_max_body_size=most, tags=["exchange"])
    async def preview_import(actor: Actor, data: ImportRequest) -> Answer[Preview]:
        """What an import would do, a mapping to confirm, and what does not fit. Nothing is written."""
        return Answer(data=await importing.preview(actor, data))

    @post("/api/imports", opt=_ADMIN, request_max_body_size=most, tags=["exchange"])
    async def start_import(actor: Actor, data: ImportRequest) -> Answer[Import]:
        """Import by this mapping; it is carried out by itself. Look at it for how far it is."""
        return Answer(data=await importing.order(actor, data))

    @get("/api/imports", opt=_ADMIN, tags=["exchange"])
    async def list_imports(
        actor: Actor,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0, le=1_000_000),
    ) -> Answer[list[Import]]:
        """The project's imports, the newest first."""
        async with house.unit_of_work.reading(actor) as tx:
            found, total = await api.imports(tx, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @get("/api/imports/{import_id:str}", opt=_ADMIN, tags=["exchange"])
    async def get_import(
        actor: Actor,
        import_id: str,
        limit: int = Parameter(default=100, ge=1, le=1000),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[ImportReport]:
        """How far an import is, and a page of what did not fit and why."""
        async with house.unit_of_work.reading(actor) as tx:
            found = await api.report(tx, import_id, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(total=found.order.misfits, limit=limit, offset=offset))

    @post("/api/imports/{import_id:str}/archive", opt=_ADMIN, status_code=200, tags=["exchange"])
    async def put_import_away(actor: Actor, import_id: str) -> Answer[PutAway]:
        """Put the cards that an import made into the archive, up to 500 in one call."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.put_away(tx, import_id))

    @get(
        "/api/export",
        opt={"verb": "board:read", "also_media": ("text/csv",)},
        tags=["exchange"],
    )
    async def export_board(actor: Actor, form: Form = "json") -> Response[BoardExport]:
        """Everything of the board as JSON that can be imported again, or its tasks as CSV; streamed."""
        await ensure_furnished(house, actor)
        parts = json_export(house, actor) if form == "json" else csv_export(house, actor)
        kind = "application/json" if form == "json" else "text/csv; charset=utf-8"
        headers = {"Content-Disposition": f'attachment; filename="board.{form}"'}
        return Stream(parts, media_type=kind, headers=headers)  # pyright: ignore[reportReturnType]

    return [preview_import, start_import, list_imports, get_import, put_import_away, export_board]
