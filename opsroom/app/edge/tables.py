"""The edge's one table: answers kept for repeats of the same request."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, UtcTime, scope_columns

IDEMPOTENCY_REPLIES = sa.Table(
    "idempotency_replies",
    METADATA,
    # Hash of actor, route and key: two actors may use the same key without knowing of each other.
    sa.Column("id", sa.String(64), primary_key=True),
    *scope_columns(),
    sa.Column("actor_id", sa.String(80), nullable=False),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("status", sa.Integer),
    # Sealed: an answer may hold a fresh API key, which no row may show.
    sa.Column("sealed_reply", sa.Text),
    sa.Index("ix_idempotency_replies_created_at", "created_at"),
)
