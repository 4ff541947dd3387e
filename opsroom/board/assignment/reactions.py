"""A task that was created without an agent is given one, where the project asks for it."""

from __future__ import annotations

from opsroom.board.assignment import api
from opsroom.board.events import TaskCreated
from opsroom.board.workflow.store import settings
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.correlation import work_context
from opsroom.kernel.events import Recorded
from opsroom.kernel.followers import Following
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx, event_by_id

AUTO_ASSIGN = "board.auto_assign.v1"


def build(house: House) -> Following:
    """Follow the log for new tasks. The assigning is work of its own: a refusal there holds up nobody."""

    async def order(tx: Tx, event: Recorded) -> None:
        found = await tx.once("board.settings", settings)
        if found is not None and found.auto_assign:
            scope = tx.actor.scope.model_dump()
            tx.enqueue(AUTO_ASSIGN, scope, event.id, workflow_id=f"{AUTO_ASSIGN}:{event.id}")

    async def assign(scope: dict[str, str], event_id: str) -> None:
        actor = system_actor(Scope(**scope), "Auto-assign")
        async with house.unit_of_work.reading(actor) as tx:
            event = await event_by_id(tx, event_id)
        if event is None:
            return
        with work_context(correlation=event.correlation_id, causation=event.id):
            async with house.unit_of_work(actor) as tx:
                await api.auto_assign(tx, event.subject)

    async def body(scope: dict[str, str], event_id: str) -> None:
        await house.durable.step("assign", assign, scope, event_id)

    house.durable.workflow(AUTO_ASSIGN, body)
    return house.follow(AUTO_ASSIGN, [TaskCreated], order)
