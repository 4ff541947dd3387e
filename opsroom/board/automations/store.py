"""Every statement about automations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.automations.shapes import Automation, Firing, Record
from opsroom.board.automations.tables import AUTOMATION_FIRINGS, AUTOMATIONS, BOARD_DUE_MARKS
from opsroom.board.shapes import TaskRef
from opsroom.board.tasks.tables import TASK_DEPENDENCIES, TASK_LABELS, TASK_WATCHERS, TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS, BOARD_SETTINGS
from opsroom.kernel.actor import Scope
from opsroom.kernel.db import Row
from opsroom.kernel.events import EVENTS, Recorded
from opsroom.kernel.uow import Tx

_A, _F = AUTOMATIONS, AUTOMATION_FIRINGS
_COLUMN_OF_TASK = sa.and_(
    BOARD_COLUMNS.c.project_id == TASKS.c.project_id, BOARD_COLUMNS.c.key == TASKS.c.status
)


_OF_RULE = [name for name in Automation.model_fields if name != "record"]


def _automation(row: Row) -> Automation:
    return Automation.model_validate({name: row[name] for name in _OF_RULE})


# -- rules -------------------------------------------------------------------------------------


async def automations(tx: Tx) -> list[Automation]:
    """The rules in their order."""
    rows = await store.rows(tx, _A, _A.c.deleted_at.is_(None), order=(_A.c.position, _A.c.id))
    return [_automation(row) for row in rows]


async def deleted_automation(tx: Tx, automation_id: str) -> Automation | None:
    """A rule that was deleted."""
    row = await store.one(tx, _A, _A.c.id == automation_id, _A.c.deleted_at.is_not(None), lock=True)
    return _automation(row) if row else None


async def awake(tx: Tx, seq: int) -> list[Automation]:
    """The enabled rules that were there before event number `seq`, in their order."""
    found = await tx.once("automations.enabled", _enabled)
    return [rule for since, rule in found if since < seq]


async def _enabled(tx: Tx) -> list[tuple[int, Automation]]:
    where = (_A.c.deleted_at.is_(None), _A.c.enabled.is_(True))
    rows = await store.rows(tx, _A, *where, order=(_A.c.position, _A.c.id))
    return [(row["since_seq"], _automation(row)) for row in rows]


async def automation(tx: Tx, automation_id: str, *, lock: bool = False) -> Automation | None:
    """One rule."""
    row = await store.one(tx, _A, _A.c.id == automation_id, _A.c.deleted_at.is_(None), lock=lock)
    return _automation(row) if row else None


async def add(tx: Tx, values: Mapping[str, object]) -> None:
    """A further rule."""
    await store.insert(tx, _A, values)


async def change(tx: Tx, automation_id: str, values: Mapping[str, object]) -> None:
    """Change a rule."""
    await store.change(tx, _A, _A.c.id == automation_id, values=values)


async def place(tx: Tx, ids: Sequence[str]) -> None:
    """Number the rules in this order."""
    await store.place(tx, _A, _A.c.id, ids)


# -- firings -----------------------------------------------------------------------------------


async def add_firing(tx: Tx, values: Mapping[str, object]) -> bool:
    """A line of a rule's log; False when the rule fired on this task in this chain already."""
    row = {"reason": None, "results": [], "times": 1, "at": tx.now, "ended_at": None, **values}
    return await store.insert_missing(tx, _F, [row]) == 1


async def firing(tx: Tx, firing_id: str, *, lock: bool = False) -> Row | None:
    """One firing."""
    return await store.one(tx, _F, _F.c.id == firing_id, lock=lock)


async def pending_of(tx: Tx, event_id: str) -> list[str]:
    """What is still to be done about an event, in the order of the rules."""
    query = (
        sa.select(_F.c.id)
        .join(_A, _A.c.id == _F.c.automation_id)
        .where(store.mine(tx, _F), _F.c.event_id == event_id, _F.c.outcome == "pending")
        .order_by(_A.c.position, _A.c.id, _F.c.id)
    )
    return list((await tx.conn.execute(query)).scalars())


async def end_firing(tx: Tx, firing_id: str, **values: object) -> None:
    """Write down how a firing ended."""
    query = sa.update(_F).where(store.mine(tx, _F), _F.c.id == firing_id)
    await tx.conn.execute(query.values(ended_at=tx.now, **values))


async def fired_since(tx: Tx, automation_id: str, since: datetime) -> int:
    """How often a rule fired since then, stops not counted."""
    where = (_F.c.automation_id == automation_id, _F.c.at > since, _F.c.outcome != "stopped")
    return await store.count(tx, _F, *where)


async def same_stop(tx: Tx, automation_id: str, reason: str, since: datetime) -> bool:
    """Count a stop on the line that says the same already; False where there is none."""
    found = await store.rows(
        tx,
        _F,
        _F.c.automation_id == automation_id,
        _F.c.outcome == "stopped",
        _F.c.reason == reason,
        _F.c.at > since,
        order=(_F.c.at.desc(), _F.c.id.desc()),
        limit=1,
    )
    if not found:
        return False
    query = sa.update(_F).where(store.mine(tx, _F), _F.c.id == found[0]["id"])
    await tx.conn.execute(query.values(times=_F.c.times + 1, ended_at=tx.now))
    return True


async def log(
    tx: Tx, automation_id: str, *, outcome: str | None, limit: int, offset: int
) -> tuple[list[Firing], int]:
    """A rule's log, the newest first, and how long it is."""
    where = [_F.c.automation_id == automation_id]
    if outcome is not None:
        where.append(_F.c.outcome == outcome)
    order = (_F.c.at.desc(), _F.c.id.desc())
    rows = await store.rows(tx, _F, *where, order=order, limit=limit, offset=offset)
    refs = await task_refs(tx, {row["task_id"] for row in rows if row["task_id"]})
    names = [name for name in Firing.model_fields if name != "task"]
    lines = [Firing(**{n: row[n] for n in names}, task=refs.get(row["task_id"])) for row in rows]
    return lines, await store.count(tx, _F, *where)


async def records(tx: Tx, since: datetime) -> dict[str, Record]:
    """What each rule did last, and how often it ended each way since then; by the rule's id."""
    other = _F.alias()
    last = (
        sa.select(other.c.id)
        .where(other.c.automation_id == _A.c.id)
        .order_by(other.c.at.desc(), other.c.id.desc())
        .limit(1)
        .correlate(_A)
        .scalar_subquery()
    )
    query = (
        sa.select(_F)
        .select_from(_A)
        .join(_F, _F.c.id == last)
        .where(store.mine(tx, _A), _A.c.deleted_at.is_(None))
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    refs = await task_refs(tx, {row["task_id"] for row in rows if row["task_id"]})
    tally = (
        sa.select(_F.c.automation_id, _F.c.outcome, sa.func.sum(_F.c.times))
        .where(store.mine(tx, _F), _F.c.at > since)
        .group_by(_F.c.automation_id, _F.c.outcome)
    )
    counts: dict[str, dict[str, int]] = {}
    for rule, outcome, times in (await tx.conn.execute(tally)).all():
        if outcome in ("done", "failed", "stopped"):
            counts.setdefault(rule, {})[outcome] = int(times)
    return {
        row["automation_id"]: Record(
            last_at=row["at"],
            last_outcome=row["outcome"],
            last_reason=row["reason"],
            last_task=refs.get(row["task_id"]),
            **counts.get(row["automation_id"], {}),
        )
        for row in rows
    }


async def forget_firings(tx: Tx, before: datetime) -> None:
    """Let old lines of all projects go: the house asks, not a tenant."""
    await tx.conn.execute(sa.delete(_F).where(_F.c.at < before))


# -- tasks as rules see them -------------------------------------------------------------------


@dataclass(slots=True)
class TaskFacts:
    """A live or put-away task with what filters ask about."""

    id: str
    number: int
    title: str
    description: str
    status: str
    kind: str
    priority: str
    assigned_agent_id: str | None
    accountable_id: str | None
    category_id: str | None
    sprint_id: str | None
    parent_id: str | None
    client_id: str | None
    brand: str | None
    subscription: str | None
    created_by: str
    start_date: str | None
    due_date: str | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    client_visible: bool
    archived_at: datetime | None
    deleted_at: datetime | None
    custom: Mapping[str, object] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()
    waiting: bool = False


_OF_ROW = [n for n in TaskFacts.__dataclass_fields__ if n not in ("kind", "labels", "watchers", "waiting")]


async def facts(tx: Tx, ids: Collection[str]) -> dict[str, TaskFacts]:
    """What filters ask about tasks, by id."""
    if not ids:
        return {}
    query = (
        sa.select(
            *[TASKS.c[name] for name in _OF_ROW], sa.func.coalesce(BOARD_COLUMNS.c.kind, "").label("kind")
        )
        .outerjoin(BOARD_COLUMNS, _COLUMN_OF_TASK)
        .where(store.mine(tx, TASKS), TASKS.c.id.in_(list(ids)))
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    labels = await _gathered(tx, TASK_LABELS, TASK_LABELS.c.label, ids)
    watchers = await _gathered(tx, TASK_WATCHERS, TASK_WATCHERS.c.actor_id, ids)
    waiting = await _waiting(tx, ids)
    return {
        row["id"]: TaskFacts(
            **row,
            labels=labels.get(row["id"], ()),
            watchers=watchers.get(row["id"], ()),
            waiting=row["id"] in waiting,
        )
        for row in rows
    }


async def lock_task(tx: Tx, task_id: str) -> None:
    """Let others who change the task wait until this commit: what a rule reads of it stays true."""
    await store.one(tx, TASKS, TASKS.c.id == task_id, lock=True)


async def _gathered(
    tx: Tx, table: sa.Table, column: sa.Column[str], ids: Collection[str]
) -> dict[str, tuple[str, ...]]:
    query = sa.select(table.c.task_id, column).where(store.mine(tx, table), table.c.task_id.in_(list(ids)))
    found: dict[str, tuple[str, ...]] = {}
    for task_id, value in (await tx.conn.execute(query.order_by(column))).all():
        found[task_id] = (*found.get(task_id, ()), value)
    return found


async def _waiting(tx: Tx, ids: Collection[str]) -> set[str]:
    """Those that depend on a task that is not done."""
    query = (
        sa.select(TASK_DEPENDENCIES.c.task_id)
        .join(TASKS, TASKS.c.id == TASK_DEPENDENCIES.c.depends_on_id)
        .join(BOARD_COLUMNS, _COLUMN_OF_TASK)
        .where(store.mine(tx, TASK_DEPENDENCIES), TASK_DEPENDENCIES.c.task_id.in_(list(ids)))
        .where(BOARD_COLUMNS.c.kind != "done", TASKS.c.deleted_at.is_(None))
    )
    return set((await tx.conn.execute(query)).scalars())


async def task_refs(tx: Tx, ids: Collection[str]) -> dict[str, TaskRef]:
    """Tasks as links show them, by id."""
    if not ids:
        return {}
    query = sa.select(TASKS.c.id, TASKS.c.number, TASKS.c.title, TASKS.c.status).where(
        store.mine(tx, TASKS), TASKS.c.id.in_(list(ids))
    )
    return {row["id"]: TaskRef(**row) for row in (await tx.conn.execute(query)).mappings()}


async def tasks_of_sprint(tx: Tx, sprint_id: str, limit: int) -> list[str]:
    """The live tasks of a sprint."""
    query = (
        sa.select(TASKS.c.id)
        .where(store.mine(tx, TASKS), TASKS.c.sprint_id == sprint_id)
        .where(TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None))
        .order_by(TASKS.c.number)
        .limit(limit)
    )
    return list((await tx.conn.execute(query)).scalars())


async def newest_events(tx: Tx, kinds: Collection[str], *, task_id: str | None, limit: int) -> list[Recorded]:
    """The newest events of the project of these kinds, of one task if given."""
    where = [EVENTS.c.project_id == tx.actor.scope.project_id, EVENTS.c.kind.in_(list(kinds))]
    if task_id is not None:
        where.append(EVENTS.c.subject == task_id)
    query = sa.select(EVENTS).where(*where).order_by(EVENTS.c.seq.desc()).limit(limit)
    return [Recorded.model_validate(dict(row)) for row in (await tx.conn.execute(query)).mappings()]


# -- due dates ---------------------------------------------------------------------------------


async def boards(tx: Tx) -> list[tuple[Scope, str]]:
    """Every project that has a board, with its zone: the house asks, not a tenant."""
    rows = (await tx.conn.execute(sa.select(BOARD_SETTINGS))).mappings().all()
    return [(Scope(**{n: row[n] for n in Scope.model_fields}), row["time_zone"]) for row in rows]


async def untold_due(tx: Tx, what: str, first: str, last: str, limit: int = 500) -> list[Row]:
    """Live tasks, not done, that are due in these days and were not told to be so yet."""
    marked = sa.exists().where(
        BOARD_DUE_MARKS.c.task_id == TASKS.c.id,
        BOARD_DUE_MARKS.c.due_date == TASKS.c.due_date,
        BOARD_DUE_MARKS.c.what == what,
    )
    query = (
        sa.select(TASKS.c.id, TASKS.c.title, TASKS.c.due_date)
        .join(BOARD_COLUMNS, _COLUMN_OF_TASK)
        .where(store.mine(tx, TASKS), TASKS.c.due_date.between(first, last), ~marked)
        .where(TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None), BOARD_COLUMNS.c.kind != "done")
        .order_by(TASKS.c.due_date, TASKS.c.number)
        .limit(limit)
    )
    return list((await tx.conn.execute(query)).mappings())


async def mark_due(tx: Tx, task_id: str, what: str, due_date: str) -> bool:
    """Note that a task is told to be due; False when it was told."""
    row = {"task_id": task_id, "what": what, "due_date": due_date}
    return await store.insert_missing(tx, BOARD_DUE_MARKS, [row]) == 1
