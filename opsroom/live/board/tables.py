"""Tables of the live board: tickets, and who is there at the other processes."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

LIVE_TICKETS = sa.Table(
    "live_tickets",
    METADATA,
    # The ticket itself is kept by nobody.
    sa.Column("ticket_hash", sa.String(64), primary_key=True),
    *scope_columns(),
    sa.Column("actor_id", sa.String(80), nullable=False),
    # The key or the session it was asked for with: when that ends, so does the socket.
    sa.Column("credential_id", sa.String(40), nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("used_at", UtcTime),
    sa.Index("ix_live_tickets_actor", "project_id", "actor_id"),
    sa.Index("ix_live_tickets_expires_at", "expires_at"),
)

# One row for each project somebody looks at in a process; on PostgreSQL only, where there are others.
LIVE_PRESENCE = sa.Table(
    "live_presence",
    METADATA,
    sa.Column("process_id", sa.String(40), nullable=False),
    *scope_columns(),
    sa.Column("people", JsonText, nullable=False),
    sa.Column("cursors", JsonText, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.PrimaryKeyConstraint("project_id", "process_id"),
)
