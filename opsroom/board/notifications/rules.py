"""Pure decisions: who hears of an event, in which words, on which channels and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from opsroom.board import events
from opsroom.board.notifications.shapes import Channel, Kind, Pace, Preferences, QuietHours

KINDS: Final[tuple[Kind, ...]] = (
    "assigned",
    "mentioned",
    "comment",
    "status_changed",
    "due_soon",
    "overdue",
    "sprint_started",
    "sprint_completed",
    "automation",
    "automation_failed",
)
CHANNELS: Final[tuple[Channel, ...]] = ("in_app", "slack", "discord", "email")
_BY_MAIL: Final[Mapping[Kind, Pace]] = {
    "assigned": "now",
    "mentioned": "now",
    "automation_failed": "now",
    "comment": "digest",
    "due_soon": "digest",
    "overdue": "digest",
}
# When several reasons make one event somebody's business, it is told under the first of these.
_WEIGHT: Final = {kind: place for place, kind in enumerate(KINDS)}
MOST_ATTEMPTS: Final = 6
# What the whole project hears, and what those hear who watch a task or answer for it.
_TO_ALL: Final[Mapping[str, Kind]] = {
    events.SprintStarted.KIND: "sprint_started",
    events.SprintCompleted.KIND: "sprint_completed",
}
_TO_CONCERNED: Final[Mapping[str, Kind]] = {
    events.TaskMoved.KIND: "status_changed",
    events.CommentAdded.KIND: "comment",
    events.TaskDueSoon.KIND: "due_soon",
    events.TaskOverdue.KIND: "overdue",
}
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 30.0, 6 * 3600.0
_MOST_OF_A_DIGEST: Final = 50


@dataclass(frozen=True, slots=True)
class Concerned:
    """Who has to do with a task."""

    title: str
    number: int
    status: str
    accountable_id: str | None
    watchers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class News:
    """An event as it is told to people: its body, who did it, and by what name."""

    kind: str
    actor_id: str
    actor_name: str
    body: Mapping[str, object]


_SOMEBODY: Final = "-"
_WATCHED: Final = Concerned("", 0, "", _SOMEBODY, (_SOMEBODY,))


def audience(news: News, task: Concerned | None, everybody: Collection[str]) -> dict[str, Kind]:
    """Whom an event concerns and as what; never those who did it. `everybody` are the project's people."""
    found: dict[str, Kind] = {}
    for person, kind in _concerned(news, task, everybody):
        if person != news.actor_id and (person not in found or _WEIGHT[kind] < _WEIGHT[found[person]]):
            found[person] = kind
    return found


def concerns_nobody(news: News) -> bool:
    """Whether an event is told to nobody, whoever watches its card: most events are, and no card is read."""
    return not audience(news, _WATCHED, (_SOMEBODY,))


def concerns_everybody(kind: str) -> bool:
    """Whether an event is told to all people of the project."""
    return kind in _TO_ALL


def _concerned(news: News, task: Concerned | None, everybody: Collection[str]) -> Iterable[tuple[str, Kind]]:
    kind, body = news.kind, news.body
    watchers = task.watchers if task is not None else ()
    accountable = (task.accountable_id,) if task is not None and task.accountable_id else ()
    if kind in _TO_ALL:
        yield from _each(everybody, _TO_ALL[kind])
    created = body.get("task")
    if kind == events.TaskCreated.KIND and isinstance(created, Mapping):
        yield from _each(_ids([created.get("accountable_id")]), "assigned")
    yield from _newly_accountable(body)
    yield from _each(_ids(body.get("mentions")), "mentioned")
    if kind in _TO_CONCERNED and body.get("from_status", "-") != body.get("to_status"):
        yield from _each((*watchers, *accountable), _TO_CONCERNED[kind])
    if kind in (events.AutomationFailed.KIND, events.RecurringFailed.KIND):
        yield str(body.get("owner_id")), "automation_failed"


def _each(people: Iterable[str], kind: Kind) -> Iterable[tuple[str, Kind]]:
    return [(person, kind) for person in people]


def _newly_accountable(body: Mapping[str, object]) -> Iterable[tuple[str, Kind]]:
    changes = body.get("changes")
    pair = changes.get("accountable_id") if isinstance(changes, Mapping) else None
    if isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[1], str):
        yield pair[1], "assigned"


def _ids(value: object) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list | tuple) else ()


def wording(news: News, kind: Kind, task: Concerned | None) -> tuple[str, str]:
    """A title and a text, both plain. What people wrote is quoted as they wrote it."""
    who, body = news.actor_name, news.body
    card = (
        f"#{task.number} {task.title}" if task is not None else str(body.get("title") or body.get("name", ""))
    )
    match kind:
        case "assigned":
            said = (f"{who} made you accountable for {card}", "")
        case "mentioned":
            said = (f"{who} mentioned you on {card}", str(body.get("excerpt") or ""))
        case "comment":
            said = (f"{who} commented on {card}", str(body.get("excerpt") or ""))
        case "status_changed":
            reason = body.get("blocked_reason")
            moved = f"{who} moved {card} from {body.get('from_status')} to {body.get('to_status')}"
            said = (moved, f"Reason: {reason}" if reason else "")
        case "due_soon":
            said = (f"{card} is due on {body.get('due_date')}", "")
        case "overdue":
            said = (f"{card} was due on {body.get('due_date')}", "")
        case "sprint_started":
            said = (f"{who} started {body.get('name')}", f"{body.get('tasks')} tasks are in it.")
        case "sprint_completed":
            counts = f"{body.get('done')} tasks are done, {body.get('carried')} were carried over."
            said = (f"{who} completed {body.get('name')}", counts)
        case _:
            said = (f"{body.get('name')} could not do its work", str(body.get("reason") or ""))
    return said[0][:600], said[1][:4000]


def defaults() -> dict[Kind, dict[Channel, Pace]]:
    """What somebody hears who chose nothing."""
    return {
        kind: {"in_app": "now", "slack": "off", "discord": "off", "email": _BY_MAIL.get(kind, "off")}
        for kind in KINDS
    }


def choices_of(preferences: Preferences | None) -> dict[Kind, dict[Channel, Pace]]:
    """A person's choices with every default filled in."""
    chosen = defaults()
    for kind, paces in (preferences.choices if preferences is not None else {}).items():
        chosen[kind] |= paces
    return chosen


def sending_at(
    pace: Pace, now: datetime, *, zone: str, quiet: QuietHours | None, digest_hour: int
) -> datetime:
    """When something is sent: now, after the quiet hours, or with the next digest (which ignores them)."""
    if pace == "digest":
        return next_digest(now, zone, digest_hour)
    return after_quiet(now, zone, quiet)


def next_digest(now: datetime, zone: str, hour: int) -> datetime:
    """The next time it is `hour` o'clock where the person is."""
    here = now.astimezone(ZoneInfo(zone))
    day = here.date()
    for _ in range(3):
        at = datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)
        if at > now:
            return at
        day += timedelta(days=1)
    return now + timedelta(days=1)  # a zone that skipped a whole day


def after_quiet(now: datetime, zone: str, quiet: QuietHours | None) -> datetime:
    """`now`, or the end of the quiet hours it falls into, on the person's clock."""
    if quiet is None or quiet.start == quiet.end:
        return now
    here = now.astimezone(ZoneInfo(zone))
    clock = here.strftime("%H:%M")
    over_midnight = quiet.start > quiet.end
    silent = clock >= quiet.start or clock < quiet.end if over_midnight else quiet.start <= clock < quiet.end
    if not silent:
        return now
    day = here.date() + timedelta(days=1 if over_midnight and clock >= quiet.start else 0)
    end = datetime.combine(day, time.fromisoformat(quiet.end), ZoneInfo(zone)).astimezone(UTC)
    return max(end, now)


def pause_s(attempts: int, asked_s: float | None) -> float:
    """How long to wait after so many attempts: longer each time, and at least as long as asked."""
    return min(max(_FIRST_PAUSE_S * 4 ** (attempts - 1), asked_s or 0.0), _LONGEST_PAUSE_S)


def digest_of(items: list[tuple[str, str]]) -> tuple[str, str]:
    """One message of many: (title, text) in the order they happened."""
    count = len(items)
    title = "1 thing happened on the board" if count == 1 else f"{count} things happened on the board"
    lines = [f"• {title}\n  {text}" if text else f"• {title}" for title, text in items[:_MOST_OF_A_DIGEST]]
    if count > _MOST_OF_A_DIGEST:
        lines.append(f"… and {count - _MOST_OF_A_DIGEST} more in the inbox")
    return title, "\n".join(lines)
