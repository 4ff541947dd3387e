"""Telling that tasks are due: a fact for rules and notifications, recorded once for each due date."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from opsroom.board.automations import store
from opsroom.board.events import TaskDueSoon, TaskOverdue
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx

_LOOK_EVERY_S: Final = 60.0
_KEEP_LOG: Final = timedelta(days=90)
# What has been overdue for longer than this when it is first looked at is history, not news.
_NEWS: Final = timedelta(days=14)
_NOBODY: Final = Scope(organization_id="-", instance_id="-", project_id="-")


async def tell_due(house: House) -> int:
    """Record what became due soon or overdue in every project; how many there were."""
    async with house.unit_of_work.reading(system_actor(_NOBODY)) as tx:
        boards = await store.boards(tx)
    told = 0
    for scope, zone in boards:
        async with house.unit_of_work.reading(system_actor(scope)) as tx:
            waiting = await _waiting(tx, zone)
        if waiting:
            async with house.unit_of_work(system_actor(scope)) as tx:
                told += await _tell(tx, waiting)
    return told


async def _waiting(tx: Tx, zone: str) -> list[tuple[str, str, str, str]]:
    """(what, task, title, due date) of all that was not told yet, by the project's clock."""
    today = tx.now.astimezone(ZoneInfo(zone)).date()
    spans = (
        ("due_soon", today, today + timedelta(days=1)),
        ("overdue", today - _NEWS, today - timedelta(days=1)),
    )
    found: list[tuple[str, str, str, str]] = []
    for what, first, last in spans:
        rows = await store.untold_due(tx, what, first.isoformat(), last.isoformat())
        found += [(what, row["id"], row["title"], row["due_date"]) for row in rows]
    return found


async def _tell(tx: Tx, waiting: list[tuple[str, str, str, str]]) -> int:
    told = 0
    for what, task_id, title, due_date in waiting:
        if await store.mark_due(tx, task_id, what, due_date):  # else another worker was quicker
            event = TaskDueSoon if what == "due_soon" else TaskOverdue
            tx.record(event(title=title, due_date=due_date), subject=task_id)
            told += 1
    return told


async def tell_due_for_ever(house: House) -> None:
    """Look every minute until cancelled; now and then let old log lines go."""
    rounds = 0
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        await tell_due(house)
        rounds += 1
        if rounds % 360 == 0:
            async with house.unit_of_work(system_actor(_NOBODY)) as tx:
                await store.forget_firings(tx, tx.now - _KEEP_LOG)
