"""Alembic's way in: our metadata, our engine, the durable engine's own tables left alone."""

from __future__ import annotations

from alembic import context
from sqlalchemy.engine import Engine

# Every room's tables join the metadata when its room is imported.
from opsroom.app import rooms as _rooms
from opsroom.app.edge import tables as _edge
from opsroom.kernel import workers as _workers
from opsroom.kernel.db import METADATA

__all__ = ["_edge", "_rooms", "_workers"]


def _ours(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
    return kind != "table" or name in METADATA.tables


def run() -> None:
    """Apply what is missing, all of it in one commit."""
    engine: Engine = context.config.attributes["engine"]
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Several processes may start at once: the second waits, then finds nothing to do.
            connection.exec_driver_sql("select pg_advisory_xact_lock(1868787314)")
        context.configure(
            connection=connection, target_metadata=METADATA, render_as_batch=True, include_object=_ours
        )
        with context.begin_transaction():
            context.run_migrations()


run()
