"""Pure decisions about tasks: what a change changes, what merges, what a move needs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from opsroom.board.shapes import BoardSettings, Column, CustomField
from opsroom.kernel.errors import Problem
from opsroom.kernel.shape import Json

Changes = dict[str, tuple[object, object]]

SETS = frozenset({"labels", "watchers", "depends_on"})
"""Fields that are sets: two who add to one do not contradict each other."""
EMPTY: Mapping[str, object] = {"description": "", "labels": (), "watchers": (), "depends_on": ()}
"""What null means for fields that always hold something."""
_REQUIRED = frozenset({"title", "status", "priority", "client_visible"})


def null_problems(wanted: Mapping[str, object]) -> tuple[Problem, ...]:
    """Fields that cannot be emptied."""
    told = "cannot be empty; leave it out to keep it as it is"
    return tuple(Problem(name, told) for name in sorted(_REQUIRED & wanted.keys()) if wanted[name] is None)


def plain(value: object) -> object:
    """A value as events keep it: days as text, tuples as lists."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple | set | frozenset) else value


def changes_between(before: Mapping[str, object], wanted: Mapping[str, object]) -> Changes:
    """{field: (before, after)} of what really differs."""
    found: Changes = {}
    for name, value in wanted.items():
        old, new = plain(before.get(name)), plain(value)
        if name in SETS:
            old, new = sorted(map(str, _listed(old))), sorted(map(str, _listed(new)))
        if old != new:
            found[name] = (old, new)
    return found


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def is_later(at: datetime, seen: datetime) -> bool:
    """Did it happen after what the caller saw? Many clients keep no more than milliseconds."""
    coarse = seen.microsecond % 1000 == 0
    return (at.replace(microsecond=at.microsecond // 1000 * 1000) if coarse else at) > seen


def changed_since(bodies: Iterable[Json]) -> Changes:
    """What events (oldest first) changed together: the value before the first and after the last."""
    found: Changes = {}
    for body in bodies:
        changes = body.get("changes")
        for name, pair in (changes if isinstance(changes, dict) else {}).items():
            first = found[name][0] if name in found else pair[0]
            found[name] = (first, pair[1])
    return found


@dataclass(frozen=True, slots=True)
class Merged:
    """What is left to write of a change made on an older version, and the fields that contradict."""

    values: dict[str, object]
    contradictions: tuple[str, ...]


def merge(wanted: Mapping[str, object], current: Mapping[str, object], theirs: Changes) -> Merged:
    """A change made on an older version, laid over what others did meanwhile.

    A field that only one side changed goes through, sets are merged element by element, custom fields key by
    key, and the same new value from both is no contradiction.
    """
    values: dict[str, object] = {}
    contradictions: list[str] = []
    for name, value in wanted.items():
        if name not in theirs or plain(value) == plain(current.get(name)):
            values[name] = value
        elif name in SETS:
            values[name] = _merged_set(theirs[name][0], current.get(name), value)
        elif name == "custom":
            merged = _merged_keys(theirs[name][0], current.get(name), value)
            values[name] = merged if merged is not None else value
            contradictions += [name] if merged is None else []
        else:
            contradictions.append(name)
    return Merged(values, tuple(contradictions))


def _merged_set(base: object, theirs: object, mine: object) -> tuple[str, ...]:
    was, now, wanted = ({str(x) for x in _listed(plain(v))} for v in (base, theirs, mine))
    return tuple(sorted((now | (wanted - was)) - (was - wanted)))


def _merged_keys(base: object, theirs: object, mine: object) -> Json | None:
    """The custom values that are given, unless others gave one of the same keys another value meanwhile."""
    was, now, wanted = (dict(v) if isinstance(v, dict) else {} for v in (base, theirs, mine))
    for key, value in wanted.items():
        if now.get(key) != was.get(key) and now.get(key) != value:
            return None
    return wanted


def day_problems(start: date | None, due: date | None) -> tuple[Problem, ...]:
    """A task that ends before it begins."""
    if start is not None and due is not None and due < start:
        return (Problem("due_date", f"{due} lies before the start on {start}"),)
    return ()


def custom_problems(
    values: Mapping[str, object], fields: Sequence[CustomField], people: Collection[str]
) -> tuple[Problem, ...]:
    """What does not fit of custom values, each under its own path."""
    known = {field.key: field for field in fields}
    problems: list[Problem] = []
    for key, value in values.items():
        field = known.get(key)
        if field is None:
            there = ", ".join(known) or "none"
            problems.append(Problem(f"custom.{key}", f"is no custom field of this board; there are: {there}"))
        elif value is not None and (told := _misfit(field, value, people)):
            problems.append(Problem(f"custom.{key}", told))
    return tuple(problems)


def _misfit(field: CustomField, value: object, people: Collection[str]) -> str | None:
    text = value if isinstance(value, str) else None
    match field.kind:
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
            told = "must be a number"
        case "checkbox":
            fits, told = isinstance(value, bool), "must be true or false"
        case "choice":
            fits, told = text in field.options, f"must be one of {', '.join(field.options)}"
        case "person":
            fits, told = text in people, "must be the id of a member of this project"
        case "date":
            fits, told = _is_day(text), "must be a day as YYYY-MM-DD"
        case "url":
            fits, told = _is_url(text), "must be an address that begins with http:// or https://"
        case _:
            fits = text is not None and len(text) <= 5000
            told = "must be text of up to 5,000 characters"
    return None if fits else told


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _is_day(text: str | None) -> bool:
    if text is None or not _DAY.fullmatch(text):  # 2026-W01-1 is a day in Python's eyes
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_url(text: str | None) -> bool:
    if text is None or len(text) > 2000 or any(character.isspace() for character in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def move_problems(
    columns: Sequence[Column],
    settings: BoardSettings,
    *,
    from_status: str | None,
    to_status: str,
    standing: int,
    reason: str | None,
) -> tuple[Problem, ...]:
    """Why a card may not go to `to_status`. `standing` is how many stand there; from None: it is new."""
    to = next((c for c in columns if c.key == to_status), None)
    if to is None:
        there = ", ".join(c.key for c in columns)
        return (Problem("status", f"{to_status!r} is no column of this board; there are: {there}"),)
    problems: list[Problem] = []
    allowed = settings.transitions.get(from_status) if from_status is not None else None
    if from_status != to_status and allowed is not None and to_status not in allowed:
        ways = ", ".join(allowed) or "nowhere"
        problems.append(Problem("status", f"from {from_status} the workflow leads to: {ways}"))
    if from_status != to_status and settings.wip_policy == "refuse" and _is_full(to, standing):
        problems.append(
            Problem(
                "status", f"{to.name} is full: {standing} of {to.wip_limit}. Move a card out of it first."
            )
        )
    needs = reason_problems("blocked", reason) if to.kind == "blocked" else ()
    return (*problems, *needs)


def reason_problems(kind: str, reason: str | None) -> tuple[Problem, ...]:
    """A blocked card has a reason, any other has none."""
    given = bool((reason or "").strip())
    if kind == "blocked":
        return () if given else (Problem("blocked_reason", "say why it is blocked"),)
    told = "is for cards in a blocked column; move it there with the reason"
    return (Problem("blocked_reason", told),) if given else ()


def _is_full(column: Column, standing: int) -> bool:
    return column.wip_limit is not None and standing >= column.wip_limit


def times_of_move(kind: str, row: Mapping[str, object], now: datetime) -> dict[str, object]:
    """`started_at` and `completed_at` after a move into a column of this kind."""
    times: dict[str, object] = {"moved_at": now}
    if kind not in ("todo", "done") and row.get("started_at") is None:
        times["started_at"] = now
    times["completed_at"] = (row.get("completed_at") or now) if kind == "done" else None
    return times
