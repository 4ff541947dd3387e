"""What an import made is known for good, whichever brings it up to date later: so it can be put away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("import_links", sa.Column("made_by", sa.String(length=40)))
    op.create_index("ix_import_links_made_by", "import_links", ["project_id", "made_by"])
    # Nobody knows of older ones which import made them; the one that touched them last mostly did.
    op.execute(sa.text("update import_links set made_by = import_id"))
