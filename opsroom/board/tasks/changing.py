"""Changing a task: what is merged with others' changes, what is refused, what is written and told.

Who writes locks in one order, or two would wait for each other: the board (numbers, what waits for what),
then the column a card goes to, then the task.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from opsroom.board import store as boards
from opsroom.board.errors import MoveRefused, NoSuchTask, StaleTask
from opsroom.board.events import TaskArchived, TaskChanged, TaskDeleted, TaskMoved, TaskRestored
from opsroom.board.shapes import Move, TaskChange
from opsroom.board.tasks import store
from opsroom.board.tasks.listing import store as texts
from opsroom.board.tasks.moving import Frame, Place, check_move, rank_for
from opsroom.board.tasks.naming import check_cycles, name_problems, names_found
from opsroom.board.tasks.order import store as order
from opsroom.board.tasks.rules import (
    EMPTY,
    SETS,
    Changes,
    changed_since,
    changes_between,
    day_problems,
    is_later,
    merge,
    null_problems,
    plain,
    reason_problems,
    times_of_move,
)
from opsroom.board.tasks.store import Fields
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx

_KINDS = (TaskChanged.KIND, TaskMoved.KIND)
_GUARDS = {"version", "expected_updated_at"}
_HANGING = ("watchers", "depends_on")
_CANNOT = "The task cannot be changed like this."


async def locked(tx: Tx, task_id: str, *, deleted: bool = False) -> Fields:
    """The task's row by its id or number, locked. Raises NoSuchTask, also for a deleted one unless wanted."""
    row = await store.raw(tx, task_id, lock=True)
    if row is None or (row["deleted_at"] is not None and not deleted):
        raise NoSuchTask(f"There is no task {task_id[:80]!r} on this board.")
    return row


async def change(tx: Tx, frame: Frame, task_id: str, asked: TaskChange) -> tuple[str, ...]:
    """Change fields of a task; the fields that others had changed since it was read and that were merged."""
    wanted = _wanted(asked)
    await lock_for(tx, wanted)
    row = await locked(tx, task_id)
    current = await _current(tx, row, wanted)
    theirs = await _theirs(tx, row, asked)
    merged = merge(wanted, current, theirs)
    if merged.contradictions:
        raise _stale(row, current, wanted, merged.contradictions)
    values = dict(merged.values)
    given = values.get("custom")
    if isinstance(given, dict):
        values["custom"] = _with_custom(row["custom"], given)
    await _check(tx, frame, row, current, values, given)
    await _write(tx, frame, row, current, values, is_merged=bool(theirs))
    return tuple(sorted(theirs))


async def move(tx: Tx, frame: Frame, task_id: str, asked: Move) -> tuple[str, ...]:
    """Put a card in its place; the fields that were merged, as for a change."""
    guess = asked.status
    if guess is None:
        before = await store.raw(tx, task_id)
        guess = before["status"] if before else ""
    await order.lock_column(tx, guess)
    row = await locked(tx, task_id)
    to = asked.status or str(row["status"])
    if to != guess:  # it went elsewhere while we waited
        await order.lock_column(tx, to)
    theirs = await _theirs(tx, row, asked)
    if "status" in theirs and row["status"] != to and asked.status is not None:
        raise _stale(row, dict(row), {"status": to}, ("status",))
    place = Place(asked.sort_order, asked.before_id, asked.after_id)
    reason = asked.blocked_reason if asked.blocked_reason is not None else row["blocked_reason"]
    await check_move(tx, frame, task=dict(row), to=to, reason=reason)
    await _move(tx, frame, row, to, place, reason)
    return tuple(sorted(theirs))


async def lock_for(tx: Tx, wanted: Mapping[str, object]) -> None:
    """What a change of these fields locks before it locks tasks."""
    if wanted.get("depends_on") or wanted.get("parent_id"):
        await boards.lock_board(tx)  # two who make one half of a circle each must see each other
    if isinstance(wanted.get("status"), str):
        await order.lock_column(tx, str(wanted["status"]))


def _wanted(asked: TaskChange) -> dict[str, object]:
    wanted = asked.model_dump(include=asked.model_fields_set - _GUARDS)
    if problems := null_problems(wanted):
        raise Invalid(_CANNOT, problems=problems)
    wanted |= {name: EMPTY[name] for name, value in wanted.items() if value is None and name in EMPTY}
    return {n: tuple(dict.fromkeys(_listed(v))) if n in SETS else v for n, v in wanted.items()}


def _listed(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple) else []


async def _current(tx: Tx, row: Fields, wanted: dict[str, object]) -> dict[str, object]:
    current: dict[str, object] = dict(row)
    if "watchers" in wanted:
        current["watchers"] = await store.watchers(tx, row["id"])
    if "depends_on" in wanted:
        current["depends_on"] = [other for _, other in await store.dependencies_of(tx, [row["id"]])]
    if wanted.get("custom") is None and "custom" in wanted:
        wanted["custom"] = dict.fromkeys(row["custom"])
    return current


async def _theirs(tx: Tx, row: Fields, asked: TaskChange | Move) -> Changes:
    """What others changed since the version the caller saw; nothing when the caller is up to date."""
    if asked.version is not None:
        behind = int(row["version"]) - asked.version
        if behind <= 0:
            return {}
        found = await store.bodies_since(tx, row["id"], _KINDS, behind)
        bodies = [b for _, b in found if int(str(b.get("version") or 0)) > asked.version]
    elif asked.expected_updated_at is not None and is_later(row["updated_at"], asked.expected_updated_at):
        found = await store.bodies_since(tx, row["id"], _KINDS, 1000)
        bodies = [b for at, b in found if is_later(at, asked.expected_updated_at)]
    else:
        return {}
    return changed_since(reversed(bodies))


def _stale(
    row: Fields, current: Mapping[str, object], wanted: Mapping[str, object], fields: tuple[str, ...]
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


async def _check(
    tx: Tx,
    frame: Frame,
    row: Fields,
    current: dict[str, object],
    values: dict[str, object],
    custom: object,
) -> None:
    """Everything that is wrong with a change, at once. What the task holds already is not questioned."""
    differing = {name: values[name] for name in changes_between(current, values)}
    named = {**differing, "custom": custom}
    found = await names_found(tx, named)
    problems = [*name_problems(named, found, task_id=row["id"], held=current)]
    if "start_date" in differing or "due_date" in differing:
        problems += day_problems(*(_day(values.get(name, row[name])) for name in ("start_date", "due_date")))
    refused: tuple[Problem, ...] = ()
    reason = _reason(row, values)
    if "status" in differing:
        try:
            await check_move(tx, frame, task=dict(row), to=str(values["status"]), reason=reason)
        except MoveRefused as refusal:
            refused = refusal.problems
    elif "blocked_reason" in differing:
        problems += reason_problems(frame.kind(row["status"]), reason)
    if refused and not problems:
        raise MoveRefused("The card cannot go there.", problems=refused)
    if refused or problems:
        raise Invalid(_CANNOT, problems=(*problems, *refused))
    await check_cycles(tx, row["id"], differing)


def _reason(row: Fields, values: Mapping[str, object]) -> str | None:
    reason = values.get("blocked_reason", row["blocked_reason"])
    return reason if isinstance(reason, str) else None


def _day(value: object) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


async def _write(
    tx: Tx,
    frame: Frame,
    row: Fields,
    current: Mapping[str, object],
    values: dict[str, object],
    *,
    is_merged: bool,
) -> None:
    reason = _reason(row, values)
    status = str(values.pop("status", None) or row["status"])
    if status != row["status"]:
        values.pop("blocked_reason", None)  # goes with the move
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
    if status != row["status"]:
        again = await locked(tx, row["id"]) if changes else row
        await _move(tx, frame, again, status, Place(), reason)


async def _hang(tx: Tx, task_id: str, changed: Mapping[str, object]) -> None:
    for name, setter in (
        ("labels", store.set_labels),
        ("watchers", store.set_watchers),
        ("depends_on", store.set_dependencies),
    ):
        if name in changed:
            value = changed[name]
            await setter(tx, task_id, [str(v) for v in value] if isinstance(value, list | tuple) else [])


async def _move(tx: Tx, frame: Frame, row: Fields, to: str, place: Place, reason: str | None) -> None:
    """Write and tell a move that has been checked."""
    stays = to == row["status"]
    kind = frame.kind(to)
    kept = reason if kind == "blocked" else None
    rank = row["rank"]
    if not stays or place.is_given:
        rank = await rank_for(tx, to, place, task_id=row["id"], now=rank if stays else None)
    if stays and (rank, kept) == (row["rank"], row["blocked_reason"]):
        return  # where it stands already
    values: dict[str, object] = {"status": to, "rank": rank, "blocked_reason": kept}
    if not stays:
        values |= times_of_move(kind, dict(row), tx.now)
    await store.update(tx, row["id"], values)
    event = TaskMoved(
        title=row["title"],
        from_status=row["status"],
        to_status=to,
        from_kind=frame.kind(row["status"]),
        to_kind=kind,
        from_rank=row["rank"],
        to_rank=rank,
        blocked_reason=kept,
        changes=changes_between(dict(row), {"status": to, "blocked_reason": kept}),
        version=int(row["version"]) + 1,
    )
    tx.record(event, subject=row["id"])


async def delete(tx: Tx, task_id: str) -> str:
    """Delete softly; a second time changes nothing. The task's id."""
    row = await locked(tx, task_id, deleted=True)
    if row["deleted_at"] is None:
        await store.update(tx, row["id"], {"deleted_at": tx.now})
        tx.record(TaskDeleted(title=row["title"]), subject=row["id"])
    return row["id"]


async def archive(tx: Tx, task_id: str) -> str:
    """Put into the archive; a second time changes nothing. The task's id."""
    row = await locked(tx, task_id)
    if row["archived_at"] is None:
        await store.update(tx, row["id"], {"archived_at": tx.now})
        tx.record(TaskArchived(title=row["title"]), subject=row["id"])
    return row["id"]


async def restore(tx: Tx, task_id: str) -> str:
    """Bring a deleted task back to where it was, which may be the archive, or one out of the archive."""
    row = await locked(tx, task_id, deleted=True)
    if row["deleted_at"] is not None:
        await store.update(tx, row["id"], {"deleted_at": None})
        tx.record(TaskRestored(title=row["title"], from_state="deleted"), subject=row["id"])
    elif row["archived_at"] is not None:
        await store.update(tx, row["id"], {"archived_at": None})
        tx.record(TaskRestored(title=row["title"], from_state="archived"), subject=row["id"])
    return row["id"]
