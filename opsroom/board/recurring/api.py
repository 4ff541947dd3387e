"""The verbs of recurring tasks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from opsroom.board.errors import NoSuchThing
from opsroom.board.events import BoardArranged, RecurringFailed
from opsroom.board.recurring import rules, store
from opsroom.board.recurring.shapes import (
    NewRecurring,
    Preview,
    PreviewRequest,
    Recurring,
    RecurringChange,
)
from opsroom.board.references import known_things, problems_of_template
from opsroom.board.revising import changes_of, told
from opsroom.board.shapes import NewTask
from opsroom.board.store import lock_board
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow import api as workflow
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.ids import new_id
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx

MOST_RECURRING: Final = 500
# A worker that looks a little late is on time; what is older was missed while nobody worked.
GRACE: Final = timedelta(minutes=10)


async def list_recurring(tx: Tx, *, limit: int = 50, offset: int = 0) -> tuple[list[Recurring], int]:
    """Recurring tasks, the newest first, and how many there are."""
    return await store.listed(tx, limit=limit, offset=offset)


async def get_recurring(tx: Tx, recurring_id: str, *, lock: bool = False) -> Recurring:
    """One recurring task. Raises NoSuchThing."""
    found = await store.by_id(tx, recurring_id, lock=lock)
    if found is None:
        raise NoSuchThing(f"There is no recurring task {recurring_id} in this project.")
    return found


async def add_recurring(tx: Tx, new: NewRecurring) -> Recurring:
    """Set up a recurring task. Occurrences before now are none of it. Raises Invalid with every problem."""
    await lock_board(tx)
    zone = new.time_zone or (await workflow.settings(tx)).time_zone
    problems = rules.problems_of_rule(new.rule, new.starts, zone)
    problems += problems_of_template(new.template.model_dump(), await known_things(tx))
    if (await store.listed(tx, limit=1, offset=0))[1] >= MOST_RECURRING:
        problems += (Problem("", f"the project has {MOST_RECURRING} recurring tasks, which is the most"),)
    if problems:
        raise Invalid("This recurring task cannot be set up.", problems=problems)
    recurring_id = new_id("recurring")
    values = new.model_dump(mode="json") | {
        "id": recurring_id,
        "time_zone": zone,
        "created_by": tx.actor.id,
        "created_by_name": tx.actor.name,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    await store.add(tx, values | _next(new.rule, new.starts, zone, new.paused, tx.now))
    _note(tx, recurring_id, new.name, "created", {})
    return await get_recurring(tx, recurring_id)


async def change_recurring(tx: Tx, recurring_id: str, change: RecurringChange) -> Recurring:
    """Change, pause or go on. Raises NoSuchThing, StaleThing, Invalid.

    Whatever changes the times counts from now on: what passed while it was paused was not missed.
    """
    before = await get_recurring(tx, recurring_id, lock=True)
    changes = changes_of(
        before, change, what=f"The recurring task {before.name}", emptiable=("due_after_days",)
    )
    if not changes:
        return before
    after = before.model_copy(update={name: now for name, (_, now) in changes.items()})
    problems = rules.problems_of_rule(after.rule, after.starts, after.time_zone)
    if change.template is not None:
        problems += problems_of_template(change.template.model_dump(), await known_things(tx))
    if problems:
        raise Invalid("This recurring task cannot be changed like this.", problems=problems)
    values = {name: now for name, (_, now) in changes.items()}
    if changes.keys() & {"rule", "starts", "time_zone", "paused"}:
        values |= _next(after.rule, after.starts, after.time_zone, after.paused, tx.now)
    if change.template is not None:
        values["template"] = change.template.model_dump(mode="json")
    await store.change(tx, recurring_id, values | {"updated_at": tx.now})
    _note(tx, recurring_id, after.name, "changed", told(changes))
    return await get_recurring(tx, recurring_id)


async def end_recurring(tx: Tx, recurring_id: str) -> Recurring:
    """Let it come no more; the tasks it made stay. Raises NoSuchThing."""
    found = await get_recurring(tx, recurring_id, lock=True)
    ended = {"deleted_at": tx.now, "next_at": None, "next_occurrence": None, "updated_at": tx.now}
    await store.change(tx, recurring_id, ended)
    _note(tx, recurring_id, found.name, "deleted", {})
    return found.model_copy(update={"next_at": None, "next_occurrence": None})


async def restore_recurring(tx: Tx, recurring_id: str) -> Recurring:
    """Let one that was ended come again, from now on. Raises NoSuchThing."""
    found = await store.deleted(tx, recurring_id)
    if found is None:
        raise NoSuchThing(f"There is no ended recurring task {recurring_id} in this project.")
    then = _next(found.rule, found.starts, found.time_zone, found.paused, tx.now)
    await store.change(tx, recurring_id, {"deleted_at": None, "updated_at": tx.now, **then})
    _note(tx, recurring_id, found.name, "restored", {})
    return await get_recurring(tx, recurring_id)


async def preview(tx: Tx, asked: PreviewRequest) -> Preview:
    """When a rule would occur next. Raises Invalid."""
    zone = asked.time_zone or (await workflow.settings(tx)).time_zone
    problems = rules.problems_of_rule(asked.rule, asked.starts, zone)
    if problems:
        raise Invalid("This rule cannot be used.", problems=problems)
    first = rules.first_after(asked.rule, asked.starts, zone, tx.now)
    if first is None:
        return Preview(time_zone=zone, occurrences=())
    rest = rules.upcoming(asked.rule, asked.starts, zone, first.local, asked.count - 1)
    return Preview(time_zone=zone, occurrences=(first, *rest))


async def take_turn(tx: Tx, recurring_id: str) -> list[str]:
    """Make the tasks that are due, in this commit; their ids. Nothing where another worker was quicker."""
    found = await store.by_id(tx, recurring_id, lock=True)
    if found is None or found.paused or found.next_at is None or found.next_at > tx.now:
        return []
    turn = _turn(found, tx.now)
    made: list[str] = []
    for occurrence in turn.make:
        if await store.take_occurrence(tx, recurring_id, occurrence, outcome="made"):
            task = await tasks.create_task(tx, _task(found, occurrence))
            await store.set_task(tx, recurring_id, occurrence, task.id)
            made.append(task.id)
    await _move_on(tx, found, turn, made=len(made), error=None)
    return made


async def give_up_turn(tx: Tx, recurring_id: str, reason: str) -> None:
    """The tasks that are due cannot be made: say why, tell who set it up, and wait for the next time."""
    found = await store.by_id(tx, recurring_id, lock=True)
    if found is None or found.paused or found.next_at is None or found.next_at > tx.now:
        return
    turn = _turn(found, tx.now)
    for occurrence in turn.make:
        await store.take_occurrence(tx, recurring_id, occurrence, outcome="failed", reason=reason)
    await _move_on(tx, found, turn, made=0, error=reason)
    failed = RecurringFailed(
        name=found.name,
        owner_id=found.created_by,
        occurrence=turn.make[-1] if turn.make else found.next_occurrence or "",
        reason=reason,
    )
    tx.record(failed, subject=recurring_id)


def _turn(found: Recurring, now: datetime) -> rules.Turn:
    return rules.turn(
        found.rule,
        found.starts,
        found.time_zone,
        pending=found.next_occurrence or found.starts,
        now=now,
        missed=found.missed,
        grace=GRACE,
    )


async def _move_on(tx: Tx, found: Recurring, turn: rules.Turn, *, made: int, error: str | None) -> None:
    for occurrence in turn.skip[-rules.MOST_MADE_AT_ONCE :]:
        await store.take_occurrence(tx, found.id, occurrence, outcome="skipped", reason="nobody was there")
    values: dict[str, object] = {
        "last_occurrence": max([*turn.make, *turn.skip]),
        "next_occurrence": turn.then.local if turn.then else None,
        "next_at": turn.then.at if turn.then else None,
        "made": found.made + made,
        "last_error": error,
    }
    await store.move_on(tx, found.id, values)


def _task(found: Recurring, occurrence: str) -> NewTask:
    day = occurrence.partition("T")[0]
    template = found.template
    due = None
    if found.due_after_days is not None:
        due = (datetime.fromisoformat(day) + timedelta(days=found.due_after_days)).date()
    values = template.model_dump(exclude_none=True) | {
        "title": template.title.replace("{date}", day)[:500],
        "due_date": due,
        "recurring_id": found.id,
    }
    return NewTask(**values)


def _next(rule: str, starts: str, zone: str, paused: bool, now: datetime) -> dict[str, object]:
    then = None if paused else rules.first_after(rule, starts, zone, now)
    return {"next_occurrence": then.local if then else None, "next_at": then.at if then else None}


def _note(tx: Tx, recurring_id: str, name: str, what: str, changes: Json) -> None:
    tx.record(
        BoardArranged(noun="recurring task", name=name, what=what, changes=changes), subject=recurring_id
    )
