"""Automations, recurring tasks, notifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from opsroom.kernel.db import JsonText, UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "automation_firings",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("automation_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=True),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("root_event_id", sa.String(length=40), nullable=False),
        sa.Column("once_key", sa.String(length=120), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("results", JsonText(), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("at", UtcTime(length=32), nullable=False),
        sa.Column("ended_at", UtcTime(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automation_firings")),
        sa.UniqueConstraint(
            "automation_id", "once_key", name=op.f("uq_automation_firings_automation_id_once_key")
        ),
    )
    op.create_index("ix_automation_firings_log", "automation_firings", ["automation_id", "at"], unique=False)
    op.create_index("ix_automation_firings_project", "automation_firings", ["project_id", "at"], unique=False)
    op.create_table(
        "automations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("when", JsonText(), nullable=False),
        sa.Column("only_if", JsonText(), nullable=False),
        sa.Column("then", JsonText(), nullable=False),
        sa.Column("hourly_limit", sa.Integer(), nullable=False),
        sa.Column("since_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcTime(length=32), nullable=False),
        sa.Column("updated_at", UtcTime(length=32), nullable=False),
        sa.Column("deleted_at", UtcTime(length=32), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automations")),
    )
    op.create_index("ix_automations_project", "automations", ["project_id", "position"], unique=False)
    op.create_table(
        "board_due_marks",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("due_date", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "what", "due_date", name=op.f("pk_board_due_marks")),
    )
    op.create_table(
        "notification_preferences",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("preferences", JsonText(), nullable=False),
        sa.Column("updated_at", UtcTime(length=32), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("project_id", "person_id", name=op.f("pk_notification_preferences")),
    )
    op.create_table(
        "notification_sends",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=600), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", UtcTime(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_at", UtcTime(length=32), nullable=True),
        sa.Column("sent_at", UtcTime(length=32), nullable=True),
        sa.Column("receipt", sa.String(length=300), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_sends")),
        sa.UniqueConstraint(
            "project_id",
            "person_id",
            "event_id",
            "channel",
            name=op.f("uq_notification_sends_project_id_person_id_event_id_channel"),
        ),
    )
    op.create_index("ix_notification_sends_due", "notification_sends", ["status", "due_at"], unique=False)
    op.create_table(
        "board_notifications",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=True),
        sa.Column("title", sa.String(length=600), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("at", UtcTime(length=32), nullable=False),
        sa.Column("read_at", UtcTime(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_notifications")),
        sa.UniqueConstraint(
            "project_id",
            "person_id",
            "event_id",
            name=op.f("uq_board_notifications_project_id_person_id_event_id"),
        ),
    )
    op.create_index(
        "ix_board_notifications_inbox", "board_notifications", ["project_id", "person_id", "at"], unique=False
    )
    op.create_table(
        "recurring_occurrences",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("recurring_id", sa.String(length=40), nullable=False),
        sa.Column("occurrence", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", UtcTime(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurring_occurrences")),
    )
    op.create_index(
        "ix_recurring_occurrences_rule", "recurring_occurrences", ["recurring_id", "occurrence"], unique=False
    )
    op.create_table(
        "recurring_tasks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("template", JsonText(), nullable=False),
        sa.Column("rule", sa.String(length=500), nullable=False),
        sa.Column("starts", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("last_occurrence", sa.String(length=16), nullable=True),
        sa.Column("next_occurrence", sa.String(length=16), nullable=True),
        sa.Column("next_at", UtcTime(length=32), nullable=True),
        sa.Column("due_after_days", sa.Integer(), nullable=True),
        sa.Column("missed", sa.String(length=10), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("made", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcTime(length=32), nullable=False),
        sa.Column("updated_at", UtcTime(length=32), nullable=False),
        sa.Column("deleted_at", UtcTime(length=32), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurring_tasks")),
    )
    op.create_index("ix_recurring_tasks_due", "recurring_tasks", ["next_at"], unique=False)
    op.create_index(
        "ix_recurring_tasks_project", "recurring_tasks", ["project_id", "created_at"], unique=False
    )
