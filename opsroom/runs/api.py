"""The verbs of the runs room."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from opsroom.agents import api as agents
from opsroom.agents.shapes import AgentVersion
from opsroom.approvals import api as approvals
from opsroom.delivery import api as delivery
from opsroom.kernel.correlation import current_correlation_id
from opsroom.kernel.errors import Forbidden, Invalid, Problem
from opsroom.kernel.ids import new_id
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx
from opsroom.runs import store
from opsroom.runs.changes import change_state, locked_row
from opsroom.runs.errors import NoSuchRun, NotNow
from opsroom.runs.events import RunCancelRequested, RunRequested
from opsroom.runs.rules import may_cancel, may_move
from opsroom.runs.shapes import Run, RunEvent, RunFilter, RunOrder, TriggerDetail

EXECUTE = "runs.execute.v1"
CANCEL = "runs.cancel.v1"
MAX_PAYLOAD_BYTES = 512 * 1024


async def request_run(tx: Tx, order: RunOrder) -> tuple[Run, bool]:
    """Accept a run; the run, and whether it is new. It starts when the unit commits.

    With a `dedupe_key` seen before, the run that key began is returned and nothing starts.
    Raises NotFound for an unknown agent, Invalid naming every missing payload field, Forbidden
    when the agent's file switches the trigger off.
    """
    version = await agents.current(tx, order.agent)
    _check_trigger(order, version.file.enabled_triggers)
    payload = _complete_payload(order)
    _check_payload(version, payload)
    run_id = new_id("run")
    limits = version.file.limits
    values = {
        "id": run_id,
        "agent_name": version.name,
        "display_name": version.file.display_name,
        "agent_version": version.version,
        "engine": version.file.engine.type,
        "status": "CREATED",
        "trigger_source": order.trigger_source,
        "trigger_ref": order.trigger_ref,
        "dedupe_key": order.dedupe_key,
        "requested_by": tx.actor.id,
        "requested_by_name": tx.actor.name,
        "webhook_delivery_id": order.webhook_delivery_id,
        "client_id": _text(payload.get("client_id")) or order.client_id,
        "client_name": _text(payload.get("client_name")),
        "task_id": order.task_id,
        "payload": payload,
        "payload_hash": payload_hash(payload),
        "correlation_id": current_correlation_id(),
        "budget_micro_usd": limits.max_cost_micro_usd,
        "alert_micro_usd": limits.alert_micro_usd,
        "dry_run": order.dry_run,
    }
    earlier = await store.insert_run(tx, values)
    if earlier:
        return await get_run(tx, earlier), False
    tx.record(
        RunRequested(
            agent_name=version.name, trigger_source=order.trigger_source, client_id=values["client_id"]
        ),
        subject=run_id,
    )
    tx.enqueue(EXECUTE, tx.actor.scope.model_dump(), run_id, workflow_id=f"run:{run_id}", queue="runs")
    tx.wake(f"runs:{tx.actor.scope.project_id}")
    return await get_run(tx, run_id), True


def _check_trigger(order: RunOrder, enabled: tuple[str, ...]) -> None:
    switch = {
        "cli": "manual_cli",
        "api": "manual_cli",
        "web": "manual_cli",
        "clickup": "clickup_webhook",
        "board": "board",
    }
    name = switch.get(order.trigger_source)
    if name and name not in enabled:
        raise Forbidden(
            f"Agent {order.agent} does not take {name} triggers; set triggers.{name}.enabled in its file."
        )


def _complete_payload(order: RunOrder) -> Json:
    payload = dict(order.payload)
    if order.client_id:
        payload.setdefault("client_id", order.client_id)
    return payload


def _check_payload(version: AgentVersion, payload: Json) -> None:
    found = agents.payload_problems(version.file, payload)
    problems = [Problem(f"payload.{p.path}", p.message) for p in found]
    if len(json.dumps(payload, default=str)) > MAX_PAYLOAD_BYTES:
        problems.append(Problem("payload", f"is larger than {MAX_PAYLOAD_BYTES // 1024} KiB"))
    if problems:
        raise Invalid(f"The payload does not fit agent {version.name}.", problems=tuple(problems))


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


def payload_hash(payload: Json) -> str:
    """SHA-256 of the payload as canonical JSON."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def get_run(tx: Tx, run_id: str) -> Run:
    """One run. Raises NoSuchRun."""
    row = await store.run_row(tx, run_id)
    if row is None:
        raise NoSuchRun(f"There is no run {run_id} in this project.")
    return store.run_of(row, tx.now)


async def list_runs(tx: Tx, wanted: RunFilter) -> tuple[list[Run], int]:
    """A page of runs and the whole count. Raises Invalid for a field nobody can sort by."""
    unknown = [p for p in wanted.sort.split(",") if p.removeprefix("-") not in store.sortable()]
    if unknown:
        known = ", ".join(store.sortable())
        raise Invalid(
            "The list cannot be sorted like that.",
            problems=tuple(Problem("sort", f"{p!r} is not one of {known}") for p in unknown),
        )
    return await store.list_runs(tx, wanted)


async def events_of(tx: Tx, run_id: str, *, after: int = 0, limit: int = 500) -> list[RunEvent]:
    """The log of a run after number `after`. Raises NoSuchRun."""
    await get_run(tx, run_id)
    return await store.events_after(tx, run_id, after, limit)


async def trigger_of(tx: Tx, run_id: str) -> TriggerDetail:
    """What began a run. Raises NoSuchRun."""
    row = await store.run_row(tx, run_id)
    if row is None:
        raise NoSuchRun(f"There is no run {run_id} in this project.")
    return TriggerDetail(
        source=row["trigger_source"],
        ref=row["trigger_ref"],
        actor_name=row["requested_by_name"],
        received_at=row["created_at"],
        webhook_delivery_id=row["webhook_delivery_id"],
        payload=row["payload"],
    )


async def latest_payload(tx: Tx, agent: str, client_id: str) -> Json | None:
    """The payload of the newest run of `agent` for this client, or None."""
    return await store.latest_payload(tx, agent, client_id)


async def run_with_key(tx: Tx, dedupe_key: str) -> Run | None:
    """The run a dedupe key began, or None."""
    return await store.run_with_key(tx, dedupe_key)


async def runs_of_ref(tx: Tx, source: str, ref: str, *, limit: int = 50) -> list[Run]:
    """The runs that this trigger reference (a card, say) began, newest first."""
    return await store.runs_of_ref(tx, source, ref, limit)


async def versions_since(tx: Tx, since: datetime) -> list[tuple[str, int, datetime]]:
    """(id, version, time) of the project's runs touched at or after `since`, in the order of the touch."""
    return await store.versions_since(tx, since)


async def runs_by_id(tx: Tx, run_ids: Sequence[str]) -> list[Run]:
    """Those of these runs that are in the project, in the order asked for."""
    return await store.runs_by_id(tx, run_ids)


async def time_of_event(tx: Tx, seq: int) -> datetime | None:
    """When the newest event up to number `seq` happened, or None when there is none."""
    return await store.time_of_event(tx, seq)


async def cancel(tx: Tx, run_id: str, *, reason: str | None = None) -> Run:
    """Ask a run to stop. It stops within a second or two. Raises NoSuchRun, NotNow."""
    run = await get_run(tx, run_id)
    row = await locked_row(tx, run_id)
    if not may_cancel(row["status"]):
        raise NotNow(f"Run {run_id} is {run.status}; there is nothing left to stop.")
    if row["cancel_requested_at"] is None:
        why = reason or f"{tx.actor.name} cancelled it"
        await store.update_run(tx, run_id, cancel_requested_at=tx.now, cancel_reason=why[:500])
        tx.record(RunCancelRequested(reason=why), subject=run_id)
        tx.wake(f"control:{run_id}")
        if row["status"] in ("REQUIRES_ACTION", "AWAITING_HUMAN"):
            # Nobody is following a parked run, so the cancelling is work of its own.
            tx.enqueue(
                CANCEL, tx.actor.scope.model_dump(), run_id, workflow_id=f"run:{run_id}:cancel", queue="runs"
            )
    return await get_run(tx, run_id)


async def rerun(tx: Tx, run_id: str) -> Run:
    """A new run of the same agent (its current version) with the same payload."""
    row = await store.run_row(tx, run_id)
    if row is None:
        raise NoSuchRun(f"There is no run {run_id} in this project.")
    order = RunOrder(
        agent=row["agent_name"],
        trigger_source="rerun",
        trigger_ref=run_id,
        payload=row["payload"],
        task_id=row["task_id"],
        dry_run=row["dry_run"],
    )
    return (await request_run(tx, order))[0]


async def redeliver(tx: Tx, run_id: str, channel: str | None = None) -> Run:
    """Deliver again what did not arrive; with a channel named, that channel. Raises NotNow."""
    run = await get_run(tx, run_id)
    row = await locked_row(tx, run_id)
    if not may_move(row["status"], "DELIVERING"):
        raise NotNow(f"Run {run_id} is {run.status}; only a delivered run can be delivered again.")
    await delivery.redeliver(tx, run_id, channel, force=channel is not None and run.status == "DONE")
    await change_state(tx, row, "DELIVERING", reason=f"{tx.actor.name} asked for it again")
    return await get_run(tx, run_id)


async def pending_approvals(tx: Tx, run_id: str) -> bool:
    """True while a question of this run is open."""
    found, _ = await approvals.list_approvals(tx, status="pending", run_id=run_id, limit=1)
    return bool(found)
