"""Work that may have killed its process, told apart from work that only happened to be there.

The engine counts the starts of a workflow and sets it aside after too many. But a process that dies
takes everything in flight with it, and one poisonous run that kills it five times would drag every
run beside it along. So from the second death in a row the work that was in flight comes back in
small batches, the most suspect first; the batch that meets the next death carries the blame alone,
and what has run for a while without a death starts its count anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from opsroom.kernel.db import Database
from opsroom.kernel.durable_settings import DurableSettings

SUSPECT_FROM = 2
"""Starts without an end from which on a workflow is suspect: two processes died with it."""
_BATCHES = (1, 1, 2, 4)
_LARGEST_BATCH = 8


class Suspects:
    """Holds suspect work back and lets go of the suspicion. Reads the engine's table of workflows."""

    def __init__(self, database: Database, settings: DurableSettings) -> None:
        self._database = database
        self._apart_s = settings.suspect_apart_s
        # The engine's tables stand in a schema of their own on PostgreSQL and in the same file on SQLite.
        self._table = sa.table(
            "workflow_status",
            *(sa.column(name) for name in _COLUMNS),
            schema=None if database.is_sqlite else "dbos",
        )

    def hold_back(self, owners: Sequence[str], now_ms: int) -> int:
        """Delay what is suspect among the running work of `owners`, who are dead; how many.

        The first batch is not delayed. On SQLite nobody else can be working: there, what an earlier
        life had put back on a queue is weighed anew as well.
        """
        table = self._table
        theirs = sa.and_(table.c.status == "PENDING", table.c.executor_id.in_(owners))
        if self._database.is_sqlite:
            theirs = sa.or_(theirs, table.c.status.in_(["ENQUEUED", "DELAYED"]))
        query = (
            sa.select(table.c.workflow_uuid)
            .where(theirs, table.c.recovery_attempts >= SUSPECT_FROM)
            .order_by(table.c.recovery_attempts.desc(), table.c.created_at, table.c.workflow_uuid)
        )
        with self._database.sync_engine.begin() as conn:
            suspects = list(conn.execute(query).scalars())
            for number, batch in enumerate(_batches(suspects)):
                self._delay(conn, batch, now_ms + round(number * self._apart_s * 1000))
        return len(suspects)

    def _delay(self, conn: Connection, batch: Sequence[str], until_ms: int) -> None:
        table = self._table
        conn.execute(
            sa.update(table)
            .where(table.c.workflow_uuid.in_(batch), table.c.status.in_(["PENDING", "ENQUEUED", "DELAYED"]))
            .values(
                status="DELAYED",
                delay_until_epoch_ms=until_ms,
                owner_xid=None,
                started_at_epoch_ms=None,
                queue_name=sa.func.coalesce(table.c.queue_name, "work"),
            )
        )

    def absolve(self, workflow_ids: Sequence[str]) -> None:
        """These have run long enough without a death: they count as started once."""
        table = self._table
        for start in range(0, len(workflow_ids), 500):
            accused = sa.and_(
                table.c.workflow_uuid.in_(workflow_ids[start : start + 500]),
                table.c.status == "PENDING",
                table.c.recovery_attempts > 1,
            )
            with self._database.sync_engine.connect() as conn:
                if conn.execute(sa.select(table.c.workflow_uuid).where(accused).limit(1)).first() is None:
                    continue  # the usual case: nothing is written, nobody waits at the gate
            with self._database.sync_engine.begin() as conn:
                conn.execute(sa.update(table).where(accused).values(recovery_attempts=1))


_COLUMNS = (
    "workflow_uuid",
    "status",
    "executor_id",
    "recovery_attempts",
    "created_at",
    "delay_until_epoch_ms",
    "owner_xid",
    "started_at_epoch_ms",
    "queue_name",
)


def _batches(ids: Sequence[str]) -> list[list[str]]:
    """One, one, two, four, then eight at a time."""
    rest, found = iter(ids), []
    for number in count():
        size = _BATCHES[number] if number < len(_BATCHES) else _LARGEST_BATCH
        batch = list(islice(rest, size))
        if not batch:
            return found
        found.append(batch)
    return found
