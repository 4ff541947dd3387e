"""Runs over HTTP. The event streams are in the live room."""

from __future__ import annotations

from typing import get_args

from litestar import get, post
from litestar.params import Parameter

from opsroom.approvals import api as approvals
from opsroom.approvals.shapes import Approval
from opsroom.artifacts import api as artifacts
from opsroom.delivery import api as delivery
from opsroom.delivery.shapes import Delivery
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Json, Meta, Shape
from opsroom.kernel.uow import Tx, last_seq
from opsroom.runs import api
from opsroom.runs.clients import payload_for
from opsroom.runs.rules import STATES, State
from opsroom.runs.shapes import Output, Run, RunEvent, RunFilter, RunOrder, TriggerDetail


class StartRun(Shape):
    """A wish for a run. Without a payload, the client's file or newest run supplies it."""

    agent: str
    payload: Json | None = None
    client_id: str | None = None
    clickup_task_id: str | None = None
    dry_run: bool = False
    source: str = "api"


class CancelRun(Shape):
    reason: str | None = None


class Redeliver(Shape):
    channel: str | None = None


class RunDetail(Run):
    """A run with everything that belongs to it."""

    outputs: list[Output]
    deliveries: list[Delivery]
    approvals: list[Approval]
    trigger_detail: TriggerDetail


async def detail_of(tx: Tx, run_id: str) -> RunDetail:
    """The run page's whole content in one snapshot. Raises NoSuchRun."""
    run = await api.get_run(tx, run_id)
    kept = await artifacts.list_of(tx, run_id)
    asked, _ = await approvals.list_approvals(tx, run_id=run_id, limit=200)
    return RunDetail(
        **{k: getattr(run, k) for k in Run.model_fields},
        outputs=[Output(**{k: getattr(a, k) for k in Output.model_fields}) for a in kept],
        deliveries=await delivery.deliveries_of(tx, run_id),
        approvals=asked,
        trigger_detail=await api.trigger_of(tx, run_id),
    )


def _states(text: str | None) -> tuple[State, ...]:
    given = tuple(s.strip().upper() for s in text.split(",")) if text else ()
    unknown = [s for s in given if s not in STATES]
    if unknown:
        known = ", ".join(get_args(State))
        raise Invalid(
            "The status filter has unknown states.",
            problems=tuple(Problem("status", f"{s} is not one of {known}") for s in unknown),
        )
    return given  # type: ignore[return-value]


_SOURCES = ("api", "web", "cli")


def routes(house: House) -> list[object]:
    """/api/runs and what is below it."""

    @get("/api/runs", opt={"verb": "runs:read"}, summary="Runs, newest first")
    async def list_runs(
        actor: Actor,
        agent: str | None = None,
        status: str | None = None,
        client: str | None = None,
        trigger: str | None = None,
        search: str | None = None,
        sort: str = "-created_at",
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0, le=1_000_000),
    ) -> Answer[list[Run]]:
        wanted = RunFilter(
            agents=tuple(agent.split(",")) if agent else (),
            statuses=_states(status),
            client=client,
            trigger=trigger,
            search=search[:200] if search else None,
            sort=sort,
            limit=limit,
            offset=offset,
        )
        async with house.unit_of_work.reading(actor) as tx:
            found, total = await api.list_runs(tx, wanted)
            seq = await last_seq(tx)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset, seq=seq))

    @post("/api/runs", opt={"verb": "runs:write"}, status_code=201, summary="Start a run")
    async def start_run(actor: Actor, data: StartRun) -> Answer[Run]:
        payload = await payload_for(
            house, actor, data.agent, data.client_id, data.payload, data.clickup_task_id
        )
        order = RunOrder(
            agent=data.agent,
            trigger_source=data.source if data.source in _SOURCES else "api",
            payload=payload,
            client_id=data.client_id,
            task_id=data.clickup_task_id,
            dry_run=data.dry_run,
        )
        async with house.unit_of_work(actor) as tx:
            run, _ = await api.request_run(tx, order)
        failpoint("run.request.committed")
        return Answer(data=run)

    @get("/api/runs/{run_id:str}", opt={"verb": "runs:read"})
    async def get_run(actor: Actor, run_id: str) -> Answer[RunDetail]:
        async with house.unit_of_work.reading(actor) as tx:
            found = await detail_of(tx, run_id)
            seq = await last_seq(tx)
        return Answer(data=found, meta=Meta(seq=seq))

    @get("/api/runs/{run_id:str}/log", opt={"verb": "runs:read"}, summary="The event log of a run")
    async def get_log(
        actor: Actor,
        run_id: str,
        after: int = Parameter(default=0, ge=0),
        limit: int = Parameter(default=500, ge=1, le=2000),
    ) -> Answer[list[RunEvent]]:
        async with house.unit_of_work.reading(actor) as tx:
            found = await api.events_of(tx, run_id, after=after, limit=limit)
            run = await api.get_run(tx, run_id)
        return Answer(data=found, meta=Meta(total=run.event_count, limit=limit))

    @post("/api/runs/{run_id:str}/cancel", opt={"verb": "runs:write"}, status_code=200)
    async def cancel_run(actor: Actor, run_id: str, data: CancelRun) -> Answer[Run]:
        async with house.unit_of_work(actor) as tx:
            run = await api.cancel(tx, run_id, reason=data.reason)
        return Answer(data=run)

    @post("/api/runs/{run_id:str}/rerun", opt={"verb": "runs:write"}, status_code=201)
    async def rerun(actor: Actor, run_id: str) -> Answer[Run]:
        async with house.unit_of_work(actor) as tx:
            run = await api.rerun(tx, run_id)
        return Answer(data=run)

    @post("/api/runs/{run_id:str}/redeliver", opt={"verb": "runs:write"}, status_code=200)
    async def redeliver(actor: Actor, run_id: str, data: Redeliver) -> Answer[Run]:
        async with house.unit_of_work(actor) as tx:
            run = await api.redeliver(tx, run_id, data.channel)
        return Answer(data=run)

    return [list_runs, start_run, get_run, get_log, cancel_run, rerun, redeliver]
