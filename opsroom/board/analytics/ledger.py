"""Facts folded into what figures need: each task as it stands, and what changed on which day. Pure.

Days are days of the project's time zone. What is booked are differences, so a day's figure is the sum of
all days up to it, and a fact costs the same whether the project has ten tasks or a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple, cast
from zoneinfo import ZoneInfo

from opsroom.board.analytics.stream import Fact

# Work has begun in any of these; `todo` and `done` are the two ends.
UNDER_WAY: Final = frozenset({"active", "review", "blocked", "error"})

_PLACES: Final = 1_000_000
_NAMES: Final = frozenset({"sprint", "agent", "person", "category"})
_OF_TASKS: Final = frozenset({"created", "changed", "moved", "deleted", "archived", "restored"})


@dataclass(slots=True)
class TaskBook:
    """A task as the facts so far leave it."""

    status: str
    kind: str = "todo"
    sprint: str | None = None
    estimate: float | None = None
    agent: str | None = None
    person: str | None = None
    category: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    deleted: bool = False
    archived: bool = False
    moves: list[int] = field(default_factory=list)
    """Where it stood at the end of the days on which that changed; see `Ledger.stood`."""

    @property
    def counted(self) -> bool:
        """Deleted tasks never count; archived ones only if they were done."""
        return not self.deleted and (not self.archived or self.kind == "done")


@dataclass(slots=True)
class Tally:
    """So many tasks and so much estimate, of which so much is done. Also used for differences."""

    tasks: int = 0
    estimate: float = 0.0
    done_tasks: int = 0
    done_estimate: float = 0.0

    def add(self, other: Tally, times: int = 1) -> None:
        """Add `other`, or take it away with `times=-1`."""
        self.tasks += times * other.tasks
        self.estimate += times * other.estimate
        self.done_tasks += times * other.done_tasks
        self.done_estimate += times * other.done_estimate

    def copy(self) -> Tally:
        return Tally(self.tasks, self.estimate, self.done_tasks, self.done_estimate)


@dataclass(slots=True)
class SprintDay:
    """What changed in a sprint on one day: its scope both ways, and what was done or opened again."""

    added_tasks: int = 0
    removed_tasks: int = 0
    added_estimate: float = 0.0
    removed_estimate: float = 0.0
    done_tasks: int = 0
    done_estimate: float = 0.0

    def book(self, change: Tally) -> None:
        """Note a difference, what came and what went apart from each other."""
        if change.tasks > 0:
            self.added_tasks += change.tasks
        else:
            self.removed_tasks -= change.tasks
        if change.estimate > 0:
            self.added_estimate += change.estimate
        else:
            self.removed_estimate -= change.estimate
        self.done_tasks += change.done_tasks
        self.done_estimate += change.done_estimate

    def net(self) -> Tally:
        return Tally(
            self.added_tasks - self.removed_tasks,
            self.added_estimate - self.removed_estimate,
            self.done_tasks,
            self.done_estimate,
        )


@dataclass(slots=True)
class SprintBook:
    """A sprint. `totals` is what is in it now; while it is `closed`, days keep what was in it at its end."""

    totals: Tally = field(default_factory=Tally)
    days: dict[int, SprintDay] = field(default_factory=dict)
    committed: Tally | None = None
    started_at: datetime | None = None
    final: Tally | None = None
    completed_at: datetime | None = None
    members: set[str] = field(default_factory=set)
    """The tasks that are in it now and count. What was committed and final is kept by task too."""
    committed_by: dict[str, float] = field(default_factory=dict)
    final_by: dict[str, tuple[float, bool]] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        return self.final is not None

    def booked(self) -> Tally:
        """The sum of all days."""
        total = Tally()
        for day in self.days.values():
            total.add(day.net())
        return total


class Ledger:
    """All facts of one project up to number `seq`, folded."""

    def __init__(self, zone: ZoneInfo, kinds: Mapping[str, str] | None = None) -> None:
        """`kinds` maps columns to kinds, for facts that name a column without its kind."""
        self.zone = zone
        self.seq = 0
        self.kinds: dict[str, str] = dict(kinds or {})
        self.tasks: dict[str, TaskBook] = {}
        self.flow: dict[int, dict[str, int]] = {}
        self.sprints: dict[str, SprintBook] = {}
        self.places: list[str] = []
        """The columns that tasks ever stood in; moves name them by their number, from 1. 0 is nowhere."""
        self._numbers: dict[str, int] = {}

    def stood(self, book: TaskBook) -> Iterator[tuple[int, str | None]]:
        """(day, column) for each day on which it changed where a task stood; None where it did not count."""
        for move in book.moves:
            day, place = divmod(move, _PLACES)
            yield day, self.places[place - 1] if place else None

    def _number(self, column: str) -> int:
        if len(self._numbers) != len(self.places):
            self._numbers = {name: number for number, name in enumerate(self.places, 1)}
        if column not in self._numbers:
            self.places.append(column)
            self._numbers[column] = len(self.places)
        return self._numbers[column]

    def day_of(self, at: datetime) -> int:
        """The day of the project's time zone, counted from the first of January of the year 1."""
        return at.astimezone(self.zone).toordinal()

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take further facts in, in the order of their numbers; those already taken in change nothing."""
        for fact in facts:
            if fact.seq <= self.seq:
                continue
            self.seq = fact.seq
            if fact.what in _OF_TASKS:
                self._task(fact)
            elif fact.what == "column_kind":
                self._column(fact)
            else:
                self._sprint(fact)

    def _task(self, fact: Fact) -> None:
        book = self.tasks.get(fact.subject)
        if book is None:
            if fact.what != "created":
                return  # created before there was a log of it
            book = TaskBook(status=str(fact.values["status"]), deleted=True)
            self.tasks[fact.subject] = book
        before = _standing(book)
        _apply(book, fact, self.kinds)
        self._book(fact.subject, book, fact.at, before)

    def _book(self, task_id: str, book: TaskBook, at: datetime, before: _Standing) -> None:
        after = _standing(book)
        if before == after:
            return
        day = self.day_of(at)
        if before.status != after.status:
            self._stands(book, day, after.status)
            flow = self.flow.setdefault(day, {})
            for status, times in ((before.status, -1), (after.status, 1)):
                if status is not None:
                    flow[status] = flow.get(status, 0) + times
        if before.sprint == after.sprint:
            if after.sprint is not None and before[2:] != after[2:]:
                self._book_sprint(day, after.sprint, _difference(before, after))
            return
        if before.sprint is not None:
            book_of = self._book_sprint(day, before.sprint, _difference(before, _NOWHERE))
            book_of.members.discard(task_id)
        if after.sprint is not None:
            self._book_sprint(day, after.sprint, _difference(_NOWHERE, after)).members.add(task_id)

    def _stands(self, book: TaskBook, day: int, status: str | None) -> None:
        """Only the end of a day counts."""
        if book.moves and book.moves[-1] // _PLACES == day:
            book.moves.pop()
        book.moves.append(day * _PLACES + (0 if status is None else self._number(status)))

    def _book_sprint(self, day: int, sprint: str, change: Tally) -> SprintBook:
        book = self.sprints.get(sprint)
        if book is None:
            book = self.sprints[sprint] = SprintBook()
        book.totals.add(change)
        if not book.closed:
            of_day = book.days.get(day)
            if of_day is None:
                of_day = book.days[day] = SprintDay()
            of_day.book(change)
        return book

    def _sprint(self, fact: Fact) -> None:
        book = self.sprints.setdefault(fact.subject, SprintBook())
        if fact.what == "sprint_started":
            book.committed, book.started_at = book.totals.copy(), fact.at
            book.committed_by = {task_id: self.tasks[task_id].estimate or 0.0 for task_id in book.members}
        elif fact.what == "sprint_unstarted":
            book.committed, book.started_at, book.committed_by = None, None, {}
        elif fact.what == "sprint_completed":
            self._complete(book, fact)
        elif book.closed:  # goes on: what happened since its end is booked on the day it does
            book.final, book.completed_at, book.final_by = None, None, {}
            change = book.totals.copy()
            change.add(book.booked(), -1)
            if change != Tally():
                book.days.setdefault(self.day_of(fact.at), SprintDay()).book(change)

    def _complete(self, book: SprintBook, fact: Fact) -> None:
        """What was carried over left in the same commit, and yet was in the sprint at its end."""
        carried = Tally()
        book.final_by = self.present(book)
        for task_id in cast("Iterable[str]", fact.values.get("carried", ())):
            task = self.tasks.get(task_id)
            if task is not None:
                carried.add(Tally(1, task.estimate or 0.0))
                book.final_by[task_id] = (task.estimate or 0.0, False)
        day = book.days.setdefault(self.day_of(fact.at), SprintDay())
        day.removed_tasks -= carried.tasks
        day.removed_estimate -= carried.estimate
        book.final, book.completed_at = book.totals.copy(), fact.at
        book.final.add(carried)

    def present(self, book: SprintBook) -> dict[str, tuple[float, bool]]:
        """The estimate of each task that is in a sprint now, and whether it is done."""
        found = ((task_id, self.tasks[task_id]) for task_id in book.members)
        return {task_id: (task.estimate or 0.0, task.kind == "done") for task_id, task in found}

    def _column(self, fact: Fact) -> None:
        """A column became another kind: what stands in it is begun or done from then on, or no longer."""
        kind = str(fact.values["kind"])
        self.kinds[fact.subject] = kind
        for task_id, book in self.tasks.items():
            if book.status == fact.subject:
                before = _standing(book)
                _enter(book, kind, fact.at)
                self._book(task_id, book, fact.at, before)


class _Standing(NamedTuple):
    """What a task adds to the sums. A tuple: two of them are made for every fact."""

    status: str | None
    sprint: str | None
    tasks: int
    estimate: float
    done: int


_NOWHERE: Final = _Standing(None, None, 0, 0.0, 0)


def _difference(before: _Standing, after: _Standing) -> Tally:
    _, _, was_tasks, was_estimate, was_done = before
    _, _, tasks, estimate, done = after
    ended = estimate * done - was_estimate * was_done
    return Tally(tasks - was_tasks, estimate - was_estimate, done - was_done, ended)


def _standing(book: TaskBook) -> _Standing:
    if book.deleted or not book.counted:
        return _NOWHERE
    return _Standing(book.status, book.sprint, 1, book.estimate or 0.0, int(book.kind == "done"))


def _apply(book: TaskBook, fact: Fact, kinds: Mapping[str, str]) -> None:
    values = fact.values
    if fact.what == "deleted":
        book.deleted = True
    elif fact.what == "archived":
        book.archived = True
    elif fact.what == "restored":  # brings a task back from both
        book.deleted = book.archived = False
    else:
        _take_fields(book, values)
        if "status" in values:
            book.status = str(values["status"])
            _enter(book, str(values.get("kind") or kinds.get(book.status, book.kind)), fact.at)
        if fact.what == "created":
            _take_times(book, values, fact.at)


def _take_fields(book: TaskBook, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if name in _NAMES:
            setattr(book, name, None if value is None else str(value))
    if "estimate" in values:
        estimate = values["estimate"]
        book.estimate = float(estimate) if isinstance(estimate, int | float) else None


def _take_times(book: TaskBook, values: Mapping[str, object], at: datetime) -> None:
    """Of a task that came from elsewhere: it began and ended there, not when it came."""
    book.deleted = False
    book.archived = values.get("archived_at") is not None
    book.created_at = _time(values.get("created_at")) or at
    book.started_at = _time(values.get("started_at")) or book.started_at
    if book.kind == "done":
        book.completed_at = _time(values.get("completed_at")) or book.completed_at


def _enter(book: TaskBook, kind: str, at: datetime) -> None:
    if kind in UNDER_WAY and book.started_at is None:
        book.started_at = at
    if kind != "done":
        book.completed_at = None
    elif book.kind != "done" or book.completed_at is None:
        book.completed_at = at
    book.kind = kind


def _time(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
