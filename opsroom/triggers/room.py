"""The triggers room, declared."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from opsroom.board.events import AgentStartRequested, TaskChanged, TaskCreated, TaskMoved
from opsroom.kernel.room import House, Room
from opsroom.runs.events import RunEnded, RunMoved
from opsroom.triggers import store
from opsroom.triggers.http import routes
from opsroom.triggers.intake import START, Intake
from opsroom.triggers.reconciliation import reconcile_for_ever
from opsroom.triggers.settings import TriggersSettings
from opsroom.triggers.sources.board.starting import BoardStarts
from opsroom.triggers.sources.board.telling import BoardTelling
from opsroom.triggers.workflows import TaskTrigger

_SWEEP_EVERY_S = 6 * 3600.0


def build(house: House) -> None:
    settings = house.settings.section(TriggersSettings)
    trigger = TaskTrigger(house, settings)
    house.provide(Intake, Intake(house))
    house.durable.workflow(START, trigger.start, on_fault=trigger.on_fault)

    starts, tells = BoardStarts(house, settings), BoardTelling(house)
    asking = [TaskCreated, TaskChanged, TaskMoved, AgentStartRequested]
    house.follow("triggers.board_starts.v1", asking, starts.handle)
    house.follow("triggers.board_tells.v1", [RunMoved, RunEnded], tells.handle)

    async def reconcile_lost_webhooks() -> None:
        await reconcile_for_ever(house, settings)

    async def forget_old_deliveries() -> None:
        while True:
            now = house.database.now()
            await store.forget_deliveries(
                house.database,
                now - timedelta(days=settings.keep_days),
                now - timedelta(days=settings.keep_days / 10),
            )
            await asyncio.sleep(_SWEEP_EVERY_S)

    house.background += [reconcile_lost_webhooks, forget_old_deliveries]


ROOM = Room(name="triggers", build=build, http=routes, settings={"triggers": TriggersSettings})
