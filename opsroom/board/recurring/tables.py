"""Tables of recurring tasks: the rules, and which task each occurrence became."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

RECURRING_TASKS = sa.Table(
    "recurring_tasks",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("template", JsonText, nullable=False),
    sa.Column("rule", sa.String(500), nullable=False),
    # Wall-clock times of the rule's zone, `YYYY-MM-DDTHH:MM`.
    sa.Column("starts", sa.String(16), nullable=False),
    sa.Column("time_zone", sa.String(60), nullable=False),
    sa.Column("last_occurrence", sa.String(16)),
    sa.Column("next_occurrence", sa.String(16)),
    sa.Column("next_at", UtcTime),
    sa.Column("due_after_days", sa.Integer),
    sa.Column("missed", sa.String(10), nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("made", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.Text),
    sa.Column("created_by", sa.String(80), nullable=False),
    sa.Column("created_by_name", sa.String(200), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("deleted_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Index("ix_recurring_tasks_project", "project_id", "created_at"),
    sa.Index("ix_recurring_tasks_due", "next_at"),
)

RECURRING_OCCURRENCES = sa.Table(
    "recurring_occurrences",
    METADATA,
    sa.Column("id", sa.String(80), primary_key=True),
    *scope_columns(),
    sa.Column("recurring_id", sa.String(40), nullable=False),
    sa.Column("occurrence", sa.String(16), nullable=False),
    sa.Column("outcome", sa.String(10), nullable=False),
    sa.Column("task_id", sa.String(40)),
    sa.Column("reason", sa.Text),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("ix_recurring_occurrences_rule", "recurring_id", "occurrence"),
)
