"""Categories over HTTP."""

from __future__ import annotations

from litestar import delete, get, patch, post
from litestar.params import Parameter

from opsroom.board.categories import api
from opsroom.board.categories.clearing import delete_category as clear_category
from opsroom.board.categories.shapes import CategoryChange, NewCategory
from opsroom.board.shapes import Category
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


def routes(house: House) -> list[object]:
    """/api/categories."""

    @get("/api/categories", opt={"verb": "board:read"}, tags=["categories"])
    async def list_categories(
        actor: Actor,
        limit: int = Parameter(default=200, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[list[Category]]:
        """The categories in their order."""
        async with reading(house, actor) as tx:
            found = await api.categories(tx)
        page = found[offset : offset + limit]
        return Answer(data=page, meta=Meta(total=len(found), limit=limit, offset=offset))

    @post("/api/categories", opt={"verb": "board:admin"}, tags=["categories"])
    async def add_category(actor: Actor, data: NewCategory) -> Answer[Category]:
        """Add a category."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.add_category(tx, data))

    @patch("/api/categories/{category_id:str}", opt={"verb": "board:admin"}, tags=["categories"])
    async def change_category(actor: Actor, category_id: str, data: CategoryChange) -> Answer[Category]:
        """Change a category."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.change_category(tx, category_id, data))

    @delete(
        "/api/categories/{category_id:str}", status_code=200, opt={"verb": "board:admin"}, tags=["categories"]
    )
    async def delete_category(
        actor: Actor, category_id: str, move_to: str | None = Parameter(default=None, max_length=80)
    ) -> Answer[Category]:
        """Delete a category. Tasks in it need `move_to`: the id of another one, or `none`."""
        async with writing(house, actor) as tx:
            return Answer(data=await clear_category(tx, category_id, move_to))

    return [list_categories, add_category, change_category, delete_category]
