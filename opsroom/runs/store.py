"""Every statement of the runs room, each named for its question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from opsroom.delivery.shapes import RunSummary
from opsroom.kernel.db import Database
from opsroom.kernel.events import EVENTS
from opsroom.kernel.shape import Json, Shape
from opsroom.kernel.uow import Tx
from opsroom.runs.ports import EngineEvent
from opsroom.runs.rules import ENDS, State
from opsroom.runs.shapes import Progress, Run, RunError, RunEvent, RunFilter
from opsroom.runs.tables import RUN_EVENTS, RUNS

_SORTABLE = {"created_at", "started_at", "ended_at", "cost_usd", "agent_name", "status", "client_name"}


def _mine(tx: Tx) -> sa.ColumnElement[bool]:
    return RUNS.c.project_id == tx.actor.scope.project_id


def run_of(row: RowMapping, now: datetime) -> Run:
    """A row as the shape everyone sees. Duration runs on while the run does."""
    began, ended = row["started_at"], row["ended_at"]
    error = row["error_kind"]
    return Run(
        **{k: row[k] for k in Run.model_fields if k in row},
        duration_s=round(((ended or now) - began).total_seconds(), 3) if began else None,
        cost_usd=row["cost_micro_usd"],
        budget_usd=row["budget_micro_usd"],
        alert_usd=row["alert_micro_usd"],
        error=RunError(kind=error, message=row["error_message"] or "") if error else None,
    )


async def insert_run(tx: Tx, values: dict[str, Any]) -> str | None:
    """Insert a run; the id of the run that already has its dedupe key, or None when this one is new."""
    key = values.get("dedupe_key")
    if key is not None:
        query = sa.select(RUNS.c.id).where(_mine(tx), RUNS.c.dedupe_key == key)
        if not tx.conn.dialect.name.startswith("sqlite"):
            # Two processes with the same trigger at once: the second waits here and then sees the first.
            await tx.conn.execute(
                sa.text("select pg_advisory_xact_lock(hashtextextended(:k, 0))"), {"k": f"run:{key}"}
            )
        earlier = (await tx.conn.execute(query)).scalar()
        if earlier:
            return earlier
    scope = tx.actor.scope.model_dump()
    await tx.conn.execute(sa.insert(RUNS).values(**scope, created_at=tx.now, updated_at=tx.now, **values))
    return None


async def run_row(tx: Tx, run_id: str, *, lock: bool = False) -> RowMapping | None:
    """The raw row of a run of this project, locked against other writers on PostgreSQL if asked."""
    query = sa.select(RUNS).where(_mine(tx), RUNS.c.id == run_id)
    if lock:
        query = query.with_for_update()
    return (await tx.conn.execute(query)).mappings().first()


async def update_run(tx: Tx, run_id: str, **values: Any) -> None:
    """Change columns of a run; its version goes up and those who watch it wake."""
    await tx.conn.execute(
        sa.update(RUNS)
        .where(_mine(tx), RUNS.c.id == run_id)
        .values(updated_at=tx.now, version=RUNS.c.version + 1, **values)
    )
    tx.wake(run_id)
    tx.wake(f"runs:{tx.actor.scope.project_id}")


async def list_runs(tx: Tx, f: RunFilter) -> tuple[list[Run], int]:
    """A page of runs and how many there are in all."""
    where = [_mine(tx), *_filters(f)]
    total = (await tx.conn.execute(sa.select(sa.func.count()).select_from(RUNS).where(*where))).scalar_one()
    query = sa.select(RUNS).where(*where).order_by(*_order(f.sort)).limit(f.limit).offset(f.offset)
    rows = (await tx.conn.execute(query)).mappings().all()
    return [run_of(row, tx.now) for row in rows], total


def _filters(f: RunFilter) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if f.agents:
        where.append(RUNS.c.agent_name.in_(f.agents))
    if f.statuses:
        where.append(RUNS.c.status.in_(f.statuses))
    if f.client:
        where.append(sa.or_(RUNS.c.client_id == f.client, RUNS.c.client_name == f.client))
    if f.trigger:
        where.append(RUNS.c.trigger_source == f.trigger)
    if f.search:
        escaped = f.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        names = "id agent_name display_name client_id client_name task_id session_id trigger_ref"
        where.append(
            sa.or_(*(RUNS.c[name].ilike(f"%{escaped}%", escape="\\") for name in names.split()))
            | RUNS.c.error_message.ilike(f"%{escaped}%", escape="\\")
        )
    return where


def _order(sort: str) -> list[sa.ColumnElement[Any]]:
    order: list[sa.ColumnElement[Any]] = []
    for part in sort.split(","):
        name = part.removeprefix("-")
        if name not in _SORTABLE:
            continue
        column = RUNS.c["cost_micro_usd" if name == "cost_usd" else name]
        order.append(column.desc() if part.startswith("-") else column.asc())
    return [*order, RUNS.c.id.desc()]


def sortable() -> list[str]:
    """The fields a list may be sorted by."""
    return sorted(_SORTABLE)


async def runs_of_ref(tx: Tx, source: str, ref: str, limit: int) -> list[Run]:
    """The runs a trigger reference began, newest first."""
    query = (
        sa.select(RUNS)
        .where(_mine(tx), RUNS.c.trigger_ref == ref, RUNS.c.trigger_source == source)
        .order_by(RUNS.c.created_at.desc())
        .limit(limit)
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    return [run_of(row, tx.now) for row in rows]


async def versions_since(tx: Tx, since: datetime) -> list[tuple[str, int, datetime]]:
    """(id, version, time of the touch) of runs touched at or after `since`, the longest-untouched first."""
    query = (
        sa.select(RUNS.c.id, RUNS.c.version, RUNS.c.updated_at)
        .where(_mine(tx), RUNS.c.updated_at >= since)
        .order_by(RUNS.c.updated_at, RUNS.c.id)
    )
    return [(row[0], row[1], row[2]) for row in (await tx.conn.execute(query)).all()]


async def runs_by_id(tx: Tx, run_ids: Sequence[str]) -> list[Run]:
    """These runs of the project, in the order asked for. At most some hundreds at once."""
    rows = (await tx.conn.execute(sa.select(RUNS).where(_mine(tx), RUNS.c.id.in_(run_ids)))).mappings()
    found = {row["id"]: run_of(row, tx.now) for row in rows.all()}
    return [found[run_id] for run_id in run_ids if run_id in found]


async def time_of_event(tx: Tx, seq: int) -> datetime | None:
    """When the newest event of the house up to number `seq` happened."""
    query = sa.select(EVENTS.c.at).where(EVENTS.c.seq <= seq).order_by(EVENTS.c.seq.desc()).limit(1)
    return (await tx.conn.execute(query)).scalar()


async def unfinished(tx: Tx) -> list[str]:
    """Ids of runs that have not ended."""
    query = sa.select(RUNS.c.id).where(_mine(tx), RUNS.c.status.not_in(ENDS))
    return list((await tx.conn.execute(query)).scalars())


async def spent_since(tx: Tx, since: datetime) -> int:
    """Micro-dollars spent by runs of the project created at or after `since`."""
    total = sa.func.coalesce(sa.func.sum(RUNS.c.cost_micro_usd), 0)
    return int(
        (await tx.conn.execute(sa.select(total).where(_mine(tx), RUNS.c.created_at >= since))).scalar_one()
    )


async def latest_payload(tx: Tx, agent: str, client_id: str) -> Json | None:
    """The payload of the newest run of `agent` for `client_id`."""
    query = (
        sa.select(RUNS.c.payload)
        .where(_mine(tx), RUNS.c.agent_name == agent, RUNS.c.client_id == client_id)
        .order_by(RUNS.c.created_at.desc())
        .limit(1)
    )
    return (await tx.conn.execute(query)).scalar()


async def run_with_key(tx: Tx, dedupe_key: str) -> Run | None:
    """The run this dedupe key began."""
    query = sa.select(RUNS).where(_mine(tx), RUNS.c.dedupe_key == dedupe_key)
    row = (await tx.conn.execute(query)).mappings().first()
    return run_of(row, tx.now) if row else None


async def counts_by_status(tx: Tx) -> dict[State, int]:
    """How many runs of the project are in each state."""
    query = sa.select(RUNS.c.status, sa.func.count()).where(_mine(tx)).group_by(RUNS.c.status)
    return {row[0]: row[1] for row in (await tx.conn.execute(query)).all()}


# -- the log ----------------------------------------------------------------------------------


class Appended(Shape):
    """What an append left: the events that were new, and the run's money after it."""

    run_id: str
    stored: tuple[RunEvent, ...]
    session_id: str | None
    cost_micro_usd: int
    budget_micro_usd: int
    alert_micro_usd: int | None
    cost_alerted: bool


async def append_events(tx: Tx, batches: Mapping[str, Sequence[EngineEvent]]) -> dict[str, Appended]:
    """Number and store, per run, the events its log does not have yet.

    One set of statements for all runs: many sessions share one commit. The rows are locked first,
    in one order, so numbers are gapless whoever writes.
    """
    ids = sorted(batches)
    query = sa.select(RUNS).where(_mine(tx), RUNS.c.id.in_(ids)).order_by(RUNS.c.id).with_for_update()
    rows = {r["id"]: r for r in (await tx.conn.execute(query)).mappings().all()}
    known = await _known_sources(tx, [(k, e.source_id) for k, events in batches.items() for e in events])
    scope = tx.actor.scope.model_dump()
    inserts: list[dict[str, Any]] = []
    updates: list[tuple[str, dict[str, Any]]] = []
    result: dict[str, Appended] = {}
    for run_id, row in rows.items():
        fresh = {e.source_id: e for e in reversed(batches[run_id]) if (run_id, e.source_id) not in known}
        events = list(reversed(fresh.values()))
        stored = [
            RunEvent(seq=seq, run_id=run_id, kind=e.kind, source_type=e.source_type, at=e.at, body=e.body)
            for seq, e in enumerate(events, start=row["event_count"] + 1)
        ]
        inserts += [
            {k: getattr(s, k) for k in RunEvent.model_fields} | scope | {"source_id": e.source_id}
            for s, e in zip(stored, events, strict=True)
        ]
        changes = _what_events_change(events, row)
        if stored:
            updates.append((run_id, {"event_count": stored[-1].seq, "last_event_at": tx.now, **changes}))
        result[run_id] = Appended(
            run_id=run_id,
            stored=tuple(stored),
            session_id=row["session_id"],
            cost_micro_usd=changes.get("cost_micro_usd", row["cost_micro_usd"]),
            budget_micro_usd=row["budget_micro_usd"],
            alert_micro_usd=row["alert_micro_usd"],
            cost_alerted=row["cost_alerted"],
        )
    if inserts:
        await tx.conn.execute(sa.insert(RUN_EVENTS), inserts)
    await _update_runs(tx, updates)
    return result


async def _update_runs(tx: Tx, updates: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """`update_run` for many: runs whose same columns change share one statement.

    A statement costs its way to the driver's thread and back: with hundreds of sessions in one
    commit that way was most of the time.
    """
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for run_id, changes in updates:
        alike.setdefault(tuple(changes), []).append(changes | {"the_run": run_id})
        tx.wake(run_id)
    for names, rows in alike.items():
        values = {name: sa.bindparam(name) for name in names}
        query = (
            sa.update(RUNS)
            .where(_mine(tx), RUNS.c.id == sa.bindparam("the_run"))
            .values(updated_at=tx.now, version=RUNS.c.version + 1, **values)
        )
        await tx.conn.execute(query, rows)
    if updates:
        tx.wake(f"runs:{tx.actor.scope.project_id}")


def _what_events_change(events: Sequence[EngineEvent], row: RowMapping) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    costs = [e.cost_micro_usd for e in events if e.cost_micro_usd is not None]
    if costs and max(costs) > row["cost_micro_usd"]:
        changes["cost_micro_usd"] = max(costs)
    for event in events:
        if event.kind == "progress":
            changes["progress"] = Progress(
                done=_number(event.body.get("done")) or 0,
                total=_number(event.body.get("total")),
                note=str(event.body.get("note") or "")[:300],
            ).model_dump()
        if event.kind == "summary":
            changes["summary"] = RunSummary.model_validate(event.body).model_dump()
    return changes


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


async def _known_sources(tx: Tx, wanted: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these pairs of run and source the log has. Asked in pairs: every run with every source
    would be a quarter of a million look-ups when five hundred sessions share a commit."""
    known: set[tuple[str, str]] = set()
    pair = sa.tuple_(RUN_EVENTS.c.run_id, RUN_EVENTS.c.source_id)
    for start in range(0, len(wanted), 500):  # SQLite takes a bounded number of parameters
        query = sa.select(RUN_EVENTS.c.run_id, RUN_EVENTS.c.source_id).where(
            pair.in_(wanted[start : start + 500])
        )
        known |= {(r[0], r[1]) for r in (await tx.conn.execute(query)).all()}
    return known


async def events_after(tx: Tx, run_id: str, after: int, limit: int = 500) -> list[RunEvent]:
    """Events of a run after number `after`, in order."""
    query = (
        sa.select(RUN_EVENTS)
        .where(
            RUN_EVENTS.c.run_id == run_id,
            RUN_EVENTS.c.project_id == tx.actor.scope.project_id,
            RUN_EVENTS.c.seq > after,
        )
        .order_by(RUN_EVENTS.c.seq)
        .limit(limit)
    )
    rows = (await tx.conn.execute(query)).mappings().all()
    return [RunEvent(**{k: row[k] for k in RunEvent.model_fields}) for row in rows]


async def has_event(tx: Tx, run_id: str, source_id: str) -> bool:
    """True when the log of a run has this event."""
    return bool(await _known_sources(tx, [(run_id, source_id)]))


async def last_event(tx: Tx, run_id: str) -> RunEvent | None:
    """The newest event of a run that came from its session."""
    query = (
        sa.select(RUN_EVENTS)
        .where(RUN_EVENTS.c.run_id == run_id, RUN_EVENTS.c.kind.not_in(["run.state", "cost", "progress"]))
        .order_by(RUN_EVENTS.c.seq.desc())
        .limit(1)
    )
    row = (await tx.conn.execute(query)).mappings().first()
    return RunEvent(**{k: row[k] for k in RunEvent.model_fields}) if row else None


async def forget_events(database: Database, before: datetime) -> int:
    """Delete the events of runs, of every project, that ended before `before`; how many rows."""
    ended = sa.select(RUNS.c.id).where(RUNS.c.ended_at < before)
    async with database.writing() as conn:
        done = await conn.execute(sa.delete(RUN_EVENTS).where(RUN_EVENTS.c.run_id.in_(ended)))
        return done.rowcount
