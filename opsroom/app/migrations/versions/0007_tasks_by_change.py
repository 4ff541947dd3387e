"""Lists of what changed last are found in their index, without a look at the rows."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_index("ix_tasks_updated", "tasks")
    op.create_index(
        "ix_tasks_updated",
        "tasks",
        [
            "project_id",
            "deleted_at",
            "archived_at",
            "updated_at",
            "id",
            "status",
            "priority",
            "assigned_agent_id",
            "category_id",
        ],
    )
