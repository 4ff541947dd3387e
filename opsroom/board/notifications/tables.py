"""Tables of notifications: what a person is told, the outbox of the channels, and what each person chose."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

NOTIFICATIONS = sa.Table(
    "board_notifications",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("person_id", sa.String(80), nullable=False),
    # The event, or for what a rule tells: the firing.
    sa.Column("event_id", sa.String(80), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("task_id", sa.String(40)),
    sa.Column("title", sa.String(600), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("actor_id", sa.String(80), nullable=False),
    sa.Column("in_app", sa.Boolean, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("read_at", UtcTime),
    sa.UniqueConstraint("project_id", "person_id", "event_id"),
    sa.Index("ix_board_notifications_inbox", "project_id", "person_id", "at"),
)

NOTIFICATION_SENDS = sa.Table(
    "notification_sends",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("person_id", sa.String(80), nullable=False),
    # As in `board_notifications`; `digest:…` for a digest.
    sa.Column("event_id", sa.String(80), nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    # waiting (for the digest) | pending | sending | sent | failed | unknown | digested
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("title", sa.String(600), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("claimed_at", UtcTime),
    sa.Column("sent_at", UtcTime),
    sa.Column("receipt", sa.String(300)),
    sa.Column("error", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("project_id", "person_id", "event_id", "channel"),
    sa.Index("ix_notification_sends_due", "status", "due_at"),
)

NOTIFICATION_PREFERENCES = sa.Table(
    "notification_preferences",
    METADATA,
    *scope_columns(),
    sa.Column("person_id", sa.String(80), nullable=False),
    sa.Column("preferences", JsonText, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.PrimaryKeyConstraint("project_id", "person_id"),
)
