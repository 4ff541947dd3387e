"""A rule tried in earnest: its actions run by the rules they will obey, and all of it is taken back.

A dry run says what a rule would be asked to do; only the board knows what it would refuse, such as a way the
workflow does not have or a column that is full. So each action is done, in a unit that never commits.
"""

from __future__ import annotations

from typing import Final

from opsroom.board.automations import acting, api, store
from opsroom.board.automations.matching import in_words
from opsroom.board.automations.shapes import (
    Action,
    Automation,
    DryRun,
    DryRunRequest,
    RefusedAction,
    Trial,
    Tried,
    WouldFire,
)
from opsroom.board.events import AgentStartRequested
from opsroom.board.workflow.api import reading
from opsroom.kernel.actor import Actor, Scope, system_actor
from opsroom.kernel.errors import Refusal
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx

MOST: Final = 20
"""Tasks on which one trial rehearses: each waits for its turn to write."""
_FIRING: Final = "firing_rehearsal"


async def dry_run(house: House, actor: Actor, automation_id: str, asked: DryRunRequest) -> DryRun:
    """`api.dry_run`, with what would be refused."""
    async with reading(house, actor) as tx:
        rule = await api.get_automation(tx, automation_id)
        seen = await api.dry_run(tx, automation_id, asked)
    return seen.model_copy(update={"firings": await _firings(house, actor.scope, rule, seen, {})})


async def try_out(house: House, actor: Actor, trial: Trial) -> Tried:
    """`api.try_out`, with what would be refused."""
    async with reading(house, actor) as tx:
        seen = await api.try_out(tx, trial)
        rule = api.rule_of(tx, trial)
    known: dict[str | None, tuple[RefusedAction, ...]] = {}
    on_task = seen.on_task
    if on_task is not None and on_task.fits:
        known[on_task.task.id] = await _refused(house, actor.scope, rule, on_task.task.id)
        on_task = on_task.model_copy(update={"refused": known[on_task.task.id]})
    firings = await _firings(house, actor.scope, rule, seen, known)
    return seen.model_copy(update={"firings": firings, "on_task": on_task})


async def _firings(
    house: House,
    scope: Scope,
    rule: Automation,
    seen: DryRun,
    known: dict[str | None, tuple[RefusedAction, ...]],
) -> tuple[WouldFire, ...]:
    told: list[WouldFire] = []
    for firing in seen.firings:
        task_id = firing.task.id if firing.task is not None else None
        if firing.stopped is None and task_id not in known and len(known) < MOST:
            known[task_id] = await _refused(house, scope, rule, task_id)
        refused = known.get(task_id) if firing.stopped is None else None
        told.append(firing.model_copy(update={"refused": refused}))
    return tuple(told)


async def _refused(
    house: House, scope: Scope, rule: Automation, task_id: str | None
) -> tuple[RefusedAction, ...]:
    """Every action that would be refused: those after one are tried all the same, to tell all at once."""
    found: list[RefusedAction] = []
    async with house.unit_of_work.rehearsing(system_actor(scope, acting.NAME)) as tx:
        if task_id is not None:
            await store.lock_task(tx, task_id)
        occasion = acting.Occasion(_FIRING, task_id)
        for number, action in enumerate(rule.then):
            if reason := await _refusal(tx, rule, occasion, action):
                found.append(RefusedAction(number=number, action=in_words(action), reason=reason))
    return tuple(found)


async def _refusal(tx: Tx, rule: Automation, occasion: acting.Occasion, action: Action) -> str | None:
    before = len(tx.events)
    try:
        async with tx.attempting():
            await acting.perform(tx, rule, occasion, action, ())
    except Refusal as refusal:
        return acting.reason_of(refusal)
    lacking = [
        event.body["agent_id"]
        for event in tx.events[before:]
        if event.kind == AgentStartRequested.KIND and event.body["agent_name"] is None
    ]
    if lacking:
        return (
            f"The agent {lacking[0]} has no agent file, so nothing would start. Give it one in the settings."
        )
    return None
