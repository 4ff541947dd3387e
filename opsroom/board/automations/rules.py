"""Pure decisions: does a rule fit an event, does a task fit a filter, and where does a chain of rules end."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from opsroom.board import events
from opsroom.board.automations.shapes import TaskFilter, When
from opsroom.board.shapes import CustomField
from opsroom.board.tasks.listing.custom import Question, fits, questions
from opsroom.board.tasks.listing.filters import TaskFilter as ListFilter
from opsroom.board.tasks.listing.filters import parted
from opsroom.kernel.errors import Problem

# How many automatic steps may follow each other: a rule that is set off by a rule by a rule …
MOST_DEPTH: Final = 5
# The least time between two lines of a log that say the same rule was stopped for the same reason.
STOP_WINDOW: Final = timedelta(hours=1)
MOST_TASKS_OF_A_SPRINT: Final = 500

EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "task_created": (events.TaskCreated.KIND,),
    # A change that also moves the card is told by the move.
    "task_changed": (events.TaskChanged.KIND, events.TaskMoved.KIND),
    "task_moved": (events.TaskMoved.KIND,),
    "task_archived": (events.TaskArchived.KIND,),
    "task_restored": (events.TaskRestored.KIND,),
    "task_deleted": (events.TaskDeleted.KIND,),
    "comment_added": (events.CommentAdded.KIND,),
    "due_soon": (events.TaskDueSoon.KIND,),
    "overdue": (events.TaskOverdue.KIND,),
    "sprint_started": (events.SprintStarted.KIND,),
    "sprint_completed": (events.SprintCompleted.KIND,),
}
SPRINT_EVENTS: Final = frozenset({"sprint_started", "sprint_completed"})
CUSTOM: Final = ("custom", "custom_contains", "custom_from", "custom_to")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}|today(?:[+-]\d{1,4})?", re.ASCII)
_SETS: Final = frozenset({"labels", "watchers", "depends_on"})


class Happened(Protocol):
    """An event of the log, as much of it as a rule looks at."""

    @property
    def kind(self) -> str: ...
    @property
    def body(self) -> Mapping[str, object]: ...


class Facts(Protocol):
    """What a filter asks of a task. Dates are of the project's zone, as YYYY-MM-DD."""

    title: str
    description: str
    status: str
    kind: str
    priority: str
    assigned_agent_id: str | None
    accountable_id: str | None
    category_id: str | None
    sprint_id: str | None
    parent_id: str | None
    client_id: str | None
    brand: str | None
    subscription: str | None
    created_by: str
    start_date: str | None
    due_date: str | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    labels: tuple[str, ...]
    watchers: tuple[str, ...]
    client_visible: bool
    waiting: bool
    custom: Mapping[str, object]


def event_fits(when: When, event: Happened) -> bool:
    """Whether an event is the one a rule waits for."""
    if event.kind not in EVENTS[when.event]:
        return False
    if when.event == "task_moved":
        was, now = event.body.get("from_status"), event.body.get("to_status")
        return was != now and _among(was, when.before) and _among(now, when.after)
    if when.event == "task_changed":
        return _change_fits(when, event.body.get("changes"))
    return True


def _change_fits(when: When, changes: object) -> bool:
    if not isinstance(changes, Mapping) or not changes:
        return False
    if when.field is None:
        return True
    pair = changes.get(when.field)
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return False
    if when.field in _SETS:
        was, now = _members(pair[0]), _members(pair[1])
        return _any_among(was - now, when.before) and _any_among(now - was, when.after)
    return _among(pair[0], when.before) and _among(pair[1], when.after)


def _members(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list | tuple) else frozenset()


def _any_among(members: Collection[str], wanted: str | None) -> bool:
    return wanted is None or bool(set(members) & set(values_of(wanted)))


def _among(value: object, wanted: str | None) -> bool:
    if wanted is None:
        return True
    return _plain(value) in values_of(wanted)


def _plain(value: object) -> str:
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def values_of(text: str) -> tuple[str, ...]:
    """The values of a filter, parted as those of the list of tasks."""
    return parted(text)


# Filters over one value of the task, by their name and the task's field.
_SINGLE: Final[Mapping[str, str]] = {
    "status": "status",
    "kind": "kind",
    "assigned": "assigned_agent_id",
    "accountable": "accountable_id",
    "category": "category_id",
    "sprint": "sprint_id",
    "priority": "priority",
    "client": "client_id",
    "brand": "brand",
    "subscription": "subscription",
    "parent": "parent_id",
    "created_by": "created_by",
}
_SEVERAL: Final[Mapping[str, str]] = {"label": "labels", "watcher": "watchers"}
_RANGES: Final[Mapping[str, str]] = {
    "due": "due_date",
    "start": "start_date",
    "created": "created_at",
    "updated": "updated_at",
    "completed": "completed_at",
}


def asked_of_fields(
    wanted: TaskFilter, fields: Sequence[CustomField], today: date
) -> tuple[list[Question], tuple[Problem, ...]]:
    """What a rule asks of custom fields, and what they cannot be asked. Raises ValidationError."""
    given = {name: text for name in CUSTOM if (text := getattr(wanted, name)) is not None}

    def day(text: str) -> date | None:
        try:
            return day_of(text, today) if _DAY.fullmatch(text) else None
        except (ValueError, OverflowError):
            return None

    return questions(ListFilter.model_validate(given), fields, day) if given else ([], ())


def why_not(
    wanted: TaskFilter, task: Facts, *, today: date, zone: str, me: str, fields: Sequence[CustomField] = ()
) -> str | None:
    """Why a task does not fit, in words; None when it fits. `me` is who made the rule."""
    for name, field in _SINGLE.items():
        asked = getattr(wanted, name)
        if asked is not None and not _one_of(getattr(task, field), asked, me):
            return f"{name} is {getattr(task, field) or 'none'}"
    for name, field in _SEVERAL.items():
        asked = getattr(wanted, name)
        if asked is not None and not _holds(getattr(task, field), asked, me):
            return f"{name} is {', '.join(getattr(task, field)) or 'none'}"
    for name, field in _RANGES.items():
        first, last = getattr(wanted, f"{name}_from"), getattr(wanted, f"{name}_to")
        if (first or last) and not _within(_day(getattr(task, field), zone), first, last, today):
            return f"{name} is {_day(getattr(task, field), zone) or 'none'}"
    for question in asked_of_fields(wanted, fields, today)[0]:
        if not fits(question, task.custom.get(question.key)):
            return f"{question.key} is {_plain(task.custom.get(question.key))}"
    return _why_not_state(wanted, task, today)


def _why_not_state(wanted: TaskFilter, task: Facts, today: date) -> str | None:
    states = {
        "overdue": task.due_date is not None and task.due_date < today.isoformat() and task.kind != "done",
        "blocked": task.kind == "blocked",
        "waiting": task.waiting,
        "client_visible": task.client_visible,
    }
    for name, state in states.items():
        asked = getattr(wanted, name)
        if asked is not None and asked != state:
            return f"{name} is {'true' if state else 'false'}"
    if wanted.search is not None and not _found(wanted.search, task):
        return "its words are not there"
    return None


def _one_of(value: str | None, asked: str, me: str) -> bool:
    wanted = {me if name == "me" else name for name in values_of(asked)}
    return value in wanted if value else "none" in wanted


def _holds(values: Collection[str], asked: str, me: str) -> bool:
    wanted = {me if name == "me" else name for name in values_of(asked)}
    return bool(set(values) & wanted) if values else "none" in wanted


def _day(value: object, zone: str) -> str | None:
    return (
        value.astimezone(ZoneInfo(zone)).date().isoformat() if isinstance(value, datetime) else _text(value)
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _within(day: str | None, first: str | None, last: str | None, today: date) -> bool:
    if day is None:
        return False
    from_, to = day_of(first, today), day_of(last, today)
    return (from_ is None or day >= from_.isoformat()) and (to is None or day <= to.isoformat())


def day_of(text: str | None, today: date) -> date | None:
    """`2026-12-31`, `today`, `today+3`. Raises ValueError for a day no calendar has."""
    if text is None:
        return None
    if text.startswith("today"):
        return today + timedelta(days=int(text[5:] or 0))
    return date.fromisoformat(text)


def _found(search: str, task: Facts) -> bool:
    """Every word begins a word of the task's texts, as in the search of the list."""
    text = " ".join((task.title, task.description, *task.labels)).casefold()
    words = re.findall(r"[^\W_]+", text)
    return all(any(w.startswith(part) for w in words) for part in re.findall(r"[^\W_]+", search.casefold()))


def is_empty(wanted: TaskFilter) -> bool:
    """Whether a filter lets every task through."""
    return not wanted.model_dump(exclude_none=True)
