"""The door of the board: what the rooms above it call. Units are opened with `reading` or `writing`."""

from __future__ import annotations

from opsroom.board.comments import api as comments
from opsroom.board.comments.shapes import NewComment
from opsroom.board.roster import api as roster
from opsroom.board.shapes import Column, Comment, Move, RosterAgent, Task
from opsroom.board.tasks import api as tasks
from opsroom.board.tasks.api import change_task, create_task, get_task, note_run
from opsroom.board.tasks.cards.api import cards_by_id, counted_by, off_board, snapshot
from opsroom.board.tasks.listing.api import list_tasks, tasks_by_id
from opsroom.board.workflow import api as workflow
from opsroom.board.workflow.api import furnish, reading, settings, writing
from opsroom.kernel.uow import Tx

__all__ = [
    "cards_by_id",
    "change_task",
    "columns",
    "counted_by",
    "create_task",
    "furnish",
    "get_task",
    "list_tasks",
    "move_task",
    "note_run",
    "off_board",
    "reading",
    "say",
    "seats",
    "settings",
    "snapshot",
    "tasks_by_id",
    "writing",
]


async def move_task(tx: Tx, task_id: str, asked: Move) -> Task:
    """Put a card in its place. Raises NoSuchTask, Invalid, MoveRefused, StaleTask."""
    task, _ = await tasks.move_task(tx, task_id, asked)
    return task


async def columns(tx: Tx) -> list[Column]:
    """The columns from left to right."""
    return await workflow.columns(tx)


async def seats(tx: Tx) -> dict[str, RosterAgent]:
    """The roster by id without its load, the retired too; read once in a unit."""
    return await tx.once("board.seats", roster.agents_by_id)


async def say(tx: Tx, task_id: str, text: str, *, agent_id: str | None = None) -> Comment:
    """Comment on a task in the name of the house, or of an agent of the roster. Raises NoSuchTask."""
    return await comments.add_comment(tx, task_id, NewComment(content=text), agent_id=agent_id)
