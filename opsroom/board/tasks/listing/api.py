"""Lists of tasks and the whole board."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import datetime

from opsroom.board.categories import api as categories
from opsroom.board.fields import api as fields
from opsroom.board.roster import api as roster
from opsroom.board.shapes import BoardSnapshot, Card, PersonRef, Task
from opsroom.board.sprints import api as sprints
from opsroom.board.tasks import store as rows
from opsroom.board.tasks.listing import store
from opsroom.board.tasks.listing.filters import SORTABLE, TaskFilter
from opsroom.board.workflow import api as workflow
from opsroom.identity import api as identity
from opsroom.kernel.db import Row
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx

DONE_SHOWN = 200
"""So many cards of each done column stand in a snapshot; older ones are in the list."""


async def list_tasks(tx: Tx, wanted: TaskFilter) -> tuple[list[Task], int]:
    """A page of tasks and the whole count. Raises Invalid for an order nobody knows."""
    sort = _sort(wanted)
    zone = await zone_of(tx)
    asked = _by_the_clock(await _for_me(tx, wanted), zone)
    found, total = await store.listed(tx, asked, sort, tx.now.astimezone(zone).date())
    return store.tasks_of(found, await _accountable(tx, found)), total


async def tasks_by_id(tx: Tx, ids: Sequence[str]) -> list[Task]:
    """These tasks as lists show them, also deleted and archived ones, in this order."""
    found = {row["id"]: row for row in await store.rows_of(tx, ids)}
    people = await _accountable(tx, list(found.values()))
    return store.tasks_of([found[i] for i in dict.fromkeys(ids) if i in found], people)


async def _accountable(tx: Tx, found: Sequence[Row]) -> dict[str, str]:
    ids = sorted({row["accountable_id"] for row in found if row["accountable_id"]})
    return await identity.names_of(tx, ids) if ids else {}


async def zone_of(tx: Tx) -> zoneinfo.ZoneInfo:
    """The time zone of the project."""
    return zoneinfo.ZoneInfo((await workflow.settings(tx)).time_zone)


def _by_the_clock(wanted: TaskFilter, zone: zoneinfo.ZoneInfo) -> TaskFilter:
    """Times without a zone are the project's."""
    bare = {
        name: value.replace(tzinfo=zone)
        for name, value in wanted
        if isinstance(value, datetime) and value.tzinfo is None
    }
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


async def snapshot(tx: Tx) -> BoardSnapshot:
    """The whole board as it stands now."""
    columns = await workflow.columns(tx)
    done = [column.key for column in columns if column.kind == "done"]
    cards: list[Card] = await rows.cards_in(tx, [column.key for column in columns if column.kind != "done"])
    hidden = 0
    for key in done:
        shown = await rows.newest_cards_of(tx, key, DONE_SHOWN)
        if len(shown) == DONE_SHOWN:
            hidden += max(0, await rows.standing(tx, key) - DONE_SHOWN)
        cards += sorted(shown, key=lambda card: (card.rank, card.id))
    members = await identity.members(tx)
    return BoardSnapshot(
        columns=tuple(columns),
        agents=tuple(await roster.roster(tx)),
        categories=tuple(await categories.categories(tx)),
        sprints=tuple((await sprints.sprints(tx))[0]),
        fields=tuple(await fields.fields(tx)),
        people=tuple(PersonRef(id=member.id, name=member.name) for member in members),
        settings=await workflow.settings(tx),
        cards=tuple(cards),
        done_hidden=hidden,
    )
