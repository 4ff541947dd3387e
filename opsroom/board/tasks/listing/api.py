"""Lists of tasks and the whole board."""

from __future__ import annotations

import zoneinfo
from datetime import date

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
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx

DONE_SHOWN = 200
"""So many cards of each done column stand in a snapshot; older ones are in the list."""


async def list_tasks(tx: Tx, wanted: TaskFilter) -> tuple[list[Task], int]:
    """A page of tasks and the whole count. Raises Invalid for an order nobody knows."""
    sort = _sort(wanted)
    found, total = await store.listed(tx, await _for_me(tx, wanted), sort, await today(tx))
    ids = sorted({row["accountable_id"] for row in found if row["accountable_id"]})
    people = await identity.names_of(tx, ids) if ids else {}
    return store.tasks_of(found, people), total


async def today(tx: Tx) -> date:
    """The day it is where the project is."""
    zone = zoneinfo.ZoneInfo((await workflow.settings(tx)).time_zone)
    return tx.now.astimezone(zone).date()


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
