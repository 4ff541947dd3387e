"""The board: tasks, columns, roster, categories, sprints, comments, fields, views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from opsroom.kernel.db import JsonText, UtcTime

revision = "0002"
down_revision = "0001"

RANK = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


_ON_BOARD = ("project_id", "deleted_at", "archived_at")
_TASK_INDEXES = {
    "column": [*_ON_BOARD, "status", "rank", "id", "assigned_agent_id"],
    "created": [*_ON_BOARD, "created_at", "id", "status", "priority", "assigned_agent_id", "category_id"],
    "updated": [*_ON_BOARD, "updated_at", "id"],
    "moved": [*_ON_BOARD, "status", "moved_at", "id"],
    "due": [*_ON_BOARD, "due_date", "status", "id"],
    "assigned": [*_ON_BOARD, "assigned_agent_id", "status", "priority", "created_at", "id"],
    "category": [*_ON_BOARD, "category_id", "status", "priority", "created_at", "id"],
    "sprint": [*_ON_BOARD, "sprint_id", "status", "priority", "created_at", "id"],
    "parent": ["project_id", "parent_id", "deleted_at", "status"],
}


def upgrade() -> None:
    op.create_table(
        "board_agents",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("emoji", sa.String(length=16), nullable=False),
        sa.Column("color", sa.String(length=20), nullable=False),
        sa.Column("skills", JsonText(), nullable=False),
        sa.Column("agent_name", sa.String(length=80), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("retired_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id", name=op.f("pk_board_agents")),
    )
    op.create_table(
        "board_columns",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("color", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("wip_limit", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("project_id", "key", name=op.f("pk_board_columns")),
    )
    op.create_table(
        "board_settings",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("transitions", JsonText(), nullable=False),
        sa.Column("wip_policy", sa.String(length=10), nullable=False),
        sa.Column("auto_assign", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("start_on_assign", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), server_default="UTC", nullable=False),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_board_settings")),
    )
    op.create_table(
        "categories",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("color", sa.String(length=20), nullable=False),
        sa.Column("icon", sa.String(length=40), nullable=True),
        sa.Column("sort_order", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id", name=op.f("pk_categories")),
    )
    op.create_table(
        "custom_fields",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("options", JsonText(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("project_id", "key", name=op.f("pk_custom_fields")),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("layout", sa.String(length=20), nullable=False),
        sa.Column("query", JsonText(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index("ix_saved_views_owner", "saved_views", ["project_id", "owner_id"], unique=False)
    op.create_table(
        "sprints",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("goal", sa.Text(), server_default="", nullable=False),
        sa.Column("start_date", sa.String(length=10), nullable=False),
        sa.Column("end_date", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("completed_at", UtcTime(), nullable=True),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id", name=op.f("pk_sprints")),
    )
    op.create_table(
        "task_comments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.String(length=80), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("author_kind", sa.String(length=10), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("mentions", JsonText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("edited_at", UtcTime(), nullable=True),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_comments")),
    )
    op.create_index("ix_task_comments_task", "task_comments", ["task_id", "created_at"], unique=False)
    op.create_table(
        "task_dependencies",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("depends_on_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "depends_on_id", name=op.f("pk_task_dependencies")),
    )
    op.create_index(
        "ix_task_dependencies_back", "task_dependencies", ["project_id", "depends_on_id"], unique=False
    )
    op.create_table(
        "task_labels",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "label", name=op.f("pk_task_labels")),
    )
    op.create_index("ix_task_labels_label", "task_labels", ["project_id", "label"], unique=False)
    op.create_table(
        "task_watchers",
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "actor_id", name=op.f("pk_task_watchers")),
    )
    op.create_index("ix_task_watchers_actor", "task_watchers", ["project_id", "actor_id"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.String(length=2), nullable=False),
        sa.Column(
            "rank",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("assigned_agent_id", sa.String(length=40), nullable=True),
        sa.Column("accountable_id", sa.String(length=40), nullable=True),
        sa.Column("category_id", sa.String(length=40), nullable=True),
        sa.Column("sprint_id", sa.String(length=40), nullable=True),
        sa.Column("parent_id", sa.String(length=40), nullable=True),
        sa.Column("start_date", sa.String(length=10), nullable=True),
        sa.Column("due_date", sa.String(length=10), nullable=True),
        sa.Column("estimate", sa.Float(), nullable=True),
        sa.Column("blocked_reason", sa.Text(), nullable=True),
        sa.Column("labels", JsonText(), nullable=False),
        sa.Column("custom", JsonText(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=True),
        sa.Column("brand", sa.String(length=120), nullable=True),
        sa.Column("subscription", sa.String(length=120), nullable=True),
        sa.Column("client_visible", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("github_doc_path", sa.String(length=300), nullable=True),
        sa.Column("recurring_id", sa.String(length=40), nullable=True),
        sa.Column("run_id", sa.String(length=40), nullable=True),
        sa.Column("run_status", sa.String(length=40), nullable=True),
        sa.Column("comment_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attachment_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("moved_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("completed_at", UtcTime(), nullable=True),
        sa.Column("archived_at", UtcTime(), nullable=True),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_tasks_project_id_number")),
    )
    for name, columns in _TASK_INDEXES.items():
        op.create_index(f"ix_tasks_{name}", "tasks", columns)
    op.create_table(
        "live_presence",
        sa.Column("process_id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("people", JsonText(), nullable=False),
        sa.Column("cursors", JsonText(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "process_id", name=op.f("pk_live_presence")),
    )
    op.create_table(
        "live_tickets",
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.Column("credential_id", sa.String(length=40), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_live_tickets")),
    )
    op.create_index("ix_live_tickets_actor", "live_tickets", ["project_id", "actor_id"], unique=False)
    op.create_index("ix_live_tickets_expires_at", "live_tickets", ["expires_at"], unique=False)
    op.create_table(
        "task_texts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_texts")),
        sa.UniqueConstraint("task_id", name=op.f("uq_task_texts_task_id")),
    )
    for statement in _SQLITE_SEARCH if op.get_bind().dialect.name == "sqlite" else _POSTGRES_SEARCH:
        op.execute(sa.text(statement.replace(":", "\\:")))


_SQLITE_SEARCH = (
    """CREATE VIRTUAL TABLE tasks_fts USING fts5(
        title, description, comments, content='task_texts', content_rowid='id',
        tokenize='unicode61 remove_diacritics 2', prefix='2 3'
    )""",
    """CREATE TRIGGER task_texts_added AFTER INSERT ON task_texts BEGIN
        INSERT INTO tasks_fts(rowid, title, description, comments)
        VALUES (new.id, new.title, new.description, new.comments);
    END""",
    """CREATE TRIGGER task_texts_gone AFTER DELETE ON task_texts BEGIN
        INSERT INTO tasks_fts(tasks_fts, rowid, title, description, comments)
        VALUES ('delete', old.id, old.title, old.description, old.comments);
    END""",
    """CREATE TRIGGER task_texts_changed AFTER UPDATE ON task_texts BEGIN
        INSERT INTO tasks_fts(tasks_fts, rowid, title, description, comments)
        VALUES ('delete', old.id, old.title, old.description, old.comments);
        INSERT INTO tasks_fts(rowid, title, description, comments)
        VALUES (new.id, new.title, new.description, new.comments);
    END""",
)

_POSTGRES_SEARCH = (
    """CREATE INDEX ix_task_texts_words ON task_texts USING gin (
        to_tsvector('simple'::regconfig, title || ' ' || description || ' ' || comments)
    )""",
)
