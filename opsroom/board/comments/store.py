"""Every statement about comments, and what a comment changes on its task."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.comments.tables import TASK_COMMENTS
from opsroom.board.shapes import Comment, PersonRef
from opsroom.board.tasks.tables import TASK_WATCHERS, TASKS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx


def _comment(row: Row) -> Comment:
    deleted = row["deleted_at"] is not None
    return Comment(
        id=row["id"],
        task_id=row["task_id"],
        author=PersonRef(id=row["author_id"], name=row["author_name"]),
        author_kind=row["author_kind"],
        agent_id=row["agent_id"],
        content="" if deleted else row["content"],
        mentions=() if deleted else tuple(row["mentions"]),
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        deleted=deleted,
        version=row["version"],
    )


async def task_title(tx: Tx, task_id: str, *, deleted: bool = False) -> str | None:
    """The title of a task, None for one that is not there; of a deleted one only if asked."""
    query = sa.select(TASKS.c.title).where(store.mine(tx, TASKS), TASKS.c.id == task_id)
    if not deleted:
        query = query.where(TASKS.c.deleted_at.is_(None))
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def of_task(
    tx: Tx, task_id: str, *, newest_first: bool, limit: int, offset: int
) -> tuple[list[Comment], int]:
    """A task's comments that were not deleted, and how many there are."""
    where = (TASK_COMMENTS.c.task_id == task_id, TASK_COMMENTS.c.deleted_at.is_(None))
    order = (TASK_COMMENTS.c.created_at, TASK_COMMENTS.c.id)
    found = await store.rows(
        tx,
        TASK_COMMENTS,
        *where,
        order=tuple(column.desc() for column in order) if newest_first else order,
        limit=limit,
        offset=offset,
    )
    return [_comment(row) for row in found], await store.count(tx, TASK_COMMENTS, *where)


async def comment(tx: Tx, comment_id: str, *, lock: bool = False) -> Comment | None:
    """One comment, also a deleted one, which says nothing any more."""
    row = await store.one(tx, TASK_COMMENTS, TASK_COMMENTS.c.id == comment_id, lock=lock)
    return _comment(row) if row else None


async def content(tx: Tx, comment_id: str) -> str:
    """What a comment says, or said before it was deleted."""
    query = sa.select(TASK_COMMENTS.c.content)
    query = query.where(store.mine(tx, TASK_COMMENTS), TASK_COMMENTS.c.id == comment_id)
    return (await tx.conn.execute(query)).scalar_one()


async def add_comment(tx: Tx, values: Mapping[str, object]) -> None:
    """A further comment."""
    await store.insert(tx, TASK_COMMENTS, values)


async def change_comment(tx: Tx, comment_id: str, values: Mapping[str, object]) -> None:
    """Change a comment."""
    await store.change(tx, TASK_COMMENTS, TASK_COMMENTS.c.id == comment_id, values=values)


async def count_comment(tx: Tx, task_id: str, by: int) -> None:
    """One comment more or less on a task. Its version stays: a comment is in nobody's way who edits the task.

    By adding, not by counting anew: two who comment at once would each count only their own.
    """
    query = sa.update(TASKS).where(store.mine(tx, TASKS), TASKS.c.id == task_id)
    await tx.conn.execute(query.values(comment_count=TASKS.c.comment_count + by))


async def watch(tx: Tx, task_id: str, actor_id: str) -> None:
    """Make somebody a watcher of a task; a second time changes nothing."""
    await store.insert_missing(tx, TASK_WATCHERS, [{"task_id": task_id, "actor_id": actor_id}])
