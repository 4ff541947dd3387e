"""What full text looks into. SQLite keeps an FTS5 index beside it, PostgreSQL an index on its words."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, scope_columns

TASK_TEXTS = sa.Table(
    "task_texts",
    METADATA,
    # The FTS5 index names its rows by this number: a row number of `tasks` itself may change in a VACUUM.
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    *scope_columns(),
    sa.Column("task_id", sa.String(40), nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("comments", sa.Text, nullable=False),
)
