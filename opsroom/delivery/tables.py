"""The outbox and what surrounds it."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

# One row per run: the order as given. A round is open while `round` is ahead of `finished_round`.
DELIVERY_ORDERS = sa.Table(
    "delivery_orders",
    METADATA,
    sa.Column("run_id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("body", JsonText, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("finished_round", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
)

# One row per run and channel. `in_round` is the last round the channel takes part in.
DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("run_id", sa.String(40), nullable=False),
    sa.Column("channel", sa.String(80), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("in_round", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("link", sa.Text),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.UniqueConstraint("run_id", "channel"),
)

# The outbox: one row per outside effect of a run or an alert (`owner_id`). `maybe_sent` means that the
# effect may exist although it is not confirmed: it is read back before it is tried again. `generation`
# counts forced repetitions and is part of the marker the effect carries outside. `tries` are the
# attempts of this round, `attempts` those of all.
DELIVERY_ITEMS = sa.Table(
    "delivery_items",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("owner_id", sa.String(40), nullable=False),
    sa.Column("channel", sa.String(80), nullable=False),
    sa.Column("item_key", sa.String(400), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("body", JsonText, nullable=False),
    sa.Column("output_name", sa.Text),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("maybe_sent", sa.Boolean, nullable=False),
    sa.Column("final", sa.Boolean, nullable=False),
    sa.Column("receipt", sa.Text),
    sa.Column("receipt_detail", JsonText, nullable=False),
    sa.Column("link", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("sent_at", UtcTime),
    sa.UniqueConstraint("owner_id", "channel", "item_key"),
)

# What channels remember between runs (the ids of Drive folders), and who works on it right now.
CHANNEL_MEMORY = sa.Table(
    "channel_memory",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("channel", sa.String(80), nullable=False),
    sa.Column("memory_key", sa.String(500), nullable=False),
    sa.Column("value", sa.String(500)),
    sa.Column("held_by", sa.String(40)),
    sa.Column("held_until", UtcTime),
    sa.UniqueConstraint("project_id", "channel", "memory_key"),
)

ALERTS = sa.Table(
    "alerts",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("alert_key", sa.String(300), nullable=False),
    sa.Column("body", JsonText, nullable=False),
    sa.Column("run_id", sa.String(40)),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("granted", sa.Boolean),  # the rate limit's answer, once given
    sa.Column("error", sa.Text),
    sa.Column("earlier_suppressed", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("sent_at", UtcTime),
    sa.Index("ix_alerts_newest", "project_id", "created_at"),
    sa.Index("ix_alerts_run_id", "run_id"),
)

# One row per alert key: when its last message was let through, and how many were held back since.
ALERT_KEYS = sa.Table(
    "alert_keys",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("alert_key", sa.String(300), nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
    sa.Column("suppressed", sa.Integer, nullable=False),
    sa.UniqueConstraint("project_id", "alert_key"),
)
