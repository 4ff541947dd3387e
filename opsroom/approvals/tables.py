"""The table of questions."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

APPROVALS = sa.Table(
    "approvals",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("run_id", sa.String(40), nullable=False),
    sa.Column("agent_name", sa.String(80), nullable=False),
    sa.Column("tool_use_id", sa.String(120), nullable=False),
    sa.Column("tool_name", sa.String(200), nullable=False),
    sa.Column("input", JsonText, nullable=False),
    sa.Column("input_sha256", sa.String(64), nullable=False),
    sa.Column("thread_id", sa.String(120)),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("decided_at", UtcTime),
    sa.Column("decided_by", sa.String(80)),
    sa.Column("decided_by_name", sa.String(200)),
    sa.Column("message", sa.Text),
    sa.UniqueConstraint("run_id", "tool_use_id"),
    sa.Index("ix_approvals_open", "project_id", "status", "created_at"),
)
