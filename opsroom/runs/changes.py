"""Changing a run's state: the one way in, so that row, log and event always agree."""

from __future__ import annotations

from typing import Any

from opsroom.kernel.db import Row
from opsroom.kernel.errors import Fault
from opsroom.kernel.ids import new_id
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx
from opsroom.runs import store
from opsroom.runs.events import RunEnded, RunMoved
from opsroom.runs.ports import EngineEvent, RunEventKind
from opsroom.runs.rules import OUTCOME_OF, State, is_end, move


def own_event(tx: Tx, kind: RunEventKind, body: Json, *, key: str | None = None) -> EngineEvent:
    """An event that we, not the session, put into a run's log. With `key` it is stored once."""
    return EngineEvent(
        source_id=f"opsroom:{key or new_id('own')}", source_type="opsroom", kind=kind, at=tx.now, body=body
    )


async def note(tx: Tx, run_id: str, kind: RunEventKind, body: Json, *, key: str | None = None) -> None:
    """Put one event of ours into the log of a run."""
    await store.append_events(tx, {run_id: [own_event(tx, kind, body, key=key)]})


async def change_state(tx: Tx, row: Row, to: State, *, reason: str = "", **values: Any) -> None:
    """Move a run along the table, with whatever else changes in its row.

    An end sets `ended_at`; the outcome is the reason it was heading for. Raises Fault for a move
    the table does not have.
    """
    run_id, was = row["id"], row["status"]
    move(was, to)
    if to in OUTCOME_OF:
        values["outcome"] = OUTCOME_OF[to]
    if is_end(to):
        values["ended_at"] = tx.now
        values["progress"] = None
    elif to == "DELIVERING":
        values |= {"outcome": None, "ended_at": None}
    await store.update_run(tx, run_id, status=to, **values)
    await note(tx, run_id, "run.state", {"from": was, "to": to, "reason": reason})
    tx.record(
        RunMoved(agent_name=row["agent_name"], from_state=was, to_state=to, reason=reason), subject=run_id
    )
    if is_end(to):
        outcome = values.get("outcome") or row["outcome"] or "error"
        tx.record(
            RunEnded(
                agent_name=row["agent_name"],
                status=to,
                outcome=outcome,
                cost_micro_usd=row["cost_micro_usd"],
            ),
            subject=run_id,
        )


async def locked_row(tx: Tx, run_id: str) -> Row:
    """The run's row, locked. Raises Fault: whoever asks holds an id that must exist."""
    row = await store.run_row(tx, run_id, lock=True)
    if row is None:
        raise Fault(f"run {run_id} is not in this project")
    return row
