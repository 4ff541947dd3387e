"""What is wrong with a rule: everything at once, each with its path. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from pydantic import ValidationError

from opsroom.board.automations.rules import (
    CUSTOM,
    EVENTS,
    SPRINT_EVENTS,
    asked_of_fields,
    day_of,
    values_of,
)
from opsroom.board.automations.shapes import (
    Action,
    AssignTask,
    LabelTask,
    MoveTask,
    NotifyPeople,
    SetField,
    StartAgent,
    TaskFilter,
    When,
)
from opsroom.board.references import KnownThings
from opsroom.kernel.errors import Problem
from opsroom.kernel.shape import problems_of

KINDS = ("todo", "active", "review", "done", "blocked", "error")
PRIORITIES = ("p1", "p2", "p3")
ROLES = ("accountable", "watchers", "creator")
_EPOCH = date(2000, 1, 1)
_NO_TASK_LEFT = frozenset({"task_deleted", "task_archived"})


def problems_of_automation(
    when: When, only_if: TaskFilter, then: Sequence[Action], known: KnownThings
) -> tuple[Problem, ...]:
    """Everything that is wrong with a rule whose shape is right."""
    problems = [*_of_when(when, known), *_of_filter(only_if, known)]
    for number, action in enumerate(then):
        problems += [Problem(f"then.{number}.{path}", text) for path, text in _of_action(action, known)]
        if when.event in _NO_TASK_LEFT and not isinstance(action, NotifyPeople):
            text = f"cannot be done after {when.event}: the task is put away; only notify can"
            problems.append(Problem(f"then.{number}.do", text))
    return tuple(problems)


def _of_when(when: When, known: KnownThings) -> Iterator[Problem]:
    assert when.event in EVENTS  # noqa: S101 - the shape allows no other
    if when.field is not None and when.event != "task_changed":
        yield Problem("when.field", f"goes with task_changed only, not with {when.event}")
    values = (("before", when.before), ("after", when.after))
    for name, value in values:
        if value is None:
            continue
        if when.event == "task_moved":
            yield from _unknown(f"when.{name}", value, known.columns, "column", extra=())
        elif when.event != "task_changed":
            yield Problem(
                f"when.{name}", f"goes with task_changed and task_moved only, not with {when.event}"
            )
        elif when.field is None:
            yield Problem(f"when.{name}", "needs a field: say of which field this is the value")
        else:
            yield from _of_value(f"when.{name}", when.field, value, known)


def _of_value(path: str, field: str, value: str, known: KnownThings) -> Iterator[Problem]:
    there: dict[str, tuple[Collection[str], str]] = {
        "priority": (PRIORITIES, "priority"),
        "assigned_agent_id": (known.agents, "agent"),
        "accountable_id": (known.members, "member of this project"),
        "category_id": (known.categories, "category"),
        "sprint_id": (known.sprints, "sprint"),
        "client_visible": (("true", "false"), "answer; write true or false"),
    }
    if field in there:
        yield from _unknown(path, value, there[field][0], there[field][1])


def _of_filter(only_if: TaskFilter, known: KnownThings) -> Iterator[Problem]:
    there: dict[str, tuple[Collection[str], str, tuple[str, ...]]] = {
        "status": (known.columns, "column", ()),
        "kind": (KINDS, "kind of column", ()),
        "priority": (PRIORITIES, "priority", ()),
        "assigned": (known.agents, "agent", ("none", "me")),
        "accountable": (known.members, "member of this project", ("none", "me")),
        "category": (known.categories, "category", ("none",)),
        "sprint": (known.sprints, "sprint", ("none",)),
        "watcher": (known.members, "member of this project", ("none", "me")),
    }
    for name, (ids, noun, extra) in there.items():
        value = getattr(only_if, name)
        if value is not None:
            yield from _unknown(f"only_if.{name}", value, ids, noun, extra=extra)
    for name in TaskFilter.model_fields:
        value = getattr(only_if, name)
        if name in CUSTOM or not isinstance(value, str):
            continue
        if name.endswith(("_from", "_to")) and not _is_day(value):
            yield Problem(f"only_if.{name}", f"{value} is no day that exists")
    yield from _of_custom(only_if, known)


def _of_custom(only_if: TaskFilter, known: KnownThings) -> Iterator[Problem]:
    try:
        _, problems = asked_of_fields(only_if, known.fields_ever, _EPOCH)
    except ValidationError as error:
        problems = problems_of(error)
    for problem in problems:
        yield Problem(f"only_if.{problem.path}", problem.message)


def _unknown(
    path: str, value: str, there: Collection[str], noun: str, *, extra: tuple[str, ...] = ("none",)
) -> Iterator[Problem]:
    wanted = values_of(value)
    if not wanted:
        yield Problem(path, "names nothing; leave it out or name something")
    for one in wanted:
        if one not in there and one not in extra:
            yield Problem(path, f"{one} is no {noun}")


def _is_day(text: str) -> bool:
    try:
        return day_of(text, _EPOCH) is not None
    except ValueError:
        return False


def _of_action(action: Action, known: KnownThings) -> Iterator[tuple[str, str]]:
    if isinstance(action, MoveTask):
        yield from _of_move(action, known)
    elif isinstance(action, NotifyPeople):
        yield from _of_notify(action, known)
    elif isinstance(action, AssignTask | StartAgent):
        yield from _of_agent(action, known)
    elif isinstance(action, LabelTask):
        if not action.add and not action.remove:
            yield "add", "says nothing: name labels to add or to remove"
    elif isinstance(action, SetField):
        text = problem_of_value(action, known)
        if text is not None:
            yield "value", text


def _of_agent(action: AssignTask | StartAgent, known: KnownThings) -> Iterator[tuple[str, str]]:
    if action.agent is None or action.agent in known.agents:
        return
    if isinstance(action, StartAgent):
        yield "agent", f"{action.agent} is no agent; leave it out for the one who is assigned"
    elif action.agent != "auto":
        yield "agent", f"{action.agent} is no agent; name one, or auto, or null for nobody"


def _of_move(action: MoveTask, known: KnownThings) -> Iterator[tuple[str, str]]:
    kind = known.columns.get(action.status)
    if kind is None:
        yield "status", f"{action.status} is no column"
    elif kind == "blocked" and not action.blocked_reason:
        yield "blocked_reason", "is required: a blocked column asks for a reason"


def _of_notify(action: NotifyPeople, known: KnownThings) -> Iterator[tuple[str, str]]:
    for number, who in enumerate(action.to):
        if who not in ROLES and who not in known.people:
            yield f"to.{number}", f"{who} is no person of this project, nor one of {', '.join(ROLES)}"


def problem_of_value(action: SetField, known: KnownThings) -> str | None:
    """What is wrong with the value of a field that a rule sets."""
    field, value = action.field, action.value
    if field == "custom":
        return _problem_of_custom(value, known)
    if field == "client_visible":
        return None if isinstance(value, bool) else "must be true or false"
    if value is None:
        return f"{field} cannot be empty" if field in ("title", "priority") else None
    if field == "estimate":
        fine = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 10_000
        return None if fine else "must be a number from 0 to 10000"
    return _problem_of_text(field, value, known) if isinstance(value, str) else "must be a text"


def _problem_of_custom(value: object, known: KnownThings) -> str | None:
    if not isinstance(value, dict):
        return "must be an object of custom fields"
    strange = [key for key in value if key not in known.fields]
    return f"{', '.join(strange)}: no custom field of this board" if strange else None


def _problem_of_text(field: str, value: str, known: KnownThings) -> str | None:
    if field in ("start_date", "due_date"):
        return None if _is_day(value) else "must be a day as 2026-12-31 or today+3"
    there: dict[str, tuple[Collection[str], str]] = {
        "priority": (PRIORITIES, "priority"),
        "accountable_id": (known.members, "member of this project"),
        "category_id": (known.categories, "category"),
        "sprint_id": (known.sprints, "sprint"),
    }
    if field in there:
        ids, noun = there[field]
        return None if value in ids else f"{value} is no {noun}"
    longest = 500 if field == "title" else 120
    return None if 0 < len(value.strip()) <= longest else f"must have 1 to {longest} characters"


def sprint_rule_is_for_tasks(when: When, only_if: TaskFilter, then: Sequence[Action]) -> bool:
    """Whether a rule acts on each task of a sprint, or tells people once about the sprint itself."""
    empty = not only_if.model_dump(exclude_none=True)
    quiet = all(isinstance(a, NotifyPeople) and not set(a.to) & set(ROLES) for a in then)
    return when.event in SPRINT_EVENTS and not (empty and quiet)
