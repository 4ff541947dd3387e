"""Documents and attachments of tasks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from opsroom.kernel.db import UtcTime

revision = "0003"
down_revision = "0002"


def _scope() -> list[sa.Column[str]]:
    return [
        sa.Column(name, sa.String(length=40), nullable=False)
        for name in ("organization_id", "instance_id", "project_id")
    ]


def upgrade() -> None:
    op.create_table(
        "document_repositories",
        *_scope(),
        sa.Column("last_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("head", sa.String(length=64), nullable=True),
        sa.Column("drain_id", sa.String(length=40), nullable=True),
        sa.Column("drain_at", UtcTime(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", UtcTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("looked_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_document_repositories")),
    )
    op.create_table(
        "document_files",
        *_scope(),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("path_key", sa.String(length=400), nullable=False),
        sa.Column("owner_kind", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_attachment", sa.Boolean(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=True),
        sa.Column("repo_blob", sa.String(length=64), nullable=True),
        sa.Column("commit_id", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=200), nullable=True),
        sa.Column("artifact_id", sa.String(length=40), nullable=True),
        sa.Column("media_type", sa.String(length=130), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("in_repository", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "path", name=op.f("pk_document_files")),
    )
    op.create_index("ix_document_files_owner", "document_files", ["project_id", "owner_kind", "owner_id"])
    op.create_index("ix_document_files_key", "document_files", ["project_id", "path_key"])
    op.create_table(
        "document_texts",
        *_scope(),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("kept_at", UtcTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "blob", name=op.f("pk_document_texts")),
    )
    op.create_index("ix_document_texts_kept", "document_texts", ["project_id", "kept_at"])
    op.create_table(
        "document_writes",
        sa.Column("id", sa.String(length=40), nullable=False),
        *_scope(),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("message", sa.String(length=400), nullable=False),
        sa.Column("author_id", sa.String(length=80), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("author_email", sa.String(length=320), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("commit_id", sa.String(length=64), nullable=True),
        sa.Column("committed_at", UtcTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_writes")),
        sa.UniqueConstraint("project_id", "seq", name=op.f("uq_document_writes_project_id_seq")),
    )
    op.create_index("ix_document_writes_open", "document_writes", ["project_id", "status", "seq"])
    op.create_table(
        "document_write_files",
        *_scope(),
        sa.Column("write_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=True),
        sa.Column("saved_blob", sa.String(length=64), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("write_id", "path", name=op.f("pk_document_write_files")),
    )
    op.create_index("ix_document_write_files_path", "document_write_files", ["project_id", "path"])
    op.create_index("ix_document_write_files_status", "document_write_files", ["project_id", "status"])
