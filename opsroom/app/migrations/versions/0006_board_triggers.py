"""Followers of the event log, and the runs that the board starts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from opsroom.kernel.db import UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "event_cursors",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", UtcTime(), nullable=False),
        sa.Column("stuck_seq", sa.BigInteger(), nullable=True),
        sa.Column("stuck_times", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_cursors")),
    )
    op.create_index("ix_runs_trigger_ref", "runs", ["project_id", "trigger_ref"])
