"""Statements asked before anybody is known: they look a secret up, so no tenant can bound them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from opsroom.identity.rules import EVERY
from opsroom.identity.tables import ACTORS, API_KEYS, LOGIN_ATTEMPTS, PEOPLE, SESSIONS
from opsroom.kernel.actor import Scope
from opsroom.kernel.uow import Tx

Row = sa.RowMapping


async def live_session(tx: Tx, secret_hash: str) -> Row | None:
    """The session behind a cookie with its person, if neither has ended."""
    query = (
        sa.select(SESSIONS, PEOPLE.c.name, PEOPLE.c.email)
        .join(PEOPLE, PEOPLE.c.id == SESSIONS.c.person_id)
        .where(
            SESSIONS.c.secret_hash == secret_hash,
            SESSIONS.c.ended_at.is_(None),
            SESSIONS.c.expires_at > tx.now,
            PEOPLE.c.disabled_at.is_(None),
        )
    )
    return (await tx.conn.execute(query)).mappings().first()


async def insert_session(tx: Tx, values: Mapping[str, object], scope: Scope) -> None:
    """A session of a person in a project."""
    row = scope.model_dump() | dict(values)
    await tx.conn.execute(sa.insert(SESSIONS).values(created_at=tx.now, last_seen_at=tx.now, **row))


async def replace_session_secret(
    tx: Tx, session_id: str, old_hash: str, new_hash: str, project: Scope
) -> bool:
    """Give a live session a new secret and a new place. False when somebody else did so first."""
    query = (
        sa.update(SESSIONS)
        .where(SESSIONS.c.id == session_id, SESSIONS.c.secret_hash == old_hash, SESSIONS.c.ended_at.is_(None))
        .values(secret_hash=new_hash, last_seen_at=tx.now, **project.model_dump())
    )
    return (await tx.conn.execute(query)).rowcount == 1


async def end_session(tx: Tx, session_id: str) -> None:
    """End one session."""
    query = (
        sa.update(SESSIONS)
        .where(SESSIONS.c.id == session_id, SESSIONS.c.ended_at.is_(None))
        .values(ended_at=tx.now)
    )
    await tx.conn.execute(query)


async def note_session_seen(tx: Tx, session_id: str, at_most_every: timedelta) -> None:
    """Move `last_seen_at`, unless it moved just now (perhaps by another process)."""
    query = (
        sa.update(SESSIONS)
        .where(SESSIONS.c.id == session_id, SESSIONS.c.last_seen_at < tx.now - at_most_every)
        .values(last_seen_at=tx.now)
    )
    await tx.conn.execute(query)


async def delete_old_sessions(tx: Tx, before: datetime) -> None:
    """Forget sessions that expired or ended long ago."""
    gone = sa.or_(SESSIONS.c.expires_at < before, SESSIONS.c.ended_at < before)
    await tx.conn.execute(sa.delete(SESSIONS).where(gone))


async def open_key(tx: Tx, secret_hash: str) -> Row | None:
    """The key behind a bearer secret, if neither revoked nor expired."""
    query = sa.select(API_KEYS).where(
        API_KEYS.c.secret_hash == secret_hash,
        API_KEYS.c.revoked_at.is_(None),
        sa.or_(API_KEYS.c.expires_at.is_(None), API_KEYS.c.expires_at > tx.now),
    )
    return (await tx.conn.execute(query)).mappings().first()


async def note_key_used(tx: Tx, key_id: str, at_most_every: timedelta) -> None:
    """Record the use of a key, unless it was recorded just now (perhaps by another process)."""
    stale = sa.or_(API_KEYS.c.last_used_at.is_(None), API_KEYS.c.last_used_at < tx.now - at_most_every)
    query = sa.update(API_KEYS).where(API_KEYS.c.id == key_id, stale).values(last_used_at=tx.now)
    await tx.conn.execute(query)


async def enabled_actor(tx: Tx, actor_id: str, project_id: str) -> Row | None:
    """The agent or app a key speaks for."""
    query = sa.select(ACTORS).where(
        ACTORS.c.id == actor_id, ACTORS.c.project_id == project_id, ACTORS.c.disabled_at.is_(None)
    )
    return (await tx.conn.execute(query)).mappings().first()


async def enabled_person(tx: Tx, person_id: str, organization_id: str) -> Row | None:
    """The person a key speaks for."""
    query = sa.select(PEOPLE).where(
        PEOPLE.c.id == person_id,
        PEOPLE.c.organization_id == organization_id,
        PEOPLE.c.disabled_at.is_(None),
    )
    return (await tx.conn.execute(query)).mappings().first()


async def hold_attempts(tx: Tx, subjects: Sequence[str]) -> dict[str, Row]:
    """The counters of these subjects, made if missing and held until the commit.

    Two guesses at once must not read the same count: on PostgreSQL the rows are locked in one order.
    """
    insert = sqlite_insert if tx.conn.dialect.name == "sqlite" else postgres_insert
    place = {"organization_id": EVERY, "instance_id": EVERY, "project_id": EVERY}
    rows = [place | {"subject": subject, "failures": 0, "last_at": tx.now} for subject in sorted(subjects)]
    await tx.conn.execute(insert(LOGIN_ATTEMPTS).on_conflict_do_nothing(), rows)
    query = (
        sa.select(LOGIN_ATTEMPTS)
        .where(LOGIN_ATTEMPTS.c.subject.in_(list(subjects)))
        .order_by(LOGIN_ATTEMPTS.c.subject)
        .with_for_update()
    )
    return {row["subject"]: row for row in (await tx.conn.execute(query)).mappings()}


async def put_attempt(tx: Tx, subject: str, failures: int, blocked_until: datetime) -> None:
    """Write a counter that is held."""
    query = (
        sa.update(LOGIN_ATTEMPTS)
        .where(LOGIN_ATTEMPTS.c.subject == subject)
        .values(failures=failures, last_at=tx.now, blocked_until=blocked_until)
    )
    await tx.conn.execute(query)


async def forget_attempts(tx: Tx, subjects: Sequence[str]) -> None:
    """Drop these counters."""
    await tx.conn.execute(sa.delete(LOGIN_ATTEMPTS).where(LOGIN_ATTEMPTS.c.subject.in_(list(subjects))))


async def prune_attempts(tx: Tx, before: datetime) -> int:
    """Drop the counters that nobody has touched since `before`; how many.

    Those that a sign-in holds just now are left for the next time: waiting for them could deadlock.
    """
    old = (
        sa.select(LOGIN_ATTEMPTS.c.subject)
        .where(LOGIN_ATTEMPTS.c.last_at < before)
        .with_for_update(skip_locked=True)
    )
    done = await tx.conn.execute(sa.delete(LOGIN_ATTEMPTS).where(LOGIN_ATTEMPTS.c.subject.in_(old)))
    return done.rowcount


async def live_sessions_by_id(tx: Tx, ids: Sequence[str]) -> Sequence[Row]:
    """Those of these sessions that have not ended, with their people."""
    query = (
        sa.select(SESSIONS, PEOPLE.c.name, PEOPLE.c.email)
        .join(PEOPLE, PEOPLE.c.id == SESSIONS.c.person_id)
        .where(
            SESSIONS.c.id.in_(list(ids)),
            SESSIONS.c.ended_at.is_(None),
            SESSIONS.c.expires_at > tx.now,
            PEOPLE.c.disabled_at.is_(None),
        )
    )
    return (await tx.conn.execute(query)).mappings().all()


async def open_keys_by_id(tx: Tx, ids: Sequence[str]) -> Sequence[Row]:
    """Those of these keys that are neither revoked nor expired."""
    query = sa.select(API_KEYS).where(
        API_KEYS.c.id.in_(list(ids)),
        API_KEYS.c.revoked_at.is_(None),
        sa.or_(API_KEYS.c.expires_at.is_(None), API_KEYS.c.expires_at > tx.now),
    )
    return (await tx.conn.execute(query)).mappings().all()
