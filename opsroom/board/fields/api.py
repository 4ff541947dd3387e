"""The verbs of the custom fields. Values stand in tasks by key; deleting a field leaves them there."""

from __future__ import annotations

from opsroom.board.errors import NameTaken, NoSuchThing
from opsroom.board.events import BoardArranged
from opsroom.board.fields import store
from opsroom.board.fields.rules import option_problems
from opsroom.board.fields.shapes import FieldChange, NewField
from opsroom.board.noted import noted
from opsroom.board.revising import after, changes_of, moved_to, slug_of, told
from opsroom.board.shapes import CustomField
from opsroom.board.store import lock_board
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx

MOST_FIELDS = 50


async def fields(tx: Tx) -> list[CustomField]:
    """The fields in their order."""
    return await store.fields(tx)


async def fields_ever(tx: Tx) -> list[CustomField]:
    """Also the deleted ones, whose values still stand in tasks."""
    return await store.fields_ever(tx)


async def get_field(tx: Tx, key: str) -> CustomField:
    """One field. Raises NoSuchThing."""
    found = await store.field(tx, key)
    if found is None:
        raise NoSuchThing(f"There is no custom field {key} on this board.")
    return found


async def field_with_count(tx: Tx, key: str) -> CustomField:
    """One field with how many tasks hold a value of it. Raises NoSuchThing."""
    found = await get_field(tx, key)
    return found.model_copy(update={"task_count": await store.holders(tx, key)})


async def define_field(tx: Tx, new: NewField) -> CustomField:
    """A further field. Under the key of a deleted field of the same kind, that one comes back.

    Raises NameTaken, and Invalid for options that do not fit the kind.
    """
    await lock_board(tx)
    present = await store.fields(tx)
    problems = option_problems(new.kind, new.options, new.option_colors)
    if len(present) >= MOST_FIELDS:
        problems += (Problem("", f"the board has {MOST_FIELDS} fields already, which is the most"),)
    if problems:
        raise Invalid("This field cannot be defined.", problems=problems)
    key = new.key or slug_of(new.name, {f.key for f in present}, separator="_", fallback="field")
    if any(f.key == key for f in present):
        raise NameTaken(f"This board has a custom field {key!r} already.")
    former = await store.field(tx, key, deleted=True)
    if former is not None and former.kind != new.kind:
        raise NameTaken(
            f"A deleted field {key!r} was a {former.kind}, and tasks may hold its values. Choose another key."
        )
    values = {
        "name": new.name,
        "options": noted(new.options, new.option_colors),
        "position": len(present),
    }
    if former is not None:
        await store.change_field(tx, key, values | {"deleted_at": None})
    else:
        await store.add_field(tx, values | {"key": key, "kind": new.kind})
    await _place(tx, key, new.position)
    tx.record(BoardArranged(noun="field", name=new.name, what="created", changes={}), subject=key)
    return await get_field(tx, key)


async def change_field(tx: Tx, key: str, change: FieldChange) -> CustomField:
    """Change a field. Values that are no longer among the options stay on their tasks until changed.

    Raises NoSuchThing, StaleThing, Invalid.
    """
    await lock_board(tx)
    before = await get_field(tx, key)
    changes = changes_of(before, change, what=f"The custom field {before.name}")
    if not changes:
        return before
    values = {k: v for k, v in after(changes).items() if k not in ("position", "option_colors")}
    if changes.keys() & {"options", "option_colors"}:
        options = before.options if change.options is None else change.options
        colors = change.option_colors
        if problems := option_problems(before.kind, options, colors or ()):
            raise Invalid("These options do not fit.", problems=problems)
        values["options"] = noted(options, before.option_colors if colors is None else colors)
    await store.change_field(tx, key, values)
    await _place(tx, key, change.position)
    event = BoardArranged(noun="field", name=before.name, what="changed", changes=told(changes))
    tx.record(event, subject=key)
    return await get_field(tx, key)


async def delete_field(tx: Tx, key: str) -> CustomField:
    """Take a field off the board. Tasks keep their values, so it can come back. Raises NoSuchThing."""
    await lock_board(tx)
    before = await get_field(tx, key)
    await store.change_field(tx, key, {"deleted_at": tx.now})
    tx.record(BoardArranged(noun="field", name=before.name, what="deleted", changes={}), subject=key)
    return before


async def restore_field(tx: Tx, key: str) -> CustomField:
    """Bring a deleted field back with its values. Raises NoSuchThing."""
    await lock_board(tx)
    deleted = await store.field(tx, key, deleted=True)
    if deleted is None:
        raise NoSuchThing(f"There is no deleted custom field {key} on this board.")
    await store.change_field(tx, key, {"deleted_at": None})
    tx.record(BoardArranged(noun="field", name=deleted.name, what="restored", changes={}), subject=key)
    return await get_field(tx, key)


async def _place(tx: Tx, key: str, position: int | None) -> None:
    if position is not None:
        await store.place_fields(tx, moved_to([f.key for f in await store.fields(tx)], key, position))
