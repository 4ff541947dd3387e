"""Every statement about sprints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.shapes import Sprint, SprintStatus
from opsroom.board.sprints.tables import SPRINTS
from opsroom.board.tasks.tables import TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

_COUNTS = ("task_count", "done_count", "estimate", "done_estimate")
_OF_ROW = tuple(name for name in Sprint.model_fields if name not in _COUNTS)
_DAYS = ("start_date", "end_date")

Counts = tuple[int, int, float, float]


def _sprint(row: Row, counts: Counts | None) -> Sprint:
    values = {name: row[name] for name in _OF_ROW}
    return Sprint.model_validate(values | dict(zip(_COUNTS, counts or (None,) * 4, strict=True)))


async def counts(tx: Tx, sprint_ids: Sequence[str]) -> dict[str, Counts]:
    """Tasks, tasks done, estimate, estimate done of live tasks, by sprint."""
    done = BOARD_COLUMNS.c.kind == "done"
    query = (
        sa.select(
            TASKS.c.sprint_id,
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((done, 1), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(TASKS.c.estimate), 0.0),
            sa.func.coalesce(sa.func.sum(sa.case((done, TASKS.c.estimate), else_=0.0)), 0.0),
        )
        .join(
            BOARD_COLUMNS,
            sa.and_(BOARD_COLUMNS.c.project_id == TASKS.c.project_id, BOARD_COLUMNS.c.key == TASKS.c.status),
        )
        # Archiving is what happens to done cards: they still count for the sprint they were done in.
        .where(store.mine(tx, TASKS), TASKS.c.sprint_id.in_(sprint_ids), TASKS.c.deleted_at.is_(None))
        .group_by(TASKS.c.sprint_id)
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in (await tx.conn.execute(query)).all()}


async def sprints(
    tx: Tx, *, statuses: Sequence[SprintStatus] = (), limit: int | None = None, offset: int = 0
) -> list[Sprint]:
    """Sprints with their counts, the earliest first."""
    where = [SPRINTS.c.deleted_at.is_(None)]
    if statuses:
        where.append(SPRINTS.c.status.in_(statuses))
    order = (SPRINTS.c.start_date, SPRINTS.c.created_at, SPRINTS.c.id)
    rows = await store.rows(tx, SPRINTS, *where, order=order, limit=limit, offset=offset)
    numbers = await counts(tx, [row["id"] for row in rows])
    return [_sprint(row, numbers.get(row["id"], (0, 0, 0.0, 0.0))) for row in rows]


async def how_many(tx: Tx, *, statuses: Sequence[SprintStatus] = ()) -> int:
    """How many sprints there are."""
    where = [SPRINTS.c.deleted_at.is_(None)]
    if statuses:
        where.append(SPRINTS.c.status.in_(statuses))
    return await store.count(tx, SPRINTS, *where)


async def sprint(tx: Tx, sprint_id: str, *, deleted: bool = False, lock: bool = False) -> Sprint | None:
    """One sprint; with `deleted`, one that was deleted."""
    gone = SPRINTS.c.deleted_at.is_not(None) if deleted else SPRINTS.c.deleted_at.is_(None)
    row = await store.one(tx, SPRINTS, SPRINTS.c.id == sprint_id, gone, lock=lock)
    if row is None:
        return None
    return _sprint(row, (await counts(tx, [sprint_id])).get(sprint_id, (0, 0, 0.0, 0.0)))


async def id_taken(tx: Tx, sprint_id: str) -> bool:
    """Has, or had, the project a sprint of this id?"""
    return await store.one(tx, SPRINTS, SPRINTS.c.id == sprint_id) is not None


async def add_sprint(tx: Tx, values: Mapping[str, object]) -> None:
    """A further sprint."""
    await store.insert(tx, SPRINTS, _plain(values))


async def change_sprint(tx: Tx, sprint_id: str, values: Mapping[str, object]) -> None:
    """Change a sprint of the project, a deleted one too."""
    await store.change(tx, SPRINTS, SPRINTS.c.id == sprint_id, values=_plain(values))


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value) if name in _DAYS else value for name, value in values.items()}
