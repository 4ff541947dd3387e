"""Every statement about writes on their way: the queue of each project, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from opsroom.board.documents.tables import (
    DOCUMENT_REPOSITORIES,
    DOCUMENT_TEXTS,
    DOCUMENT_WRITE_FILES,
    DOCUMENT_WRITES,
)
from opsroom.kernel.actor import Scope
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

_R, _T, _W, _WF = DOCUMENT_REPOSITORIES, DOCUMENT_TEXTS, DOCUMENT_WRITES, DOCUMENT_WRITE_FILES


def _project(tx: Tx) -> str:
    return tx.actor.scope.project_id


async def add_repository(tx: Tx) -> bool:
    """Make the project's row; False when it has one."""
    maker = postgres_insert if tx.conn.dialect.name == "postgresql" else sqlite_insert
    statement = maker(_R).values(**tx.actor.scope.model_dump()).on_conflict_do_nothing()
    # Told by RETURNING: PostgreSQL's driver does not count the rows of an INSERT for us.
    return (await tx.conn.execute(statement.returning(_R.c.project_id))).first() is not None


async def repository(tx: Tx, *, lock: bool = False) -> Row | None:
    """The project's row, locked against other writers if asked."""
    query = sa.select(_R).where(_R.c.project_id == _project(tx))
    return (await tx.conn.execute(query.with_for_update() if lock else query)).mappings().first()


async def change_repository(tx: Tx, **values: Any) -> None:
    """Change the project's row."""
    await tx.conn.execute(sa.update(_R).where(_R.c.project_id == _project(tx)).values(**values))


async def add_write(tx: Tx, values: dict[str, Any], files: Sequence[dict[str, Any]]) -> None:
    """Put a write and its files into the queue."""
    scope = tx.actor.scope.model_dump()
    await tx.conn.execute(sa.insert(_W).values(**scope, **values))
    rows = [{"sha256": None, **f, **scope, "write_id": values["id"], "status": "pending"} for f in files]
    await tx.conn.execute(sa.insert(_WF), rows)


async def next_write(tx: Tx) -> Row | None:
    """The oldest write that waits."""
    query = sa.select(_W).where(_W.c.project_id == _project(tx), _W.c.status == "pending")
    return (await tx.conn.execute(query.order_by(_W.c.seq).limit(1))).mappings().first()


async def write_by_id(tx: Tx, write_id: str) -> Row | None:
    """One write."""
    query = sa.select(_W).where(_W.c.project_id == _project(tx), _W.c.id == write_id)
    return (await tx.conn.execute(query)).mappings().first()


async def files_of_write(tx: Tx, write_id: str) -> list[Row]:
    """The files of a write that are still to be written, with their texts."""
    text = sa.and_(_T.c.project_id == _WF.c.project_id, _T.c.blob == _WF.c.blob)
    query = (
        sa.select(_WF, _T.c.text)
        .outerjoin(_T, text)
        .where(_WF.c.project_id == _project(tx), _WF.c.write_id == write_id, _WF.c.status == "pending")
        .order_by(_WF.c.path)
    )
    return list((await tx.conn.execute(query)).mappings())


async def change_write(tx: Tx, write_id: str, **values: Any) -> None:
    """Change a write's row."""
    mine = (_W.c.project_id == _project(tx), _W.c.id == write_id)
    await tx.conn.execute(sa.update(_W).where(*mine).values(**values))


async def change_write_file(tx: Tx, write_id: str, path: str, **values: Any) -> None:
    """Change the row of one file of a write."""
    mine = (_WF.c.project_id == _project(tx), _WF.c.write_id == write_id, _WF.c.path == path)
    await tx.conn.execute(sa.update(_WF).where(*mine).values(**values))


async def settle_files(tx: Tx, write_id: str, status: str) -> None:
    """Let the pending files of a write be over."""
    mine = (_WF.c.project_id == _project(tx), _WF.c.write_id == write_id, _WF.c.status == "pending")
    await tx.conn.execute(sa.update(_WF).where(*mine).values(status=status))


async def waiting_of(tx: Tx, path: str) -> list[Row]:
    """The writes of a file that wait, the oldest first, with their texts."""
    text = sa.and_(_T.c.project_id == _WF.c.project_id, _T.c.blob == _WF.c.blob)
    query = (
        sa.select(_WF, _T.c.text, _W.c.seq, _W.c.author_name)
        .join(_W, _W.c.id == _WF.c.write_id)
        .outerjoin(_T, text)
        .where(_WF.c.project_id == _project(tx), _WF.c.path == path, _WF.c.status == "pending")
        .order_by(_W.c.seq)
    )
    return list((await tx.conn.execute(query)).mappings())


async def waiting(tx: Tx) -> tuple[int, datetime | None]:
    """How many writes of the project wait, and since when."""
    query = sa.select(sa.func.count(), sa.func.min(_W.c.made_at)).where(
        _W.c.project_id == _project(tx), _W.c.status == "pending"
    )
    count, since = (await tx.conn.execute(query)).one()
    return count, since


async def everywhere(tx: Tx) -> list[tuple[Scope, Row]]:
    """The repositories of all projects: the house asks, not a tenant."""
    rows = (await tx.conn.execute(sa.select(_R).order_by(_R.c.project_id))).mappings()
    return [(Scope(**{k: row[k] for k in Scope.model_fields}), row) for row in rows]
