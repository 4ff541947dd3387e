"""Looking for recurring tasks that are due, on the database's clock."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from opsroom.board.recurring import api, store
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.errors import Refusal
from opsroom.kernel.room import House

log = structlog.get_logger("opsroom.board")

_LOOK_EVERY_S: Final = 10.0
_NOBODY: Final = Scope(organization_id="-", instance_id="-", project_id="-")


async def make_due(house: House) -> int:
    """Make every task that is due now; how many. Several workers may do this at once."""
    async with house.unit_of_work.reading(system_actor(_NOBODY)) as tx:
        due = await store.due(tx, tx.now)
    made = 0
    for recurring_id, scope in due:
        actor = system_actor(scope, "Recurring tasks")
        try:
            async with house.unit_of_work(actor) as tx:
                made += len(await api.take_turn(tx, recurring_id))
        except Refusal as refusal:
            reason = refusal.on_one_line
            log.warning("board.recurring_failed", recurring_id=recurring_id, reason=reason)
            async with house.unit_of_work(actor) as tx:
                await api.give_up_turn(tx, recurring_id, reason)
    return made


async def make_due_for_ever(house: House) -> None:
    """Look every few seconds until cancelled."""
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        await make_due(house)
