"""Every statement about the order of cards in a column.

Statements are built once: on SQLite building one costs as much as running it.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from opsroom.board.shapes import BoardSettings, Column
from opsroom.board.tasks.ranks import spread
from opsroom.board.tasks.tables import TASKS
from opsroom.board.workflow.tables import BOARD_COLUMNS, BOARD_SETTINGS
from opsroom.kernel.prepared import Prepared
from opsroom.kernel.uow import Tx

_PROJECT = sa.bindparam("project", type_=sa.String)
_STATUS = sa.bindparam("status", type_=sa.String)
_BUT = sa.bindparam("but", type_=sa.String)
_RANK = sa.bindparam("rank", type_=sa.String)
_STANDING = (
    TASKS.c.project_id == _PROJECT,
    TASKS.c.deleted_at.is_(None),
    TASKS.c.archived_at.is_(None),
    TASKS.c.status == _STATUS,
)
_OTHERS = (*_STANDING, TASKS.c.id != _BUT)
_DOWNWARDS = (TASKS.c.rank, TASKS.c.id)
_UPWARDS = (TASKS.c.rank.desc(), TASKS.c.id.desc())

_COLUMN_NAMES, _SETTING_NAMES = tuple(Column.model_fields), tuple(BoardSettings.model_fields)
_FRAME = Prepared(
    sa.select(
        *(BOARD_COLUMNS.c[name] for name in _COLUMN_NAMES),
        *(BOARD_SETTINGS.c[name].label(f"board_{name}") for name in _SETTING_NAMES),
    )
    .join(BOARD_SETTINGS, BOARD_SETTINGS.c.project_id == BOARD_COLUMNS.c.project_id)
    .where(BOARD_COLUMNS.c.project_id == _PROJECT)
    .order_by(BOARD_COLUMNS.c.position, BOARD_COLUMNS.c.key)
)
_LOCK = (
    sa.select(BOARD_COLUMNS.c.key)
    .where(BOARD_COLUMNS.c.project_id == _PROJECT, BOARD_COLUMNS.c.key == _STATUS)
    .with_for_update()
)
_COUNT = sa.select(sa.func.count()).select_from(TASKS).where(*_OTHERS)
_RANKS = sa.select(TASKS.c.rank).where(*_OTHERS)
_AT = Prepared(_RANKS.order_by(*_DOWNWARDS).offset(sa.bindparam("start")).limit(sa.bindparam("count")))
_LAST = Prepared(_RANKS.order_by(*_UPWARDS).limit(1))
_ABOVE = _RANKS.where(TASKS.c.rank < _RANK).order_by(*_UPWARDS).limit(1)
_BELOW = _RANKS.where(TASKS.c.rank > _RANK).order_by(*_DOWNWARDS).limit(1)
_ALL = sa.select(TASKS.c.id).where(*_STANDING).order_by(*_DOWNWARDS)
_RENUMBER = sa.update(TASKS).where(TASKS.c.project_id == _PROJECT, TASKS.c.id == sa.bindparam("the_task"))


def _binds(tx: Tx, status: str, **more: object) -> dict[str, object]:
    return {"project": tx.actor.scope.project_id, "status": status, **more}


async def frame(tx: Tx) -> tuple[list[Column], BoardSettings | None]:
    """The columns from left to right and the settings, in one question."""
    rows = await _FRAME.all(tx.conn, {"project": tx.actor.scope.project_id})
    wide = len(_COLUMN_NAMES)
    columns = [Column(**dict(zip(_COLUMN_NAMES, row[:wide], strict=True))) for row in rows]
    settings = dict(zip(_SETTING_NAMES, rows[0][wide:], strict=True)) if rows else None
    return columns, BoardSettings(**settings) if settings else None


async def lock_column(tx: Tx, status: str) -> None:
    """Let those who place cards in one column wait for each other until this commit.

    SQLite has one writer at a time anyway.
    """
    if tx.conn.dialect.name != "sqlite":
        await tx.conn.execute(_LOCK, _binds(tx, status))


async def standing(tx: Tx, status: str, *, but: str | None = None) -> int:
    """How many live cards stand in a column, one left out."""
    return (await tx.conn.execute(_COUNT, _binds(tx, status, but=but or ""))).scalar_one()


async def rank_at(tx: Tx, status: str, place: int, *, but: str) -> tuple[str | None, str | None]:
    """The ranks a card at `place` (from 0) of a column would stand between, itself left out."""
    binds = _binds(tx, status, but=but)
    window = {"start": max(place - 1, 0), "count": 2 if place else 1}
    ranks = [row[0] for row in await _AT.all(tx.conn, binds | window)]
    if place == 0:
        return None, ranks[0] if ranks else None
    if not ranks:  # beyond the end: at the end
        last = await _LAST.first(tx.conn, binds)
        return last[0] if last else None, None
    return ranks[0], ranks[1] if len(ranks) > 1 else None


async def neighbour(tx: Tx, status: str, rank: str, *, but: str, above: bool) -> str | None:
    """The rank next to `rank` in a column on one side, None at its end."""
    binds = _binds(tx, status, but=but, rank=rank)
    return (await tx.conn.execute(_ABOVE if above else _BELOW, binds)).scalar_one_or_none()


async def renumber(tx: Tx, status: str) -> None:
    """Give every card of a column a fresh, short rank, in the order they stand."""
    ids: Sequence[str] = (await tx.conn.execute(_ALL, _binds(tx, status))).scalars().all()
    if ids:
        project = tx.actor.scope.project_id
        fresh = [
            {"project": project, "the_task": task_id, "fresh": rank}
            for task_id, rank in zip(ids, spread(len(ids)), strict=True)
        ]
        await tx.conn.execute(_RENUMBER.values(rank=sa.bindparam("fresh")), fresh)
