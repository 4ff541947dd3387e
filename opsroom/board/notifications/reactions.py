"""From events to notifications: a follower of the log."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from opsroom.board import events
from opsroom.board.notifications import api, rules, store
from opsroom.board.notifications.shapes import Channel, Kind
from opsroom.board.workflow import api as workflow
from opsroom.identity import api as identity
from opsroom.kernel.events import Recorded
from opsroom.kernel.followers import Following
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx

FOLLOWER = "board.notifications.v1"
_EVENTS = (
    events.TaskCreated,
    events.TaskChanged,
    events.TaskMoved,
    events.CommentAdded,
    events.CommentChanged,
    events.TaskDueSoon,
    events.TaskOverdue,
    events.SprintStarted,
    events.SprintCompleted,
    events.AutomationFailed,
    events.RecurringFailed,
)


async def tell_of(tx: Tx, event: Recorded, outside: Collection[Channel] = ()) -> None:
    """Tell whom an event concerns. It happens once, with the follower's cursor."""
    unnamed = rules.News(event.kind, event.actor_id, "", event.body)
    if rules.concerns_nobody(unnamed):
        return
    of_task = event.kind.startswith(("board.task_", "board.comment_"))
    task_id = event.subject if of_task else _task_of(event)
    task = await store.concerned(tx, task_id) if task_id is not None else None
    everybody: tuple[str, ...] = ()
    if rules.concerns_everybody(event.kind):
        everybody = tuple(m.id for m in await identity.members(tx) if m.kind == "person")
    kinds = rules.audience(unnamed, task, everybody)
    if not kinds:
        return
    names = await identity.names_of(tx, [event.actor_id])
    body = await _with_column_names(tx, event)
    news = rules.News(event.kind, event.actor_id, names.get(event.actor_id, "Opsroom"), body)
    words: dict[Kind, tuple[str, str]] = {
        kind: rules.wording(news, kind, task) for kind in set(kinds.values())
    }
    await api.tell_each(
        tx, kinds, words, event_id=event.id, task_id=task_id, actor_id=event.actor_id, outside=outside
    )


async def _with_column_names(tx: Tx, event: Recorded) -> Mapping[str, object]:
    """Columns as people call them, not by their keys."""
    if event.kind != events.TaskMoved.KIND:
        return event.body
    names = {column.key: column.name for column in await tx.once("board.columns", workflow.columns)}
    moved = {field: str(event.body.get(field)) for field in ("from_status", "to_status")}
    return {**event.body, **{field: names.get(key, key) for field, key in moved.items()}}


def _task_of(event: Recorded) -> str | None:
    named = event.body.get("task_id")
    return named if isinstance(named, str) else None


def build(house: House, outside: Collection[Channel]) -> Following:
    """Follow the log. `outside` are the channels that work here."""

    async def tell(tx: Tx, event: Recorded) -> None:
        await tell_of(tx, event, outside)

    return house.follow(FOLLOWER, _EVENTS, tell)
