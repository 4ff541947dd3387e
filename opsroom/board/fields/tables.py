"""The table of custom fields. Their values stand in `tasks.custom` by key."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

CUSTOM_FIELDS = sa.Table(
    "custom_fields",
    METADATA,
    *scope_columns(),
    sa.Column("key", sa.String(40), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("options", JsonText, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("deleted_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.PrimaryKeyConstraint("project_id", "key"),
)
