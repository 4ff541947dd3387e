"""A ledger as JSON and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from opsroom.board.analytics.ledger import Ledger, SprintBook, SprintDay, Tally, TaskBook
from opsroom.kernel.shape import Json

FORMAT: Final = 2
"""Of a saved ledger; another number means folding the log again."""


def saved(ledger: Ledger) -> Json:
    """The ledger as JSON: lists, not objects, as it may hold a hundred thousand tasks. Sprints name tasks by
    their number in it."""
    numbers = {task_id: number for number, task_id in enumerate(ledger.tasks)}
    return {
        "format": FORMAT,
        "zone": ledger.zone.key,
        "seq": ledger.seq,
        "kinds": ledger.kinds,
        "tasks": {task_id: _task_row(book) for task_id, book in ledger.tasks.items()},
        "flow": {str(day): moves for day, moves in ledger.flow.items()},
        "places": ledger.places,
        "sprints": {
            sprint_id: [*_sprint_row(book), *_by_task(book, numbers)]
            for sprint_id, book in ledger.sprints.items()
        },
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
    ledger.places = cast("list[str]", data["places"])
    ids = list(ledger.tasks)
    ledger.sprints = {sprint_id: _sprint_book(row, ids) for sprint_id, row in body["sprints"].items()}
    for task_id, book in ledger.tasks.items():
        if book.sprint is not None and book.counted:
            ledger.sprints[book.sprint].members.add(task_id)
    return ledger


def _stamp(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _at(stamp: object) -> datetime | None:
    return datetime.fromtimestamp(float(stamp), UTC) if isinstance(stamp, int | float) else None


def _task_row(book: TaskBook) -> list[object]:
    times = [_stamp(book.created_at), _stamp(book.started_at), _stamp(book.completed_at)]
    named = [book.status, book.kind, book.sprint, book.estimate, book.agent, book.person, book.category]
    return [*named, *times, int(book.deleted), int(book.archived), book.moves]


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
        moves,
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
        moves=cast("list[int]", moves),
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


def _by_task(book: SprintBook, numbers: Mapping[str, int]) -> list[object]:
    """What was committed as [task, estimate, …], what was in it at its end as [task, estimate, done, …]."""
    committed = sorted((numbers[task_id], size) for task_id, size in book.committed_by.items())
    final = sorted((numbers[task_id], size, int(done)) for task_id, (size, done) in book.final_by.items())
    return [[part for each in rows for part in each] for rows in (committed, final)]


def _sprint_book(row: list[object], ids: Sequence[str]) -> SprintBook:
    totals, committed, final = (Tally(*cast("list[int]", one)) if one else None for one in row[:3])
    days = cast("dict[str, list[int]]", row[5])
    kept, ended = cast("list[int]", row[6]), cast("list[int]", row[7])
    return SprintBook(
        totals=totals or Tally(),
        days={int(day): SprintDay(*values) for day, values in days.items()},
        committed=committed,
        final=final,
        started_at=_at(row[3]),
        completed_at=_at(row[4]),
        committed_by={ids[task]: float(size) for task, size in zip(kept[::2], kept[1::2], strict=True)},
        final_by={
            ids[task]: (float(size), bool(done))
            for task, size, done in zip(ended[::3], ended[1::3], ended[2::3], strict=True)
        },
    )
