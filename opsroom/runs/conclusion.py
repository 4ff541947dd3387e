"""How a run that did not succeed ends: the session stopped, people told, the end recorded. Fail loud."""

from __future__ import annotations

import json
from collections.abc import Sequence

import structlog

from opsroom.agents import api as agents
from opsroom.approvals import api as approvals
from opsroom.delivery import api as delivery
from opsroom.delivery.shapes import AlertField, AlertOrder
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.db import Row
from opsroom.kernel.errors import OpsroomError, Problem
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.redact import redact_text
from opsroom.kernel.room import House
from opsroom.kernel.shape import micro_to_usd
from opsroom.kernel.uow import Tx
from opsroom.runs import store
from opsroom.runs.changes import change_state, locked_row
from opsroom.runs.engine_rack import EngineRack
from opsroom.runs.eventlog import EventLog
from opsroom.runs.rules import State, is_end, may_move
from opsroom.runs.settings import RunsSettings

log = structlog.get_logger("opsroom.runs")

_END_OF: dict[State, State] = {
    "BUDGET_EXCEEDED": "TERMINATED",
    "DURATION_EXCEEDED": "TERMINATED",
    "CANCELLING": "CANCELLED",
    "REFUSED": "ALERTED",
    "RETRIES_EXHAUSTED": "ALERTED",
    "SESSION_LOST": "ALERTED",
    "ERROR": "ALERTED",
}
_TITLES: dict[str, str] = {
    "BUDGET_EXCEEDED": "was stopped: its budget is spent",
    "DURATION_EXCEEDED": "was stopped: it ran longer than it may",
    "REFUSED": "was refused by the model",
    "RETRIES_EXHAUSTED": "gave up after too many retries",
    "SESSION_LOST": "lost its session",
    "ERROR": "failed",
    "EMPTY": "ended without any output",
}
_STOP_FIRST = frozenset({"BUDGET_EXCEEDED", "DURATION_EXCEEDED", "CANCELLING", "ERROR"})


class Conclusion:
    """Brings runs in trouble to their end."""

    def __init__(self, house: House, rack: EngineRack, eventlog: EventLog, settings: RunsSettings) -> None:
        self._house = house
        self._rack = rack
        self._log = eventlog
        self._settings = settings

    async def mark_error(
        self, scope: Scope, run_id: str, kind: str, message: str, problems: Sequence[Problem] = ()
    ) -> None:
        """Put a run into ERROR with what a person needs to know. Does nothing once it has ended."""
        detail = "\n".join([message, *(f"{p.path}: {p.message}" for p in problems)])
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            row = await locked_row(tx, run_id)
            if may_move(row["status"], "ERROR"):
                await change_state(
                    tx,
                    row,
                    "ERROR",
                    reason=message[:500],
                    error_kind=kind,
                    error_message=redact_text(detail),
                )

    async def fail(self, scope: Scope, run_id: str, kind: str, message: str) -> None:
        """End a run because of a fault of ours."""
        await self.mark_error(scope, run_id, kind, message)
        await self.conclude(scope, run_id, "ERROR")

    async def conclude(self, scope: Scope, run_id: str, state: str) -> str:
        """Stop the session where it may still run, tell people, and end the run; its end state."""
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            row = await locked_row(tx, run_id)
            if state == "CANCELLING" and may_move(row["status"], "CANCELLING"):
                await change_state(tx, row, "CANCELLING", reason=row["cancel_reason"] or "")
                row = await locked_row(tx, run_id)
        if row["session_id"] and row["status"] in _STOP_FIRST:
            failpoint("run.conclude.before_stop")
            await self._stop_session(row)
            failpoint("run.conclude.stopped")
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            row = await locked_row(tx, run_id)
            await self._end(tx, row)
        failpoint("run.conclude.ended")
        await self._let_go(scope, row)
        return "ENDED"

    async def _stop_session(self, row: Row) -> None:
        try:
            engine = self._rack.get(row["engine"])
            await engine.interrupt(row["session_id"], (row["error_kind"] or row["status"]).lower())
        except OpsroomError as error:
            # The alert goes out all the same; the provider's own budget is the last line.
            log.warning("runs.interrupt_failed", run_id=row["id"], error=error.message)

    async def _end(self, tx: Tx, row: Row) -> None:
        state: State = row["status"]
        if state == "EMPTY" or state in _END_OF:
            if state != "CANCELLING":
                await self._tell(tx, row)
            if state in _END_OF:
                await change_state(tx, row, _END_OF[state])
        if is_end(state) or state in _END_OF:
            await approvals.withdraw(tx, row["id"])
            today = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
            await delivery.check_daily_cost(tx, await store.spent_since(tx, today))

    async def _tell(self, tx: Tx, row: Row) -> None:
        version = await agents.version(tx, row["agent_name"], row["agent_version"])
        alerts = version.file.alerts
        last = await store.last_event(tx, row["id"])
        who = row["client_name"] or row["client_id"]
        fields = [
            AlertField(label="Run", value=row["id"]),
            AlertField(label="Agent", value=f"{row['agent_name']} v{row['agent_version']}"),
            AlertField(label="Session", value=row["session_id"] or "none was opened"),
            AlertField(label="Cost", value=f"${micro_to_usd(row['cost_micro_usd'])}"),
        ]
        if who:
            fields.append(AlertField(label="Client", value=who))
        await delivery.raise_alert(
            tx,
            AlertOrder(
                kind=f"run_{row['status'].lower()}",
                key=f"run:{row['id']}:{row['status']}",
                title=f"{row['display_name']} {_TITLES.get(row['status'], 'failed')}",
                text=row["error_message"] or "",
                agent_name=row["agent_name"],
                run_id=row["id"],
                channel=alerts.on_failure_channel,
                tags=alerts.tag_on_failure,
                fields=tuple(fields),
                task_id=row["task_id"],
                block_task=bool(row["task_id"] and alerts.blocked_status),
                blocked_status=alerts.blocked_status or "Blocked",
                last_event=_in_words(last.source_type, last.body) if last else None,
                run_url=f"{self._house.public_url}/runs/{row['id']}",
            ),
        )

    async def _let_go(self, scope: Scope, row: Row) -> None:
        if not row["session_id"]:
            return
        await self._log.catch_up(scope, row["id"], row["session_id"])
        self._log.forget(row["id"])
        try:
            await self._rack.get(row["engine"]).close(row["session_id"])
        except OpsroomError as error:
            log.warning("runs.close_failed", run_id=row["id"], error=error.message)


def _in_words(source_type: str, body: object) -> str:
    return f"{source_type}: {json.dumps(body, ensure_ascii=False, default=str)[:400]}"
