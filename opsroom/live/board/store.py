"""Every statement of the live board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx
from opsroom.live.board.tables import LIVE_PRESENCE, LIVE_TICKETS

DATABASE_ERRORS: Final = (DBAPIError, PoolTimeout)
"""What a database raises by itself: whoever reads for ever pauses and looks again."""


async def insert_ticket(tx: Tx, ticket_hash: str, credential_id: str, expires_at: datetime) -> None:
    """A ticket of the actor."""
    row = tx.actor.scope.model_dump() | {
        "ticket_hash": ticket_hash,
        "actor_id": tx.actor.id,
        "credential_id": credential_id,
        "expires_at": expires_at,
    }
    await tx.conn.execute(sa.insert(LIVE_TICKETS).values(**row))


async def open_tickets(tx: Tx) -> int:
    """How many tickets of the actor could still be used."""
    query = (
        sa.select(sa.func.count())
        .select_from(LIVE_TICKETS)
        .where(
            LIVE_TICKETS.c.project_id == tx.actor.scope.project_id,
            LIVE_TICKETS.c.actor_id == tx.actor.id,
            LIVE_TICKETS.c.used_at.is_(None),
            LIVE_TICKETS.c.expires_at > tx.now,
        )
    )
    return (await tx.conn.execute(query)).scalar_one()


async def use_tickets(tx: Tx, hashes: Sequence[str]) -> Sequence[Row]:
    """Use these tickets up; those that could still be used. Asked before anybody is known, so that no
    tenant bounds it: whoever holds a ticket learns what it was made for."""
    query = (
        sa.update(LIVE_TICKETS)
        .where(
            LIVE_TICKETS.c.ticket_hash.in_(list(hashes)),
            LIVE_TICKETS.c.used_at.is_(None),
            LIVE_TICKETS.c.expires_at > tx.now,
        )
        .values(used_at=tx.now)
        .returning(LIVE_TICKETS)
    )
    return (await tx.conn.execute(query)).mappings().all()


async def forget_tickets(tx: Tx, before: datetime) -> None:
    """Drop the tickets of every tenant that ran out before then."""
    await tx.conn.execute(sa.delete(LIVE_TICKETS).where(LIVE_TICKETS.c.expires_at < before))


async def put_presence(
    tx: Tx, process_id: str, people: Mapping[str, object], cursors: Sequence[Mapping[str, object]]
) -> None:
    """Say who looks at the actor's project through this process. PostgreSQL only."""
    said = {"people": dict(people), "cursors": list(cursors), "seen_at": tx.now}
    row = tx.actor.scope.model_dump() | {"process_id": process_id} | said
    insert = postgres_insert(LIVE_PRESENCE).values(**row)
    keys = [LIVE_PRESENCE.c.project_id, LIVE_PRESENCE.c.process_id]
    await tx.conn.execute(insert.on_conflict_do_update(index_elements=keys, set_=said))


async def presence_elsewhere(tx: Tx, process_id: str, since: datetime) -> Sequence[Row]:
    """Who looks at the actor's project through other processes that have been heard of since then."""
    query = (
        sa.select(LIVE_PRESENCE)
        .where(
            LIVE_PRESENCE.c.project_id == tx.actor.scope.project_id,
            LIVE_PRESENCE.c.process_id != process_id,
            LIVE_PRESENCE.c.seen_at > since,
        )
        .order_by(LIVE_PRESENCE.c.process_id)
    )
    return (await tx.conn.execute(query)).mappings().all()


async def forget_presence(tx: Tx, process_id: str, before: datetime) -> None:
    """Drop this process's row of the actor's project, and those of processes not heard of for long."""
    mine = LIVE_PRESENCE.c.project_id == tx.actor.scope.project_id
    gone = sa.or_(LIVE_PRESENCE.c.process_id == process_id, LIVE_PRESENCE.c.seen_at < before)
    await tx.conn.execute(sa.delete(LIVE_PRESENCE).where(mine, gone))
