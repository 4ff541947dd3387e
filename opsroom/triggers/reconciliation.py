"""Finding tasks whose webhook was lost: ClickUp drops an event for good after five failed tries.

Each look lists the tasks that wait in an agent's trigger status. A task that has waited there for
longer than a webhook may take, and that triggered nothing in that time, is triggered now. A webhook
that comes in later for the same change is answered as a duplicate.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from opsroom.agents import api as agents
from opsroom.agents.ports import WorkspaceScope
from opsroom.agents.shapes import AgentFile
from opsroom.delivery.ports import TaskTracker
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.correlation import work_context
from opsroom.kernel.errors import AdapterError, NotFound
from opsroom.kernel.room import House
from opsroom.triggers import store
from opsroom.triggers.intake import order_start
from opsroom.triggers.settings import TriggersSettings
from opsroom.triggers.sources.clickup.rules import trigger_key

log = structlog.get_logger("opsroom.triggers")


async def reconcile_for_ever(house: House, settings: TriggersSettings) -> None:
    """Look again and again, for every agent that ClickUp may trigger."""
    while settings.reconcile_s > 0:
        await asyncio.sleep(settings.reconcile_s)
        scope = house.need(WorkspaceScope).scope
        for agent in await _clickup_agents(house, scope):
            try:
                await reconcile(house, scope, agent, settings)
            except AdapterError as error:
                log.warning("triggers.reconcile_failed", agent=agent.agent_name, error=error.message)


async def _clickup_agents(house: House, scope: Scope) -> list[AgentFile]:
    found: list[AgentFile] = []
    async with house.unit_of_work.reading(system_actor(scope)) as tx:
        for summary in await agents.list_agents(tx):
            if "clickup_webhook" not in summary.enabled_triggers:
                continue
            try:
                found.append((await agents.current(tx, summary.name)).file)
            except NotFound:
                continue
    return found


async def reconcile(house: House, scope: Scope, agent: AgentFile, settings: TriggersSettings) -> list[str]:
    """One look for one agent; ids of the tasks that were triggered by it. Raises AdapterError."""
    hook = agent.triggers.clickup_webhook
    if not hook.list_id or not hook.trigger_status or hook.list_id.startswith("<"):
        return []  # the seed's file ships with a placeholder for the list
    tracker = house.need(TaskTracker)
    waiting = {t.id for t in await tracker.list_tasks(hook.list_id, statuses=[hook.trigger_status])}
    name = agent.agent_name
    lost: list[str] = []
    async with house.unit_of_work(system_actor(scope, "reconciliation")) as tx:
        known = await store.waiting_tasks(tx, name)
        await store.note_waiting(tx, name, waiting - set(known), set(known) - waiting)
        overdue = tx.now - timedelta(seconds=settings.reconcile_grace_s)
        open_ones = {t: known[t] for t in waiting & set(known) if not known[t]["handled"]}
        if not open_ones:
            return []
        # Seen waiting at the last look, so its change is older than that: a trigger a little before
        # the first look belongs to it.
        since = min(r["first_seen_at"] for r in open_ones.values()) - timedelta(
            seconds=settings.reconcile_s + settings.reconcile_grace_s
        )
        had_theirs = await store.triggered_since(tx, name, list(open_ones), since)
        lost = sorted(
            t for t, r in open_ones.items() if t not in had_theirs and r["first_seen_at"] <= overdue
        )
        keys = []
        for task_id in lost:
            key = trigger_key(name, task_id, f"reconciled:{open_ones[task_id]['first_seen_at'].isoformat()}")
            with work_context():
                order_start(tx, key, None, name, task_id, "reconciliation")
            keys.append(
                {
                    "trigger_key": key,
                    "agent": name,
                    "task_id": task_id,
                    "changed_at": tx.now,
                    "delivery_id": None,
                    "source": "reconciliation",
                }
            )
        await store.insert_keys(tx, keys)
        await store.set_handled(tx, name, [*had_theirs, *lost])
    for task_id in lost:
        log.warning("triggers.lost_webhook_found", agent=name, task_id=task_id)
    return lost
