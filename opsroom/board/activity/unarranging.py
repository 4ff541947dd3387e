"""Undoing changes of the board's furniture: columns, agents, categories, fields, settings and views."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from opsroom.board import store as board_rows
from opsroom.board.activity import store
from opsroom.board.activity.refusing import refuse, refuse_changed
from opsroom.board.activity.rules import EVERYBODYS, move_superseded, moved_on
from opsroom.board.activity.switching_back import switch_back
from opsroom.board.automations import api as automations
from opsroom.board.automations.shapes import AutomationChange
from opsroom.board.categories import api as categories
from opsroom.board.categories.clearing import delete_category
from opsroom.board.categories.shapes import CategoryChange
from opsroom.board.fields import api as fields
from opsroom.board.fields.shapes import FieldChange
from opsroom.board.recurring import api as recurring
from opsroom.board.recurring.shapes import RecurringChange
from opsroom.board.refiling import refile
from opsroom.board.revising import changes_in
from opsroom.board.roster import api as roster
from opsroom.board.roster.shapes import AgentChange
from opsroom.board.shapes import Column
from opsroom.board.tasks import store as task_rows
from opsroom.board.views import api as views
from opsroom.board.views.shapes import ViewChange
from opsroom.board.workflow import api as workflow
from opsroom.board.workflow import columns
from opsroom.board.workflow.relocating import put_back
from opsroom.board.workflow.shapes import ColumnChange, SettingsChange
from opsroom.kernel.errors import Forbidden
from opsroom.kernel.events import Recorded
from opsroom.kernel.shape import Shape
from opsroom.kernel.uow import Tx

Undo = Callable[[Tx, Recorded], Awaitable[None]]


async def undo_arranged(tx: Tx, event: Recorded) -> None:
    """Undo a change of the furniture. Raises CannotUndo, and Forbidden for whoever is no admin."""
    noun, what = str(event.body.get("noun")), str(event.body.get("what"))
    if noun not in EVERYBODYS and not tx.actor.outranks("admin"):
        raise Forbidden(f"This needs the role admin; yours is {tx.actor.role}.")
    if noun == "template":
        await switch_back(tx, event)
        return
    verb = _UNDOS.get(noun, {}).get(what)
    if verb is None:
        raise refuse("This is nothing that can be undone.")
    await verb(tx, event)


def _back(event: Recorded, current: Shape) -> dict[str, object]:
    """The values before the change. Raises CannotUndo for those that were changed since."""
    changes = changes_in(event.body)
    # A place is taken by others who move: where it stands now says nothing about a second change.
    judged = {name: pair for name, pair in changes.items() if name != "position"}
    refuse_changed(moved_on(judged, current.model_dump(mode="json")))
    return {name: before for name, (before, _) in changes.items()}


async def _column_created(tx: Tx, event: Recorded) -> None:
    await columns.delete_column(tx, event.subject, None)


async def _column_changed(tx: Tx, event: Recorded) -> None:
    back = _back(event, await columns.get_column(tx, event.subject))
    await columns.change_column(tx, event.subject, ColumnChange.model_validate(back))


async def _column_deleted(tx: Tx, event: Recorded) -> None:
    await workflow.settings(tx, lock=True)
    was, _ = changes_in(event.body)["column"]
    held: Mapping[str, object] = was if isinstance(was, dict) else {}
    column = Column.model_validate({name: held.get(name) for name in Column.model_fields})
    await columns.restore_column(tx, column)
    await columns.set_ways_of(tx, column.key, _texts(held.get("ways")))
    # Its cards come back, but those that somebody moved on meanwhile.
    for moved in await store.moved_with(tx, event):
        row = await task_rows.raw(tx, moved.subject, lock=True)
        if row is not None and row["deleted_at"] is None and not move_superseded(moved.body, dict(row)):
            await put_back(tx, row, moved)


async def _agent_created(tx: Tx, event: Recorded) -> None:
    await roster.retire_agent(tx, event.subject)


async def _agent_changed(tx: Tx, event: Recorded) -> None:
    back = _back(event, await roster.get_agent(tx, event.subject))
    await roster.change_agent(tx, event.subject, AgentChange.model_validate(back))


async def _category_created(tx: Tx, event: Recorded) -> None:
    await delete_category(tx, event.subject, None)


async def _category_changed(tx: Tx, event: Recorded) -> None:
    back = _back(event, await categories.get_category(tx, event.subject))
    await categories.change_category(tx, event.subject, CategoryChange.model_validate(back))


async def _category_deleted(tx: Tx, event: Recorded) -> None:
    await categories.restore_category(tx, event.subject)
    changes = event.body.get("changes")
    held: Mapping[str, object] = changes if isinstance(changes, dict) else {}
    went = held.get("moved_to")
    now_in = None if went in (None, "none") else went
    within = await board_rows.tasks_of(tx, _texts(held.get("tasks")))
    await refile(tx, [task for task in within if task["category_id"] == now_in], "category_id", event.subject)


async def _field_created(tx: Tx, event: Recorded) -> None:
    await fields.delete_field(tx, event.subject)


async def _field_changed(tx: Tx, event: Recorded) -> None:
    back = _back(event, await fields.get_field(tx, event.subject))
    await fields.change_field(tx, event.subject, FieldChange.model_validate(back))


async def _field_deleted(tx: Tx, event: Recorded) -> None:
    await fields.restore_field(tx, event.subject)


async def _settings_changed(tx: Tx, event: Recorded) -> None:
    back = _back(event, await workflow.settings(tx, lock=True))
    await workflow.change_settings(tx, SettingsChange.model_validate(back))


async def _automation_created(tx: Tx, event: Recorded) -> None:
    await automations.delete_automation(tx, event.subject)


async def _automation_changed(tx: Tx, event: Recorded) -> None:
    back = _back(event, await automations.get_automation(tx, event.subject))
    await automations.change_automation(tx, event.subject, AutomationChange.model_validate(back))


async def _automation_deleted(tx: Tx, event: Recorded) -> None:
    was_on, _ = changes_in(event.body).get("enabled", (False, False))
    await automations.restore_automation(tx, event.subject, enabled=bool(was_on))


async def _recurring_created(tx: Tx, event: Recorded) -> None:
    await recurring.end_recurring(tx, event.subject)


async def _recurring_changed(tx: Tx, event: Recorded) -> None:
    back = _back(event, await recurring.get_recurring(tx, event.subject))
    await recurring.change_recurring(tx, event.subject, RecurringChange.model_validate(back))


async def _recurring_deleted(tx: Tx, event: Recorded) -> None:
    await recurring.restore_recurring(tx, event.subject)


async def _view_created(tx: Tx, event: Recorded) -> None:
    await views.delete_view(tx, event.subject)


async def _view_changed(tx: Tx, event: Recorded) -> None:
    back = _back(event, await views.get_view(tx, event.subject))
    await views.change_view(tx, event.subject, ViewChange.model_validate(back))


async def _view_deleted(tx: Tx, event: Recorded) -> None:
    await views.restore_view(tx, event.subject)


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


_UNDOS: Final[dict[str, dict[str, Undo]]] = {
    "column": {"created": _column_created, "changed": _column_changed, "deleted": _column_deleted},
    "agent": {
        "created": _agent_created,
        "changed": _agent_changed,
        "retired": _agent_changed,
        "brought back": _agent_changed,
    },
    "category": {
        "created": _category_created,
        "changed": _category_changed,
        "deleted": _category_deleted,
        "restored": _category_created,
    },
    "field": {
        "created": _field_created,
        "changed": _field_changed,
        "deleted": _field_deleted,
        "restored": _field_created,
    },
    "settings": {"changed": _settings_changed},
    "automation": {
        "created": _automation_created,
        "changed": _automation_changed,
        "deleted": _automation_deleted,
        "restored": _automation_created,
    },
    "recurring task": {
        "created": _recurring_created,
        "changed": _recurring_changed,
        "deleted": _recurring_deleted,
        "restored": _recurring_created,
    },
    "view": {
        "created": _view_created,
        "changed": _view_changed,
        "deleted": _view_deleted,
        "restored": _view_created,
    },
}
