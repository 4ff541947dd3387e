"""Whether what a task names is there, every mistake at once, and whether tasks would wait for themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opsroom.board.errors import DependencyCycle
from opsroom.board.fields import api as fields
from opsroom.board.tasks import store
from opsroom.board.tasks.rules import custom_problems
from opsroom.identity import api as identity
from opsroom.kernel.errors import Problem
from opsroom.kernel.uow import Tx

_DEPTH = 50


async def name_problems(
    tx: Tx, wanted: Mapping[str, object], *, task_id: str | None, held: Mapping[str, object] | None = None
) -> tuple[Problem, ...]:
    """What `wanted` names that is not of this project. `task_id` is the task itself, None for a new one.

    Who watches or is waited for already (`held`) is not questioned: it may have left since.
    """
    held_waits, held_watchers = (_texts((held or {}).get(f)) for f in ("depends_on", "watchers"))
    agent, category, sprint = (
        _text(wanted.get(f)) for f in ("assigned_agent_id", "category_id", "sprint_id")
    )
    parent, waits = _text(wanted.get("parent_id")), _texts(wanted.get("depends_on"))
    others = [*waits, parent] if parent else waits
    agent_there, category_there, sprint_there, tasks = await store.known(
        tx, agent=agent, category=category, sprint=sprint, tasks=others
    )
    problems: list[Problem] = []
    for name, value, there, noun in (
        ("assigned_agent_id", agent, agent_there, "agent of this board's roster"),
        ("category_id", category, category_there, "category of this board"),
        ("sprint_id", sprint, sprint_there, "sprint of this board"),
        ("parent_id", parent, parent in tasks, "task of this board"),
    ):
        if value and not there:
            problems.append(Problem(name, f"{value[:80]!r} is no {noun}"))
    problems += [
        Problem(f"depends_on.{n}", f"{other[:80]!r} is no task of this board")
        for n, other in enumerate(waits)
        if other not in tasks and other not in held_waits
    ]
    if task_id is not None and parent == task_id:
        problems.append(Problem("parent_id", "a task cannot be a part of itself"))
    return (*problems, *await _people_problems(tx, wanted, held_watchers))


async def _people_problems(tx: Tx, wanted: Mapping[str, object], held: Sequence[str]) -> tuple[Problem, ...]:
    accountable, watchers = _text(wanted.get("accountable_id")), _texts(wanted.get("watchers"))
    given = wanted.get("custom")
    custom = given if isinstance(given, dict) else {}
    if not (accountable or watchers or custom):
        return ()
    members = {member.id for member in await identity.members(tx)}
    problems: list[Problem] = []
    if accountable and accountable not in members:
        problems.append(Problem("accountable_id", f"{accountable[:80]!r} is no member of this project"))
    problems += [
        Problem(f"watchers.{n}", f"{watcher[:80]!r} is no member of this project")
        for n, watcher in enumerate(watchers)
        if watcher not in members and watcher not in held
    ]
    if custom:
        problems += custom_problems(custom, await fields.fields(tx), members)
    return tuple(problems)


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
