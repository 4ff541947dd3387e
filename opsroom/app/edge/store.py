"""Statements of the edge, and which errors of the database mean that it is away."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from opsroom.app.edge.tables import IDEMPOTENCY_REPLIES
from opsroom.kernel.uow import Tx

DATABASE_ERRORS: Final = (DBAPIError, PoolTimeout)
"""What a database raises by itself; `database_is_away` tells the passing ones from bugs."""


def database_is_away(error: BaseException) -> bool:
    """True when the database is gone, locked, full or out of connections: a later try may succeed."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    return isinstance(error, OperationalError) and not _is_statement_error(error)


def _is_statement_error(error: OperationalError) -> bool:
    # SQLite calls a missing table operational too; that is a bug, and no retry helps.
    return str(error.orig).startswith(("no such ", "near ", "table ", "too many SQL variables"))


async def ping(tx: Tx) -> None:
    """Does the database answer?"""
    await tx.conn.execute(sa.select(1))


async def reply_of(tx: Tx, claim_id: str) -> sa.RowMapping | None:
    """The claim on this key with its reply, if the request is finished."""
    query = sa.select(IDEMPOTENCY_REPLIES).where(
        IDEMPOTENCY_REPLIES.c.id == claim_id,
        IDEMPOTENCY_REPLIES.c.project_id == tx.actor.scope.project_id,
    )
    return (await tx.conn.execute(query)).mappings().first()


async def claim(tx: Tx, claim_id: str, request_hash: str) -> bool:
    """Claim the key for this request. False when somebody has it."""
    row = tx.actor.scope.model_dump() | {
        "id": claim_id,
        "actor_id": tx.actor.id,
        "request_hash": request_hash,
        "created_at": tx.now,
    }
    insert = sqlite_insert if tx.conn.dialect.name == "sqlite" else postgres_insert
    query = (
        insert(IDEMPOTENCY_REPLIES).values(**row).on_conflict_do_nothing().returning(IDEMPOTENCY_REPLIES.c.id)
    )
    return (await tx.conn.execute(query)).first() is not None


async def put_reply(tx: Tx, claim_id: str, status: int, sealed_reply: str) -> None:
    """Keep the reply for the repeats."""
    query = (
        sa.update(IDEMPOTENCY_REPLIES)
        .where(IDEMPOTENCY_REPLIES.c.id == claim_id)
        .values(status=status, sealed_reply=sealed_reply)
    )
    await tx.conn.execute(query)


async def release(tx: Tx, claim_id: str) -> None:
    """Give the key back: the request was refused and did nothing."""
    await tx.conn.execute(sa.delete(IDEMPOTENCY_REPLIES).where(IDEMPOTENCY_REPLIES.c.id == claim_id))


async def forget_replies(tx: Tx, before: datetime) -> None:
    """Drop what is older than the promise."""
    await tx.conn.execute(sa.delete(IDEMPOTENCY_REPLIES).where(IDEMPOTENCY_REPLIES.c.created_at < before))
