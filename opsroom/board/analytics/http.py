"""Figures over HTTP: as JSON, or as CSV with `format=csv`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated, Literal, TypeVar

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter, QueryParameter

from opsroom.board.analytics import sheets
from opsroom.board.analytics.api import MOST_SPRINTS, Analytics
from opsroom.board.analytics.shapes import (
    Among,
    Burn,
    CumulativeFlow,
    CycleTimes,
    DoneTasks,
    GroupBy,
    Throughput,
    Velocity,
    Workload,
)
from opsroom.board.exchange.cells import lines
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer

T = TypeVar("T")
Form = Annotated[Literal["json", "csv"], QueryParameter(name="format")]
First = Annotated[date | None, QueryParameter(name="from")]
Last = Annotated[date | None, QueryParameter(name="to")]
SprintId = Annotated[str | None, QueryParameter(name="sprint", max_length=80)]

Some = Annotated[str | None, Parameter(max_length=2000)]
"""Several values parted by commas; `none` is "empty"."""

_OPT = {"verb": "board:read", "also_media": ("text/csv",)}


def routes(house: House) -> list[HTTPRouteHandler]:
    """/api/analytics/…"""
    figures = house.need(Analytics)

    @get("/api/analytics/velocity", opt=_OPT, tags=["analytics"], media_type="application/json")
    async def get_velocity(
        actor: Actor,
        count: int = Parameter(default=20, ge=1, le=MOST_SPRINTS),
        assigned: Some = None,
        category: Some = None,
        form: Form = "json",
    ) -> Response[Answer[Velocity]]:
        """What sprints set out to do and what they did, the earliest first."""
        found = await figures.velocity(actor, count=count, among=_among(assigned, category, None))
        return _answer(found, form, sheets.of_velocity, "velocity")

    @get("/api/analytics/burndown", opt=_OPT, tags=["analytics"], media_type="application/json")
    async def get_burndown(
        actor: Actor, sprint: SprintId = None, form: Form = "json"
    ) -> Response[Answer[Burn]]:
        """What was left of a sprint at the end of each day, with what was added and removed on it."""
        return _answer(await figures.burn(actor, sprint), form, sheets.of_burn, "burndown")

    @get("/api/analytics/burnup", opt=_OPT, tags=["analytics"], media_type="application/json")
    async def get_burnup(
        actor: Actor, sprint: SprintId = None, form: Form = "json"
    ) -> Response[Answer[Burn]]:
        """What was done of a sprint, and what was in it, at the end of each day."""
        return _answer(await figures.burn(actor, sprint), form, sheets.of_burn, "burnup")

    return [get_velocity, get_burndown, get_burnup, *_dated_routes(figures)]


def _dated_routes(figures: Analytics) -> list[HTTPRouteHandler]:
    @get("/api/analytics/cycle-time", opt=_OPT, tags=["analytics"], media_type="application/json")
    async def get_cycle_times(
        actor: Actor,
        first: First = None,
        last: Last = None,
        by: GroupBy = "none",
        assigned: Some = None,
        category: Some = None,
        sprint: Some = None,
        form: Form = "json",
    ) -> Response[Answer[CycleTimes]]:
        """How long what was done took: from its begin (cycle) and from its making (lead), as percentiles."""
        found = await figures.cycle_times(actor, first, last, by, _among(assigned, category, sprint))
        return _answer(found, form, sheets.of_cycle_times, "cycle-time")

    @get("/api/analytics/done-tasks", opt=_OPT, tags=["analytics"], media_type="application/json")
    async def get_done_tasks(
        actor: Actor,
        first: First = None,
        last: Last = None,
        assigned: Some = None,
        category: Some = None,
        sprint: Some = None,
        form: Form = "json",
    ) -> Response[Answer[DoneTasks]]:
        """What was done one by one, and how long it took: the last 2,000 tasks of a span of days."""
        found = await figures.done_tasks(actor, first, last, _among(assigned, category, sprint))
        return _answer(found, form, sheets.of_done_tasks, "done-tasks")

    @get("/api/analytics/throughput", opt=_OPT, tags=["analytics"], media_type="application/json")
    async def get_throughput(
        actor: Actor,
        first: First = None,
        last: Last = None,
        assigned: Some = None,
        category: Some = None,
        sprint: Some = None,
        form: Form = "json",
    ) -> Response[Answer[Throughput]]:
        """What was done week by week."""
        found = await figures.throughput(actor, first, last, _among(assigned, category, sprint))
        return _answer(found, form, sheets.of_throughput, "throughput")

    @get("/api/analytics/cumulative-flow", opt=_OPT, tags=["analytics"], media_type="application/json")
    async def get_cumulative_flow(
        actor: Actor,
        first: First = None,
        last: Last = None,
        assigned: Some = None,
        category: Some = None,
        sprint: Some = None,
        form: Form = "json",
    ) -> Response[Answer[CumulativeFlow]]:
        """How many tasks stood in which column at the end of each day, by whose they are now."""
        found = await figures.cumulative_flow(actor, first, last, _among(assigned, category, sprint))
        return _answer(found, form, sheets.of_cumulative_flow, "cumulative-flow")

    @get("/api/analytics/workload", opt=_OPT, tags=["analytics"], media_type="application/json")
    async def get_workload(
        actor: Actor,
        first: First = None,
        last: Last = None,
        assigned: Some = None,
        category: Some = None,
        sprint: Some = None,
        form: Form = "json",
    ) -> Response[Answer[Workload]]:
        """What agents and people have open now, and did in a span of days."""
        found = await figures.workload(actor, first, last, _among(assigned, category, sprint))
        return _answer(found, form, sheets.of_workload, "workload")

    return [get_cycle_times, get_done_tasks, get_throughput, get_cumulative_flow, get_workload]


def _among(assigned: str | None, category: str | None, sprint: str | None) -> Among:
    return Among(agents=_values(assigned), categories=_values(category), sprints=_values(sprint))


def _values(said: str | None) -> tuple[str | None, ...]:
    parts = (part.strip() for part in (said or "").split(","))
    return tuple(None if part == "none" else part for part in parts if part)


def _answer(
    found: T, form: str, rows: Callable[[T], Iterable[list[object]]], name: str
) -> Response[Answer[T]]:
    if form == "json":
        return Response(Answer(data=found))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    text = lines(rows(found)).encode()
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)  # pyright: ignore[reportReturnType]
