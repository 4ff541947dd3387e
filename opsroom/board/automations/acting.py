"""What a firing does, in one commit: every action or none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from opsroom.board.assignment import api as assignment
from opsroom.board.automations import rules, store
from opsroom.board.automations.matching import fitting
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
from opsroom.board.comments import api as comments
from opsroom.board.comments.shapes import NewComment
from opsroom.board.errors import NoSuchTask
from opsroom.board.events import AgentStartRequested, AutomationFailed
from opsroom.board.notifications import api as notifications
from opsroom.board.notifications.shapes import Channel
from opsroom.board.roster import api as roster
from opsroom.board.shapes import Move, TaskChange
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow import api as workflow
from opsroom.kernel.errors import Invalid, Problem, Refusal
from opsroom.kernel.shape import parse
from opsroom.kernel.uow import Tx

NAME: Final = "Automation"
_CANNOT: Final = "The rule cannot do this."
_DATES: Final = frozenset({"start_date", "due_date"})


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time a rule acts: its firing, and the task it acts on, None for a sprint itself."""

    firing_id: str
    task_id: str | None


async def carry_out(tx: Tx, firing_id: str, *, outside: Collection[Channel] = ()) -> None:
    """Do what a pending firing's rule says, and write it into the log. Raises what its actions refuse.

    `outside` are the channels that can notify people.
    """
    row = await store.firing(tx, firing_id, lock=True)
    if row is None or row["outcome"] != "pending":
        return
    rule = await store.automation(tx, row["automation_id"])
    if rule is None or not rule.enabled:
        await store.end_firing(tx, firing_id, outcome="stopped", reason="the rule was switched off meanwhile")
        return
    if row["task_id"] is not None:
        await store.lock_task(tx, row["task_id"])
    task = await _task(tx, row["task_id"])
    if row["task_id"] is not None and (task is None or not await fitting(tx, rule, [task])):
        reason = "the task does not fit the rule's filter any more"
        await store.end_firing(tx, firing_id, outcome="stopped", reason=reason)
        return
    occasion = Occasion(firing_id, row["task_id"])
    results = [await perform(tx, rule, occasion, action, outside) for action in rule.then]
    await store.end_firing(tx, firing_id, outcome="done", results=results)


async def give_up(tx: Tx, firing_id: str, reason: str) -> None:
    """Write down that a firing failed, and tell who made the rule."""
    row = await store.firing(tx, firing_id, lock=True)
    if row is None or row["outcome"] != "pending":
        return
    await store.end_firing(tx, firing_id, outcome="failed", reason=reason)
    rule = await store.automation(tx, row["automation_id"])
    if rule is not None:
        failed = AutomationFailed(
            name=rule.name,
            owner_id=rule.created_by,
            task_id=row["task_id"],
            firing_id=firing_id,
            reason=reason,
        )
        tx.record(failed, subject=rule.id)


async def perform(
    tx: Tx, rule: Automation, occasion: Occasion, action: Action, outside: Collection[Channel]
) -> str:
    """Do one action of a rule; what was done, in words. Raises what it refuses."""
    # Seen anew each time: an action may ask about what the one before it did.
    task = await _task(tx, occasion.task_id)
    if isinstance(action, NotifyPeople):
        return await _notify(tx, rule, occasion, task, action, outside)
    return await _act(tx, rule, occasion, task, action)


def reason_of(refusal: Refusal) -> str:
    """Why an action was refused, with every problem; as long as the log of a rule keeps it."""
    return refusal.on_one_line[:2000]


async def _task(tx: Tx, task_id: str | None) -> store.TaskFacts | None:
    return (await store.facts(tx, [task_id])).get(task_id) if task_id is not None else None


async def _act(
    tx: Tx,
    rule: Automation,
    occasion: Occasion,
    task: store.TaskFacts | None,
    action: MoveTask | AssignTask | SetField | LabelTask | CommentTask | StartAgent,
) -> str:
    if task is None or task.deleted_at is not None:
        raise NoSuchTask("The task was deleted meanwhile.")
    if isinstance(action, CommentTask):
        await comments.add_comment(tx, task.id, NewComment(content=_filled(action.content, task)))
        return "commented"
    if isinstance(action, StartAgent):
        return await _start(tx, rule, occasion, task, action)
    if isinstance(action, MoveTask):
        if task.status == action.status:
            return f"it is in {action.status} already"
        await tasks.move_task(tx, task.id, Move(status=action.status, blocked_reason=action.blocked_reason))
        return f"moved from {task.status} to {action.status}"
    return await _change(tx, task, action)


async def _change(tx: Tx, task: store.TaskFacts, action: AssignTask | SetField | LabelTask) -> str:
    if isinstance(action, AssignTask):
        agent, why = action.agent, ""
        if agent == "auto":
            found = await assignment.suggest_agent(tx, task.id)
            if found.agent_id is None:
                raise Invalid(found.explanation)
            agent, why = found.agent_id, f" ({found.explanation})"
        change = TaskChange(assigned_agent_id=agent)
        told = f"assigned to {agent or 'nobody'}{why}"
    elif isinstance(action, LabelTask):
        gone = {label.casefold() for label in action.remove}
        kept = [label for label in task.labels if label.casefold() not in gone]
        change = TaskChange(labels=tuple(dict.fromkeys([*kept, *action.add])))
        told = f"labels are {', '.join(change.labels or ()) or 'none'}"
    else:
        value = await _value(tx, action)
        change = parse(TaskChange, {action.field: value}, what=f"The value of {action.field}")
        told = f"{action.field} is {'empty' if value is None else value}"
    await tasks.change_task(tx, task.id, change)
    return told


async def _value(tx: Tx, action: SetField) -> object:
    if action.field not in _DATES or not isinstance(action.value, str):
        return action.value
    try:
        day = rules.day_of(action.value, await _today(tx))
    except (ValueError, OverflowError) as error:
        problem = Problem("value", f"{action.value} is no day that exists")
        raise Invalid(_CANNOT, problems=(problem,)) from error
    return day.isoformat() if day else None


async def _today(tx: Tx) -> date:
    return tx.now.astimezone(ZoneInfo((await workflow.settings(tx)).time_zone)).date()


async def _start(
    tx: Tx, rule: Automation, occasion: Occasion, task: store.TaskFacts, action: StartAgent
) -> str:
    agent_id = action.agent or task.assigned_agent_id
    if agent_id is None:
        raise Invalid("No agent can be started: the task is assigned to nobody.")
    agent = await roster.get_agent(tx, agent_id)
    asked = AgentStartRequested(
        title=task.title,
        agent_id=agent.id,
        agent_name=agent.agent_name,
        automation_id=rule.id,
        firing_id=occasion.firing_id,
    )
    tx.record(asked, subject=task.id)
    return f"asked {agent.name} to start"


async def _notify(
    tx: Tx,
    rule: Automation,
    occasion: Occasion,
    task: store.TaskFacts | None,
    action: NotifyPeople,
    outside: Collection[Channel],
) -> str:
    people = dict.fromkeys(person for who in action.to for person in _people(who, task))
    told = await notifications.tell(
        tx,
        people,
        (_filled(action.message, task), f"Automation: {rule.name}"),
        # Two notify actions of one rule are two messages.
        event_id=f"{occasion.firing_id}.{rule.then.index(action)}",
        task_id=task.id if task is not None else None,
        outside=outside,
    )
    return f"notified {told} of {len(people)}"


def _people(who: str, task: store.TaskFacts | None) -> list[str]:
    if who == "accountable":
        return [task.accountable_id] if task is not None and task.accountable_id else []
    if who == "watchers":
        return list(task.watchers) if task is not None else []
    if who == "creator":
        return [task.created_by] if task is not None else []
    return [who]


def _filled(text: str, task: store.TaskFacts | None) -> str:
    """The task's title, number and status where the text asks for them; anything else in braces stays."""
    if task is None:
        return text
    for name, value in (("number", str(task.number)), ("status", task.status), ("title", task.title)):
        text = text.replace("{" + name + "}", value)
    return text
