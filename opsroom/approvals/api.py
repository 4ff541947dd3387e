"""The verbs of the approvals room."""

from __future__ import annotations

import hashlib
import json

from opsroom.approvals import store
from opsroom.approvals.errors import AlreadyAnswered, NoSuchApproval, NotForAgents
from opsroom.approvals.events import ApprovalAsked, ApprovalDecided
from opsroom.approvals.shapes import Approval, Question
from opsroom.kernel.ids import new_id
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx


async def ask(tx: Tx, question: Question) -> Approval:
    """Put a question. Asking again about the same tool call gives the question that stands."""
    earlier = await store.by_tool_use(tx, question.run_id, question.tool_use_id)
    if earlier:
        return earlier
    approval_id = new_id("appr")
    values = question.model_dump() | {
        "id": approval_id,
        "input_sha256": sha256_of(question.input),
        "status": "pending",
        "created_at": tx.now,
    }
    await store.insert(tx, values)
    tx.record(
        ApprovalAsked(run_id=question.run_id, agent_name=question.agent_name, tool_name=question.tool_name),
        subject=approval_id,
    )
    tx.wake("approvals")
    return await get(tx, approval_id)


async def get(tx: Tx, approval_id: str) -> Approval:
    """One question. Raises NoSuchApproval."""
    found = await store.by_id(tx, approval_id)
    if found is None:
        raise NoSuchApproval(f"There is no approval {approval_id} in this project.")
    return found


async def list_approvals(
    tx: Tx, *, status: str | None = None, run_id: str | None = None, limit: int = 50, offset: int = 0
) -> tuple[list[Approval], int]:
    """Questions, newest first, and the whole count."""
    return await store.listed(tx, status=status, run_id=run_id, limit=limit, offset=offset)


async def decide(
    tx: Tx, approval_id: str, *, allow: bool, message: str | None = None, input_sha256: str | None = None
) -> Approval:
    """Answer a question. The first answer wins; the same answer again changes nothing.

    `input_sha256`, if given, must be the hash of the arguments as they stand: it proves that the
    person saw those and no others. Raises NotForAgents, NoSuchApproval, AlreadyAnswered.
    """
    if tx.actor.kind == "agent":
        raise NotForAgents("Agents may ask for approval; only people and apps of people may give it.")
    found = await store.by_id(tx, approval_id, lock=True)
    if found is None:
        raise NoSuchApproval(f"There is no approval {approval_id} in this project.")
    if input_sha256 is not None and input_sha256 != found.input_sha256:
        raise AlreadyAnswered("The arguments are not the ones you were shown; look again before you answer.")
    wanted = "allowed" if allow else "denied"
    if found.status == "pending" and found.expires_at <= tx.now:
        raise AlreadyAnswered(f"This question expired at {found.expires_at:%Y-%m-%d %H:%M} UTC.")
    if found.status == wanted and found.decided_by == tx.actor.id:
        return found
    if found.status != "pending":
        raise AlreadyAnswered(
            f"This was already {found.status} by {found.decided_by_name or 'the clock'}.",
            theirs={"status": found.status, "decided_by": found.decided_by_name},
            yours={"status": wanted},
        )
    return await _settle(tx, found, wanted, message)


async def expire(tx: Tx, approval_id: str) -> None:
    """End a question whose time is over; a run then goes on as if it had been denied."""
    found = await store.by_id(tx, approval_id, lock=True)
    if found and found.status == "pending" and found.expires_at <= tx.now:
        await _settle(tx, found, "expired", "Nobody answered in time.")


async def withdraw(tx: Tx, run_id: str) -> None:
    """Take back the open questions of a run that will not go on."""
    pending, _ = await store.listed(tx, status="pending", run_id=run_id, limit=200, offset=0)
    for approval in pending:
        await store.settle(tx, approval.id, status="withdrawn", message="The run ended first.")
    if pending:
        tx.wake("approvals")


async def _settle(tx: Tx, approval: Approval, status: str, message: str | None) -> Approval:
    await store.settle(
        tx,
        approval.id,
        status=status,
        message=message,
        decided_by=tx.actor.id,
        decided_by_name=tx.actor.name,
    )
    tx.record(
        ApprovalDecided(
            run_id=approval.run_id,
            tool_use_id=approval.tool_use_id,
            tool_name=approval.tool_name,
            status=status,
            decided_by_name=tx.actor.name,
        ),
        subject=approval.id,
    )
    tx.wake("approvals")
    return await get(tx, approval.id)


def sha256_of(arguments: Json) -> str:
    """The hash an answer is bound to: of the arguments as canonical JSON."""
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
