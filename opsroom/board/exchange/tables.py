"""Tables of imports: the order, its tasks one by one, what did not fit, and what came from where."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

IMPORTS = sa.Table(
    "imports",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("on_repeat", sa.String(10), nullable=False),
    sa.Column("mapping", JsonText, nullable=False),
    # The people of the source by key, as the report calls them.
    sa.Column("people", JsonText),
    # The text as it came, deflated; forgotten when the import is over.
    sa.Column("content", sa.LargeBinary),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("unpacked", sa.Integer, nullable=False, server_default="0"),
    sa.Column("landed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created", sa.Integer, nullable=False, server_default="0"),
    sa.Column("updated", sa.Integer, nullable=False, server_default="0"),
    sa.Column("skipped", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("misfits", sa.Integer, nullable=False, server_default="0"),
    sa.Column("error", sa.Text),
    sa.Column("created_by", sa.String(80), nullable=False),
    sa.Column("created_by_name", sa.String(200), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("finished_at", UtcTime),
    sa.Index("ix_imports_project", "project_id", "created_at"),
)

IMPORT_ITEMS = sa.Table(
    "import_items",
    METADATA,
    sa.Column("import_id", sa.String(40), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    *scope_columns(),
    sa.Column("source_id", sa.String(200), nullable=False),
    sa.Column("draft", JsonText, nullable=False),
    sa.Column("outcome", sa.String(10), nullable=False),
    sa.Column("task_id", sa.String(40)),
    sa.PrimaryKeyConstraint("import_id", "position"),
)

IMPORT_MISFITS = sa.Table(
    "import_misfits",
    METADATA,
    sa.Column("import_id", sa.String(40), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    *scope_columns(),
    sa.Column("place", sa.String(200), nullable=False),
    sa.Column("source_id", sa.String(200)),
    sa.Column("field", sa.String(80), nullable=False),
    sa.Column("value", sa.String(200), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("import_id", "number"),
)

IMPORT_LINKS = sa.Table(
    "import_links",
    METADATA,
    *scope_columns(),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("source_id", sa.String(200), nullable=False),
    sa.Column("task_id", sa.String(40), nullable=False),
    sa.Column("import_id", sa.String(40), nullable=False),
    # The import that made the task, whichever brought it up to date since.
    sa.Column("made_by", sa.String(40)),
    # Of the draft that was landed last: the same again changes nothing.
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.PrimaryKeyConstraint("project_id", "source", "source_id"),
    sa.Index("ix_import_links_task", "project_id", "task_id"),
    sa.Index("ix_import_links_made_by", "project_id", "made_by"),
)
