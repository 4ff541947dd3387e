"""Recurring tasks over HTTP."""

from __future__ import annotations

from litestar import delete, get, patch, post
from litestar.params import Parameter

from opsroom.board.recurring import api
from opsroom.board.recurring.shapes import (
    NewRecurring,
    Preview,
    PreviewRequest,
    Recurring,
    RecurringChange,
)
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


def routes(house: House) -> list[object]:
    """/api/recurring."""

    @get("/api/recurring", opt={"verb": "board:read"}, tags=["recurring"])
    async def list_recurring(
        actor: Actor,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0, le=1_000_000),
    ) -> Answer[list[Recurring]]:
        """Recurring tasks, the newest first."""
        async with reading(house, actor) as tx:
            found, total = await api.list_recurring(tx, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/recurring", opt={"verb": "board:write"}, tags=["recurring"])
    async def add_recurring(actor: Actor, data: NewRecurring) -> Answer[Recurring]:
        """Set up a task that comes again by an iCalendar rule."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.add_recurring(tx, data))

    @post("/api/recurring/preview", opt={"verb": "board:read"}, status_code=200, tags=["recurring"])
    async def preview_recurring(actor: Actor, data: PreviewRequest) -> Answer[Preview]:
        """When a rule would occur next; nothing is kept."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.preview(tx, data))

    @patch("/api/recurring/{recurring_id:str}", opt={"verb": "board:write"}, tags=["recurring"])
    async def change_recurring(actor: Actor, recurring_id: str, data: RecurringChange) -> Answer[Recurring]:
        """Change it, pause it (`paused: true`) or let it go on."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.change_recurring(tx, recurring_id, data))

    @delete(
        "/api/recurring/{recurring_id:str}", opt={"verb": "board:write"}, status_code=200, tags=["recurring"]
    )
    async def end_recurring(actor: Actor, recurring_id: str) -> Answer[Recurring]:
        """Let it come no more. The tasks it made stay."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.end_recurring(tx, recurring_id))

    return [list_recurring, add_recurring, preview_recurring, change_recurring, end_recurring]
