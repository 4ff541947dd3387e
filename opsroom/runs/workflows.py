"""The run as a durable workflow: open, follow, collect, hand over. Parks while people decide.

Each step can be repeated from its beginning: what it did is in our rows, and it looks there first.
Steps return plain JSON and never raise for what can be expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog

from opsroom.agents import api as agents
from opsroom.approvals import api as approvals
from opsroom.approvals.shapes import Question
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.db import Row
from opsroom.kernel.errors import OpsroomError
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House
from opsroom.runs import store
from opsroom.runs.changes import change_state, locked_row, note
from opsroom.runs.conclusion import Conclusion
from opsroom.runs.handover import Handover
from opsroom.runs.ports import Decision, Engine, PendingTool, SessionOrder, Stop
from opsroom.runs.rules import State, is_end
from opsroom.runs.sessions import Sessions

log = structlog.get_logger("opsroom.runs")

Args = dict[str, str]
_PARKED = ("REQUIRES_ACTION", "AWAITING_HUMAN")


class RunWorkflow:
    """The bodies of runs.execute, runs.continue and runs.cancel."""

    def __init__(self, house: House, sessions: Sessions, handover: Handover, conclusion: Conclusion) -> None:
        self._house = house
        self._sessions = sessions
        self._handover = handover
        self._conclusion = conclusion

    # -- workflows --------------------------------------------------------------------------

    async def execute(self, scope: Args, run_id: str) -> None:
        """A run from its acceptance to its hand-over, or to the gate where it waits for people."""
        state = await self._house.durable.step("open", self._open, scope, run_id)
        await self._go_on(scope, run_id, state)

    async def resume(self, scope: Args, run_id: str, _round: int) -> None:
        """A parked run after its questions were answered."""
        state = await self._house.durable.step("answer", self._answer, scope, run_id)
        await self._go_on(scope, run_id, state)

    async def cancel(self, scope: Args, run_id: str) -> None:
        """A parked run that was cancelled."""
        await self._house.durable.step("conclude", self._conclude, scope, run_id, "CANCELLING")

    async def _go_on(self, scope: Args, run_id: str, state: str) -> None:
        step = self._house.durable.step
        while state == "STREAMING":
            state = await step("follow", self._follow, scope, run_id)
            if state == "REQUIRES_ACTION":
                state = await step("ask", self._ask, scope, run_id)
        if state == "FETCHING_OUTPUTS":
            state = await step("fetch", self._fetch, scope, run_id)
        if state == "DELIVERING":
            await step("hand_over", self._hand_over, scope, run_id)
        elif state not in ("AWAITING_HUMAN", "ENDED"):
            await step("conclude", self._conclude, scope, run_id, state)

    async def on_fault(self, args: Sequence[Any], message: str) -> None:
        """An error nobody expected, or a run given up after killing its process too often."""
        scope, run_id = args[0], args[1]
        await self._conclusion.fail(Scope(**scope), run_id, "unexpected", message)

    # -- steps ------------------------------------------------------------------------------

    async def _open(self, scope: Args, run_id: str) -> str:
        where = Scope(**scope)
        async with self._house.unit_of_work(system_actor(where)) as tx:
            row = await locked_row(tx, run_id)
            begun = await self._begin(tx, row)
        if begun is not None:
            return begun
        failpoint("run.open.begun")
        async with self._house.unit_of_work.reading(system_actor(where)) as tx:
            row = await store.run_row(tx, run_id)
        assert row is not None  # noqa: S101 - locked a moment ago; rows of runs are never deleted
        try:
            engine, order = await self._sessions.order_of(where, row)
            session_id = await engine.open(order)
            failpoint("run.open.called")
        except OpsroomError as error:
            kind = "session_not_opened"
            await self._conclusion.mark_error(where, run_id, kind, error.message, error.problems)
            return "ERROR"
        async with self._house.unit_of_work(system_actor(where)) as tx:
            row = await locked_row(tx, run_id)
            if row["status"] == "SENDING_KICKOFF":
                await change_state(tx, row, "STREAMING", session_id=session_id)
        failpoint("run.open.recorded")
        return "STREAMING"

    async def _begin(self, tx: Any, row: Row) -> str | None:
        """Note the intent to open a session; a state when there is nothing to open any more."""
        status: State = row["status"]
        if is_end(status):
            return "ENDED"
        if status not in ("CREATED", "SENDING_KICKOFF"):
            return status
        if row["cancel_requested_at"] is not None:
            return "CANCELLING"
        attempts = {"open_attempts": row["open_attempts"] + 1}
        if status == "CREATED":
            version = await agents.version(tx, row["agent_name"], row["agent_version"])
            minutes = version.file.limits.max_session_duration_minutes
            until = tx.now + timedelta(minutes=minutes)
            await change_state(tx, row, "SENDING_KICKOFF", started_at=tx.now, deadline_at=until, **attempts)
        else:
            await store.update_run(tx, row["id"], **attempts)
        return None

    async def _follow(self, scope: Args, run_id: str) -> str:
        where = Scope(**scope)
        async with self._house.unit_of_work.reading(system_actor(where)) as tx:
            row = await store.run_row(tx, run_id)
        if row is not None and row["status"] != "STREAMING":
            return "ENDED" if is_end(row["status"]) else str(row["status"])
        state, stop = await self._sessions.follow(where, run_id)
        failpoint("run.follow.stopped")
        async with self._house.unit_of_work(system_actor(where)) as tx:
            row = await locked_row(tx, run_id)
            await change_state(tx, row, state, reason=stop.detail, **_trouble_of(state, stop))
            if state == "REQUIRES_ACTION":
                await self._put_questions(tx, row, stop.pending)
        failpoint("run.follow.moved")
        return state

    async def _put_questions(self, tx: Any, row: Row, pending: Sequence[PendingTool]) -> None:
        """Ask people about what the agent's file does not decide by itself."""
        version = await agents.version(tx, row["agent_name"], row["agent_version"])
        policy = version.file.approvals
        for tool in pending:
            question = Question(
                run_id=row["id"],
                agent_name=row["agent_name"],
                tool_use_id=tool.tool_use_id,
                tool_name=tool.tool_name,
                input=tool.input,
                thread_id=tool.thread_id,
                expires_at=tx.now + timedelta(hours=policy.expires_after_hours),
            )
            asked = await approvals.ask(tx, question)
            verdict = policy.policy_for(tool.tool_name)
            if verdict != "ask" and asked.status == "pending":
                await approvals.decide(tx, asked.id, allow=verdict == "allow", message="by the agent's file")
            body: dict[str, object] = {
                "approval_id": asked.id,
                "tool_name": tool.tool_name,
                "status": "pending" if verdict == "ask" else f"{verdict} by file",
                "decided_by": None,
            }
            await note(tx, row["id"], "approval", body, key=f"asked:{asked.id}")

    async def _ask(self, scope: Args, run_id: str) -> str:
        """Park when people must answer; otherwise pass the file's own answers on and go on.

        With the row locked: an answer given meanwhile is either seen here, or sees a parked run
        and continues it, never both.
        """
        where = Scope(**scope)
        async with self._house.unit_of_work(system_actor(where)) as tx:
            row = await locked_row(tx, run_id)
            open_questions, _ = await approvals.list_approvals(tx, status="pending", run_id=run_id)
            if open_questions and row["status"] == "REQUIRES_ACTION":
                await change_state(tx, row, "AWAITING_HUMAN", parked_at=tx.now)
        failpoint("run.ask.parked")
        return "AWAITING_HUMAN" if open_questions else await self._answer(scope, run_id)

    async def _answer(self, scope: Args, run_id: str) -> str:
        where = Scope(**scope)
        async with self._house.unit_of_work.reading(system_actor(where)) as tx:
            row = await store.run_row(tx, run_id)
            answered, _ = await approvals.list_approvals(tx, run_id=run_id, limit=200)
        if row is None or row["status"] not in _PARKED:
            return "ENDED" if row is None or is_end(row["status"]) else str(row["status"])
        decisions = [
            Decision(
                tool_use_id=a.tool_use_id,
                allow=a.status == "allowed",
                message=a.message,
                thread_id=a.thread_id,
            )
            for a in answered
            if a.status in ("allowed", "denied", "expired")
        ]
        try:
            engine, _order = await self._sessions.order_of(where, row)
            failpoint("run.answer.begun")
            await engine.decide(row["session_id"], decisions)
            failpoint("run.answer.sent")
        except OpsroomError as error:
            await self._conclusion.mark_error(where, run_id, "answer_not_passed_on", error.message)
            return "ERROR"
        async with self._house.unit_of_work(system_actor(where)) as tx:
            row = await locked_row(tx, run_id)
            if row["status"] not in _PARKED:
                return str(row["status"])
            waited = tx.now - (row["parked_at"] or tx.now)
            # People's time is not the session's: the deadline moves by as long as it stood still.
            until = row["deadline_at"] + waited if row["deadline_at"] else None
            await change_state(tx, row, "STREAMING", reason="answered", deadline_at=until, parked_at=None)
        failpoint("run.answer.recorded")
        return "STREAMING"

    async def _fetch(self, scope: Args, run_id: str) -> str:
        where = Scope(**scope)
        engine, order, row = await self._engine_of(where, run_id)
        if row["status"] != "FETCHING_OUTPUTS":
            return "ENDED" if is_end(row["status"]) else str(row["status"])
        return await self._handover.fetch(where, engine, order, row)

    async def _hand_over(self, scope: Args, run_id: str) -> str:
        where = Scope(**scope)
        engine, _order, row = await self._engine_of(where, run_id)
        await self._handover.request(where, run_id)
        await engine.close(row["session_id"])
        return "DELIVERING"

    async def _conclude(self, scope: Args, run_id: str, state: str) -> str:
        return await self._conclusion.conclude(Scope(**scope), run_id, state)

    async def _engine_of(self, where: Scope, run_id: str) -> tuple[Engine, SessionOrder, Row]:
        async with self._house.unit_of_work.reading(system_actor(where)) as tx:
            row = await store.run_row(tx, run_id)
        assert row is not None  # noqa: S101 - rows of runs are never deleted while one works on them
        engine, order = await self._sessions.order_of(where, row)
        return engine, order, row


def _trouble_of(state: State, stop: Stop) -> dict[str, str]:
    """The error columns for a state that is trouble; nothing for the good ones."""
    if state in ("FETCHING_OUTPUTS", "REQUIRES_ACTION", "CANCELLING"):
        return {}
    kind = stop.kind if state == "ERROR" else state.lower()
    return {"error_kind": kind, "error_message": stop.detail or kind.replace("_", " ")}
