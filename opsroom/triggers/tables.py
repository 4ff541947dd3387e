"""The tables of the triggers room."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

WEBHOOK_DELIVERIES = sa.Table(
    "webhook_deliveries",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("source", sa.String(24), nullable=False),
    sa.Column("agent", sa.String(80), nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("verdict", sa.String(24), nullable=False),
    sa.Column("status_code", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("trigger_key", sa.String(64)),
    sa.Column("task_id", sa.String(80)),
    sa.Column("run_id", sa.String(40)),
    sa.Column("headers", JsonText, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("body_bytes", sa.Integer, nullable=False),
    sa.Column("remote", sa.String(64)),
    sa.Column("replay_of", sa.String(40)),
    sa.Column("correlation_id", sa.String(80)),
    sa.Index("ix_webhook_deliveries_newest", "project_id", "received_at"),
    sa.Index("ix_webhook_deliveries_replay", "replay_of"),
)

# One row per transition that counted: the idempotency key of the seed, kept for months, not a day,
# because a redelivery can come later (contracts.md: Asana 24 h, GitHub 3 days, people any time).
TRIGGER_KEYS = sa.Table(
    "trigger_keys",
    METADATA,
    sa.Column("trigger_key", sa.String(64), primary_key=True),
    *scope_columns(),
    sa.Column("agent", sa.String(80), nullable=False),
    sa.Column("task_id", sa.String(80), nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("delivery_id", sa.String(40)),
    sa.Column("source", sa.String(24), nullable=False),
    sa.Column("run_id", sa.String(40)),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Index("ix_trigger_keys_task", "project_id", "agent", "task_id", "changed_at"),
)

# Tasks seen waiting in a trigger status: how reconciliation knows a lost webhook from a slow one.
WAITING_TASKS = sa.Table(
    "waiting_tasks",
    METADATA,
    sa.Column("agent", sa.String(80), primary_key=True),
    sa.Column("task_id", sa.String(80), primary_key=True),
    *scope_columns(),
    sa.Column("first_seen_at", UtcTime, nullable=False),
    sa.Column("last_seen_at", UtcTime, nullable=False),
    sa.Column("handled", sa.Boolean, nullable=False),
)
