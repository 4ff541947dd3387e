"""A ledger as JSON and back. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from opsroom.board.analytics.ledger import Ledger, SprintBook, SprintDay, Tally, TaskBook
from opsroom.kernel.shape import Json

FORMAT: Final = 1
"""Of a saved ledger; another number means folding the log again."""


def saved(ledger: Ledger) -> Json:
    """The ledger as JSON: lists, not objects, as it may hold a hundred thousand tasks."""
    return {
        "format": FORMAT,
        "zone": ledger.zone.key,
        "seq": ledger.seq,
        "kinds": ledger.kinds,
        "tasks": {task_id: _task_row(book) for task_id, book in ledger.tasks.items()},
        "flow": {str(day): moves for day, moves in ledger.flow.items()},
        "sprints": {sprint_id: _sprint_row(book) for sprint_id, book in ledger.sprints.items()},
    }


def opened(data: Json, zone: ZoneInfo) -> Ledger | None:
    """A saved ledger; None when it was saved in another form or for another time zone."""
    if data.get("format") != FORMAT or data.get("zone") != zone.key:
        return None
    body = cast("dict[str, dict[str, list[object]]]", data)
    ledger = Ledger(zone, cast("dict[str, str]", data["kinds"]))
    ledger.seq = cast("int", data["seq"])
    ledger.tasks = {task_id: _task_book(row) for task_id, row in body["tasks"].items()}
    ledger.flow = {int(day): cast("dict[str, int]", moves) for day, moves in body["flow"].items()}
    ledger.sprints = {sprint_id: _sprint_book(row) for sprint_id, row in body["sprints"].items()}
    return ledger


def _stamp(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _at(stamp: object) -> datetime | None:
    return datetime.fromtimestamp(float(stamp), UTC) if isinstance(stamp, int | float) else None


def _task_row(book: TaskBook) -> list[object]:
    times = [_stamp(book.created_at), _stamp(book.started_at), _stamp(book.completed_at)]
    named = [book.status, book.kind, book.sprint, book.estimate, book.agent, book.person, book.category]
    return [*named, *times, int(book.deleted), int(book.archived)]


def _task_book(row: list[object]) -> TaskBook:
    (
        status,
        kind,
        sprint,
        estimate,
        agent,
        person,
        category,
        created,
        started,
        completed,
        deleted,
        archived,
    ) = row
    return TaskBook(
        status=str(status),
        kind=str(kind),
        sprint=cast("str | None", sprint),
        estimate=cast("float | None", estimate),
        agent=cast("str | None", agent),
        person=cast("str | None", person),
        category=cast("str | None", category),
        created_at=_at(created),
        started_at=_at(started),
        completed_at=_at(completed),
        deleted=bool(deleted),
        archived=bool(archived),
    )


def _tally_row(tally: Tally | None) -> list[object] | None:
    return tally and [tally.tasks, tally.estimate, tally.done_tasks, tally.done_estimate]


def _sprint_row(book: SprintBook) -> list[object]:
    days = {
        str(day): [
            d.added_tasks,
            d.removed_tasks,
            d.added_estimate,
            d.removed_estimate,
            d.done_tasks,
            d.done_estimate,
        ]
        for day, d in book.days.items()
    }
    sums = [_tally_row(book.totals), _tally_row(book.committed), _tally_row(book.final)]
    return [*sums, _stamp(book.started_at), _stamp(book.completed_at), days]


def _sprint_book(row: list[object]) -> SprintBook:
    totals, committed, final = (Tally(*cast("list[int]", one)) if one else None for one in row[:3])
    days = cast("dict[str, list[int]]", row[5])
    return SprintBook(
        totals=totals or Tally(),
        days={int(day): SprintDay(*values) for day, values in days.items()},
        committed=committed,
        final=final,
        started_at=_at(row[3]),
        completed_at=_at(row[4]),
    )
