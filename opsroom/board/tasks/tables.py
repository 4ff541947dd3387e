"""Tables of tasks. What has a row of its own is what lists filter by."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

# Ranks are compared byte by byte on both databases.
RANK = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")

# What is on the board is equal on both times that take a card off it.
_ON_BOARD = ("project_id", "deleted_at", "archived_at")
_WHOSE = ("assigned_agent_id", "category_id")

TASKS = sa.Table(
    "tasks",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("title", sa.String(500), nullable=False),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("priority", sa.String(2), nullable=False),
    sa.Column("rank", RANK, nullable=False),
    sa.Column("assigned_agent_id", sa.String(40)),
    sa.Column("accountable_id", sa.String(40)),
    sa.Column("category_id", sa.String(40)),
    sa.Column("sprint_id", sa.String(40)),
    sa.Column("parent_id", sa.String(40)),
    sa.Column("start_date", sa.String(10)),
    sa.Column("due_date", sa.String(10)),
    sa.Column("estimate", sa.Float),
    sa.Column("blocked_reason", sa.Text),
    sa.Column("labels", JsonText, nullable=False),
    sa.Column("custom", JsonText, nullable=False),
    sa.Column("client_id", sa.String(80)),
    sa.Column("brand", sa.String(120)),
    sa.Column("subscription", sa.String(120)),
    sa.Column("client_visible", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("github_doc_path", sa.String(300)),
    sa.Column("recurring_id", sa.String(40)),
    sa.Column("run_id", sa.String(40)),
    sa.Column("run_status", sa.String(40)),
    sa.Column("comment_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attachment_count", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_by", sa.String(80), nullable=False),
    sa.Column("created_by_name", sa.String(200), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("moved_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("completed_at", UtcTime),
    sa.Column("archived_at", UtcTime),
    sa.Column("deleted_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.UniqueConstraint("project_id", "number"),
    # Each index holds what lists ask for beside it, so that a page is found without touching the rows.
    sa.Index("ix_tasks_column", *_ON_BOARD, "status", "rank", "id", "assigned_agent_id"),
    sa.Index("ix_tasks_created", *_ON_BOARD, "created_at", "id", "status", "priority", *_WHOSE),
    sa.Index("ix_tasks_updated", *_ON_BOARD, "updated_at", "id", "status", "priority", *_WHOSE),
    sa.Index("ix_tasks_moved", *_ON_BOARD, "status", "moved_at", "id"),
    sa.Index("ix_tasks_due", *_ON_BOARD, "due_date", "status", "id"),
    sa.Index("ix_tasks_assigned", *_ON_BOARD, "assigned_agent_id", "status", "priority", "created_at", "id"),
    sa.Index("ix_tasks_category", *_ON_BOARD, "category_id", "status", "priority", "created_at", "id"),
    sa.Index("ix_tasks_sprint", *_ON_BOARD, "sprint_id", "status", "priority", "created_at", "id"),
    sa.Index("ix_tasks_parent", "project_id", "parent_id", "deleted_at", "status"),
)

TASK_LABELS = sa.Table(
    "task_labels",
    METADATA,
    *scope_columns(),
    sa.Column("task_id", sa.String(40), nullable=False),
    sa.Column("label", sa.String(60), nullable=False),
    sa.PrimaryKeyConstraint("task_id", "label"),
    sa.Index("ix_task_labels_label", "project_id", "label"),
)

TASK_WATCHERS = sa.Table(
    "task_watchers",
    METADATA,
    *scope_columns(),
    sa.Column("task_id", sa.String(40), nullable=False),
    sa.Column("actor_id", sa.String(80), nullable=False),
    sa.PrimaryKeyConstraint("task_id", "actor_id"),
    sa.Index("ix_task_watchers_actor", "project_id", "actor_id"),
)

TASK_DEPENDENCIES = sa.Table(
    "task_dependencies",
    METADATA,
    *scope_columns(),
    sa.Column("task_id", sa.String(40), nullable=False),
    sa.Column("depends_on_id", sa.String(40), nullable=False),
    sa.PrimaryKeyConstraint("task_id", "depends_on_id"),
    sa.Index("ix_task_dependencies_back", "project_id", "depends_on_id"),
)
