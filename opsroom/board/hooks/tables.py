"""Tables of outgoing webhooks."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

HOOKS = sa.Table(
    "hooks",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("url", sa.String(2000), nullable=False),
    # Event kinds, or ["*"].
    sa.Column("kinds", JsonText, nullable=False),
    sa.Column("sealed_secret", sa.Text, nullable=False),
    # After a rotation the old secret signs too, until its time is over.
    sa.Column("former_secret", sa.Text),
    sa.Column("former_until", UtcTime),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("disabled_reason", sa.Text),
    # The first failure since the last success.
    sa.Column("failing_since", UtcTime),
    sa.Column("last_success_at", UtcTime),
    sa.Column("created_by", sa.String(80), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("deleted_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Index("ix_hooks_project", "project_id", "created_at"),
)

HOOK_DELIVERIES = sa.Table(
    "hook_deliveries",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("hook_id", sa.String(40), nullable=False),
    sa.Column("event_id", sa.String(40), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(80), nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    # The very text that is signed and sent, at every attempt.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    # How many durable works were ordered; the number of the one at hand.
    sa.Column("turn", sa.Integer, nullable=False, server_default="1"),
    # Attempts since the last resend: what the timetable counts.
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", UtcTime),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.UniqueConstraint("hook_id", "event_id"),
    sa.Index("ix_hook_deliveries_log", "hook_id", "created_at"),
    sa.Index("ix_hook_deliveries_old", "created_at"),
)

HOOK_ATTEMPTS = sa.Table(
    "hook_attempts",
    METADATA,
    sa.Column("delivery_id", sa.String(40), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    *scope_columns(),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("url", sa.String(2000), nullable=False),
    sa.Column("request_headers", JsonText, nullable=False),
    sa.Column("outcome", sa.String(12), nullable=False),
    sa.Column("response_status", sa.Integer),
    sa.Column("response_excerpt", sa.Text),
    sa.Column("error", sa.Text),
    sa.PrimaryKeyConstraint("delivery_id", "number"),
)
