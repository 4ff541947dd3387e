"""Tables of the agents room."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

# One row per file name ever seen. `seen_sha256` is of the file as last read: while it stays the same
# the file has no say, which is what keeps a rollback in force until somebody edits the file again.
AGENTS = sa.Table(
    "agents",
    METADATA,
    *scope_columns(),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("current_version", sa.Integer),
    sa.Column("seen_sha256", sa.String(64), nullable=False),
    sa.Column("problems", JsonText, nullable=False),
    sa.Column("removed_at", UtcTime),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.PrimaryKeyConstraint("project_id", "name"),
)

AGENT_VERSIONS = sa.Table(
    "agent_versions",
    METADATA,
    *scope_columns(),
    sa.Column("agent_name", sa.String(80), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.String(80), nullable=False),
    sa.PrimaryKeyConstraint("project_id", "agent_name", "version"),
)
