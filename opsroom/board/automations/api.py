"""The verbs of automations."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from opsroom.board.automations import rules, store
from opsroom.board.automations.checking import problems_of_automation
from opsroom.board.automations.matching import fields_asked, fitting, in_words, targets
from opsroom.board.automations.shapes import (
    Automation,
    AutomationChange,
    DryRun,
    DryRunRequest,
    Firing,
    NewAutomation,
    Trial,
    Tried,
    TriedOn,
    WouldFire,
)
from opsroom.board.errors import NoSuchTask, NoSuchThing
from opsroom.board.events import BoardArranged
from opsroom.board.references import known_things
from opsroom.board.revising import changes_of, moved_to, told
from opsroom.board.store import lock_board
from opsroom.board.workflow import api as workflow
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.events import Recorded
from opsroom.kernel.ids import new_id
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx, last_seq

MOST_AUTOMATIONS: Final = 100
_SHOWN: Final = 100
_LATELY: Final = timedelta(days=7)


async def list_automations(tx: Tx) -> list[Automation]:
    """The rules in their order, each with what it did lately."""
    records = await store.records(tx, tx.now - _LATELY)
    found = await store.automations(tx)
    return [rule.model_copy(update={"record": records.get(rule.id)}) for rule in found]


async def get_automation(tx: Tx, automation_id: str, *, lock: bool = False) -> Automation:
    """One rule. Raises NoSuchThing."""
    found = await store.automation(tx, automation_id, lock=lock)
    if found is None:
        raise NoSuchThing(f"There is no automation {automation_id} in this project.")
    return found


async def add_automation(tx: Tx, new: NewAutomation) -> Automation:
    """Add a rule. It looks at what happens from now on. Raises Invalid with every problem."""
    await lock_board(tx)
    present = await store.automations(tx)
    problems = problems_of_automation(new.when, new.only_if, new.then, await known_things(tx))
    if len(present) >= MOST_AUTOMATIONS:
        problems += (Problem("", f"the project has {MOST_AUTOMATIONS} automations, which is the most"),)
    if problems:
        raise Invalid("This automation cannot be kept.", problems=problems)
    automation_id = new_id("automation")
    values = _as_row(new.model_dump(mode="json", exclude={"position"}), new) | {
        "id": automation_id,
        "position": len(present),
        "since_seq": await last_seq(tx),
        "created_by": tx.actor.id,
        "created_by_name": tx.actor.name,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    await store.add(tx, values)
    await _place(tx, automation_id, new.position)
    _note(tx, automation_id, new.name, "created", {})
    return await get_automation(tx, automation_id)


async def change_automation(tx: Tx, automation_id: str, change: AutomationChange) -> Automation:
    """Change, place, enable or disable a rule. Raises NoSuchThing, StaleThing, Invalid."""
    await lock_board(tx)
    before = await get_automation(tx, automation_id, lock=True)
    changes = changes_of(before, change, what=f"The automation {before.name}")
    if not changes:
        return before
    when, only_if = change.when or before.when, change.only_if or before.only_if
    then = change.then or before.then
    problems = problems_of_automation(when, only_if, then, await known_things(tx))
    if problems and (changes.keys() & {"when", "only_if", "then"} or change.enabled):
        raise Invalid("This automation cannot be changed like this.", problems=problems)
    values = {k: v for k, v in change.model_dump(mode="json").items() if k in changes and k != "position"}
    values = _as_row(values, change)
    if changes.keys() & {"when", "only_if", "then"} or change.enabled:
        values["since_seq"] = await last_seq(tx)
    await store.change(tx, automation_id, values | {"updated_at": tx.now})
    await _place(tx, automation_id, change.position)
    _note(tx, automation_id, change.name or before.name, "changed", told(changes))
    return await get_automation(tx, automation_id)


async def delete_automation(tx: Tx, automation_id: str) -> Automation:
    """Take a rule away; its log stays. Raises NoSuchThing."""
    found = await get_automation(tx, automation_id, lock=True)
    await store.change(tx, automation_id, {"deleted_at": tx.now, "enabled": False, "updated_at": tx.now})
    _note(tx, automation_id, found.name, "deleted", {"enabled": [found.enabled, False]})
    return found.model_copy(update={"enabled": False})


async def restore_automation(tx: Tx, automation_id: str, *, enabled: bool) -> Automation:
    """Bring a deleted rule back; it looks at what happens from now on. Raises NoSuchThing."""
    await lock_board(tx)
    found = await store.deleted_automation(tx, automation_id)
    if found is None:
        raise NoSuchThing(f"There is no deleted automation {automation_id} in this project.")
    values = {"deleted_at": None, "enabled": enabled, "since_seq": await last_seq(tx), "updated_at": tx.now}
    await store.change(tx, automation_id, values)
    _note(tx, automation_id, found.name, "restored", {})
    return await get_automation(tx, automation_id)


async def log_of(
    tx: Tx, automation_id: str, *, outcome: str | None = None, limit: int = 50, offset: int = 0
) -> tuple[list[Firing], int]:
    """What a rule did, could not do or was stopped from doing, the newest first. Raises NoSuchThing."""
    await get_automation(tx, automation_id)
    return await store.log(tx, automation_id, outcome=outcome, limit=limit, offset=offset)


async def dry_run(tx: Tx, automation_id: str, asked: DryRunRequest) -> DryRun:
    """What the rule would have done about the newest events. Nothing is changed. Raises NoSuchThing."""
    return await _looked_back(tx, await get_automation(tx, automation_id), asked)


async def try_out(tx: Tx, trial: Trial) -> Tried:
    """The same for a rule that is not kept yet, and whether it fits a task. Raises Invalid, NoSuchTask."""
    problems = problems_of_automation(trial.when, trial.only_if, trial.then, await known_things(tx))
    if problems:
        raise Invalid("This automation cannot be tried.", problems=problems)
    rule = rule_of(tx, trial)
    on_task = None if trial.task_id is None else await _tried_on(tx, rule, trial.task_id)
    seen = await _looked_back(tx, rule, DryRunRequest(events=trial.events))
    return Tried(**{name: getattr(seen, name) for name in DryRun.model_fields}, on_task=on_task)


def rule_of(tx: Tx, trial: Trial) -> Automation:
    """A rule that is not kept yet, as the actor would make it."""
    return Automation(
        id="",
        name="",
        when=trial.when,
        only_if=trial.only_if,
        then=trial.then,
        enabled=True,
        position=0,
        hourly_limit=1,
        created_by=tx.actor.id,
        created_by_name=tx.actor.name,
        created_at=tx.now,
        updated_at=tx.now,
        version=1,
    )


async def _tried_on(tx: Tx, rule: Automation, task_id: str) -> TriedOn:
    task = (await store.facts(tx, [task_id])).get(task_id)
    if task is None:
        raise NoSuchTask(f"There is no task {task_id} in this project.")
    zone = (await workflow.settings(tx)).time_zone
    today = tx.now.astimezone(ZoneInfo(zone)).date()
    known = await fields_asked(tx, rule)
    why = _gone(task) or rules.why_not(
        rule.only_if, task, today=today, zone=zone, me=rule.created_by, fields=known
    )
    return TriedOn(
        task=(await store.task_refs(tx, [task_id]))[task_id],
        fits=why is None,
        why_not=why,
        actions=tuple(in_words(action) for action in rule.then),
    )


async def _looked_back(tx: Tx, rule: Automation, asked: DryRunRequest) -> DryRun:
    kinds = {kind for kinds in rules.EVENTS.values() for kind in kinds}
    seen = await store.newest_events(tx, kinds, task_id=asked.task_id, limit=asked.events)
    fit = [event for event in seen if rules.event_fits(rule.when, event)]
    firings: list[WouldFire] = []
    total = 0
    for event in fit:
        matches = await fitting(tx, rule, await targets(tx, rule, event))
        total += len(matches)
        if len(firings) < _SHOWN:
            firings += await _would(tx, rule, event, matches)
    return DryRun(
        events_seen=len(seen), events_fitting=len(fit), would_fire=total, firings=tuple(firings[:_SHOWN])
    )


async def _would(
    tx: Tx, rule: Automation, event: Recorded, matches: list[store.TaskFacts | None]
) -> list[WouldFire]:
    refs = await store.task_refs(tx, {task.id for task in matches if task is not None})
    return [
        WouldFire(
            event_id=event.id,
            event=event.kind,
            at=event.at,
            task=refs.get(task.id) if task is not None else None,
            actions=tuple(in_words(action) for action in rule.then),
            stopped=_gone(task),
        )
        for task in matches
    ]


def _gone(task: store.TaskFacts | None) -> str | None:
    if task is not None and task.deleted_at is not None:
        return "the task is deleted by now"
    return None


def _as_row(values: Json, given: NewAutomation | AutomationChange) -> Json:
    """JSON columns hold what was given: what is absent from a filter is not written down as null."""
    if given.only_if is not None and "only_if" in values:
        values["only_if"] = given.only_if.model_dump(mode="json", exclude_none=True)
    return values


async def _place(tx: Tx, automation_id: str, position: int | None) -> None:
    if position is not None:
        order = [rule.id for rule in await store.automations(tx)]
        await store.place(tx, moved_to(order, automation_id, position))


def _note(tx: Tx, automation_id: str, name: str, what: str, changes: Json) -> None:
    tx.record(BoardArranged(noun="automation", name=name, what=what, changes=changes), subject=automation_id)
