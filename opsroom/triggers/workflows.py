"""From an accepted trigger to a requested run: read the task, check it, ask for the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from opsroom.agents import api as agents
from opsroom.agents.shapes import AgentVersion
from opsroom.delivery import api as delivery
from opsroom.delivery.ports import TaskTracker, TrackedTask
from opsroom.delivery.shapes import AlertField, AlertOrder
from opsroom.kernel.actor import Actor, Scope, system_actor
from opsroom.kernel.errors import AdapterError, Problem, Refusal
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx
from opsroom.runs import api as runs
from opsroom.runs.shapes import RunOrder
from opsroom.triggers import store
from opsroom.triggers.events import TriggerRejected
from opsroom.triggers.settings import TriggersSettings
from opsroom.triggers.shapes import Verdict
from opsroom.triggers.sources.clickup.rules import same_status

log = structlog.get_logger("opsroom.triggers")


class TaskTrigger:
    """The body of triggers.clickup_task."""

    def __init__(self, house: House, settings: TriggersSettings) -> None:
        self._house = house
        self._settings = settings

    async def start(
        self, scope: dict[str, str], key: str, agent: str, task_id: str, delivery_id: str | None
    ) -> None:
        """Read the task until it can be read, then request its run or say why not."""
        for attempt in range(self._settings.task_tries):
            wait_s = await self._house.durable.step(
                "start", self._try, scope, key, agent, task_id, delivery_id, attempt
            )
            if wait_s <= 0:
                return
            await self._house.durable.sleep(wait_s)

    async def on_fault(self, args: Sequence[Any], message: str) -> None:
        """An error nobody expected: never swallowed."""
        scope, key, agent, task_id, delivery_id = args
        await self._reject(Scope(**scope), key, agent, task_id, delivery_id, "failed", (message,))

    async def _try(
        self, scope: dict[str, str], key: str, agent: str, task_id: str, delivery_id: str | None, attempt: int
    ) -> float:
        """One try; seconds until the next, 0 when done."""
        where = Scope(**scope)
        try:
            task = await self._house.need(TaskTracker).get_task(task_id)
            failpoint("trigger.start.read")
        except AdapterError as error:
            last = attempt + 1 >= self._settings.task_tries
            if not error.permanent and not last:
                return max(error.retry_after_s or 0.0, 2.0**attempt)
            problem = f"the task could not be read: {error.message}"
            await self._reject(where, key, agent, task_id, delivery_id, "failed", (problem,))
            return 0.0
        await self._request(where, key, agent, task, delivery_id)
        failpoint("trigger.start.requested")
        return 0.0

    async def _request(
        self, where: Scope, key: str, agent: str, task: TrackedTask, delivery_id: str | None
    ) -> None:
        actor = system_actor(where, "ClickUp")
        try:
            async with self._house.unit_of_work(actor) as tx:
                version = await agents.current(tx, agent)
                wanted = version.file.triggers.clickup_webhook.trigger_status or ""
                if not same_status(task.status, wanted):
                    reason = f"the task is in {task.status!r} by now"
                    await self._settle(tx, key, agent, task.id, delivery_id, "stale", (reason,))
                    return
                payload = payload_of(version, task)
                run, _ = await runs.request_run(
                    tx,
                    RunOrder(
                        agent=agent,
                        trigger_source="clickup",
                        trigger_ref=task.id,
                        payload=payload,
                        task_id=task.id,
                        dedupe_key=f"clickup:{key}",
                        webhook_delivery_id=delivery_id,
                    ),
                )
                await store.set_run_of_key(tx, key, run.id)
                if delivery_id:
                    await store.settle_delivery(tx, delivery_id, run_id=run.id, reason="it started a run")
        except Refusal as refusal:
            verdict: Verdict = "missing_fields" if refusal.problems else "failed"
            problems = _in_words(refusal.problems) or (refusal.message,)
            await self._reject(where, key, agent, task.id, delivery_id, verdict, problems)

    async def _reject(
        self,
        where: Scope,
        key: str,
        agent: str,
        task_id: str,
        delivery_id: str | None,
        verdict: Verdict,
        problems: tuple[str, ...],
    ) -> None:
        """Nothing is started: tell people everything that is wrong, and block the task."""
        async with self._house.unit_of_work(system_actor(where, "ClickUp")) as tx:
            await self._settle(tx, key, agent, task_id, delivery_id, verdict, problems)
            await self._tell(tx, system_actor(where), key, agent, task_id, verdict, problems)

    async def _settle(
        self,
        tx: Tx,
        key: str,
        agent: str,
        task_id: str,
        delivery_id: str | None,
        verdict: Verdict,
        problems: tuple[str, ...],
    ) -> None:
        if delivery_id:
            await store.settle_delivery(tx, delivery_id, verdict=verdict, reason="; ".join(problems))
        tx.record(
            TriggerRejected(
                source="clickup", agent_name=agent, task_id=task_id, verdict=verdict, problems=problems
            ),
            subject=delivery_id or key,
        )
        log.warning("triggers.nothing_started", agent=agent, task_id=task_id, verdict=verdict)

    async def _tell(
        self,
        tx: Tx,
        _actor: Actor,
        key: str,
        agent: str,
        task_id: str,
        verdict: Verdict,
        problems: tuple[str, ...],
    ) -> None:
        known = {a.name for a in await agents.list_agents(tx) if a.version}
        file = (await agents.current(tx, agent)).file if agent in known else None
        what = "the task lacks required fields" if verdict == "missing_fields" else "the trigger failed"
        await delivery.raise_alert(
            tx,
            AlertOrder(
                kind="trigger_rejected",
                key=f"trigger:{key}",
                title=f"{file.display_name if file else agent} was not started: {what}",
                text="\n".join(f"• {p}" for p in problems),
                agent_name=agent,
                channel=file.alerts.on_failure_channel if file else None,
                tags=file.alerts.tag_on_failure if file else (),
                fields=(AlertField(label="Task", value=task_id),),
                task_id=task_id,
                block_task=file is None or bool(file.alerts.blocked_status),
                blocked_status=(file.alerts.blocked_status if file else None) or "Blocked",
            ),
        )


def payload_of(version: AgentVersion, task: TrackedTask) -> Json:
    """The fields the agent's file names, out of the task's custom fields."""
    wanted = (*version.file.required_fields, *version.file.optional_fields)
    return {name: task.values[name] for name in wanted if name in task.values}


def _in_words(problems: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(f"{p.path.removeprefix('payload.')} {p.message}" for p in problems)
