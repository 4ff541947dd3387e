"""Columns, settings and templates over HTTP."""

from __future__ import annotations

from litestar import delete, get, patch, post
from litestar.params import Parameter

from opsroom.board.shapes import BoardSettings, Column
from opsroom.board.workflow import api, columns, templating
from opsroom.board.workflow.api import reading, writing
from opsroom.board.workflow.shapes import (
    ColumnChange,
    NewColumn,
    SettingsChange,
    TemplateSwitch,
    TemplateSwitched,
    WorkflowTemplate,
)
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


def routes(house: House) -> list[object]:
    """/api/board/columns, /api/board/settings, /api/board/templates, /api/board/template."""

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

    @post("/api/board/template", status_code=200, opt={"verb": "board:admin"}, tags=["workflow"])
    async def switch_template(
        actor: Actor, data: TemplateSwitch, dry_run: bool = False
    ) -> Answer[TemplateSwitched]:
        """Go over to a template, or with `dry_run` see where every column's cards would go."""
        if dry_run:
            async with reading(house, actor) as tx:
                return Answer(data=await templating.preview_template(tx, data))
        async with writing(house, actor) as tx:
            return Answer(data=await templating.switch_template(tx, data))

    return [*_column_routes(house), get_settings, change_settings, list_templates, switch_template]


def _column_routes(house: House) -> list[object]:
    @get("/api/board/columns", opt={"verb": "board:read"}, tags=["workflow"])
    async def list_columns(actor: Actor) -> Answer[list[Column]]:
        """The columns from left to right; a board has 40 at most."""
        async with reading(house, actor) as tx:
            found = await api.columns(tx)
        return Answer(data=found, meta=Meta(total=len(found)))

    @post("/api/board/columns", opt={"verb": "board:admin"}, tags=["workflow"])
    async def add_column(actor: Actor, data: NewColumn) -> Answer[Column]:
        """Add a column."""
        async with writing(house, actor) as tx:
            return Answer(data=await columns.add_column(tx, data))

    @patch("/api/board/columns/{key:str}", opt={"verb": "board:admin"}, tags=["workflow"])
    async def change_column(actor: Actor, key: str, data: ColumnChange) -> Answer[Column]:
        """Change a column, or put it elsewhere. Its key stands."""
        async with writing(house, actor) as tx:
            return Answer(data=await columns.change_column(tx, key, data))

    @delete("/api/board/columns/{key:str}", status_code=200, opt={"verb": "board:admin"}, tags=["workflow"])
    async def delete_column(
        actor: Actor, key: str, move_to: str | None = Parameter(default=None, max_length=80)
    ) -> Answer[Column]:
        """Delete a column. Cards that stand in it need `move_to`, the key of another one."""
        async with writing(house, actor) as tx:
            return Answer(data=await columns.delete_column(tx, key, move_to))

    return [list_columns, add_column, change_column, delete_column]
