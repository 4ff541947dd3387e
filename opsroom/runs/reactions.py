"""What runs do when something happens in the rooms below them."""

from __future__ import annotations

from opsroom.approvals import api as approvals
from opsroom.approvals.events import ApprovalDecided
from opsroom.delivery.events import OrderFinished
from opsroom.kernel.actor import system_actor
from opsroom.kernel.events import Recorded
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House
from opsroom.runs import api, store
from opsroom.runs.changes import locked_row, note
from opsroom.runs.handover import Handover

CONTINUE = "runs.continue.v1"


def register(house: House, handover: Handover) -> None:
    """Register the reactions of this room."""

    async def on_decision(event: Recorded) -> None:
        await continue_when_answered(house, ApprovalDecided.model_validate(event.body), event)

    async def on_delivered(event: Recorded) -> None:
        done = OrderFinished.model_validate(event.body)
        scope = house.scope_of(event)
        await handover.finish(scope, done.run_id, ok=done.ok, failed=done.failed_channels)

    house.react(ApprovalDecided, "runs.on_approval_decided.v1", on_decision)
    house.react(OrderFinished, "runs.on_order_finished.v1", on_delivered)


async def continue_when_answered(house: House, decided: ApprovalDecided, event: Recorded) -> None:
    """Log the answer; when it was the last one a parked run waited for, set the run going again.

    With the row locked, so that of two last answers at once exactly one continues the run.
    """
    scope = house.scope_of(event)
    async with house.unit_of_work(system_actor(scope)) as tx:
        row = await store.run_row(tx, decided.run_id, lock=True)
        if row is None:
            return
        body: dict[str, object] = {
            "approval_id": event.subject,
            "tool_name": decided.tool_name,
            "status": decided.status,
            "decided_by": decided.decided_by_name,
        }
        await note(tx, decided.run_id, "approval", body, key=f"decided:{event.subject}")
        row = await locked_row(tx, decided.run_id)
        open_questions, _ = await approvals.list_approvals(
            tx, status="pending", run_id=decided.run_id, limit=1
        )
        if (
            row["status"] != "AWAITING_HUMAN"
            or open_questions
            or await _under_way(house, row["id"], row["rounds"])
        ):
            return
        round_ = row["rounds"] + 1
        await store.update_run(tx, decided.run_id, rounds=round_)
        tx.enqueue(
            CONTINUE,
            scope.model_dump(),
            decided.run_id,
            round_,
            workflow_id=continuation_id(decided.run_id, round_),
            queue="runs",
        )
    failpoint("run.continue.ordered")


def continuation_id(run_id: str, round_: int) -> str:
    """The workflow that goes on with a run after its n-th gate."""
    return f"{api.EXECUTE.partition('.')[0]}:{run_id}:{round_}"


async def _under_way(house: House, run_id: str, round_: int) -> bool:
    """True while the continuation of this gate has been ordered and has not yet taken the run on."""
    return round_ > 0 and await house.durable.status(continuation_id(run_id, round_)) in (
        "ENQUEUED",
        "PENDING",
        "DELAYED",  # held back after a crash; it will run
    )
