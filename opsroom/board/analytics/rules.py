"""The figures, computed from a ledger. Pure: today is handed in. Names of groups are put in by the api."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from opsroom.board.analytics.ledger import UNDER_WAY, Ledger, SprintBook, SprintDay, Tally, TaskBook
from opsroom.board.analytics.shapes import (
    Among,
    Burn,
    BurnDay,
    CycleGroup,
    CycleTimes,
    DoneTask,
    DoneTasks,
    GroupBy,
    Load,
    Spread,
    SprintPlan,
    SprintVelocity,
    Throughput,
    Velocity,
    Week,
    Workload,
)

LONGEST_SPAN_DAYS: Final = 3 * 366
_MEAN_OF: Final = 3
MOST_DONE: Final = 2000
"""So many tasks that were done are told one by one."""
ANY: Final = Among()

_KEY_OF: Final[Mapping[GroupBy, Callable[[TaskBook], str | None]]] = {
    "none": lambda _: None,
    "category": lambda book: book.category,
    "agent": lambda book: book.agent,
    "person": lambda book: book.person,
}


# ---- sprints ------------------------------------------------------------------------------------------


def velocity(ledger: Ledger, plans: Sequence[SprintPlan], among: Among = ANY) -> Velocity:
    """What each sprint did. Of a completed one its state at the end counts, whatever happened since.

    Sprints are what is compared, so `among` says which tasks of them by agent and category alone.
    """
    books = [ledger.sprints.get(plan.id, SprintBook()) for plan in plans]
    if among.agents or among.categories:
        books = [_book_of(ledger, book, among) for book in books]
    rows = [_velocity_of(book, plan) for book, plan in zip(books, plans, strict=True)]
    last = [row for row in rows if row.status == "completed"][-_MEAN_OF:]
    return Velocity(
        sprints=tuple(rows),
        mean_tasks=_mean([row.done_tasks for row in last]),
        mean_estimate=_mean([row.done_estimate for row in last]),
    )


def _book_of(ledger: Ledger, book: SprintBook, among: Among) -> SprintBook:
    """The sums of a sprint over some of its tasks, by whose they are now, as in every other figure."""
    of = among.model_copy(update={"sprints": ()})

    def sum_of(standing: Mapping[str, tuple[float, bool]]) -> Tally:
        total = Tally()
        for task_id, (size, done) in standing.items():
            if fits(ledger.tasks[task_id], of):
                total.add(Tally(1, size, int(done), size * done))
        return total

    committed = {task_id: (size, False) for task_id, size in book.committed_by.items()}
    return SprintBook(
        totals=sum_of(ledger.present(book)),
        committed=sum_of(committed) if book.committed else None,
        final=sum_of(book.final_by) if book.closed else None,
    )


def _velocity_of(book: SprintBook, plan: SprintPlan) -> SprintVelocity:
    end = book.final or book.totals
    return SprintVelocity(
        sprint_id=plan.id,
        name=plan.name,
        start_date=plan.start_date,
        end_date=plan.end_date,
        status=plan.status,
        committed_tasks=book.committed.tasks if book.committed else None,
        committed_estimate=_round(book.committed.estimate) if book.committed else None,
        scope_tasks=end.tasks,
        scope_estimate=_round(end.estimate),
        done_tasks=end.done_tasks,
        done_estimate=_round(end.done_estimate),
    )


def burn(ledger: Ledger, plan: SprintPlan, today: date) -> Burn:
    """A sprint day by day: down by `remaining_*`, up by `done_*` under `scope_*`.

    What is done after the planned end, until the sprint is completed, is shown on further days.
    """
    book = ledger.sprints.get(plan.id, SprintBook())
    completed = book.completed_at or plan.completed_at
    known_to = date.fromordinal(ledger.day_of(completed)) if completed and book.closed else today
    last = max(plan.end_date, known_to) if book.closed or plan.status == "active" else plan.end_date
    last = min(last, plan.start_date + timedelta(days=LONGEST_SPAN_DAYS))
    begun = _sum_before(book, plan.start_date.toordinal())
    running, rows = begun.copy(), []
    length = max((plan.end_date - plan.start_date).days, 1)
    base = book.committed or _sum_before(book, plan.start_date.toordinal() + 1)
    for day in days_of(plan.start_date, last):
        change = book.days.get(day.toordinal(), SprintDay())
        running.add(change.net())
        left = max(0.0, 1 - (day - plan.start_date).days / length)
        known = day <= known_to
        rows.append(_burn_day(day, running, change, base, left) if known else _day_to_come(day, base, left))
    return Burn(
        sprint_id=plan.id,
        name=plan.name,
        status=plan.status,
        start_date=plan.start_date,
        end_date=plan.end_date,
        days=tuple(rows),
    )


def _sum_before(book: SprintBook, day: int) -> Tally:
    total = Tally()
    for other, change in book.days.items():
        if other < day:
            total.add(change.net())
    return total


def _burn_day(day: date, running: Tally, change: SprintDay, base: Tally, left: float) -> BurnDay:
    return BurnDay(
        day=day,
        scope_tasks=running.tasks,
        scope_estimate=_round(running.estimate),
        done_tasks=running.done_tasks,
        done_estimate=_round(running.done_estimate),
        remaining_tasks=running.tasks - running.done_tasks,
        remaining_estimate=_round(running.estimate - running.done_estimate),
        added_tasks=change.added_tasks,
        removed_tasks=change.removed_tasks,
        added_estimate=_round(change.added_estimate),
        removed_estimate=_round(change.removed_estimate),
        ideal_tasks=_round(base.tasks * left),
        ideal_estimate=_round(base.estimate * left),
    )


def _day_to_come(day: date, base: Tally, left: float) -> BurnDay:
    unknown = {
        name: None for name in BurnDay.model_fields if name not in ("day", "ideal_tasks", "ideal_estimate")
    }
    ideal = {"ideal_tasks": _round(base.tasks * left), "ideal_estimate": _round(base.estimate * left)}
    return BurnDay.model_validate({"day": day, **unknown, **ideal})


# ---- what was done ------------------------------------------------------------------------------------


def fits(book: TaskBook, among: Among) -> bool:
    """Whether a task is one of those that are counted."""
    return (
        (not among.agents or book.agent in among.agents)
        and (not among.categories or book.category in among.categories)
        and (not among.sprints or book.sprint in among.sprints)
    )


def done_between(
    ledger: Ledger, first: date, last: date, among: Among = ANY
) -> Iterator[tuple[str, TaskBook, date]]:
    """Tasks that are done, by id, with the day from `first` to `last`, both included, on which they were."""
    low, high = first.toordinal(), last.toordinal()
    for task_id, book in ledger.tasks.items():
        if book.completed_at is None or not book.counted or not fits(book, among):
            continue
        day = ledger.day_of(book.completed_at)
        if low <= day <= high:
            yield task_id, book, date.fromordinal(day)


def done_tasks(ledger: Ledger, first: date, last: date, among: Among = ANY) -> DoneTasks:
    """What was done one by one, with how long it took; the last `MOST_DONE` of it."""
    found = sorted(
        (
            DoneTask(
                id=task_id,
                task=None,
                done_at=book.completed_at,
                day=day,
                cycle_h=_hours(_cycle_h(book)),
                lead_h=_hours(_lead_h(book)),
            )
            for task_id, book, day in done_between(ledger, first, last, among)
            if book.completed_at is not None
        ),
        key=lambda each: (each.done_at, each.id),
    )
    return DoneTasks(from_day=first, to_day=last, total=len(found), tasks=tuple(found[-MOST_DONE:]))


def _hours(found: float | None) -> float | None:
    return None if found is None else round(found, 2)


def cycle_times(ledger: Ledger, first: date, last: date, by: GroupBy, among: Among = ANY) -> CycleTimes:
    """How long what was done took, over all and by group, the group with most done first."""
    done = [book for _, book, _ in done_between(ledger, first, last, among)]
    groups: dict[str | None, list[TaskBook]] = {}
    for book in done if by != "none" else ():
        groups.setdefault(_KEY_OF[by](book), []).append(book)
    ordered = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0] or ""))
    return CycleTimes(
        from_day=first,
        to_day=last,
        total=_cycle_group(None, done),
        groups=tuple(_cycle_group(key, books) for key, books in ordered),
    )


def _cycle_group(key: str | None, books: Sequence[TaskBook]) -> CycleGroup:
    cycles = [hours for book in books if (hours := _cycle_h(book)) is not None]
    leads = [hours for book in books if (hours := _lead_h(book)) is not None]
    return CycleGroup(
        key=key,
        name=None,
        done=len(books),
        unstarted=len(books) - len(cycles),
        cycle=spread_of(cycles),
        lead=spread_of(leads),
    )


def _cycle_h(book: TaskBook) -> float | None:
    if book.started_at is None or book.completed_at is None:
        return None
    return max(0.0, (book.completed_at - book.started_at).total_seconds() / 3600)


def _lead_h(book: TaskBook) -> float | None:
    if book.created_at is None or book.completed_at is None:
        return None
    return max(0.0, (book.completed_at - book.created_at).total_seconds() / 3600)


def spread_of(hours: Sequence[float]) -> Spread:
    """Percentiles of durations in hours."""
    ordered = sorted(hours)
    parts = [percentile(ordered, share) for share in (0.5, 0.85, 0.95)]
    rounded = [None if part is None else round(part, 2) for part in parts]
    mean = _mean(ordered)
    return Spread(
        count=len(ordered),
        p50_h=rounded[0],
        p85_h=rounded[1],
        p95_h=rounded[2],
        mean_h=None if mean is None else round(mean, 2),
    )


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The value that `share` of the sorted values do not exceed, between two of them by proportion."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def throughput(ledger: Ledger, first: date, last: date, among: Among = ANY) -> Throughput:
    """How much was done in each week from Monday to Sunday; the mean is of whole weeks."""
    weeks = {monday: [0, 0.0] for monday in days_of(_monday(first), last, step=7)}
    for _, book, day in done_between(ledger, first, last, among):
        week = weeks[_monday(day)]
        week[0] += 1
        week[1] += book.estimate or 0.0
    rows = [
        Week(
            week=monday,
            tasks=int(count),
            estimate=_round(estimate),
            whole=monday >= first and monday + timedelta(days=6) <= last,
        )
        for monday, (count, estimate) in weeks.items()
    ]
    mean = _mean([row.tasks for row in rows if row.whole])
    return Throughput(from_day=first, to_day=last, weeks=tuple(rows), mean_tasks=mean)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


# ---- where it stands ----------------------------------------------------------------------------------


def workload(ledger: Ledger, first: date, last: date, among: Among = ANY) -> Workload:
    """What agents and people have open now and did in the span of days."""
    return Workload(
        from_day=first,
        to_day=last,
        agents=_loads(ledger, (first, last), _KEY_OF["agent"], among),
        people=_loads(ledger, (first, last), _KEY_OF["person"], among),
    )


def _loads(
    ledger: Ledger, span: tuple[date, date], key_of: Callable[[TaskBook], str | None], among: Among
) -> tuple[Load, ...]:
    opened: dict[str | None, list[TaskBook]] = {}
    done: dict[str | None, list[TaskBook]] = {}
    for book in ledger.tasks.values():
        if book.counted and book.kind != "done" and fits(book, among):
            opened.setdefault(key_of(book), []).append(book)
    for _, book, _ in done_between(ledger, *span, among):
        done.setdefault(key_of(book), []).append(book)
    loads = [_load(key, opened.get(key, ()), done.get(key, ())) for key in opened.keys() | done.keys()]
    return tuple(sorted(loads, key=lambda load: (load.key is None, -load.open_tasks, load.key or "")))


def _load(key: str | None, opened: Sequence[TaskBook], done: Sequence[TaskBook]) -> Load:
    cycle = percentile(sorted(h for book in done if (h := _cycle_h(book)) is not None), 0.5)
    return Load(
        key=key,
        name=None,
        open_tasks=len(opened),
        open_estimate=_estimate(opened),
        under_way=sum(book.kind in UNDER_WAY for book in opened),
        done_tasks=len(done),
        done_estimate=_estimate(done),
        cycle_p50_h=None if cycle is None else round(cycle, 2),
    )


def _estimate(books: Iterable[TaskBook]) -> float:
    return _round(sum(book.estimate or 0.0 for book in books))


def days_of(first: date, last: date, *, step: int = 1) -> Iterator[date]:
    """The days from one to another, both included."""
    return (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1, step))


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 2) if values else None


def _round(value: float) -> float:
    # Sums of decimal fractions, added and taken away again, end a hair beside the number people expect.
    return round(value, 6) + 0.0
