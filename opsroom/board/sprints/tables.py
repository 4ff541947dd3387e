"""The table of sprints."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, UtcTime, scope_columns

SPRINTS = sa.Table(
    "sprints",
    METADATA,
    *scope_columns(),
    sa.Column("id", sa.String(40), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("goal", sa.Text, nullable=False, server_default=""),
    sa.Column("start_date", sa.String(10), nullable=False),
    sa.Column("end_date", sa.String(10), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("completed_at", UtcTime),
    sa.Column("deleted_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.PrimaryKeyConstraint("project_id", "id"),
)
