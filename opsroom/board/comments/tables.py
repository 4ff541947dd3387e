"""The table of comments."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

TASK_COMMENTS = sa.Table(
    "task_comments",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("task_id", sa.String(40), nullable=False),
    sa.Column("author_id", sa.String(80), nullable=False),
    sa.Column("author_name", sa.String(200), nullable=False),
    sa.Column("author_kind", sa.String(10), nullable=False),
    sa.Column("agent_id", sa.String(40)),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("mentions", JsonText, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("edited_at", UtcTime),
    sa.Column("deleted_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Index("ix_task_comments_task", "task_id", "created_at"),
)
