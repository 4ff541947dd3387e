"""The migrations lead to the tables the rooms declare, on both databases."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsroom.app.migrations import migrate, newest
from opsroom.kernel.db import METADATA, open_database


def test_migrated_tables_are_the_declared_ones(database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from opsroom.app import rooms
    from opsroom.app.edge import tables

    assert rooms.ROOMS
    assert tables.IDEMPOTENCY_REPLIES.name in METADATA.tables
    database = open_database(database_url)
    migrate(database)
    # Expressions: what the database makes of them cannot be read back.
    unreadable = {"ix_runs_agent_started", "ix_runs_project_created", "ix_task_texts_words"}

    def ours(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
        return name not in unreadable and (kind != "table" or name in METADATA.tables)

    options = {"include_object": ours}
    with database.sync_engine.connect() as conn, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # indexes on expressions cannot be read back on SQLite
        found = compare_metadata(MigrationContext.configure(conn, opts=options), METADATA)
    asyncio.run(database.close())
    assert found == []


def test_every_table_of_ours_is_under_a_project() -> None:
    kernel_tables = {"events", "event_cursors", "workers", "alembic_version"}
    scope = {"organization_id", "instance_id", "project_id"}
    lacking = [
        name
        for name, table in METADATA.tables.items()
        if name not in kernel_tables and not scope <= {c.name for c in table.columns}
    ]
    assert lacking == []


@pytest.mark.sqlite_only
def test_an_empty_file_is_migrated_once_and_then_left_alone(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new.db")
    assert database.revision() is None
    migrate(database)
    assert database.revision() == newest()
    migrate(database)
    with database.sync_engine.connect() as conn:
        assert conn.execute(sa.text("select count(*) from runs where agent_name = 'sentinel'")).scalar() == 0
    asyncio.run(database.close())
