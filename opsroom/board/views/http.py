"""Saved views over HTTP."""

from __future__ import annotations

from litestar import delete, get, patch, post
from litestar.params import Parameter

from opsroom.board.shapes import SavedView
from opsroom.board.views import api
from opsroom.board.views.shapes import NewView, ViewChange
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


def routes(house: House) -> list[object]:
    """/api/board/views."""

    @get("/api/board/views", opt={"verb": "board:read"}, tags=["views"])
    async def list_views(
        actor: Actor,
        limit: int = Parameter(default=100, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[list[SavedView]]:
        """One's own views and the shared ones, in their order."""
        async with reading(house, actor) as tx:
            found, total = await api.views(tx, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/board/views", opt={"verb": "board:write"}, tags=["views"])
    async def save_view(actor: Actor, data: NewView) -> Answer[SavedView]:
        """Save a view: a filter under a name, for oneself or shared with the project."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.save_view(tx, data))

    @patch("/api/board/views/{view_id:str}", opt={"verb": "board:write"}, tags=["views"])
    async def change_view(actor: Actor, view_id: str, data: ViewChange) -> Answer[SavedView]:
        """Change a view: its owner may, and an admin where it is shared."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.change_view(tx, view_id, data))

    @delete("/api/board/views/{view_id:str}", status_code=200, opt={"verb": "board:write"}, tags=["views"])
    async def delete_view(actor: Actor, view_id: str) -> Answer[SavedView]:
        """Delete a view: its owner may, and an admin where it is shared."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.delete_view(tx, view_id))

    @post(
        "/api/board/views/{view_id:str}/restore", status_code=200, opt={"verb": "board:write"}, tags=["views"]
    )
    async def restore_view(actor: Actor, view_id: str) -> Answer[SavedView]:
        """Bring a deleted view back: its owner may, and an admin where it was shared."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.restore_view(tx, view_id))

    return [list_views, save_view, change_view, delete_view, restore_view]
