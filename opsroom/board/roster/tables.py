"""The table of the roster."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

BOARD_AGENTS = sa.Table(
    "board_agents",
    METADATA,
    *scope_columns(),
    sa.Column("id", sa.String(40), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("emoji", sa.String(16), nullable=False),
    sa.Column("color", sa.String(20), nullable=False),
    sa.Column("skills", JsonText, nullable=False),
    sa.Column("agent_name", sa.String(80)),
    sa.Column("capacity", sa.Integer),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("retired_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.PrimaryKeyConstraint("project_id", "id"),
)
