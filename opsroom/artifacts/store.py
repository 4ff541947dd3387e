"""Every statement of the artifacts room: within the actor's project, but for the sweep, which serves all."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from opsroom.artifacts.shapes import Artifact
from opsroom.artifacts.tables import ARTIFACTS
from opsroom.kernel.uow import Tx

_SHOWN = [ARTIFACTS.c[name] for name in Artifact.model_fields]


async def lock_owner(tx: Tx, owner: str) -> None:
    """Let nobody else add to this owner until the commit. SQLite has one writer anyway."""
    if tx.conn.dialect.name == "postgresql":
        key = f"{tx.actor.scope.project_id}:{owner}"
        await tx.conn.execute(sa.text("select pg_advisory_xact_lock(hashtextextended(:k, 7))"), {"k": key})


async def usage_of(tx: Tx, owner: str) -> tuple[int, int]:
    """How many files an owner has, and their bytes."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(ARTIFACTS.c.size_bytes), 0)).where(
        *_of(tx, owner)
    )
    count, size = (await tx.conn.execute(query)).one()
    return count, int(size)


async def taken_names(tx: Tx, owner: str) -> set[str]:
    """The names of an owner's files, without regard to case."""
    rows = await tx.conn.execute(sa.select(ARTIFACTS.c.name_key).where(*_of(tx, owner)))
    return set(rows.scalars())


async def with_dedup_key(tx: Tx, owner: str, dedup_key: str) -> Artifact | None:
    return await _first(tx, *_of(tx, owner), ARTIFACTS.c.dedup_key == dedup_key)


async def artifact_with_id(tx: Tx, artifact_id: str) -> Artifact | None:
    return await _first(
        tx, ARTIFACTS.c.project_id == tx.actor.scope.project_id, ARTIFACTS.c.id == artifact_id
    )


async def artifacts_of(tx: Tx, owner: str) -> list[Artifact]:
    """An owner's files, oldest first."""
    query = sa.select(*_SHOWN).where(*_of(tx, owner)).order_by(ARTIFACTS.c.created_at, ARTIFACTS.c.id)
    rows = (await tx.conn.execute(query)).mappings().all()
    return [Artifact.model_validate(dict(row)) for row in rows]


async def add_artifact(tx: Tx, artifact: Artifact, name_key: str, dedup_key: str | None) -> None:
    values = {**artifact.model_dump(), **tx.actor.scope.model_dump()}
    await tx.conn.execute(sa.insert(ARTIFACTS).values(**values, name_key=name_key, dedup_key=dedup_key))


async def delete_artifacts_of(tx: Tx, owner: str) -> int:
    return (await tx.conn.execute(sa.delete(ARTIFACTS).where(*_of(tx, owner)))).rowcount


async def delete_expired(tx: Tx, limit: int) -> int:
    """Delete up to `limit` expired rows of every project; how many went."""
    expired = (
        sa.select(ARTIFACTS.c.id)
        .where(ARTIFACTS.c.expires_at <= tx.now)
        .order_by(ARTIFACTS.c.expires_at)
        .limit(limit)
    )
    ids = (await tx.conn.execute(expired)).scalars().all()
    if ids:
        await tx.conn.execute(sa.delete(ARTIFACTS).where(ARTIFACTS.c.id.in_(ids)))
    return len(ids)


async def pointed_at(tx: Tx, hashes: Collection[str]) -> set[str]:
    """Which of these blobs some row of any project points at."""
    query = sa.select(ARTIFACTS.c.sha256).where(ARTIFACTS.c.sha256.in_(list(hashes))).distinct()
    return set((await tx.conn.execute(query)).scalars())


def _of(tx: Tx, owner: str) -> Sequence[sa.ColumnElement[bool]]:
    return (ARTIFACTS.c.project_id == tx.actor.scope.project_id, ARTIFACTS.c.owner == owner)


async def _first(tx: Tx, *where: sa.ColumnElement[bool]) -> Artifact | None:
    row = (await tx.conn.execute(sa.select(*_SHOWN).where(*where))).mappings().first()
    return Artifact.model_validate(dict(row)) if row else None
