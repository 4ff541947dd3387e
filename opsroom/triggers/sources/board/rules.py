"""Pure decisions: which event asks for a run, what the run works on, and what the card then says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from opsroom.board.events import AgentStartRequested, TaskChanged, TaskCreated, TaskMoved
from opsroom.board.shapes import Column, Task
from opsroom.kernel.events import Recorded
from opsroom.kernel.shape import Json

Reason = Literal["assigned", "moved", "asked"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an event may ask for. `to_status` is the column the card has come to, where it moved."""

    reason: Reason
    to_status: str | None = None


def wish_of(event: Recorded) -> Wish | None:
    """What this event may ask for, None when it concerns no agent."""
    if event.kind == AgentStartRequested.KIND:
        return Wish("asked")
    if event.kind == TaskCreated.KIND:
        task = event.body.get("task")
        given = isinstance(task, dict) and task.get("assigned_agent_id")
        return Wish("assigned", str(event.body["status"])) if given else None
    if event.kind == TaskChanged.KIND:
        return Wish("assigned") if _given_to(event.body.get("changes")) else None
    if event.kind == TaskMoved.KIND and event.body["from_status"] != event.body["to_status"]:
        return Wish("moved", str(event.body["to_status"]))
    return None


def _given_to(changes: object) -> bool:
    change = changes.get("assigned_agent_id") if isinstance(changes, dict) else None
    return isinstance(change, list | tuple) and len(change) == 2 and bool(change[1])


def starts(wish: Wish, *, start_on_assign: bool, trigger_status: str | None) -> str | None:
    """Why nothing starts, None when a run does.

    A card that is created or moved in the agent's own column starts it; being given to the agent does
    where the project says so; a rule of the board that asks is obeyed.
    """
    if wish.reason == "asked":
        return None
    if trigger_status is not None and wish.to_status == trigger_status:
        return None
    if wish.reason == "assigned" and start_on_assign:
        return None
    if wish.reason == "assigned":
        return "this board does not start agents when a card is given to them"
    return "the agent does not begin in this column"


def payload_of(task: Task, wanted: Collection[str], client: Mapping[str, object] | None) -> Json:
    """The fields the agent's file names: from the card's own fields, else from the client's file."""
    own: dict[str, object] = {
        "task_id": task.id,
        "task_number": task.number,
        "title": task.title,
        "description": task.description,
        "client_id": task.client_id,
        "brand": task.brand,
        "labels": list(task.labels),
        "due_date": task.due_date.isoformat() if task.due_date else None,
        **task.custom,
    }
    known = {**(client or {}), **{k: v for k, v in own.items() if v not in (None, "", [])}}
    return {name: known[name] for name in wanted if name in known}


def column_of_kind(columns: Sequence[Column], *kinds: str) -> Column | None:
    """The first column of the first kind that the board has."""
    for kind in kinds:
        found = next((c for c in columns if c.kind == kind), None)
        if found is not None:
            return found
    return None


def next_column(columns: Sequence[Column], status: str, outcome: str | None) -> Column | None:
    """Where a card goes when its run is under way (outcome None) or over; None: it stays where it is.

    Finished work waits for the accountable person; trouble shows as trouble. Nobody's card is taken out
    of a column that people put it into meanwhile (done).
    """
    here = next((c for c in columns if c.key == status), None)
    if here is None or here.kind == "done":
        return None
    if outcome is None:
        wanted = column_of_kind(columns, "active") if here.kind in ("todo", "error", "blocked") else None
    elif outcome == "succeeded":
        wanted = column_of_kind(columns, "review")
    else:
        wanted = column_of_kind(columns, "error", "blocked")
    return None if wanted is None or wanted.key == status else wanted
