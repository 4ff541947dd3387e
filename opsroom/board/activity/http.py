"""Activity over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar import get, post
from litestar.params import Parameter, QueryParameter

from opsroom.board.activity import api, undoing
from opsroom.board.activity.shapes import DailySummary, FeedFilter
from opsroom.board.shapes import Activity
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta, Shape
from opsroom.kernel.uow import last_seq

Some = Annotated[str | None, Parameter(max_length=2000)]
"""Several values parted by commas."""
FirstDay = Annotated[date | None, QueryParameter(name="from")]
LastDay = Annotated[date | None, QueryParameter(name="to")]
Before = Annotated[int | None, Parameter(ge=1)]


class Undoing(Shape):
    """Nothing has to be said to undo something; the body may be left out."""


def routes(house: House) -> list[object]:
    """/api/activity and /api/tasks/{task_id}/activity."""

    @get("/api/activity", opt={"verb": "board:read"}, tags=["activity"])
    async def list_activity(
        actor: Actor,
        done_by: Annotated[str | None, QueryParameter(name="actor", max_length=2000)] = None,
        task: Annotated[str | None, Parameter(max_length=80)] = None,
        kind: Some = None,
        first_day: FirstDay = None,
        last_day: LastDay = None,
        before: Before = None,
        limit: int = Parameter(default=50, ge=1, le=200),
    ) -> Answer[list[Activity]]:
        """What happened, newest first. `actor` takes ids, handles and `me`; the next page is `before` the
        number of the last event."""
        wanted = FeedFilter(_split(done_by), task, _split(kind), first_day, last_day, before, limit)
        return await _feed(house, actor, wanted)

    @get("/api/tasks/{task_id:str}/activity", opt={"verb": "board:read"}, tags=["activity"])
    async def list_task_activity(
        actor: Actor,
        task_id: str,
        kind: Some = None,
        before: Before = None,
        limit: int = Parameter(default=50, ge=1, le=200),
    ) -> Answer[list[Activity]]:
        """What happened to a task, newest first, also to a deleted one."""
        return await _feed(
            house, actor, FeedFilter(task=task_id, kinds=_split(kind), before=before, limit=limit)
        )

    @get("/api/activity/daily", opt={"verb": "board:read"}, tags=["activity"])
    async def daily_summary(
        actor: Actor, day: Annotated[date | None, QueryParameter(name="date")] = None
    ) -> Answer[DailySummary]:
        """A day of the project by its own clock, today without `date`."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.daily(tx, day))

    @post(
        "/api/activity/{event_id:str}/undo", status_code=200, opt={"verb": "board:write"}, tags=["activity"]
    )
    async def undo_event(actor: Actor, event_id: str, data: Undoing | None = None) -> Answer[Activity]:
        """Undo what an event did; the answer is the undo's own event. Refused when the same changed since."""
        del data
        async with writing(house, actor) as tx:
            undone = await undoing.undo(tx, event_id)
        async with reading(house, actor) as tx:
            return Answer(data=await api.activity_of(tx, undone))

    return [list_activity, list_task_activity, daily_summary, undo_event]


async def _feed(house: House, actor: Actor, wanted: FeedFilter) -> Answer[list[Activity]]:
    async with reading(house, actor) as tx:
        found = await api.feed(tx, wanted)
        seq = await last_seq(tx)
    return Answer(data=found, meta=Meta(limit=wanted.limit, seq=seq))


def _split(values: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in (values or "").split(",") if part.strip()))[:100]
