"""Lists of tasks."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import date, datetime, time

from opsroom.board.fields import api as fields
from opsroom.board.roster import api as roster
from opsroom.board.shapes import Task
from opsroom.board.tasks import store as rows
from opsroom.board.tasks.listing import store
from opsroom.board.tasks.listing.custom import Question, questions
from opsroom.board.tasks.listing.filters import SORTABLE, TaskFilter
from opsroom.board.tasks.listing.texts import excerpt
from opsroom.board.workflow import api as workflow
from opsroom.identity import api as identity
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx


async def list_tasks(tx: Tx, wanted: TaskFilter) -> tuple[list[Task], int]:
    """A page of tasks and the whole count, `store.COUNTED + 1` standing for more than that.

    Raises Invalid for an order nobody knows, and for what custom fields cannot be asked.
    """
    found, total = await list_fields(tx, wanted)
    return [Task(**one) for one in found], total


async def list_fields(tx: Tx, wanted: TaskFilter) -> tuple[list[rows.Fields], int]:
    """A page of tasks as plain fields: a hundred of them go out as they are."""
    sort = _sort(wanted)
    page = await store.page_of(tx, await _as_asked(tx, wanted), sort)
    found = await fields_by_id(tx, page.ids)
    if page.words:
        await _highlight(tx, found, page.words)
    return found, page.total


async def fitting(tx: Tx, wanted: TaskFilter) -> tuple[list[str], bool]:
    """The ids of the tasks that fit, and whether there are more than are told. Raises Invalid."""
    ids = await store.fitting(tx, await _as_asked(tx, wanted))
    return ids[: store.TOLD], len(ids) > store.TOLD


async def custom_problems(tx: Tx, wanted: TaskFilter) -> tuple[Problem, ...]:
    """What a filter asks of custom fields that they cannot answer."""
    return (await _of_custom(tx, wanted))[1]


async def _of_custom(tx: Tx, wanted: TaskFilter) -> tuple[list[Question], tuple[Problem, ...]]:
    if not (wanted.custom or wanted.custom_contains or wanted.custom_from or wanted.custom_to):
        return [], ()
    return questions(wanted, await fields.fields_ever(tx))


async def _as_asked(tx: Tx, wanted: TaskFilter) -> store.Asked:
    """The filter in plain values. Raises Invalid for what custom fields cannot be asked."""
    custom, problems = await _of_custom(tx, wanted)
    if problems:
        raise Invalid("The custom fields cannot be filtered like that.", problems=problems)
    needs_clock = wanted.overdue is not None or wanted.due or _bare(wanted)
    zone = await zone_of(tx) if needs_clock else zoneinfo.ZoneInfo("UTC")
    asked = _by_the_clock(await _for_me(tx, wanted), zone)
    return store.Asked(asked, tx.now.astimezone(zone).date(), custom)


async def tasks_by_id(tx: Tx, ids: Sequence[str]) -> list[Task]:
    """These tasks as lists show them, also deleted and archived ones, in this order."""
    return [Task(**one) for one in await fields_by_id(tx, ids)]


async def fields_by_id(tx: Tx, ids: Sequence[str]) -> list[rows.Fields]:
    """The fields of these tasks, in this order."""
    found = {one["id"]: one for one in (await rows.fields_of(tx, ids) if ids else [])}
    named = [one["accountable"] for one in found.values() if one["accountable"]]
    people = await identity.names_of(tx, sorted({person["id"] for person in named})) if named else {}
    for person in named:
        person["name"] = people.get(person["id"], person["id"])
    return [found[i] for i in dict.fromkeys(ids) if i in found]


async def _highlight(tx: Tx, tasks: Sequence[rows.Fields], words: Sequence[str]) -> None:
    """Say what was found in title and description, or else in what was said about the task."""
    for task in tasks:
        texts = (task["title"], task["description"])
        task["highlights"] = [x for text in texts if (x := excerpt(text, words))]
    silent = {task["id"]: task for task in tasks if not task["highlights"]}
    for task_id, said in (await store.said_about(tx, list(silent)) if silent else {}).items():
        silent[task_id]["highlights"] += [x for text in said if (x := excerpt(text, words))][:1]


def _bare(wanted: TaskFilter) -> dict[str, datetime]:
    """Times without a zone, days as the time they begin or end."""
    found: dict[str, datetime] = {}
    for name in ("created", "updated", "completed"):
        for edge, hour in (("from", time.min), ("to", time.max)):
            value = getattr(wanted, f"{name}_{edge}")
            if isinstance(value, datetime) and value.tzinfo is None:
                found[f"{name}_{edge}"] = value
            elif isinstance(value, date) and not isinstance(value, datetime):
                found[f"{name}_{edge}"] = datetime.combine(value, hour)
    return found


async def zone_of(tx: Tx) -> zoneinfo.ZoneInfo:
    """The time zone of the project."""
    return zoneinfo.ZoneInfo((await workflow.settings(tx)).time_zone)


def _by_the_clock(wanted: TaskFilter, zone: zoneinfo.ZoneInfo) -> TaskFilter:
    """Times without a zone are the project's."""
    bare = {name: value.replace(tzinfo=zone) for name, value in _bare(wanted).items()}
    return wanted.model_copy(update=bare) if bare else wanted


async def _for_me(tx: Tx, wanted: TaskFilter) -> TaskFilter:
    """`me` is the asker: an agent with a seat on the roster is its seat where seats are asked for."""
    names = ("assigned", "accountable", "watcher", "created_by")
    asked = [name for name in names if "me" in getattr(wanted, name)]
    seat = await _seat_of(tx) if "assigned" in asked else tx.actor.id
    return wanted.model_copy(
        update={
            name: tuple(
                (seat if name == "assigned" else tx.actor.id) if v == "me" else v
                for v in getattr(wanted, name)
            )
            for name in asked
        }
    )


async def _seat_of(tx: Tx) -> str:
    slug = await identity.slug_of(tx, tx.actor.id) if tx.actor.kind == "agent" else None
    seat = await roster.agent_for_slug(tx, slug) if slug else None
    return seat.id if seat else tx.actor.id


def _sort(wanted: TaskFilter) -> list[tuple[str, bool]]:
    if not wanted.sort:
        return [("relevance", False)] if wanted.search else [("created_at", True)]
    order: list[tuple[str, bool]] = []
    problems: list[Problem] = []
    for part in wanted.sort.split(","):
        name, _, direction = part.strip().partition(":")
        if name not in SORTABLE:
            problems.append(Problem("query.sort", f"{name[:40]!r} is not one of {', '.join(SORTABLE)}"))
        elif direction not in ("", "asc", "desc"):
            problems.append(Problem("query.sort", f"{name} can go asc or desc, not {direction[:20]!r}"))
        order.append((name, direction == "desc"))
    if problems:
        raise Invalid("The list cannot be sorted like that.", problems=tuple(problems))
    return order
