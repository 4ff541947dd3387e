"""Tables of the artifacts room."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, UtcTime, scope_columns

# `name_key` is the name without regard to case: two files of one owner must not meet on a disk that
# has none. `dedup_key` lets a step that runs again find what it added before.
ARTIFACTS = sa.Table(
    "artifacts",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("owner", sa.String(80), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("name_key", sa.String(400), nullable=False),
    sa.Column("dedup_key", sa.String(200)),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("media_type", sa.String(130), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),
    sa.UniqueConstraint("project_id", "owner", "name_key"),
    sa.UniqueConstraint("project_id", "owner", "dedup_key"),
    sa.Index("ix_artifacts_sha256", "sha256"),
    sa.Index("ix_artifacts_expires_at", "expires_at"),
)
