"""The rules at work: a follower orders firings, a durable workflow for each event carries them out."""

from __future__ import annotations

from collections.abc import Sequence

from opsroom.board import events
from opsroom.board.automations import acting, due, store
from opsroom.board.automations.matching import FIRE, match
from opsroom.board.notifications.sending import Sender
from opsroom.kernel.actor import Actor, Scope, system_actor
from opsroom.kernel.correlation import work_context
from opsroom.kernel.errors import Refusal
from opsroom.kernel.followers import Following
from opsroom.kernel.room import House
from opsroom.kernel.uow import event_by_id

_EVENTS = (
    events.TaskCreated,
    events.TaskChanged,
    events.TaskMoved,
    events.TaskArchived,
    events.TaskRestored,
    events.TaskDeleted,
    events.CommentAdded,
    events.TaskDueSoon,
    events.TaskOverdue,
    events.SprintStarted,
    events.SprintCompleted,
)


def build(house: House) -> Following:
    """Wire the follower, the workflow and the look for due tasks."""

    async def fire(scope: dict[str, str], event_id: str) -> None:
        actor = system_actor(Scope(**scope), acting.NAME)
        async with house.unit_of_work.reading(actor) as tx:
            event = await event_by_id(tx, event_id)
            pending = await store.pending_of(tx, event_id)
        if event is None:
            return
        with work_context(correlation=event.correlation_id, causation=event.id):
            for firing_id in pending:
                await _carry_out(house, actor, firing_id)

    async def body(scope: dict[str, str], event_id: str) -> None:
        await house.durable.step("fire", fire, scope, event_id)

    async def tell_due_tasks() -> None:
        await due.tell_due_for_ever(house)

    async def broke(args: Sequence[object], message: str) -> None:
        scope, event_id = args
        actor = system_actor(Scope.model_validate(scope), acting.NAME)
        async with house.unit_of_work(actor) as tx:
            for firing_id in await store.pending_of(tx, str(event_id)):
                await acting.give_up(tx, firing_id, message[:2000])

    house.durable.workflow(FIRE, body, on_fault=broke)
    house.background.append(tell_due_tasks)
    return house.follow(FIRE, _EVENTS, match)


async def _carry_out(house: House, actor: Actor, firing_id: str) -> None:
    try:
        async with house.unit_of_work(actor) as tx:
            await acting.carry_out(tx, firing_id, outside=house.need(Sender).working())
    except Refusal as refusal:
        async with house.unit_of_work(actor) as tx:
            await acting.give_up(tx, firing_id, acting.reason_of(refusal))
