"""The table of saved ledgers: one for each project, replaced by a newer one now and then."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, UtcTime, scope_columns

ANALYTICS_LEDGERS = sa.Table(
    "analytics_ledgers",
    METADATA,
    *scope_columns(),
    sa.Column("seq", sa.BigInteger, nullable=False),
    # JSON, deflated: a project of 100,000 tasks would be 15 MB of text.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("saved_at", UtcTime, nullable=False),
    sa.PrimaryKeyConstraint("project_id"),
)
