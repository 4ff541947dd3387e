"""The table of categories."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, UtcTime, scope_columns

CATEGORIES = sa.Table(
    "categories",
    METADATA,
    *scope_columns(),
    sa.Column("id", sa.String(40), nullable=False),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("color", sa.String(20), nullable=False),
    sa.Column("icon", sa.String(40)),
    sa.Column("sort_order", sa.Integer, nullable=False, server_default="0"),
    sa.Column("deleted_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.PrimaryKeyConstraint("project_id", "id"),
)
