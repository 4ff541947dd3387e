"""Every statement about documents as people see them: files, texts, revisions, owners."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from opsroom.board.documents.shapes import OwnerKind
from opsroom.board.documents.tables import (
    DOCUMENT_FILES,
    DOCUMENT_TEXTS,
    DOCUMENT_WRITE_FILES,
    DOCUMENT_WRITES,
)
from opsroom.board.sprints.tables import SPRINTS
from opsroom.board.tasks.tables import TASKS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

_F, _T, _W, _WF = DOCUMENT_FILES, DOCUMENT_TEXTS, DOCUMENT_WRITES, DOCUMENT_WRITE_FILES


def _insert(tx: Tx, table: sa.Table) -> Any:
    maker = postgres_insert if tx.conn.dialect.name == "postgresql" else sqlite_insert
    return maker(table)


def _project(tx: Tx) -> str:
    return tx.actor.scope.project_id


# -- owners ------------------------------------------------------------------------------------


async def owner_title(tx: Tx, kind: OwnerKind, owner_id: str, *, lock: bool = False) -> str | None:
    """The title of a task or the name of a sprint that is not deleted; None when there is none."""
    table, title = (TASKS, TASKS.c.title) if kind == "task" else (SPRINTS, SPRINTS.c.name)
    query = sa.select(title).where(
        table.c.project_id == _project(tx), table.c.id == owner_id, table.c.deleted_at.is_(None)
    )
    found: str | None = (await tx.conn.execute(query.with_for_update() if lock else query)).scalar()
    return found


async def set_doc_path(tx: Tx, task_id: str, path: str) -> None:
    """Note where a task's specification is, once."""
    mine = (TASKS.c.project_id == _project(tx), TASKS.c.id == task_id, TASKS.c.github_doc_path.is_(None))
    await tx.conn.execute(sa.update(TASKS).where(*mine).values(github_doc_path=path))


async def count_attachments(tx: Tx, task_id: str) -> int:
    """Count a task's attachments anew, and keep the number on the task."""
    query = sa.select(sa.func.count()).select_from(_F).where(*_of(tx, "task", task_id), _F.c.is_attachment)
    count: int = (await tx.conn.execute(query.where(_F.c.blob.is_not(None)))).scalar_one()
    mine = (TASKS.c.project_id == _project(tx), TASKS.c.id == task_id)
    await tx.conn.execute(sa.update(TASKS).where(*mine).values(attachment_count=count))
    return count


# -- files -------------------------------------------------------------------------------------


def _of(tx: Tx, kind: OwnerKind, owner_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_F.c.project_id == _project(tx), _F.c.owner_kind == kind, _F.c.owner_id == owner_id)


async def file_at(tx: Tx, path: str) -> Row | None:
    """One file as we know it, with its text where it is one."""
    text = sa.and_(_T.c.project_id == _F.c.project_id, _T.c.blob == _F.c.blob)
    query = (
        sa.select(_F, _T.c.text).outerjoin(_T, text).where(_F.c.project_id == _project(tx), _F.c.path == path)
    )
    return (await tx.conn.execute(query)).mappings().first()


async def files_of(tx: Tx, kind: OwnerKind, owner_id: str, *, attachments: bool) -> list[Row]:
    """An owner's files that are not deleted, by name."""
    query = (
        sa.select(_F)
        .where(*_of(tx, kind, owner_id), _F.c.is_attachment.is_(attachments), _F.c.blob.is_not(None))
        .order_by(_F.c.path_key)
    )
    return list((await tx.conn.execute(query)).mappings())


async def name_keys_of(tx: Tx, kind: OwnerKind, owner_id: str, *, attachments: bool) -> dict[str, str]:
    """Name by name without regard to case, of files that are not deleted."""
    rows = await files_of(tx, kind, owner_id, attachments=attachments)
    return {row["name"].casefold(): row["name"] for row in rows}


async def has_files(tx: Tx) -> bool:
    """Has the project any file, a deleted one too?"""
    query = sa.select(_F.c.path).where(_F.c.project_id == _project(tx)).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def all_files(tx: Tx) -> dict[str, Row]:
    """Every file of the project by path, the deleted ones too."""
    rows = (await tx.conn.execute(sa.select(_F).where(_F.c.project_id == _project(tx)))).mappings()
    return {row["path"]: row for row in rows}


async def put_file(tx: Tx, path: str, **values: Any) -> None:
    """Make or change the row of a file."""
    row = {**tx.actor.scope.model_dump(), "path": path, "path_key": path.casefold(), **values}
    statement = _insert(tx, _F).values(row)
    keep = {k: statement.excluded[k] for k in values}
    await tx.conn.execute(statement.on_conflict_do_update(index_elements=["project_id", "path"], set_=keep))


async def change_file(tx: Tx, path: str, **values: Any) -> None:
    """Change some columns of a file's row."""
    mine = (_F.c.project_id == _project(tx), _F.c.path == path)
    await tx.conn.execute(sa.update(_F).where(*mine).values(**values))


# -- texts and revisions -----------------------------------------------------------------------


async def keep_text(tx: Tx, blob: str, text: str) -> None:
    """Keep a text under git's hash of it; kept again it is young again."""
    row = {**tx.actor.scope.model_dump(), "blob": blob, "text": text, "kept_at": tx.now}
    statement = _insert(tx, _T).values(row)
    await tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["project_id", "blob"], set_={"kept_at": statement.excluded.kept_at}
        )
    )


async def text_of_blob(tx: Tx, blob: str | None) -> str | None:
    """A text we still have."""
    if blob is None:
        return None
    query = sa.select(_T.c.text).where(_T.c.project_id == _project(tx), _T.c.blob == blob)
    return (await tx.conn.execute(query)).scalar()


async def forget_texts(tx: Tx, before: datetime, limit: int = 500) -> int:
    """Let go of old texts that the repository has; what is shown, waiting or in conflict stays."""
    mine = _project(tx)

    def those(column: sa.Column[Any], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        return sa.select(column).where(column.table.c.project_id == mine, column.is_not(None), *where)

    # Sets that the database makes once, instead of a search for each old text.
    going = _WF.c.status.in_(["pending", "conflict", "failed"])
    kept = sa.union(
        those(_F.c.blob), those(_F.c.repo_blob), those(_WF.c.blob, going), those(_WF.c.saved_blob, going)
    )
    old = (
        sa.select(_T.c.blob)
        .where(_T.c.project_id == mine, _T.c.kept_at < before, _T.c.blob.not_in(kept))
        .limit(limit)
    )
    blobs = list((await tx.conn.execute(old)).scalars())
    if blobs:
        await tx.conn.execute(sa.delete(_T).where(_T.c.project_id == _project(tx), _T.c.blob.in_(blobs)))
    return len(blobs)


def _writes_of(tx: Tx, path: str) -> sa.Select[Any]:
    """Writes of one file: `state` is the file's own status, the write's unless it lost."""
    return (
        sa.select(_W, _WF.c.path, _WF.c.blob, _WF.c.saved_blob, _WF.c.status.label("state"))
        .join(_WF, _WF.c.write_id == _W.c.id)
        .where(_W.c.project_id == _project(tx), _WF.c.project_id == _project(tx), _WF.c.path == path)
    )


async def writes_of(
    tx: Tx, path: str, *, states: Collection[str] = (), limit: int = 200, offset: int = 0
) -> list[Row]:
    """What was written to a file through us, the newest first."""
    query = _writes_of(tx, path).order_by(_W.c.seq.desc()).limit(limit).offset(offset)
    if states:
        query = query.where(_WF.c.status.in_(states))
    return list((await tx.conn.execute(query)).mappings())


async def writes_by_commit(tx: Tx, path: str, commits: Collection[str]) -> dict[str, Row]:
    """Our writes among these commits of a file."""
    query = _writes_of(tx, path).where(_W.c.commit_id.in_(list(commits)))
    return {row["commit_id"]: row for row in (await tx.conn.execute(query)).mappings()}


async def write_of_revision(tx: Tx, path: str, revision: str) -> Row | None:
    """The write of a file that a revision names: by its id, its commit, or the hash of its text."""
    same = sa.or_(
        _W.c.id == revision, _W.c.commit_id == revision, _WF.c.blob == revision, _WF.c.saved_blob == revision
    )
    query = _writes_of(tx, path).where(same).order_by(_W.c.seq.desc()).limit(1)
    return (await tx.conn.execute(query)).mappings().first()


async def states_of(tx: Tx, paths: Collection[str]) -> dict[str, dict[str, int]]:
    """How many writes of each file are in which state, the committed ones left out."""
    if not paths:
        return {}
    query = (
        sa.select(_WF.c.path, _WF.c.status, sa.func.count())
        .where(_WF.c.project_id == _project(tx), _WF.c.path.in_(list(paths)), _WF.c.status != "committed")
        .group_by(_WF.c.path, _WF.c.status)
    )
    found: dict[str, dict[str, int]] = {}
    for path, status, count in await tx.conn.execute(query):
        found.setdefault(path, {})[status] = count
    return found
