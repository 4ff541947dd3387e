"""Whether what a task names is there, every mistake at once, and whether tasks would wait for themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from opsroom.board.errors import DependencyCycle
from opsroom.board.fields import api as fields
from opsroom.board.shapes import CustomField
from opsroom.board.tasks import store
from opsroom.board.tasks.rules import custom_problems
from opsroom.identity import api as identity
from opsroom.kernel.errors import Problem
from opsroom.kernel.uow import Tx

_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Found:
    """What of the things a task names is there. `members` and `fields` only where they were asked for."""

    named: store.Named
    tasks: Collection[str]
    members: Mapping[str, str]
    fields: Sequence[CustomField]


async def names_found(tx: Tx, wanted: Mapping[str, object]) -> Found:
    """Look up everything that `wanted` names."""
    agent, category, sprint = (
        _text(wanted.get(f)) for f in ("assigned_agent_id", "category_id", "sprint_id")
    )
    parent, waits = _text(wanted.get("parent_id")), _texts(wanted.get("depends_on"))
    custom = wanted.get("custom")
    with_people = custom or _text(wanted.get("accountable_id")) or _texts(wanted.get("watchers"))
    return Found(
        await store.named(tx, agent=agent, category=category, sprint=sprint),
        await store.there(tx, [*waits, parent] if parent else waits),
        {member.id: member.name for member in await identity.members(tx)} if with_people else {},
        await fields.fields(tx) if custom else [],
    )


def name_problems(
    wanted: Mapping[str, object],
    found: Found,
    *,
    task_id: str | None,
    held: Mapping[str, object] | None = None,
) -> tuple[Problem, ...]:
    """What `wanted` names that is not of this project. `task_id` is the task itself, None for a new one.

    Who watches or is waited for already (`held`) is not questioned: it may have left since.
    """
    named = found.named
    problems: list[Problem] = []
    for name, there, noun in (
        ("assigned_agent_id", named.agent, "agent of this board's roster"),
        ("category_id", named.category, "category of this board"),
        ("sprint_id", named.sprint, "sprint of this board"),
        ("parent_id", _text(wanted.get("parent_id")) in found.tasks, "task of this board"),
        ("accountable_id", _text(wanted.get("accountable_id")) in found.members, "member of this project"),
    ):
        if (value := _text(wanted.get(name))) and not there:
            problems.append(Problem(name, f"{value[:80]!r} is no {noun}"))
    for name, there, noun in (
        ("depends_on", found.tasks, "task of this board"),
        ("watchers", found.members, "member of this project"),
    ):
        known = {*there, *_texts((held or {}).get(name))}
        problems += [
            Problem(f"{name}.{n}", f"{value[:80]!r} is no {noun}")
            for n, value in enumerate(_texts(wanted.get(name)))
            if value not in known
        ]
    if task_id is not None and _text(wanted.get("parent_id")) == task_id:
        problems.append(Problem("parent_id", "a task cannot be a part of itself"))
    custom = wanted.get("custom")
    return (
        *problems,
        *(custom_problems(custom, found.fields, found.members) if isinstance(custom, dict) else ()),
    )


async def check_cycles(tx: Tx, task_id: str, wanted: Mapping[str, object]) -> None:
    """Refuse parents and dependencies that lead back to the task. Raises DependencyCycle."""
    problems: list[Problem] = []
    if parent := _text(wanted.get("parent_id")):
        problems += await _parent_cycle(tx, task_id, parent)
    if waits := _texts(wanted.get("depends_on")):
        problems += await _waiting_cycle(tx, task_id, waits)
    if problems:
        raise DependencyCycle("The tasks would wait for each other for ever.", problems=tuple(problems))


async def _parent_cycle(tx: Tx, task_id: str, parent: str) -> list[Problem]:
    at: str | None = parent
    for _ in range(_DEPTH):
        if at is None:
            return []
        if at == task_id:
            return [Problem("parent_id", f"{parent} is a part of this task already")]
        at = await store.parent_of(tx, at)
    return [Problem("parent_id", f"tasks go no deeper than {_DEPTH} levels")]


async def _waiting_cycle(tx: Tx, task_id: str, waits: Sequence[str]) -> list[Problem]:
    if task_id in waits:
        return [Problem("depends_on", "a task cannot wait for itself")]
    seen: set[str] = set()
    front = list(waits)
    while front:
        seen.update(front)
        further = [other for _, other in await store.dependencies_of(tx, front)]
        if task_id in further:
            return [Problem("depends_on", "one of these waits for this task already")]
        front = [other for other in dict.fromkeys(further) if other not in seen]
    return []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple) else []
