"""Making a task, and making one like another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opsroom.board.errors import MoveRefused
from opsroom.board.events import TaskCreated
from opsroom.board.shapes import NewTask
from opsroom.board.tasks import store
from opsroom.board.tasks.listing import store as texts
from opsroom.board.tasks.moving import Frame, Place, check_move, rank_for
from opsroom.board.tasks.naming import Found, check_cycles, name_problems, names_found
from opsroom.board.tasks.order.store import lock_column
from opsroom.board.tasks.rules import day_problems, plain, reason_problems, times_of_move
from opsroom.identity import api as identity
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx

_CANNOT = "The task cannot be created."
_OWN = frozenset(NewTask.model_fields) - {"sort_order", "before_id", "after_id", "depends_on", "watchers"}
# What TaskCreated tells of the task, where it has it.
_TOLD = (
    "priority",
    "assigned_agent_id",
    "accountable_id",
    "category_id",
    "sprint_id",
    "parent_id",
    "start_date",
    "due_date",
    "estimate",
    "labels",
    "client_id",
    "brand",
    "subscription",
    "client_visible",
    "recurring_id",
)


@dataclass(frozen=True, slots=True)
class Created:
    """A new task: its id, what was written, and what of the things it names was found."""

    id: str
    values: dict[str, Any]
    watchers: Sequence[str]
    found: Found


async def create(tx: Tx, frame: Frame, new: NewTask) -> Created:
    """Put a task on the board. Raises Invalid or MoveRefused naming everything that does not fit."""
    task_id = new_id("task")
    status = new.status or next(column.key for column in frame.columns if column.kind == "todo")
    number = await store.next_number(tx)  # before the column: see `changing` on the order of locks
    await lock_column(tx, status)
    wanted, kind = new.model_dump(), frame.kind(status)
    if "accountable_id" not in new.model_fields_set:  # null is a choice: nobody
        wanted["accountable_id"] = await _default_accountable(tx, frame)
    found = await names_found(tx, wanted)
    problems = [*name_problems(wanted, found, task_id=None), *day_problems(new.start_date, new.due_date)]
    rank = await _place(tx, frame, new, status, task_id, problems)
    labels = list(dict.fromkeys(new.labels))
    values = {name: plain(wanted[name]) for name in _OWN} | {
        "id": task_id,
        "number": number,
        "status": status,
        "rank": rank,
        "labels": labels,
        "custom": {key: value for key, value in new.custom.items() if value is not None},
        "created_by": tx.actor.id,
        "created_by_name": tx.actor.name,
        "created_at": tx.now,
        "updated_at": tx.now,
        "started_at": None,
        **times_of_move(kind, {}, tx.now),
    }
    await store.insert(tx, values)
    await texts.add_text(tx, task_id, new.title, new.description)
    watchers = await _hang(tx, task_id, new, labels)
    facts = {name: values[name] for name in _TOLD if values.get(name) not in (None, [], False)}
    tx.record(TaskCreated(title=new.title, status=status, task=facts | {"kind": kind}), subject=task_id)
    return Created(task_id, values, watchers, found)


async def _default_accountable(tx: Tx, frame: Frame) -> str | None:
    """Who answers for a card that names nobody: whom the settings name, unless they left the project."""
    chosen = frame.settings.default_accountable_id
    if chosen is None or all(member.id != chosen for member in await identity.members(tx)):
        return None
    return chosen


async def _hang(tx: Tx, task_id: str, new: NewTask, labels: list[str]) -> list[str]:
    if labels:
        await store.set_labels(tx, task_id, labels, fresh=True)
    # Whoever makes a task watches it; the house itself has nobody to tell.
    watching: list[str] = [*new.watchers, *([tx.actor.id] if tx.actor.kind != "system" else [])]
    watching = list(dict.fromkeys(watching))
    if watching:
        await store.set_watchers(tx, task_id, watching, fresh=True)
    if new.depends_on:
        await store.set_dependencies(tx, task_id, list(dict.fromkeys(new.depends_on)), fresh=True)
    return watching


async def _place(
    tx: Tx, frame: Frame, new: NewTask, status: str, task_id: str, problems: list[Problem]
) -> str:
    """The rank of the new card. Raises Invalid with the `problems` found before and those of its place."""
    refused: tuple[Problem, ...] = ()
    rank = ""
    try:
        column = await check_move(tx, frame, task=None, to=status, reason=new.blocked_reason)
        if column.kind != "blocked":
            problems += reason_problems(column.kind, new.blocked_reason)
        place = Place(new.sort_order, new.before_id, new.after_id)
        rank = await rank_for(tx, status, place, task_id=task_id)
    except MoveRefused as refusal:
        refused = refusal.problems
    except Invalid as refusal:
        problems += refusal.problems
    if refused and not problems:
        raise MoveRefused(_CANNOT, problems=refused)
    if refused or problems:
        raise Invalid(_CANNOT, problems=(*problems, *refused))
    if new.parent_id:
        await check_cycles(tx, task_id, {"parent_id": new.parent_id})
    return rank


def without(wanted: Mapping[str, object], problems: tuple[Problem, ...]) -> dict[str, object]:
    """What is left of `wanted` when everything that is not there any more is left out."""
    kept = dict(wanted)
    custom = kept.get("custom")
    own = dict(custom) if isinstance(custom, dict) else {}
    for problem in problems:
        name, _, key = problem.path.partition(".")
        if name == "custom":
            own.pop(key, None)
        else:
            kept[name] = None
    return kept | {"custom": own}
