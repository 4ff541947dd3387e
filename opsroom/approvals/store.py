"""Every statement of the approvals room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from opsroom.approvals.shapes import Approval
from opsroom.approvals.tables import APPROVALS
from opsroom.kernel.actor import Scope
from opsroom.kernel.uow import Tx


def _mine(tx: Tx) -> sa.ColumnElement[bool]:
    return APPROVALS.c.project_id == tx.actor.scope.project_id


def _approval(row: Any) -> Approval:
    return Approval(**{k: row[k] for k in Approval.model_fields})


async def insert(tx: Tx, values: dict[str, Any]) -> None:
    """Store a question."""
    await tx.conn.execute(sa.insert(APPROVALS).values(**tx.actor.scope.model_dump(), **values))


async def by_tool_use(tx: Tx, run_id: str, tool_use_id: str) -> Approval | None:
    """The question a run asked about one tool call."""
    query = sa.select(APPROVALS).where(
        _mine(tx), APPROVALS.c.run_id == run_id, APPROVALS.c.tool_use_id == tool_use_id
    )
    row = (await tx.conn.execute(query)).mappings().first()
    return _approval(row) if row else None


async def by_id(tx: Tx, approval_id: str, *, lock: bool = False) -> Approval | None:
    """One question, locked against other writers if asked."""
    query = sa.select(APPROVALS).where(_mine(tx), APPROVALS.c.id == approval_id)
    row = (await tx.conn.execute(query.with_for_update() if lock else query)).mappings().first()
    return _approval(row) if row else None


async def listed(
    tx: Tx, *, status: str | None, run_id: str | None, limit: int, offset: int
) -> tuple[list[Approval], int]:
    """Questions, the newest first, and how many there are."""
    where = [_mine(tx)]
    if status:
        where.append(APPROVALS.c.status == status)
    if run_id:
        where.append(APPROVALS.c.run_id == run_id)
    count = sa.select(sa.func.count()).select_from(APPROVALS).where(*where)
    total = (await tx.conn.execute(count)).scalar_one()
    query = sa.select(APPROVALS).where(*where).order_by(APPROVALS.c.created_at.desc(), APPROVALS.c.id.desc())
    rows = (await tx.conn.execute(query.limit(limit).offset(offset))).mappings().all()
    return [_approval(r) for r in rows], total


async def settle(tx: Tx, approval_id: str, **values: Any) -> bool:
    """Answer a pending question; False when it is pending no more."""
    done = await tx.conn.execute(
        sa.update(APPROVALS)
        .where(_mine(tx), APPROVALS.c.id == approval_id, APPROVALS.c.status == "pending")
        .values(decided_at=tx.now, **values)
    )
    return done.rowcount == 1


async def overdue(tx: Tx, now: datetime, limit: int = 100) -> list[tuple[str, Scope]]:
    """Pending questions of every project whose time is over: the house asks, not a tenant."""
    query = (
        sa.select(APPROVALS)
        .where(APPROVALS.c.status == "pending", APPROVALS.c.expires_at <= now)
        .order_by(APPROVALS.c.expires_at)
        .limit(limit)
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    return [(r["id"], Scope(**{k: r[k] for k in Scope.model_fields})) for r in rows]
