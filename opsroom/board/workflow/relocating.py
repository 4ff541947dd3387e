"""Cards go where their column's change sends them, each with its event, in the commit at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opsroom.board.events import TaskMoved
from opsroom.board.revising import changes_in
from opsroom.board.shapes import Column
from opsroom.board.tasks.ranks import between
from opsroom.board.tasks.rules import changes_between, times_of_move
from opsroom.board.workflow import store
from opsroom.kernel.db import Row
from opsroom.kernel.events import Recorded
from opsroom.kernel.uow import Tx

Card = Mapping[str, Any] | Row
"""The columns of a task by name."""


async def relocate(tx: Tx, ways: Mapping[str, Column], before: Sequence[Column]) -> None:
    """Put the cards of each column (by key) where `ways` says.

    They keep their order, below what stands there already. A column that stays under its key but is of
    another kind from now on counts as a move too: its cards begin, end or are blocked by it. Workflow and
    limits are not asked, as the columns themselves change. Deleted tasks go along, and nobody is told.
    """
    old = {column.key: column for column in before}
    await store.lock_columns(tx, sorted({*ways, *(column.key for column in ways.values())}))
    moving = {key: to for key, to in ways.items() if key != to.key or old[key].kind != to.kind}
    # All are read before any is written: a column may take cards and give away its own.
    cards = {key: await store.cards_of(tx, key) for key in moving}
    for key, target in moving.items():
        await _relocate_column(tx, cards[key], old[key], target)


async def _relocate_column(tx: Tx, cards: Sequence[Row], old: Column, target: Column) -> None:
    stays = old.key == target.key
    last = None if stays else await store.last_rank(tx, target.key)
    rows: list[dict[str, object]] = []
    for card in cards:
        rank = card["rank"] if stays else between(last, None)
        last = rank
        values = {
            "status": target.key,
            "rank": rank,
            "blocked_reason": _reason(card, old, target),
            "started_at": card["started_at"],
        }
        values |= times_of_move(target.kind, dict(card), tx.now)
        rows.append({"task": card["id"], **values})
        if card["deleted_at"] is None:
            _tell(tx, card, old, target, values)
    await store.relocate_cards(tx, rows)


def _reason(card: Card, old: Column, target: Column) -> str | None:
    if target.kind != "blocked":
        return None
    return card["blocked_reason"] or f"Stood in the column {old.name} when the columns changed."


def _tell(tx: Tx, card: Card, old: Column, target: Column, values: Mapping[str, object]) -> None:
    reason = values["blocked_reason"]
    event = TaskMoved(
        title=card["title"],
        from_status=old.key,
        to_status=target.key,
        from_kind=old.kind,
        to_kind=target.kind,
        from_rank=card["rank"],
        to_rank=str(values["rank"]),
        blocked_reason=reason if isinstance(reason, str) else None,
        changes=changes_between(dict(card), {"status": target.key, "blocked_reason": reason}),
        version=card["version"] + 1,
    )
    tx.record(event, subject=card["id"])


async def put_back(tx: Tx, card: Card, moved: Recorded) -> bool:
    """Take one move of a card back: its former column and very place, whatever the workflow says now.

    False when that column is not there any more. Undoing a slip of the hand is no move somebody chose, so
    neither ways nor limits are asked.
    """
    columns = {column.key: column for column in await store.columns(tx)}
    former = columns.get(str(moved.body["from_status"]))
    if former is None:
        return False
    now = columns[card["status"]]
    await store.lock_columns(tx, sorted({former.key, now.key}))
    pair = changes_in(moved.body).get("blocked_reason", (card["blocked_reason"], None))
    values: dict[str, object] = {
        "status": former.key,
        "rank": str(moved.body["from_rank"]),
        "blocked_reason": (pair[0] or _reason(card, now, former)) if former.kind == "blocked" else None,
        # What this move began has not begun.
        "started_at": None if card["started_at"] == moved.at else card["started_at"],
    }
    if former.key != now.key:
        times = times_of_move(former.kind, {**card, "started_at": values["started_at"]}, tx.now)
        values |= times
    await store.relocate_cards(tx, [{"task": card["id"], **values}])
    _tell(tx, card, now, former, values)
    return True
