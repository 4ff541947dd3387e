"""The live feeds as Server-Sent Events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from litestar import get
from litestar.params import HeaderParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.room import House
from opsroom.live.feeds import Frame, Pace, project_frames, run_frames
from opsroom.runs import api as runs

LastEventId = Annotated[str | None, HeaderParameter(name="Last-Event-ID", required=False)]


def _cursor(header: str | None, query: int | None) -> int | None:
    if header is None or not header.strip():
        return query
    if not header.strip().isdecimal() or len(header) > 18:
        raise Invalid(
            "Last-Event-ID is not a position in this feed.",
            problems=(Problem("Last-Event-ID", "must be a number this feed has sent"),),
        )
    return int(header)


async def _wrapped(frames: AsyncIterator[Frame]) -> AsyncIterator[ServerSentEventMessage]:
    async for frame in frames:
        if frame.event:
            yield ServerSentEventMessage(event=frame.event, data=frame.data, id=frame.id)
        else:
            yield ServerSentEventMessage(comment=frame.data)


_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


_USUAL = Pace()


def routes(house: House, pace: Pace = _USUAL) -> list[object]:
    """/api/feed and /api/runs/{id}/events."""

    @get("/api/runs/{run_id:str}/events", opt={"verb": "runs:read"}, summary="A run's events, live")
    async def run_events(
        actor: Actor, run_id: str, last_event_id: LastEventId = None, after: int | None = None
    ) -> ServerSentEvent:
        start = _cursor(last_event_id, after) or 0
        async with house.unit_of_work.reading(actor) as tx:
            await runs.get_run(tx, run_id)  # a clear 404 before the stream begins
        return ServerSentEvent(_wrapped(run_frames(house, actor, run_id, start, pace)), headers=_HEADERS)

    @get("/api/feed", opt={"verb": "runs:read"}, summary="Every run of the project that changes, live")
    async def feed(
        actor: Actor, last_event_id: LastEventId = None, after: int | None = None
    ) -> ServerSentEvent:
        start = _cursor(last_event_id, after)
        return ServerSentEvent(_wrapped(project_frames(house, actor, start, pace)), headers=_HEADERS)

    return [run_events, feed]
