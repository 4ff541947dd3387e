"""The verbs of the workflow that the rest of the board stands on.

What moves cards about (deleting a column, switching the template) is in `rearranging`, which stands
above the tasks; this module stands below them.
"""

from __future__ import annotations

import dataclasses
import functools
import zoneinfo

from opsroom.board.events import BoardArranged
from opsroom.board.revising import after, changes_of, told
from opsroom.board.shapes import BoardSettings, Column
from opsroom.board.workflow import store
from opsroom.board.workflow.furnishing import ensure_furnished, furnish, reading, writing
from opsroom.board.workflow.rules import plain_transitions, transition_problems
from opsroom.board.workflow.shapes import SettingsChange, TemplateColumn, WorkflowTemplate
from opsroom.board.workflow.templates import PLANS
from opsroom.identity import api as identity
from opsroom.kernel.errors import Fault, Invalid, Problem
from opsroom.kernel.uow import Tx

# Defined elsewhere, part of this door.
__all__ = ["ensure_furnished", "furnish", "reading", "writing"]


async def settings(tx: Tx, *, lock: bool = False) -> BoardSettings:
    """How the project's board behaves. The project must have been furnished.

    With `lock`, changes of this board's furniture wait for each other until the commit.
    """
    found = await store.settings(tx, lock=lock)
    if found is None:
        raise Fault("This project has no board yet; open it with workflow.api.reading or call furnish first.")
    return found


async def columns(tx: Tx) -> list[Column]:
    """The columns from left to right."""
    return await store.columns(tx)


async def change_settings(tx: Tx, change: SettingsChange) -> BoardSettings:
    """Change how the board behaves. Raises StaleThing, and Invalid with every problem at once."""
    before = await settings(tx, lock=True)
    emptiable = ("default_accountable_id",)
    changes = changes_of(before, change, what="The board's settings", emptiable=emptiable)
    problems: tuple[Problem, ...] = ()
    values = after(changes)
    if change.transitions is not None:
        keys = [column.key for column in await store.columns(tx)]
        problems += transition_problems(change.transitions, keys)
        ways = plain_transitions(change.transitions)
        values["transitions"] = {source: list(targets) for source, targets in ways.items()}
    if change.time_zone is not None and not is_time_zone(change.time_zone):
        problems += (Problem("time_zone", "is no time zone we know; write one like Europe/Amsterdam or UTC"),)
    if change.default_accountable_id is not None and not await _is_member(tx, change.default_accountable_id):
        message = f"{change.default_accountable_id[:80]!r} is no member of this project; choose one who is"
        problems += (Problem("default_accountable_id", message),)
    if problems:
        raise Invalid("The settings cannot be changed like this.", problems=problems)
    if not changes:
        return before
    await store.change_settings(tx, values)
    event = BoardArranged(noun="settings", name="board", what="changed", changes=told(changes))
    tx.record(event, subject=tx.actor.scope.project_id)
    return await settings(tx)


async def _is_member(tx: Tx, actor_id: str) -> bool:
    return any(member.id == actor_id for member in await identity.members(tx))


def is_time_zone(name: str) -> bool:
    """Is it a name of the IANA time zone database, such as Europe/Amsterdam?"""
    return name in _time_zones()


@functools.cache
def _time_zones() -> frozenset[str]:
    # Asking for the names reads them all from disk; one does not ask on each request.
    return frozenset(zoneinfo.available_timezones() - {"localtime", "Factory"})


def templates() -> list[WorkflowTemplate]:
    """The workflows a board can go over to."""
    return [
        WorkflowTemplate(
            key=plan.key,
            name=plan.name,
            description=plan.description,
            columns=tuple(TemplateColumn(**dataclasses.asdict(column)) for column in plan.columns),
            transitions=dict(plan.transitions),
        )
        for plan in PLANS.values()
    ]
