"""Putting a card in its place: which column, between which neighbours, and whether it may go there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opsroom.board.errors import MoveRefused
from opsroom.board.shapes import BoardSettings, Column
from opsroom.board.tasks import store as tasks
from opsroom.board.tasks.order import store
from opsroom.board.tasks.ranks import LONGEST, between
from opsroom.board.tasks.rules import move_problems
from opsroom.kernel.errors import Fault, Invalid, Problem
from opsroom.kernel.uow import Tx


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a column: by position, or by the neighbour above or below. Nothing of it: on top."""

    sort_order: int | None = None
    before_id: str | None = None
    after_id: str | None = None

    @property
    def is_given(self) -> bool:
        """True when the caller said anything about it."""
        return (self.sort_order, self.before_id, self.after_id) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Frame:
    """The columns and settings that moves obey, read once for all the cards of a unit of work."""

    columns: Sequence[Column]
    settings: BoardSettings

    def kind(self, status: str) -> str:
        """The kind of a column."""
        return next((column.kind for column in self.columns if column.key == status), "todo")


async def frame_of(tx: Tx) -> Frame:
    """The frame as it stands now."""
    columns, settings = await store.frame(tx)
    if settings is None:
        raise Fault("This project has no board yet; open units of work with workflow.api.reading or writing.")
    return Frame(columns, settings)


async def check_move(
    tx: Tx, frame: Frame, *, task: Mapping[str, object] | None, to: str, reason: str | None
) -> Column:
    """The column a card goes to, which must be locked. `task` None: it is new. Raises MoveRefused with
    every problem."""
    columns, settings = frame.columns, frame.settings
    needs_count = settings.wip_policy == "refuse"
    but = str(task["id"]) if task else None
    standing = await store.standing(tx, to, but=but) if needs_count else 0
    came_from = str(task["status"]) if task else None
    problems = move_problems(
        columns, settings, from_status=came_from, to_status=to, standing=standing, reason=reason
    )
    if problems:
        raise MoveRefused("The card cannot go there.", problems=problems)
    return next(column for column in columns if column.key == to)


async def rank_for(tx: Tx, status: str, place: Place, *, task_id: str, now: str | None = None) -> str:
    """A rank for the place asked for, `now` if it stands there already; the column is numbered anew when
    ranks have grown long."""
    rank = await _rank(tx, status, place, task_id, now)
    if rank is None or len(rank) > LONGEST:
        await store.renumber(tx, status)
        rank = await _rank(tx, status, place, task_id, None)
    if rank is None:
        raise Fault(f"the column {status} was numbered anew and still has two cards of one rank")
    return rank


async def _rank(tx: Tx, status: str, place: Place, task_id: str, now: str | None) -> str | None:
    if place.before_id or place.after_id:
        low, high = await _beside(tx, status, place, task_id)
    else:
        low, high = await store.rank_at(tx, status, place.sort_order or 0, but=task_id)
    if now is not None and (low is None or low < now) and (high is None or now < high):
        return now
    return _between(low, high)


async def _beside(tx: Tx, status: str, place: Place, task_id: str) -> tuple[str | None, str | None]:
    """Between the neighbours named; when they have parted meanwhile, next to the one that is to be above."""
    above = await _neighbour(tx, status, place.after_id, "after_id", task_id)
    below = await _neighbour(tx, status, place.before_id, "before_id", task_id)
    if above is not None:
        return above, await store.neighbour(tx, status, above, but=task_id, above=False)
    assert below is not None  # noqa: S101 - one of the two was named, or _neighbour has refused
    return await store.neighbour(tx, status, below, but=task_id, above=True), below


async def _neighbour(tx: Tx, status: str, other: str | None, path: str, task_id: str) -> str | None:
    if other is None:
        return None
    row = await tasks.raw(tx, other) if other != task_id else None
    if (
        row is None
        or row["status"] != status
        or row["deleted_at"] is not None
        or row["archived_at"] is not None
    ):
        problem = Problem(path, f"{other[:80]!r} is no other card of the column {status}")
        raise Invalid("The card cannot be placed there.", problems=(problem,))
    return str(row["rank"])


def _between(low: str | None, high: str | None) -> str | None:
    """None when two cards share a rank, so that nothing stands between them."""
    return None if low is not None and high is not None and low >= high else between(low, high)
