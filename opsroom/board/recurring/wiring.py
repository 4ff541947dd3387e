"""Recurring tasks at work: a background job looks for those that are due."""

from __future__ import annotations

from opsroom.board.recurring import ticking
from opsroom.kernel.room import House


def build(house: House) -> None:
    """Wire the look for due tasks."""

    async def make_recurring_tasks() -> None:
        await ticking.make_due_for_ever(house)

    house.background.append(make_recurring_tasks)
