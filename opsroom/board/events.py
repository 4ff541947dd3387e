"""What happens on the board. `subject` is the id of the task, sprint, … it happened to."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.events import Event
from opsroom.kernel.shape import Json


class TaskCreated(Event):
    """A task was put on the board. `task` holds the fields that analytics and automations ask about."""

    KIND: ClassVar[str] = "board.task_created.v1"
    title: str
    status: str
    task: Json


class TaskChanged(Event):
    """Fields of a task changed, its place aside. `changes` is {field: [before, after]}; `version` the task's
    after them."""

    KIND: ClassVar[str] = "board.task_changed.v1"
    title: str
    changes: dict[str, tuple[object, object]]
    merged: bool = False
    version: int | None = None


class TaskMoved(Event):
    """A task went to another column or another place in its column. Ranks make the move undoable."""

    KIND: ClassVar[str] = "board.task_moved.v1"
    title: str
    from_status: str
    to_status: str
    from_kind: str
    to_kind: str
    from_rank: str
    to_rank: str
    blocked_reason: str | None
    changes: dict[str, tuple[object, object]]
    version: int | None = None


class TaskDeleted(Event):
    """A task was deleted (softly: it can be restored)."""

    KIND: ClassVar[str] = "board.task_deleted.v1"
    title: str


class TaskArchived(Event):
    """A task was put into the archive."""

    KIND: ClassVar[str] = "board.task_archived.v1"
    title: str


class TaskRestored(Event):
    """A deleted or archived task came back. `from_state` is deleted or archived."""

    KIND: ClassVar[str] = "board.task_restored.v1"
    title: str
    from_state: str


class CommentAdded(Event):
    """Somebody commented on a task (the subject). `mentions` are ids of actors and roster agents."""

    KIND: ClassVar[str] = "board.comment_added.v1"
    comment_id: str
    title: str
    excerpt: str
    mentions: tuple[str, ...] = ()


class CommentChanged(Event):
    """A comment on a task (the subject) was edited, deleted or restored; `mentions` are new in an edit."""

    KIND: ClassVar[str] = "board.comment_changed.v1"
    comment_id: str
    title: str
    what: str
    before: str | None = None
    mentions: tuple[str, ...] = ()


class SprintCreated(Event):
    """A sprint was planned."""

    KIND: ClassVar[str] = "board.sprint_created.v1"
    name: str


class SprintChanged(Event):
    """A sprint's own fields changed. `changes` is {field: [before, after]}."""

    KIND: ClassVar[str] = "board.sprint_changed.v1"
    name: str
    changes: dict[str, tuple[object, object]]


class SprintStarted(Event):
    """A sprint began, with so many tasks and so much estimate in it."""

    KIND: ClassVar[str] = "board.sprint_started.v1"
    name: str
    tasks: int
    estimate: float


class SprintCompleted(Event):
    """A sprint ended. What was not done was carried over to `carried_to` (a sprint, or None: the backlog)."""

    KIND: ClassVar[str] = "board.sprint_completed.v1"
    name: str
    done: int
    carried: int
    carried_to: str | None
    carried_tasks: tuple[str, ...] = ()


class BoardArranged(Event):
    """The board's furniture changed: a column, category, agent of the roster, field, view or setting."""

    KIND: ClassVar[str] = "board.board_arranged.v1"
    noun: str
    name: str
    what: str
    changes: Json


class AgentStartRequested(Event):
    """A rule asks that an agent begins work on a task (the subject). `agent_id` is its seat on the roster,
    `agent_name` its agent file, None where the seat names none; `firing_id` is the line of the rule's log."""

    KIND: ClassVar[str] = "board.agent_start_requested.v1"
    title: str
    agent_id: str
    agent_name: str | None
    automation_id: str
    firing_id: str


class TaskDueSoon(Event):
    """A task that is not done is due today or tomorrow, by the project's clock. Once for each due date."""

    KIND: ClassVar[str] = "board.task_due_soon.v1"
    title: str
    due_date: str


class TaskOverdue(Event):
    """The day a task was due is over, and it is not done. Told once for each due date."""

    KIND: ClassVar[str] = "board.task_overdue.v1"
    title: str
    due_date: str


class AutomationFailed(Event):
    """A rule (the subject) fired and could not do what it says. `owner_id` made the rule."""

    KIND: ClassVar[str] = "board.automation_failed.v1"
    name: str
    owner_id: str
    task_id: str | None
    firing_id: str
    reason: str


class RecurringFailed(Event):
    """A task was due from a recurring one (the subject) and could not be made. `owner_id` set it up."""

    KIND: ClassVar[str] = "board.recurring_failed.v1"
    name: str
    owner_id: str
    occurrence: str
    reason: str
