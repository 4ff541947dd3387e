"""Columns, settings and templates over HTTP."""

from __future__ import annotations

from litestar import get, patch

from opsroom.board.shapes import BoardSettings, Column
from opsroom.board.workflow import api
from opsroom.board.workflow.api import reading, writing
from opsroom.board.workflow.shapes import SettingsChange, WorkflowTemplate
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


def routes(house: House) -> list[object]:
    """/api/board/columns, /api/board/settings, /api/board/templates."""

    @get("/api/board/columns", opt={"verb": "board:read"}, tags=["workflow"])
    async def list_columns(actor: Actor) -> Answer[list[Column]]:
        """The columns from left to right; a board has 40 at most."""
        async with reading(house, actor) as tx:
            found = await api.columns(tx)
        return Answer(data=found, meta=Meta(total=len(found)))

    @get("/api/board/settings", opt={"verb": "board:read"}, tags=["workflow"])
    async def get_settings(actor: Actor) -> Answer[BoardSettings]:
        """How the board behaves."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.settings(tx))

    @patch("/api/board/settings", opt={"verb": "board:admin"}, tags=["workflow"])
    async def change_settings(actor: Actor, data: SettingsChange) -> Answer[BoardSettings]:
        """Change how the board behaves."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.change_settings(tx, data))

    @get("/api/board/templates", opt={"verb": "board:read"}, tags=["workflow"])
    async def list_templates(actor: Actor) -> Answer[list[WorkflowTemplate]]:
        """The workflows a board can go over to."""
        del actor
        found = api.templates()
        return Answer(data=found, meta=Meta(total=len(found)))

    return [list_columns, get_settings, change_settings, list_templates]
