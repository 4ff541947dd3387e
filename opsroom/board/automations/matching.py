"""From an event to firings: which rules fit, on which tasks, and where a chain is stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from opsroom.board.automations import store
from opsroom.board.automations.checking import sprint_rule_is_for_tasks
from opsroom.board.automations.rules import (
    CUSTOM,
    MOST_DEPTH,
    MOST_TASKS_OF_A_SPRINT,
    SPRINT_EVENTS,
    STOP_WINDOW,
    event_fits,
    why_not,
)
from opsroom.board.automations.shapes import (
    Action,
    AssignTask,
    Automation,
    CommentTask,
    LabelTask,
    MoveTask,
    NotifyPeople,
    SetField,
    StartAgent,
)
from opsroom.board.fields import api as fields
from opsroom.board.shapes import CustomField
from opsroom.board.workflow.store import settings
from opsroom.kernel.events import Recorded
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx, event_by_id

log = structlog.get_logger("opsroom.board")

FIRE: Final = "board.automations.v1"
# A chain is followed back no further than this: what is deeper is stopped anyway.
_LOOK_BACK: Final = MOST_DEPTH + 1
Target = store.TaskFacts | None


async def match(tx: Tx, event: Recorded) -> None:
    """Order what the project's rules do about an event. Part of the follower's commit."""
    found = [rule for rule in await store.awake(tx, event.seq) if event_fits(rule.when, event)]
    if not found:
        return
    root, depth = await _lineage(tx, event)
    ordered = False
    for rule in found:
        for task in await fitting(tx, rule, await targets(tx, rule, event)):
            ordered |= await _order(tx, rule, event, task, root, depth)
    if ordered:
        tx.enqueue(FIRE, tx.actor.scope.model_dump(), event.id, workflow_id=f"{FIRE}:{event.id}")


async def targets(tx: Tx, rule: Automation, event: Recorded) -> list[Target]:
    """The tasks an event is about; None alone where a rule is about the sprint itself."""
    if event_of_sprint(rule):
        if not sprint_rule_is_for_tasks(rule.when, rule.only_if, rule.then):
            return [None]
        ids = await store.tasks_of_sprint(tx, event.subject, MOST_TASKS_OF_A_SPRINT)
        carried = event.body.get("carried_tasks")  # by now they stand elsewhere
        if isinstance(carried, list | tuple):
            ids = list(dict.fromkeys([*ids, *map(str, carried)]))[:MOST_TASKS_OF_A_SPRINT]
        facts = await store.facts(tx, ids)
        return [facts[task_id] for task_id in ids if task_id in facts]
    return list((await store.facts(tx, [event.subject])).values())


def event_of_sprint(rule: Automation) -> bool:
    """Whether a rule waits for something that happens to sprints."""
    return rule.when.event in SPRINT_EVENTS


async def fields_asked(tx: Tx, rule: Automation) -> list[CustomField]:
    """The custom fields, where the rule's filter asks for any."""
    asked = any(getattr(rule.only_if, name) is not None for name in CUSTOM)
    return await fields.fields_ever(tx) if asked else []


async def fitting(tx: Tx, rule: Automation, tasks: list[Target]) -> list[Target]:
    """The tasks that the rule's filter lets through."""
    known = await fields_asked(tx, rule)
    found = await settings(tx)
    zone = found.time_zone if found is not None else "UTC"
    today = tx.now.astimezone(ZoneInfo(zone)).date()
    return [
        task
        for task in tasks
        if task is None
        or why_not(rule.only_if, task, today=today, zone=zone, me=rule.created_by, fields=known) is None
    ]


async def _lineage(tx: Tx, event: Recorded) -> tuple[str, int]:
    """The first event of the chain and how many automatic steps lie between."""
    root, depth = event, 0
    while root.causation_id is not None and depth < _LOOK_BACK:
        earlier = await event_by_id(tx, root.causation_id)
        if earlier is None or earlier.project_id != event.project_id:
            break
        root, depth = earlier, depth + 1
    return root.id, depth


async def _order(tx: Tx, rule: Automation, event: Recorded, task: Target, root: str, depth: int) -> bool:
    values = {
        "id": new_id("firing"),
        "automation_id": rule.id,
        "task_id": task.id if task is not None else None,
        "event_id": event.id,
        "root_event_id": root,
        "depth": depth,
    }
    reason = await _stop(tx, rule, depth)
    if reason is None:
        once = f"{task.id if task is not None else event.subject}:{root}"
        if await store.add_firing(tx, {**values, "once_key": once, "outcome": "pending"}):
            return True
        reason = "it fired on this task in this chain of events already"
    log.warning("board.automation_stopped", automation_id=rule.id, event_id=event.id, reason=reason)
    if not await store.same_stop(tx, rule.id, reason, tx.now - STOP_WINDOW):
        await store.add_firing(tx, {**values, "once_key": None, "outcome": "stopped", "reason": reason})
    return False


async def _stop(tx: Tx, rule: Automation, depth: int) -> str | None:
    if depth >= MOST_DEPTH:
        return f"{MOST_DEPTH} automatic steps followed each other, which is the most"
    if await store.fired_since(tx, rule.id, tx.now - timedelta(hours=1)) >= rule.hourly_limit:
        return f"it fired {rule.hourly_limit} times within an hour, which is its limit"
    return None


def in_words(action: Action) -> str:
    """What an action does, as a line of the log."""
    match action:
        case MoveTask():
            words = f"move to {action.status}"
        case AssignTask(agent=None):
            words = "assign to nobody"
        case AssignTask():
            words = f"assign to {'who suits it best' if action.agent == 'auto' else action.agent}"
        case SetField():
            words = f"set {action.field} to {'nothing' if action.value is None else action.value}"
        case LabelTask():
            added = [f"add the label {label}" for label in action.add]
            words = ", ".join([*added, *(f"remove the label {label}" for label in action.remove)])
        case CommentTask():
            words = f"comment: {action.content[:200]}"
        case NotifyPeople():
            words = f"notify {', '.join(action.to)}: {action.message[:200]}"
        case StartAgent():
            words = f"start {action.agent or 'the assigned agent'}"
    return words
