"""Every statement about notifications."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.notifications.rules import Concerned
from opsroom.board.notifications.shapes import Notification, Preferences
from opsroom.board.notifications.tables import (
    NOTIFICATION_PREFERENCES,
    NOTIFICATION_SENDS,
    NOTIFICATIONS,
)
from opsroom.board.shapes import TaskRef
from opsroom.board.tasks.tables import TASK_WATCHERS, TASKS
from opsroom.kernel.actor import Scope
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

_N, _S, _P = NOTIFICATIONS, NOTIFICATION_SENDS, NOTIFICATION_PREFERENCES


# -- whom it concerns --------------------------------------------------------------------------


_PROJECT, _TASK = sa.bindparam("the_project", type_=sa.String), sa.bindparam("the_task", type_=sa.String)
# Built once: they are asked for every event of a task.
_CONCERNED = sa.select(TASKS.c.title, TASKS.c.number, TASKS.c.status, TASKS.c.accountable_id).where(
    TASKS.c.project_id == _PROJECT, TASKS.c.id == _TASK
)
_WATCHERS = (
    sa.select(TASK_WATCHERS.c.actor_id)
    .where(TASK_WATCHERS.c.project_id == _PROJECT, TASK_WATCHERS.c.task_id == _TASK)
    .order_by(TASK_WATCHERS.c.actor_id)
)


async def concerned(tx: Tx, task_id: str) -> Concerned | None:
    """Who has to do with a task."""
    binds = {"the_project": tx.actor.scope.project_id, "the_task": task_id}
    row = (await tx.conn.execute(_CONCERNED, binds)).first()
    if row is None:
        return None
    watchers = tuple((await tx.conn.execute(_WATCHERS, binds)).scalars())
    return Concerned(row.title, row.number, row.status, row.accountable_id, watchers)


# -- the inbox ---------------------------------------------------------------------------------


async def add(tx: Tx, values: Mapping[str, object]) -> bool:
    """Tell a person of an event; False when they were told of it already."""
    return await store.insert_missing(tx, _N, [{"read_at": None, **values}]) == 1


def _inbox(tx: Tx, person_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (store.mine(tx, _N), _N.c.person_id == person_id, _N.c.in_app.is_(True))


async def inbox(
    tx: Tx, person_id: str, *, unread: bool, kinds: Collection[str], limit: int, offset: int
) -> tuple[list[Notification], int]:
    """A page of a person's notifications, the newest first, and how many there are."""
    where = [*_inbox(tx, person_id)]
    if unread:
        where.append(_N.c.read_at.is_(None))
    if kinds:
        where.append(_N.c.kind.in_(list(kinds)))
    total = (await tx.conn.execute(sa.select(sa.func.count()).select_from(_N).where(*where))).scalar_one()
    query = sa.select(_N).where(*where).order_by(_N.c.at.desc(), _N.c.id.desc()).limit(limit).offset(offset)
    rows = (await tx.conn.execute(query)).mappings().all()
    refs = await _refs(tx, {row["task_id"] for row in rows if row["task_id"]})
    names = [name for name in Notification.model_fields if name != "task"]
    return [Notification(**{n: row[n] for n in names}, task=refs.get(row["task_id"])) for row in rows], total


async def _refs(tx: Tx, ids: Collection[str]) -> dict[str, TaskRef]:
    if not ids:
        return {}
    query = sa.select(TASKS.c.id, TASKS.c.number, TASKS.c.title, TASKS.c.status).where(
        store.mine(tx, TASKS), TASKS.c.id.in_(list(ids))
    )
    return {row["id"]: TaskRef(**row) for row in (await tx.conn.execute(query)).mappings()}


async def unread_count(tx: Tx, person_id: str) -> int:
    """How many notifications of a person are unread."""
    query = sa.select(sa.func.count()).select_from(_N).where(*_inbox(tx, person_id), _N.c.read_at.is_(None))
    return (await tx.conn.execute(query)).scalar_one()


async def mark(tx: Tx, person_id: str, ids: Sequence[str] | None, *, read: bool) -> int:
    """Mark a person's notifications, all of them without ids; how many changed."""
    where = [*_inbox(tx, person_id), _N.c.read_at.is_(None) if read else _N.c.read_at.is_not(None)]
    if ids is not None:
        where.append(_N.c.id.in_(list(ids)))
    done = await tx.conn.execute(sa.update(_N).where(*where).values(read_at=tx.now if read else None))
    return done.rowcount


# -- preferences -------------------------------------------------------------------------------


async def preferences(tx: Tx, people: Collection[str]) -> dict[str, tuple[Preferences, int]]:
    """What people chose, with the version of it; those who chose nothing are absent."""
    if not people:
        return {}
    query = sa.select(_P).where(store.mine(tx, _P), _P.c.person_id.in_(list(people)))
    rows = (await tx.conn.execute(query)).mappings().all()
    return {
        row["person_id"]: (Preferences.model_validate(row["preferences"]), row["version"]) for row in rows
    }


async def set_preferences(tx: Tx, person_id: str, values: Mapping[str, object], *, version: int) -> bool:
    """Write a person's choices over version `version` (0: there are none); False when it was another."""
    row = {"preferences": dict(values), "updated_at": tx.now}
    if version == 0:
        return await store.insert_missing(tx, _P, [{**row, "person_id": person_id, "version": 1}]) == 1
    query = sa.update(_P).where(store.mine(tx, _P), _P.c.person_id == person_id, _P.c.version == version)
    return (await tx.conn.execute(query.values(version=version + 1, **row))).rowcount == 1


# -- the outbox --------------------------------------------------------------------------------


async def add_send(tx: Tx, values: Mapping[str, object]) -> bool:
    """Order a message on a channel; False when that event has one for the person there."""
    return await store.insert_missing(tx, _S, [{"attempts": 0, "created_at": tx.now, **values}]) == 1


async def due_sends(tx: Tx, now: datetime, limit: int) -> list[tuple[str, Scope]]:
    """Messages of every project that are due: the house asks, not a tenant."""
    query = (
        sa.select(_S)
        .where(_S.c.status == "pending", _S.c.due_at <= now)
        .order_by(_S.c.due_at, _S.c.id)
        .limit(limit)
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    return [(row["id"], _scope(row)) for row in rows]


async def claim_send(tx: Tx, send_id: str) -> Row | None:
    """Take a message to send it; None when another worker has it."""
    query = (
        sa.update(_S)
        .where(store.mine(tx, _S), _S.c.id == send_id, _S.c.status == "pending")
        .values(status="sending", attempts=_S.c.attempts + 1, claimed_at=tx.now)
    )
    if (await tx.conn.execute(query)).rowcount != 1:
        return None
    return await store.one(tx, _S, _S.c.id == send_id)


async def end_send(tx: Tx, send_id: str, status: str, **values: object) -> None:
    """Write down what became of a message that was being sent."""
    query = sa.update(_S).where(store.mine(tx, _S), _S.c.id == send_id, _S.c.status == "sending")
    await tx.conn.execute(query.values(status=status, **values))


async def lose_abandoned(tx: Tx, before: datetime) -> int:
    """Give up, in all projects, what was being sent when the sender died: it may have arrived."""
    reason = "the process ended while sending; it may have arrived"
    query = sa.update(_S).where(_S.c.status == "sending", _S.c.claimed_at < before)
    return (await tx.conn.execute(query.values(status="unknown", error=reason))).rowcount


async def due_digests(tx: Tx, now: datetime, limit: int) -> list[tuple[Scope, str, str]]:
    """(where, person, channel) of every digest that is due: the house asks, not a tenant."""
    scope = [_S.c[name] for name in Scope.model_fields]
    query = (
        sa.select(*scope, _S.c.person_id, _S.c.channel)
        .where(_S.c.status == "waiting", _S.c.due_at <= now)
        .group_by(*scope, _S.c.person_id, _S.c.channel)
        .limit(limit)
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    return [(_scope(row), row["person_id"], row["channel"]) for row in rows]


async def take_digest(tx: Tx, person_id: str, channel: str, now: datetime) -> list[Row]:
    """Take what waits for a person's digest on a channel, in order; nothing when another worker has it."""
    query = (
        sa.update(_S)
        .where(store.mine(tx, _S), _S.c.person_id == person_id, _S.c.channel == channel)
        .where(_S.c.status == "waiting", _S.c.due_at <= now)
        .values(status="digested")
        .returning(_S.c.id, _S.c.title, _S.c.text, _S.c.created_at)
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]))


async def send_by_id(tx: Tx, send_id: str) -> Row | None:
    """One message of the outbox."""
    return await store.one(tx, _S, _S.c.id == send_id)


async def forget(tx: Tx, before: datetime) -> None:
    """Let old notifications and messages of all projects go: the house asks, not a tenant."""
    await tx.conn.execute(sa.delete(_N).where(_N.c.at < before))
    old = (_S.c.created_at < before, _S.c.status.not_in(("pending", "waiting", "sending")))
    await tx.conn.execute(sa.delete(_S).where(*old))


async def task_of(tx: Tx, person_id: str, event_id: str) -> str | None:
    """The task a person's notification is about."""
    row = await store.one(tx, _N, _N.c.person_id == person_id, _N.c.event_id == event_id)
    return row["task_id"] if row else None


def _scope(row: Row) -> Scope:
    return Scope(**{name: row[name] for name in Scope.model_fields})


async def any_abandoned(tx: Tx, before: datetime) -> bool:
    """Whether a message of any project is being sent for too long."""
    query = sa.select(sa.exists().where(_S.c.status == "sending", _S.c.claimed_at < before))
    return bool((await tx.conn.execute(query)).scalar())
