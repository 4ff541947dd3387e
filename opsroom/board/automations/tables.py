"""Tables of automations: the rules, each firing of them, and which tasks were told to be due."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

AUTOMATIONS = sa.Table(
    "automations",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("when", JsonText, nullable=False),
    sa.Column("only_if", JsonText, nullable=False),
    sa.Column("then", JsonText, nullable=False),
    sa.Column("hourly_limit", sa.Integer, nullable=False),
    # Events up to this number are from before the rule was made or last enabled.
    sa.Column("since_seq", sa.BigInteger, nullable=False),
    sa.Column("created_by", sa.String(80), nullable=False),
    sa.Column("created_by_name", sa.String(200), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("deleted_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Index("ix_automations_project", "project_id", "position"),
)

AUTOMATION_FIRINGS = sa.Table(
    "automation_firings",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("automation_id", sa.String(40), nullable=False),
    sa.Column("task_id", sa.String(40)),
    sa.Column("event_id", sa.String(40), nullable=False),
    sa.Column("root_event_id", sa.String(40), nullable=False),
    # What a rule may do once only: the task and the first event of the chain. None where it was stopped.
    sa.Column("once_key", sa.String(120)),
    sa.Column("depth", sa.Integer, nullable=False),
    sa.Column("outcome", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("results", JsonText, nullable=False),
    sa.Column("times", sa.Integer, nullable=False, server_default="1"),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.UniqueConstraint("automation_id", "once_key"),
    sa.Index("ix_automation_firings_log", "automation_id", "at"),
    sa.Index("ix_automation_firings_project", "project_id", "at"),
)

BOARD_DUE_MARKS = sa.Table(
    "board_due_marks",
    METADATA,
    *scope_columns(),
    sa.Column("task_id", sa.String(40), nullable=False),
    sa.Column("what", sa.String(10), nullable=False),
    sa.Column("due_date", sa.String(10), nullable=False),
    sa.PrimaryKeyConstraint("task_id", "what", "due_date"),
)
