"""Tables of documents: the repositories, their files as we know them, and the writes on their way.

`document_files.blob` is the text shown now; `repo_blob` what the repository is known to have. Where the two
differ, writes are waiting. `document_texts` holds texts by git's hash of them.
"""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, UtcTime, scope_columns

DOCUMENT_REPOSITORIES = sa.Table(
    "document_repositories",
    METADATA,
    *scope_columns(),
    sa.Column("last_seq", sa.Integer, nullable=False, server_default="0"),
    sa.Column("head", sa.String(64)),
    # Who writes now: the id of one durable workflow, None when nothing waits.
    sa.Column("drain_id", sa.String(40)),
    sa.Column("drain_at", UtcTime),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failing_since", UtcTime),
    sa.Column("last_error", sa.Text),
    sa.Column("looked_at", UtcTime),
    sa.PrimaryKeyConstraint("project_id"),
)

DOCUMENT_FILES = sa.Table(
    "document_files",
    METADATA,
    *scope_columns(),
    sa.Column("path", sa.String(400), nullable=False),
    sa.Column("path_key", sa.String(400), nullable=False),
    sa.Column("owner_kind", sa.String(10), nullable=False),
    sa.Column("owner_id", sa.String(40), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("is_attachment", sa.Boolean, nullable=False),
    sa.Column("blob", sa.String(64)),
    sa.Column("repo_blob", sa.String(64)),
    sa.Column("commit_id", sa.String(64)),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("updated_by", sa.String(200)),
    # Attachments: the artifact with their bytes, None while they are in the repository only.
    sa.Column("artifact_id", sa.String(40)),
    sa.Column("media_type", sa.String(130)),
    sa.Column("sha256", sa.String(64)),
    sa.Column("in_repository", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.PrimaryKeyConstraint("project_id", "path"),
    sa.Index("ix_document_files_owner", "project_id", "owner_kind", "owner_id"),
    sa.Index("ix_document_files_key", "project_id", "path_key"),
)

DOCUMENT_TEXTS = sa.Table(
    "document_texts",
    METADATA,
    *scope_columns(),
    sa.Column("blob", sa.String(64), nullable=False),
    # Before the text, so that looking for old ones does not read through the long ones.
    sa.Column("kept_at", UtcTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("project_id", "blob"),
    sa.Index("ix_document_texts_kept", "project_id", "kept_at"),
)

DOCUMENT_WRITES = sa.Table(
    "document_writes",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("message", sa.String(400), nullable=False),
    sa.Column("author_id", sa.String(80), nullable=False),
    sa.Column("author_name", sa.String(200), nullable=False),
    sa.Column("author_email", sa.String(320), nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("commit_id", sa.String(64)),
    sa.Column("committed_at", UtcTime),
    sa.Column("error", sa.Text),
    sa.UniqueConstraint("project_id", "seq"),
    sa.Index("ix_document_writes_open", "project_id", "status", "seq"),
)

DOCUMENT_WRITE_FILES = sa.Table(
    "document_write_files",
    METADATA,
    *scope_columns(),
    sa.Column("write_id", sa.String(40), nullable=False),
    sa.Column("path", sa.String(400), nullable=False),
    # What will be written (None deletes) and, where the repository moved meanwhile, what had been saved.
    sa.Column("blob", sa.String(64)),
    sa.Column("saved_blob", sa.String(64)),
    # Attachments: where their bytes are.
    sa.Column("sha256", sa.String(64)),
    sa.Column("status", sa.String(10), nullable=False),
    sa.PrimaryKeyConstraint("write_id", "path"),
    sa.Index("ix_document_write_files_path", "project_id", "path"),
    sa.Index("ix_document_write_files_status", "project_id", "status"),
)
