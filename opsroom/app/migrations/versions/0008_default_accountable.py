"""A project's settings name who answers for a new card that names nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("board_settings", sa.Column("default_accountable_id", sa.String(length=80)))
