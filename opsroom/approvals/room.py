"""The approvals room, declared."""

from __future__ import annotations

import asyncio

from opsroom.approvals import api, store, tables  # noqa: F401 - the table joins the metadata
from opsroom.approvals.http import routes
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.room import House, Room

_LOOK_EVERY_S = 5.0
_NOBODY = Scope(organization_id="-", instance_id="-", project_id="-")


async def expire_overdue(house: House) -> int:
    """End every question whose time is over on the database's clock; how many there were."""
    async with house.unit_of_work.reading(system_actor(_NOBODY)) as tx:
        overdue = await store.overdue(tx, tx.now)
    for approval_id, scope in overdue:
        async with house.unit_of_work(system_actor(scope, "the clock")) as tx:
            await api.expire(tx, approval_id)
    return len(overdue)


def build(house: House) -> None:
    async def expire_for_ever() -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            await expire_overdue(house)

    house.background.append(expire_for_ever)


ROOM = Room(name="approvals", build=build, http=routes)
