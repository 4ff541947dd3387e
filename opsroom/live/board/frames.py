"""Events of the board as frames for its clients: one case for each kind, nothing decided twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from opsroom.board import events as board
from opsroom.board.shapes import Card
from opsroom.kernel.events import Event, Recorded
from opsroom.live.board.outbox import Frame, frame
from opsroom.triggers.events import CardRunShown

_TASK: Final = {
    board.TaskCreated.KIND: "created",
    board.TaskChanged.KIND: "updated",
    board.TaskMoved.KIND: "moved",
    board.TaskDeleted.KIND: "deleted",
    board.TaskArchived.KIND: "archived",
    board.TaskRestored.KIND: "restored",
    CardRunShown.KIND: "updated",
}
_SPRINT: Final = {
    board.SprintCreated.KIND: "created",
    board.SprintChanged.KIND: "updated",
    board.SprintStarted.KIND: "started",
    board.SprintCompleted.KIND: "completed",
}
# Cards told beside an event at most: who waits for a task with more of them sees the rest at the next read.
_BESIDE: Final = 100


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one event: frames that go together, the event's own last."""

    seq: int
    frames: tuple[Frame, ...]


def kinds_of_board() -> tuple[str, ...]:
    """The kinds of every event of the board, also of folders that are added to it later."""
    found: set[str] = {CardRunShown.KIND}
    waiting = [Event]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if getattr(kind, "KIND", "").startswith("board."):
                found.add(kind.KIND)
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards that the events are about, as they are now; `off_board` are archived or deleted."""

    by_id: Mapping[str, Card] = field(default_factory=dict)
    off_board: Set[str] = frozenset()


def recounted(event: Recorded) -> bool:
    """May other cards count differently because of this event: its parent, those that wait for it?"""
    if event.kind == board.TaskMoved.KIND:
        return (event.body.get("from_kind") == "done") != (event.body.get("to_kind") == "done")
    return event.kind in _TASK and event.kind not in (board.TaskChanged.KIND, CardRunShown.KIND)


def parents_of(event: Recorded) -> set[str]:
    """The parents, old and new, of a task that was given another one."""
    changes = event.body.get("changes")
    pair = changes.get("parent_id") if isinstance(changes, dict) else None
    return {str(task_id) for task_id in pair or () if task_id}


def told_of(event: Recorded, cards: Cards, related: Iterable[str], name: str) -> Told:
    """The frames of one event. `related` are other cards that look different because of it.

    They go first, and so does the task's own card where the event is about something that hangs on it: a
    card changes by task_update alone. Their number is the one before the event's: who is cut off between
    them and the event's frame resumes before them and hears them again.
    """
    who: dict[str, object] = {"triggeredBy": event.actor_id, "triggeredByName": name, "eventId": event.id}
    beside = [
        {"type": "task_update", "action": "updated", "task": _card(cards.by_id[task_id], task_id)}
        | {"derived": True, **who, "seq": event.seq - 1}
        for task_id in sorted({*related, event.subject})[:_BESIDE]
        if task_id in cards.by_id and task_id not in cards.off_board
        if task_id != event.subject or event.kind not in _TASK
    ]
    own = _own(event, cards) | who | {"seq": event.seq}
    return Told(event.seq, tuple(frame(body, event.seq) for body in (*beside, own)))


def _own(event: Recorded, cards: Cards) -> dict[str, object]:
    body, card = event.body, cards.by_id.get(event.subject)
    if (action := _TASK.get(event.kind)) is not None:
        if event.subject in cards.off_board and action != "deleted":
            # Changed in the archive: a screen must not put the card back because of it.
            action = "archived"
        return {"type": "task_update", "action": action, "task": _card(card, event.subject)}
    if event.kind in (board.CommentAdded.KIND, board.CommentChanged.KIND):
        action = body.get("what", "created")
        said = {"action": action, "taskId": event.subject, "commentId": body.get("comment_id")}
        return {"type": "comment", **said}
    if (action := _SPRINT.get(event.kind)) is not None:
        return {"type": "sprint_update", "action": action, "sprintId": event.subject, "name": body["name"]}
    if event.kind == board.BoardArranged.KIND:
        noun, what = body.get("noun"), body.get("what")
        return {"type": "board_update", "noun": noun, "what": what, "id": event.subject}
    return _other(event)


def _other(event: Recorded) -> dict[str, object]:
    """Documents, automations and whatever the board learns to tell of."""
    what = event.kind.removeprefix("board.").rpartition(".")[0]
    kind = "document_update" if what.startswith(("document_", "attachment_")) else "board_event"
    said: dict[str, object] = {"type": kind, "what": what, "subject": event.subject}
    said["name"] = event.body.get("name")
    return {**said, "task": {"id": event.subject}} if event.subject.startswith("task_") else said


def _card(card: Card | None, task_id: str) -> dict[str, object]:
    """A card as the snapshot has it: empty fields are left out. Of one that is gone only the id is known."""
    return {"id": task_id} if card is None else card.model_dump(mode="json", exclude_defaults=True)
