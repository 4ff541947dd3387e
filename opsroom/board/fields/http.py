"""Custom fields over HTTP."""

from __future__ import annotations

from litestar import delete, get, patch, post

from opsroom.board.fields import api
from opsroom.board.fields.shapes import FieldChange, NewField
from opsroom.board.shapes import CustomField
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


def routes(house: House) -> list[object]:
    """/api/board/fields."""

    @get("/api/board/fields", opt={"verb": "board:read"}, tags=["fields"])
    async def list_fields(actor: Actor) -> Answer[list[CustomField]]:
        """The custom fields in their order; a board has 50 at most."""
        async with reading(house, actor) as tx:
            found = await api.fields(tx)
        return Answer(data=found, meta=Meta(total=len(found)))

    @post("/api/board/fields", opt={"verb": "board:admin"}, tags=["fields"])
    async def define_field(actor: Actor, data: NewField) -> Answer[CustomField]:
        """Define a custom field."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.define_field(tx, data))

    @get("/api/board/fields/{key:str}", opt={"verb": "board:read"}, tags=["fields"])
    async def get_field(actor: Actor, key: str) -> Answer[CustomField]:
        """One custom field, with how many tasks hold a value of it."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.field_with_count(tx, key))

    @patch("/api/board/fields/{key:str}", opt={"verb": "board:admin"}, tags=["fields"])
    async def change_field(actor: Actor, key: str, data: FieldChange) -> Answer[CustomField]:
        """Change a custom field's name, options or place."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.change_field(tx, key, data))

    @delete("/api/board/fields/{key:str}", status_code=200, opt={"verb": "board:admin"}, tags=["fields"])
    async def delete_field(actor: Actor, key: str) -> Answer[CustomField]:
        """Delete a custom field. Tasks keep its values; the same key and kind brings them back."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.delete_field(tx, key))

    return [list_fields, get_field, define_field, change_field, delete_field]
