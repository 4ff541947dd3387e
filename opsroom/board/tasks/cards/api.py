"""The whole board at once, and single cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from opsroom.board.categories import api as categories
from opsroom.board.fields import api as fields
from opsroom.board.roster import api as roster
from opsroom.board.shapes import BoardSnapshot, Card, PersonRef
from opsroom.board.sprints import api as sprints
from opsroom.board.tasks.cards import store
from opsroom.board.tasks.cards.shapes import TaskSpan
from opsroom.board.tasks.moving import frame_of
from opsroom.board.tasks.order import store as order
from opsroom.identity import api as identity
from opsroom.kernel.uow import Tx

DONE_SHOWN = 200
"""So many cards of each done column stand in a snapshot; older ones are in the list."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The board without its cards, and the cards as plain fields: thousands of them go out as they are."""

    board: BoardSnapshot
    cards: list[store.Fields]


async def snapshot(tx: Tx) -> Snapshot:
    """The whole board as it stands now."""
    frame = await frame_of(tx)
    done = [column.key for column in frame.columns if column.kind == "done"]
    others = [column.key for column in frame.columns if column.kind != "done"]
    cards = await store.cards_in(tx, others, done=done, shown=DONE_SHOWN)
    hidden = 0
    for key in done:
        shown = sum(card["status"] == key for card in cards)
        if shown == DONE_SHOWN:
            hidden += await order.standing(tx, key) - shown
    members = await identity.members(tx)
    board = BoardSnapshot(
        columns=tuple(frame.columns),
        agents=tuple(await roster.roster(tx)),
        categories=tuple(await categories.categories(tx)),
        sprints=tuple((await sprints.sprints(tx))[0]),
        fields=tuple(await fields.fields(tx)),
        people=tuple(PersonRef(id=member.id, name=member.name) for member in members),
        settings=frame.settings,
        cards=(),
        done_hidden=hidden,
    )
    return Snapshot(board, cards)


async def spans(tx: Tx, ids: Sequence[str] | None) -> list[TaskSpan]:
    """When the cards of the board were made, begun and done, and what they wait for; `ids` None asks for
    all that a snapshot has."""
    frame = await frame_of(tx)
    zone = ZoneInfo(frame.settings.time_zone)
    if ids is not None:
        times = await store.times_of(tx, ids)
    else:
        done = [column.key for column in frame.columns if column.kind == "done"]
        others = [column.key for column in frame.columns if column.kind != "done"]
        times = await store.times_in(tx, others, done=done, shown=DONE_SHOWN)
    waits: dict[str, list[str]] = {}
    for task_id, other in await store.dependencies(tx, ids):
        waits.setdefault(task_id, []).append(other)
    return [
        TaskSpan(
            id=task_id,
            created=made.astimezone(zone).date(),
            started=begun.astimezone(zone).date() if begun else None,
            completed=done_at.astimezone(zone).date() if done_at else None,
            depends_on=tuple(waits.get(task_id, ())),
        )
        for task_id, made, begun, done_at in times
    ]


async def cards_by_id(tx: Tx, ids: Sequence[str]) -> list[Card]:
    """These tasks as cards, also deleted and archived ones."""
    return await store.cards_by_id(tx, ids) if ids else []


async def off_board(tx: Tx, ids: Sequence[str]) -> set[str]:
    """Those of these tasks that are deleted or archived, and so on no board."""
    return await store.off_board(tx, ids) if ids else set()


async def counted_by(tx: Tx, ids: Sequence[str]) -> dict[str, list[str]]:
    """For each of these tasks the cards that count it: its parent, and those that wait for it."""
    found: dict[str, list[str]] = {}
    for task_id, card_id in await store.counted_by(tx, ids) if ids else ():
        found.setdefault(task_id, []).append(card_id)
    return found
