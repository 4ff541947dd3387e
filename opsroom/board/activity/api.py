"""The verbs of activity: the event log told to people. There is no table of its own (ADR 0022)."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from opsroom.board.activity import store
from opsroom.board.activity.rules import counts_of, details_of, offers_undo, tally
from opsroom.board.activity.sentences import KINDS, action_of, sentence
from opsroom.board.activity.shapes import DailySummary, DoneBy, FeedFilter, Names
from opsroom.board.errors import NoSuchTask, NoSuchThing
from opsroom.board.revising import changes_in
from opsroom.board.shapes import Activity, PersonRef, TaskRef
from opsroom.board.workflow import api as workflow
from opsroom.identity import api as identity
from opsroom.kernel.actor import system_actor
from opsroom.kernel.db import Row
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.events import Recorded
from opsroom.kernel.uow import Tx

SHOWN = 20
"""So many tasks of a day are named."""
_COUNTED = tuple(
    f"board.{name}.v1" for name in ("task_created", "task_moved", "task_deleted", "comment_added")
)


async def feed(tx: Tx, wanted: FeedFilter) -> list[Activity]:
    """Events as sentences, newest first. Raises NoSuchTask, and Invalid for a kind nobody knows."""
    zone = await _zone(tx)
    if wanted.task is not None and not await store.tasks(tx, [wanted.task]):
        raise NoSuchTask(f"There is no task {wanted.task[:80]!r} on this board.")
    found = await store.events(
        tx,
        kinds=_kinds(wanted.kinds),
        subject=wanted.task,
        actors=await _actors(tx, wanted.actors),
        since=_midnight(wanted.first_day, zone) if wanted.first_day else None,
        until=_midnight(wanted.last_day + timedelta(days=1), zone) if wanted.last_day else None,
        before=wanted.before,
        limit=wanted.limit,
    )
    return await _tell(tx, found)


async def get_event(tx: Tx, event_id: str) -> Recorded:
    """One event of this board. Raises NoSuchThing."""
    found = await store.event(tx, event_id)
    if found is None or not found.kind.startswith("board."):
        raise NoSuchThing(f"There is no event {event_id[:80]!r} on this board.")
    return found


async def activity_of(tx: Tx, event_id: str) -> Activity:
    """One event as a sentence. Raises NoSuchThing."""
    return (await _tell(tx, [await get_event(tx, event_id)]))[0]


async def daily(tx: Tx, day: date | None = None) -> DailySummary:
    """What happened on a day of the project, today without one; blocked and overdue are as of now."""
    settings = await workflow.settings(tx)
    zone = zoneinfo.ZoneInfo(settings.time_zone)
    today = tx.now.astimezone(zone).date()
    day = day or today
    since, until = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    counted = tally(await store.facts(tx, kinds=_COUNTED, since=since, until=until))
    blocked_count, blocked = await store.standing_in_kind(tx, "blocked", SHOWN)
    overdue_count, overdue = await store.overdue(tx, str(today), SHOWN)
    people = await _people(tx, counted.by_actor)
    return DailySummary(
        date=day,
        time_zone=settings.time_zone,
        counts=counts_of(counted.total),
        by_actor=_ranked({who: (people.get(who, who), count) for who, count in counted.by_actor.items()}),
        by_agent=await _by_agent(tx, counted.by_task),
        completed=await store.refs(tx, counted.completed[:SHOWN]),
        blocked_count=blocked_count,
        blocked=blocked,
        overdue_count=overdue_count,
        overdue=overdue,
    )


async def _by_agent(tx: Tx, by_task: Mapping[str, Mapping[str, int]]) -> tuple[DoneBy, ...]:
    owners = await store.assigned(tx, list(by_task))
    names = (await store.names(tx)).agents
    sums: dict[str, dict[str, int]] = {}
    for task, agent in owners.items():
        mine = sums.setdefault(agent, {})
        for what, count in by_task[task].items():
            mine[what] = mine.get(what, 0) + count
    return _ranked({agent: (names.get(agent, agent), count) for agent, count in sums.items()})


def _ranked(found: Mapping[str, tuple[str, Mapping[str, int]]]) -> tuple[DoneBy, ...]:
    """Those who completed most first, then those who did most at all."""
    done = [DoneBy(id=who, name=name, counts=counts_of(count)) for who, (name, count) in found.items()]

    def weight(one: DoneBy) -> tuple[int, int, str]:
        return -one.counts.completed, -sum(one.counts.model_dump().values()), one.name

    return tuple(sorted(done, key=weight))


async def _tell(tx: Tx, events: Sequence[Recorded]) -> list[Activity]:
    subjects = list(dict.fromkeys(event.subject for event in events))
    tasks = await store.tasks(tx, subjects)
    mentioned = [value for event in events for value in _people_in(event)]
    people = await _people(tx, [*(event.actor_id for event in events), *mentioned])
    names = replace(await store.names(tx), people=people)
    return [_activity(tx, event, tasks.get(event.subject), names) for event in events]


def _activity(tx: Tx, event: Recorded, task: Row | None, names: Names) -> Activity:
    who = names.people.get(event.actor_id, event.actor_id)
    return Activity(
        id=event.id,
        seq=event.seq,
        kind=event.kind,
        at=event.at,
        actor=PersonRef(id=event.actor_id, name=who),
        task=_ref(task) if task is not None else None,
        action=action_of(event.kind, event.body),
        text=sentence(event.kind, who, event.body, names),
        details=details_of(event),
        can_undo=offers_undo(
            event, dict(task) if task is not None else None, admin=tx.actor.outranks("admin")
        ),
    )


def _ref(task: Row) -> TaskRef:
    return TaskRef(id=task["id"], number=task["number"], title=task["title"], status=task["status"])


def _people_in(event: Recorded) -> list[str]:
    pair = changes_in(event.body).get("accountable_id", ())
    return [value for value in pair if isinstance(value, str)]


async def _people(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    house = system_actor(tx.actor.scope)
    return {house.id: house.name, tx.actor.id: tx.actor.name} | await identity.names_of(tx, list(ids))


async def _actors(tx: Tx, wanted: Sequence[str]) -> tuple[str, ...]:
    """Ids of those asked for, who may be named by id, by handle (`kenji`), or as `me`."""
    if not wanted:
        return ()
    handles = {member.handle: member.id for member in await identity.members(tx)}
    return tuple(tx.actor.id if name == "me" else handles.get(name, name) for name in wanted)


def _kinds(wanted: Sequence[str]) -> tuple[str, ...]:
    """Full kinds of those asked for: `moved`, `task_moved` and `board.task_moved.v1` are the same."""
    found: list[str] = []
    problems: list[Problem] = []
    for name in wanted:
        short = name.removeprefix("board.").removesuffix(".v1")
        short = "comment_added" if short == "commented" else short
        known = next((kind for kind in (short, f"task_{short}") if kind in KINDS), None)
        if known is None:
            problems.append(Problem("query.kind", f"{name[:60]!r} is not one of {', '.join(KINDS)}"))
        else:
            found.append(f"board.{known}.v1")
    if problems:
        raise Invalid("There is no activity of this kind.", problems=tuple(problems))
    return tuple(found)


async def _zone(tx: Tx) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo((await workflow.settings(tx)).time_zone)


def _midnight(day: date, zone: zoneinfo.ZoneInfo) -> datetime:
    """When a day begins there, which is not always 24 hours after the day before."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
