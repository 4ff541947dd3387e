"""Every statement that reads the event log for people, and what the day's summary counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.activity.shapes import Fact, Names
from opsroom.board.categories.tables import CATEGORIES
from opsroom.board.fields.tables import CUSTOM_FIELDS
from opsroom.board.roster.tables import BOARD_AGENTS
from opsroom.board.shapes import TaskRef
from opsroom.board.sprints.tables import SPRINTS
from opsroom.board.tasks.tables import TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS
from opsroom.kernel.db import Row
from opsroom.kernel.events import EVENTS, Recorded
from opsroom.kernel.uow import Tx

# A commit's events carry the time it began: the log is in order of commits, and of times but for this much.
_SLACK = timedelta(minutes=10)


def _recorded(row: Row) -> Recorded:
    return Recorded.model_validate(dict(row))


async def event(tx: Tx, event_id: str) -> Recorded | None:
    """One event of the actor's project."""
    row = await store.one(tx, EVENTS, EVENTS.c.id == event_id)
    return _recorded(row) if row else None


async def events(
    tx: Tx,
    *,
    kinds: Sequence[str] = (),
    subject: str | None = None,
    actors: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int,
) -> list[Recorded]:
    """Events of the board, newest first."""
    # The events of one thing are found by it; those of all, by the project.
    where = [store.mine(tx, EVENTS)] if subject is None else [store.also_mine(tx, EVENTS)]
    where.append(EVENTS.c.kind.in_(kinds) if kinds else EVENTS.c.kind.like("board.%"))
    if subject is not None:
        where.append(EVENTS.c.subject == subject)
    if actors:
        where.append(EVENTS.c.actor_id.in_(actors))
    if before is not None:
        where.append(EVENTS.c.seq < before)
    where += await _within(tx, since, until)
    query = sa.select(EVENTS).where(*where).order_by(EVENTS.c.seq.desc()).limit(limit)
    return [_recorded(row) for row in (await tx.conn.execute(query)).mappings()]


async def facts(tx: Tx, *, kinds: Sequence[str], since: datetime, until: datetime) -> list[Fact]:
    """What the summary of a day counts, oldest first: only as much of each event as it needs."""
    where = [store.mine(tx, EVENTS), EVENTS.c.kind.in_(kinds), *await _within(tx, since, until)]
    columns = (EVENTS.c.kind, EVENTS.c.actor_id, EVENTS.c.subject, EVENTS.c.body)
    query = sa.select(*columns).where(*where).order_by(EVENTS.c.seq)
    return [Fact(*row) for row in await tx.conn.execute(query)]


async def _within(tx: Tx, since: datetime | None, until: datetime | None) -> list[sa.ColumnElement[bool]]:
    """Between two times. The log has no index by time, but its numbers rise with it: they narrow it first."""
    where: list[sa.ColumnElement[bool]] = []
    if since is not None:
        where += [EVENTS.c.at >= since, EVENTS.c.seq >= await _first_seq(tx, since - _SLACK)]
    if until is not None:
        where += [EVENTS.c.at < until, EVENTS.c.seq < await _first_seq(tx, until + _SLACK)]
    return where


async def _first_seq(tx: Tx, moment: datetime) -> int:
    """The number of the project's first event at or after `moment`; one past the last if there is none."""
    here = store.mine(tx, EVENTS)
    low, high = 0, 0
    # One end at a time: asked for both at once, SQLite reads every number between them.
    for bound in (sa.func.min(EVENTS.c.seq), sa.func.max(EVENTS.c.seq)):
        low, high = high, (await tx.conn.execute(sa.select(bound).where(here))).scalar_one()
        if high is None:
            return 0
    high += 1
    while low < high:
        middle = (low + high) // 2
        query = (
            sa.select(EVENTS.c.seq, EVENTS.c.at)
            .where(here, EVENTS.c.seq >= middle)
            .order_by(EVENTS.c.seq)
            .limit(1)
        )
        found = (await tx.conn.execute(query)).first()
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = found[0] + 1
    return low


async def comment_changed_since(tx: Tx, after: Recorded, comment_id: str) -> bool:
    """Was this comment edited, deleted or restored after the event?"""
    query = sa.select(EVENTS.c.body).where(
        store.also_mine(tx, EVENTS),
        EVENTS.c.subject == after.subject,
        EVENTS.c.seq > after.seq,
        EVENTS.c.kind == "board.comment_changed.v1",
    )
    bodies = (await tx.conn.execute(query)).scalars()
    return any(body.get("comment_id") == comment_id for body in bodies)


async def moved_with(tx: Tx, event: Recorded) -> list[Recorded]:
    """The moves of cards that were committed together with the event."""
    where = (
        EVENTS.c.correlation_id == event.correlation_id,
        EVENTS.c.kind == "board.task_moved.v1",
        EVENTS.c.at == event.at,
    )
    return [_recorded(row) for row in await store.rows(tx, EVENTS, *where, order=(EVENTS.c.seq,))]


async def names(tx: Tx) -> Names:
    """What the board's things are called, those that were deleted too."""
    columns = await _named(tx, BOARD_COLUMNS, BOARD_COLUMNS.c.key)
    return Names(
        columns=columns,
        agents=await _named(tx, BOARD_AGENTS, BOARD_AGENTS.c.id),
        categories=await _named(tx, CATEGORIES, CATEGORIES.c.id),
        sprints=await _named(tx, SPRINTS, SPRINTS.c.id),
        fields=await _named(tx, CUSTOM_FIELDS, CUSTOM_FIELDS.c.key),
    )


async def _named(tx: Tx, table: sa.Table, key: sa.Column[str]) -> dict[str, str]:
    query = sa.select(key, table.c.name).where(store.mine(tx, table)).limit(5000)
    return {row[0]: row[1] for row in (await tx.conn.execute(query)).all()}


async def tasks(tx: Tx, ids: Sequence[str]) -> dict[str, Row]:
    """These tasks whole, also deleted ones."""
    found: dict[str, Row] = {}
    for start in range(0, len(ids), 500):
        query = sa.select(TASKS).where(store.also_mine(tx, TASKS), TASKS.c.id.in_(ids[start : start + 500]))
        found |= {row["id"]: row for row in (await tx.conn.execute(query)).mappings()}
    return found


async def assigned(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    """Whose these tasks are, by the agent's id; those of nobody are left out."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), 500):
        query = sa.select(TASKS.c.id, TASKS.c.assigned_agent_id).where(
            store.also_mine(tx, TASKS),
            TASKS.c.id.in_(ids[start : start + 500]),
            TASKS.c.assigned_agent_id.is_not(None),
        )
        found |= {row[0]: row[1] for row in (await tx.conn.execute(query)).all()}
    return found


async def refs(tx: Tx, ids: Sequence[str]) -> tuple[TaskRef, ...]:
    """These tasks as links show them, in the order of their numbers."""
    return await _refs(tx, store.also_mine(tx, TASKS), TASKS.c.id.in_(ids), limit=len(ids))


async def standing_in_kind(tx: Tx, kind: str, limit: int) -> tuple[int, tuple[TaskRef, ...]]:
    """How many live tasks stand in columns of a kind, and the first of them."""
    keys = sa.select(BOARD_COLUMNS.c.key).where(store.mine(tx, BOARD_COLUMNS), BOARD_COLUMNS.c.kind == kind)
    where = (store.mine(tx, TASKS), TASKS.c.status.in_(keys), *_live())
    return await store.count(tx, TASKS, *where), await _refs(tx, *where, limit=limit)


async def overdue(tx: Tx, today: str, limit: int) -> tuple[int, tuple[TaskRef, ...]]:
    """How many live tasks that are not done were due before `today`, and the first of them."""
    done = sa.select(BOARD_COLUMNS.c.key).where(store.mine(tx, BOARD_COLUMNS), BOARD_COLUMNS.c.kind == "done")
    where = (store.mine(tx, TASKS), TASKS.c.due_date < today, TASKS.c.status.not_in(done), *_live())
    return await store.count(tx, TASKS, *where), await _refs(tx, *where, limit=limit)


def _live() -> tuple[sa.ColumnElement[bool], ...]:
    return TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None)


async def _refs(tx: Tx, *where: sa.ColumnElement[bool], limit: int) -> tuple[TaskRef, ...]:
    query = sa.select(TASKS.c.id, TASKS.c.number, TASKS.c.title, TASKS.c.status).where(*where)
    rows = (await tx.conn.execute(query.order_by(TASKS.c.number).limit(limit))).mappings().all()
    return tuple(TaskRef.model_validate(dict(row)) for row in rows)
