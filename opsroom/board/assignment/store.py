"""Every statement of assignment."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.categories.tables import CATEGORIES
from opsroom.board.tasks.tables import TASK_LABELS, TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx


async def task(tx: Tx, task_id: str, *, lock: bool = False) -> Row | None:
    """What of a live task says who should do it, with its category's name."""
    same = sa.and_(CATEGORIES.c.project_id == TASKS.c.project_id, CATEGORIES.c.id == TASKS.c.category_id)
    query = (
        sa.select(TASKS, CATEGORIES.c.name.label("category_name"))
        .outerjoin(CATEGORIES, same)
        .where(store.mine(tx, TASKS), TASKS.c.id == task_id, TASKS.c.deleted_at.is_(None))
    )
    return (await tx.conn.execute(query.with_for_update(of=TASKS) if lock else query)).mappings().first()


async def labels(tx: Tx, task_id: str) -> tuple[str, ...]:
    """The labels of a task in their order."""
    query = sa.select(TASK_LABELS.c.label).where(
        store.mine(tx, TASK_LABELS), TASK_LABELS.c.task_id == task_id
    )
    return tuple((await tx.conn.execute(query.order_by(TASK_LABELS.c.label))).scalars())


async def in_progress(tx: Tx) -> dict[str, int]:
    """How many live tasks in active columns each agent has."""
    same = sa.and_(BOARD_COLUMNS.c.project_id == TASKS.c.project_id, BOARD_COLUMNS.c.key == TASKS.c.status)
    query = (
        sa.select(TASKS.c.assigned_agent_id, sa.func.count())
        .join(BOARD_COLUMNS, same)
        .where(
            store.mine(tx, TASKS), BOARD_COLUMNS.c.kind == "active", TASKS.c.assigned_agent_id.is_not(None)
        )
        .where(TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None))
        .group_by(TASKS.c.assigned_agent_id)
    )
    return {agent_id: count for agent_id, count in (await tx.conn.execute(query)).all() if agent_id}


async def standing_in(tx: Tx, status: str) -> int:
    """How many live tasks stand in a column."""
    return await store.count(
        tx, TASKS, TASKS.c.status == status, TASKS.c.deleted_at.is_(None), TASKS.c.archived_at.is_(None)
    )
