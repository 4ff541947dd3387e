"""Every statement of the agents room, each within the actor's project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from opsroom.agents.tables import AGENT_VERSIONS, AGENTS
from opsroom.kernel.errors import Problem
from opsroom.kernel.uow import Tx


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent as it stands. `current_version` None: no version of it was ever valid."""

    name: str
    current_version: int | None
    seen_sha256: str
    problems: tuple[Problem, ...]
    removed_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    agent_name: str
    version: int
    sha256: str
    text: str
    source: str
    created_at: datetime
    created_by: str


def _agent(row: sa.Row[tuple[object, ...]]) -> AgentRow:
    found = row._mapping
    return AgentRow(
        name=found["name"],
        current_version=found["current_version"],
        seen_sha256=found["seen_sha256"],
        problems=tuple(Problem(p["path"], p["message"]) for p in found["problems"]),
        removed_at=found["removed_at"],
        updated_at=found["updated_at"],
    )


def _version(row: sa.Row[tuple[object, ...]]) -> VersionRow:
    found = row._mapping
    return VersionRow(**{name: found[name] for name in VersionRow.__slots__})


async def agents_present(tx: Tx) -> list[AgentRow]:
    """Agents whose file is there, by name."""
    query = (
        sa.select(AGENTS)
        .where(AGENTS.c.project_id == tx.actor.scope.project_id, AGENTS.c.removed_at.is_(None))
        .order_by(AGENTS.c.name)
    )
    return [_agent(row) for row in (await tx.conn.execute(query)).all()]


async def agent_named(tx: Tx, name: str, *, lock: bool = False) -> AgentRow | None:
    """The agent of this name, removed or not. `lock` holds it until the commit (PostgreSQL)."""
    query = sa.select(AGENTS).where(AGENTS.c.project_id == tx.actor.scope.project_id, AGENTS.c.name == name)
    row = (await tx.conn.execute(query.with_for_update() if lock else query)).first()
    return _agent(row) if row else None


async def add_agent(tx: Tx, name: str) -> None:
    """A row for `name` that has seen nothing yet; no effect where one exists."""
    insert = sqlite.insert if tx.conn.dialect.name == "sqlite" else postgresql.insert
    values = {
        **tx.actor.scope.model_dump(),
        "name": name,
        "seen_sha256": "",
        "problems": [],
        "updated_at": tx.now,
    }
    await tx.conn.execute(insert(AGENTS).values(values).on_conflict_do_nothing())


async def note_seen(tx: Tx, name: str, sha256: str, problems: Sequence[Problem]) -> None:
    """What the file said when it was last read."""
    await _update(
        tx,
        name,
        seen_sha256=sha256,
        problems=[{"path": p.path, "message": p.message} for p in problems],
        removed_at=None,
    )


async def set_current(tx: Tx, name: str, version: int) -> None:
    await _update(tx, name, current_version=version)


async def mark_removed(tx: Tx, name: str) -> None:
    await _update(tx, name, removed_at=tx.now)


async def _update(tx: Tx, name: str, **values: object) -> None:
    await tx.conn.execute(
        sa.update(AGENTS)
        .where(AGENTS.c.project_id == tx.actor.scope.project_id, AGENTS.c.name == name)
        .values(updated_at=tx.now, **values)
    )


async def version_numbered(tx: Tx, name: str, version: int) -> VersionRow | None:
    query = sa.select(AGENT_VERSIONS).where(
        AGENT_VERSIONS.c.project_id == tx.actor.scope.project_id,
        AGENT_VERSIONS.c.agent_name == name,
        AGENT_VERSIONS.c.version == version,
    )
    row = (await tx.conn.execute(query)).first()
    return _version(row) if row else None


async def versions_of(tx: Tx, name: str, limit: int) -> list[VersionRow]:
    """Newest first."""
    query = (
        sa.select(AGENT_VERSIONS)
        .where(AGENT_VERSIONS.c.project_id == tx.actor.scope.project_id, AGENT_VERSIONS.c.agent_name == name)
        .order_by(AGENT_VERSIONS.c.version.desc())
        .limit(limit)
    )
    return [_version(row) for row in (await tx.conn.execute(query)).all()]


async def current_versions(tx: Tx) -> dict[str, VersionRow]:
    """The current version of every agent whose file is there."""
    query = (
        sa.select(AGENT_VERSIONS)
        .join(
            AGENTS,
            sa.and_(
                AGENTS.c.project_id == AGENT_VERSIONS.c.project_id,
                AGENTS.c.name == AGENT_VERSIONS.c.agent_name,
                AGENTS.c.current_version == AGENT_VERSIONS.c.version,
            ),
        )
        .where(AGENTS.c.project_id == tx.actor.scope.project_id, AGENTS.c.removed_at.is_(None))
    )
    rows = (await tx.conn.execute(query)).all()
    return {found.agent_name: found for found in map(_version, rows)}


async def add_version(tx: Tx, name: str, sha256: str, text: str, source: str) -> int:
    """A new version of `name`; its number, one above the highest."""
    highest = sa.select(sa.func.coalesce(sa.func.max(AGENT_VERSIONS.c.version), 0)).where(
        AGENT_VERSIONS.c.project_id == tx.actor.scope.project_id, AGENT_VERSIONS.c.agent_name == name
    )
    version = (await tx.conn.execute(highest)).scalar_one() + 1
    await tx.conn.execute(
        sa.insert(AGENT_VERSIONS).values(
            **tx.actor.scope.model_dump(),
            agent_name=name,
            version=version,
            sha256=sha256,
            text=text,
            source=source,
            created_at=tx.now,
            created_by=tx.actor.id,
        )
    )
    return version
