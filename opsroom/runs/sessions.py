"""Following a session: its events into the log, its money and time under their limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import cast

import structlog

from opsroom.agents import api as agents
from opsroom.agents.shapes import AgentVersion
from opsroom.delivery import api as delivery
from opsroom.delivery.shapes import AlertOrder
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.db import Row
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.ids import new_id
from opsroom.kernel.room import House
from opsroom.kernel.shape import micro_to_usd
from opsroom.runs import store
from opsroom.runs.changes import locked_row
from opsroom.runs.engine_rack import EngineRack
from opsroom.runs.eventlog import EventLog
from opsroom.runs.ports import Engine, EngineEvent, SessionOrder, Stop
from opsroom.runs.rules import State, over_alert, over_budget, state_of_stop
from opsroom.runs.settings import RunsSettings
from opsroom.runs.store import Appended

log = structlog.get_logger("opsroom.runs")

# A wake may be lost (another process, a hiccup): then the row is looked at this often anyway.
_CONTROL_POLL_S = 10.0


class Sessions:
    """Opens and follows the sessions of runs. Holds no state of a run: that is all in rows."""

    def __init__(self, house: House, rack: EngineRack, eventlog: EventLog, settings: RunsSettings) -> None:
        self._house = house
        self._rack = rack
        self._log = eventlog
        self._settings = settings

    async def order_of(self, scope: Scope, row: Row) -> tuple[Engine, SessionOrder]:
        """The engine of a run and what it must know, from the version the run began with."""
        async with self._house.unit_of_work.reading(system_actor(scope)) as tx:
            version = await agents.version(tx, row["agent_name"], row["agent_version"])
        prompt = _prompt(version, row)
        order = SessionOrder(
            run_id=row["id"],
            agent=version.file,
            title=" · ".join(filter(None, [row["display_name"], row["client_name"] or row["client_id"]])),
            prompt=prompt,
            payload=row["payload"],
            max_cost_micro_usd=row["budget_micro_usd"],
            max_minutes=max(1, round(version.file.limits.max_session_duration_minutes)),
            attempt=max(1, row["open_attempts"]),
            organization_id=scope.organization_id,
            instance_id=scope.instance_id,
        )
        return self._rack.get(row["engine"]), order

    async def follow(self, scope: Scope, run_id: str) -> tuple[State, Stop]:
        """Follow a run's session until it stops or must be stopped; where that takes the run."""
        async with self._house.unit_of_work.reading(system_actor(scope)) as tx:
            row = await store.run_row(tx, run_id)
        if row is None or row["session_id"] is None:
            return "ERROR", Stop(kind="failed", detail="the run has no session to follow")
        engine, order = await self.order_of(scope, row)
        await self._log.catch_up(scope, run_id, row["session_id"])
        reader = asyncio.create_task(self._read(scope, engine, order, row["session_id"]))
        watchers = [
            asyncio.create_task(self._watch_control(scope, run_id)),
            asyncio.create_task(self._watch_clock(row["deadline_at"])),
            asyncio.create_task(self._watch_cost(scope, engine, run_id, row["session_id"])),
        ]
        try:
            done, _ = await asyncio.wait([reader, *watchers], return_when=asyncio.FIRST_COMPLETED)
            # The session's own word goes first when several end in one turn of the loop.
            return reader.result() if reader in done else next(iter(done)).result()
        finally:
            for task in (reader, *watchers):
                task.cancel()
            await asyncio.gather(reader, *watchers, return_exceptions=True)

    async def _read(
        self, scope: Scope, engine: Engine, order: SessionOrder, session_id: str
    ) -> tuple[State, Stop]:
        try:
            # Closed here and now when we are cancelled: it holds a connection or a process.
            batches = cast("AsyncGenerator[Sequence[EngineEvent], None]", engine.follow(order, session_id))
            async with aclosing(batches):
                async for batch in batches:
                    appended = await self._log.append(scope, order.run_id, batch)
                    verdict = await self._judge_cost(scope, appended)
                    stop = _stop_in(batch)
                    if stop is not None:
                        return state_of_stop(stop), stop
                    if verdict is not None:
                        return verdict
        except AdapterError as error:
            return "ERROR", Stop(kind="failed", detail=error.message)
        return "ERROR", Stop(kind="unknown", detail="the event stream ended without a stop")

    async def _watch_control(self, scope: Scope, run_id: str) -> tuple[State, Stop]:
        with self._house.wakes.listen(f"control:{run_id}") as listener:
            while True:
                async with self._house.unit_of_work.reading(system_actor(scope)) as tx:
                    row = await store.run_row(tx, run_id)
                if row is not None and row["cancel_requested_at"] is not None:
                    return "CANCELLING", Stop(kind="terminated", detail=row["cancel_reason"] or "cancelled")
                await listener.wait(_CONTROL_POLL_S)

    async def _watch_clock(self, deadline: datetime | None) -> tuple[State, Stop]:
        while deadline is None or self._house.database.now() < deadline:
            left = 60.0 if deadline is None else (deadline - self._house.database.now()).total_seconds()
            await asyncio.sleep(max(0.05, min(left, 60.0)))  # never trust one long sleep over a clock change
        return "DURATION_EXCEEDED", Stop(kind="terminated", detail="the session ran longer than it may")

    async def _watch_cost(
        self, scope: Scope, engine: Engine, run_id: str, session_id: str
    ) -> tuple[State, Stop]:
        while True:
            await asyncio.sleep(self._settings.cost_sample_s)
            try:
                usage = await engine.usage(session_id)
            except AdapterError as error:
                log.warning("runs.cost_sample_failed", run_id=run_id, error=error.message)
                continue
            if usage is None:
                continue
            body: dict[str, object] = {"cost_usd": micro_to_usd(usage.cost_micro_usd)}
            if usage.input_tokens is not None:
                body |= {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
            sample = EngineEvent(
                source_id=f"opsroom:{new_id('cost')}",
                source_type="opsroom",
                kind="cost",
                at=self._house.database.now(),
                body=body,
                cost_micro_usd=usage.cost_micro_usd,
            )
            verdict = await self._judge_cost(scope, await self._log.append(scope, run_id, [sample]))
            await self._judge_day(scope)
            if verdict is not None:
                return verdict

    async def _judge_day(self, scope: Scope) -> None:
        """Long sessions count while they run: the daily alert must not wait for their end."""
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            today = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
            await delivery.check_daily_cost(tx, await store.spent_since(tx, today))

    async def _judge_cost(self, scope: Scope, now: Appended) -> tuple[State, Stop] | None:
        if over_alert(now.cost_micro_usd, now.alert_micro_usd) and not now.cost_alerted:
            await self._warn_of_cost(scope, now)
        if over_budget(now.cost_micro_usd, now.budget_micro_usd):
            spent, limit = micro_to_usd(now.cost_micro_usd), micro_to_usd(now.budget_micro_usd)
            return "BUDGET_EXCEEDED", Stop(kind="budget_reached", detail=f"spent ${spent} of ${limit}")
        return None

    async def _warn_of_cost(self, scope: Scope, now: Appended) -> None:
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            row = await locked_row(tx, now.run_id)
            if row["cost_alerted"]:
                return
            await store.update_run(tx, now.run_id, cost_alerted=True)
            version = await agents.version(tx, row["agent_name"], row["agent_version"])
            spent, limit = micro_to_usd(now.cost_micro_usd), micro_to_usd(now.budget_micro_usd)
            await delivery.raise_alert(
                tx,
                AlertOrder(
                    kind="cost_warning",
                    key=f"cost:{now.run_id}",
                    title=f"{row['display_name']} has spent ${spent}",
                    text=f"It will be stopped at ${limit}.",
                    agent_name=row["agent_name"],
                    run_id=now.run_id,
                    channel=version.file.alerts.on_failure_channel,
                    run_url=f"{self._house.public_url}/runs/{now.run_id}",
                ),
            )


def _prompt(version: AgentVersion, row: Row) -> str:
    return agents.render(
        version.file.kickoff_template.prompt,
        row["payload"],
        at=row["created_at"],
        extra={"agent_name": row["agent_name"], "run_id": row["id"]},
        absent=version.file.optional_fields,
    )


def _stop_in(batch: Sequence[EngineEvent]) -> Stop | None:
    return next((e.stop for e in reversed(batch) if e.stop is not None), None)
