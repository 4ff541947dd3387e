"""Changing a task: what is merged with others' changes, what is refused, what is written and told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from opsroom.board.errors import NoSuchTask, StaleTask
from opsroom.board.events import TaskChanged, TaskMoved
from opsroom.board.shapes import Move, TaskChange
from opsroom.board.tasks import store
from opsroom.board.tasks.listing import store as texts
from opsroom.board.tasks.moving import Place, check_move, rank_for
from opsroom.board.tasks.naming import check_cycles, name_problems
from opsroom.board.tasks.rules import (
    REQUIRED,
    Changes,
    changed_since,
    changes_between,
    day_problems,
    merge,
    plain,
    times_of_move,
)
from opsroom.board.workflow import api as workflow
from opsroom.kernel.db import Row
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx

_KINDS = (TaskChanged.KIND, TaskMoved.KIND)
_GUARDS = {"version", "expected_updated_at"}
_HANGING = ("watchers", "depends_on")


async def locked(tx: Tx, task_id: str, *, deleted: bool = False) -> Row:
    """The task's row, locked. Raises NoSuchTask, also for a deleted one unless those are wanted."""
    row = await store.raw(tx, task_id, lock=True)
    if row is None or (row["deleted_at"] is not None and not deleted):
        raise NoSuchTask(f"There is no task {task_id[:80]!r} on this board.")
    return row


async def change(tx: Tx, task_id: str, asked: TaskChange) -> tuple[str, ...]:
    """Change fields of a task; the fields that others had changed since it was read and that were merged."""
    row = await locked(tx, task_id)
    wanted = asked.model_dump(include=asked.model_fields_set - _GUARDS)
    _refuse_nulls(wanted)
    current = await _current(tx, row, wanted)
    theirs = await _theirs(tx, row, asked)
    merged = merge(wanted, current, theirs)
    if merged.contradictions:
        raise _stale(row, current, wanted, merged.contradictions)
    values = dict(merged.values)
    given = values.get("custom")
    if isinstance(given, dict):
        values["custom"] = _with_custom(row["custom"], given)
    await _check(tx, row, wanted, values)
    await _write(tx, row, current, values, is_merged=bool(theirs))
    return tuple(sorted(theirs))


async def move(tx: Tx, task_id: str, asked: Move) -> tuple[str, ...]:
    """Put a card in its place; the fields that were merged, as for a change."""
    row = await locked(tx, task_id)
    to = asked.status or str(row["status"])
    theirs = await _theirs(tx, row, asked)
    if "status" in theirs and row["status"] != to and asked.status is not None:
        raise _stale(row, dict(row), {"status": to}, ("status",))
    place = Place(asked.sort_order, asked.before_id, asked.after_id)
    reason = asked.blocked_reason if asked.blocked_reason is not None else row["blocked_reason"]
    await _move(tx, row, to, place, reason)
    return tuple(sorted(theirs))


def _refuse_nulls(wanted: Mapping[str, object]) -> None:
    nulls = sorted(name for name, value in wanted.items() if value is None and name in REQUIRED)
    if nulls:
        told = "cannot be empty; leave it out to keep it as it is"
        raise Invalid(
            "The task cannot be changed like this.", problems=tuple(Problem(n, told) for n in nulls)
        )


async def _current(tx: Tx, row: Row, wanted: Mapping[str, object]) -> dict[str, object]:
    current: dict[str, object] = dict(row)
    if "watchers" in wanted:
        current["watchers"] = await store.watchers(tx, row["id"])
    if "depends_on" in wanted:
        current["depends_on"] = [other for _, other in await store.dependencies_of(tx, [row["id"]])]
    return current


async def _theirs(tx: Tx, row: Row, asked: TaskChange | Move) -> Changes:
    """What others changed since the version the caller saw; nothing when the caller is up to date."""
    if asked.version is not None:
        behind = int(row["version"]) - asked.version
        if behind <= 0:
            return {}
        found = await store.bodies_since(tx, row["id"], _KINDS, behind)
        bodies = [b for _, b in found if int(str(b.get("version") or 0)) > asked.version]
    elif asked.expected_updated_at is not None and asked.expected_updated_at < row["updated_at"]:
        found = await store.bodies_since(tx, row["id"], _KINDS, 1000)
        bodies = [b for at, b in found if at > asked.expected_updated_at]
    else:
        return {}
    return changed_since(reversed(bodies))


def _stale(
    row: Row, current: Mapping[str, object], wanted: Mapping[str, object], fields: tuple[str, ...]
) -> StaleTask:
    names = ", ".join(fields)
    return StaleTask(
        f"Somebody else changed {names} of this task meanwhile. Choose what shall stand, then send it with "
        f"version {row['version']}.",
        problems=tuple(Problem(name, "was changed by somebody else meanwhile") for name in fields),
        theirs={name: plain(current.get(name)) for name in fields}
        | {"version": row["version"], "updated_at": plain(row["updated_at"])},
        yours={name: plain(wanted.get(name)) for name in fields},
    )


def _with_custom(old: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in {**old, **given}.items() if value is not None}


async def _check(tx: Tx, row: Row, wanted: Mapping[str, object], values: Mapping[str, object]) -> None:
    problems = list(await name_problems(tx, {**values, "custom": wanted.get("custom")}, task_id=row["id"]))
    if "start_date" in values or "due_date" in values:
        problems += day_problems(*(_day(values.get(name, row[name])) for name in ("start_date", "due_date")))
    if problems:
        raise Invalid("The task cannot be changed like this.", problems=tuple(problems))
    await check_cycles(tx, row["id"], values)


def _day(value: object) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


async def _write(
    tx: Tx, row: Row, current: Mapping[str, object], values: dict[str, object], *, is_merged: bool
) -> None:
    status = values.pop("status", None)
    moves = status is not None and status != row["status"]
    reason = values.get("blocked_reason", row["blocked_reason"])
    changes = changes_between(current, values)
    if changes:
        columns = {name: plain(values[name]) for name in changes if name not in _HANGING}
        await store.update(tx, row["id"], columns)
        await _hang(tx, row["id"], {name: values[name] for name in changes})
        words = {name: str(values[name]) for name in ("title", "description") if name in changes}
        if words:
            await texts.change_text(tx, row["id"], words)
        version = int(row["version"]) + 1
        title = str(values.get("title") or row["title"])
        event = TaskChanged(title=title, changes=changes, merged=is_merged, version=version)
        tx.record(event, subject=row["id"])
    if moves:
        again = await locked(tx, row["id"])
        await _move(tx, again, str(status), Place(), reason if isinstance(reason, str) else None)


async def _hang(tx: Tx, task_id: str, changed: Mapping[str, object]) -> None:
    for name, setter in (
        ("labels", store.set_labels),
        ("watchers", store.set_watchers),
        ("depends_on", store.set_dependencies),
    ):
        if name in changed:
            value = changed[name]
            await setter(tx, task_id, [str(v) for v in value] if isinstance(value, list | tuple) else [])


async def _move(tx: Tx, row: Row, to: str, place: Place, reason: str | None) -> None:
    columns = await workflow.columns(tx)
    column = await check_move(tx, columns, task=dict(row), to=to, reason=reason)
    if to == row["status"] and not place.is_given:
        return  # where it stands already
    rank = await rank_for(tx, to, place, task_id=row["id"])
    kept = reason if column.kind == "blocked" else None
    values: dict[str, object] = {"status": to, "rank": rank, "blocked_reason": kept}
    if to != row["status"]:
        values |= times_of_move(column.kind, dict(row), tx.now)
    await store.update(tx, row["id"], values)
    came_from = next((c.kind for c in columns if c.key == row["status"]), "todo")
    event = TaskMoved(
        title=row["title"],
        from_status=row["status"],
        to_status=to,
        from_kind=came_from,
        to_kind=column.kind,
        from_rank=row["rank"],
        to_rank=rank,
        blocked_reason=kept,
        changes=changes_between(dict(row), {"status": to, "blocked_reason": kept}),
        version=int(row["version"]) + 1,
    )
    tx.record(event, subject=row["id"])
