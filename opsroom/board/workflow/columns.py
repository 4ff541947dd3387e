"""The verbs that change columns. They may move cards, so they stand above the tasks."""

from __future__ import annotations

from opsroom.board.errors import InUse, NameTaken, NoSuchThing
from opsroom.board.events import BoardArranged
from opsroom.board.revising import after, changes_of, moved_to, slug_of, told
from opsroom.board.shapes import Column
from opsroom.board.workflow import api, store
from opsroom.board.workflow.relocating import relocate
from opsroom.board.workflow.rules import Transitions, missing_ends, with_column, without_column
from opsroom.board.workflow.shapes import ColumnChange, NewColumn
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.uow import Tx

MOST_COLUMNS = 40


async def get_column(tx: Tx, key: str) -> Column:
    """One column. Raises NoSuchThing."""
    return _found(await store.columns(tx), key)


async def add_column(tx: Tx, new: NewColumn) -> Column:
    """A further column; every column that restricts its ways also leads to it. Raises NameTaken, Invalid."""
    settings = await api.settings(tx, lock=True)
    columns = await store.columns(tx)
    if len(columns) >= MOST_COLUMNS:
        problem = Problem("", f"the board has {MOST_COLUMNS} columns already, which is the most")
        raise Invalid("This column cannot be added.", problems=(problem,))
    taken = {column.key for column in columns}
    if new.key in taken:
        raise NameTaken(f"This board has a column {new.key!r} already.")
    _refuse_name(new.name, columns)
    key = new.key or slug_of(new.name, taken, separator="_", fallback="column")
    values = new.model_dump(exclude={"key", "position"}) | {"key": key, "position": len(columns)}
    await store.add_columns(tx, [values])
    if settings.transitions:
        await _write_ways(tx, with_column(settings.transitions, key))
    if new.position is not None:
        await store.place_columns(tx, moved_to([*(c.key for c in columns), key], key, new.position))
    tx.record(BoardArranged(noun="column", name=new.name, what="created", changes={}), subject=key)
    return await get_column(tx, key)


async def change_column(tx: Tx, key: str, change: ColumnChange) -> Column:
    """Change a column; its key stands. Of another kind, its cards begin, end or are blocked by that.

    Raises NoSuchThing, StaleThing, NameTaken, and Invalid when no column to begin or to end in would be left.
    """
    await api.settings(tx, lock=True)
    columns = await store.columns(tx)
    before = _found(columns, key)
    changes = changes_of(before, change, what=f"The column {before.name}", emptiable=("wip_limit",))
    if not changes:
        return before
    others = [column for column in columns if column.key != key]
    if change.name is not None and "name" in changes:
        _refuse_name(change.name, others)
    if change.kind is not None and "kind" in changes:
        _refuse_missing([*others, before.model_copy(update={"kind": change.kind})], "kind")
        await relocate(tx, {key: before.model_copy(update={"kind": change.kind})}, columns)
    await store.change_column(tx, key, {k: v for k, v in after(changes).items() if k != "position"})
    if change.position is not None and "position" in changes:
        await store.place_columns(tx, moved_to([c.key for c in columns], key, change.position))
    event = BoardArranged(noun="column", name=before.name, what="changed", changes=told(changes))
    tx.record(event, subject=key)
    return await get_column(tx, key)


async def delete_column(tx: Tx, key: str, move_to: str | None) -> Column:
    """Take a column away; its cards go to `move_to`.

    Raises NoSuchThing, InUse when cards stand in it and no place is named, and Invalid for a place that is
    none, or when no column to begin or to end in would be left.
    """
    settings = await api.settings(tx, lock=True)
    columns = await store.columns(tx)
    column = _found(columns, key)
    others = [other for other in columns if other.key != key]
    _refuse_missing(others, "")
    if move_to is not None and move_to not in {other.key for other in others}:
        there = ", ".join(other.key for other in others)
        problem = Problem("query.move_to", f"must be another column of this board: {there}")
        raise Invalid("Its cards cannot go there.", problems=(problem,))
    standing = (await store.card_counts(tx)).get(key, 0)
    if standing and move_to is None:
        number = "1 card stands" if standing == 1 else f"{standing} cards stand"
        raise InUse(f"{number} in {column.name}. Say where they go: move_to=<column>.")
    # Archived and deleted cards, which nobody sees here, go to a column of their kind, or where one begins.
    fallback = next((o for o in others if o.kind == column.kind), others[0])
    target = next((other for other in others if other.key == move_to), fallback)
    await relocate(tx, {key: target}, columns)
    await store.delete_column(tx, key)
    await _write_ways(tx, without_column(settings.transitions, key))
    await store.place_columns(tx, [other.key for other in others])
    was = column.model_dump(mode="json") | {"ways": list(settings.transitions.get(key, ()))}
    event = BoardArranged(
        noun="column",
        name=column.name,
        what="deleted",
        changes={"column": [was, None], "moved_to": target.key},
    )
    tx.record(event, subject=key)
    return column


async def restore_column(tx: Tx, was: Column) -> Column:
    """Put a column that was deleted back in its place, empty. Raises NameTaken for a key or name in use."""
    columns = await store.columns(tx)
    if any(column.key == was.key for column in columns):
        raise NameTaken(f"This board has a column {was.key!r} again already.")
    new = NewColumn(
        key=was.key,
        name=was.name,
        color=was.color,
        kind=was.kind,
        wip_limit=was.wip_limit,
        position=was.position,
    )
    return await add_column(tx, new)


async def set_ways_of(tx: Tx, key: str, ways: list[str]) -> None:
    """Let cards of a column go to these columns alone, as far as they are there; to every one if none is."""
    settings = await api.settings(tx, lock=True)
    there = {column.key for column in await store.columns(tx)}
    known = tuple(way for way in ways if way in there)
    if known:
        await _write_ways(tx, {**settings.transitions, key: known})


def _found(columns: list[Column], key: str) -> Column:
    for column in columns:
        if column.key == key:
            return column
    raise NoSuchThing(f"There is no column {key} on this board.")


def _refuse_name(name: str, columns: list[Column]) -> None:
    if any(column.name.casefold() == name.casefold() for column in columns):
        raise NameTaken(f"This board has a column named {name!r} already.")


def _refuse_missing(columns: list[Column], path: str) -> None:
    if missing := missing_ends(column.kind for column in columns):
        told_as = {"todo": "to begin in (kind todo)", "done": "to end in (kind done)"}
        problems = tuple(Problem(path, f"would leave no column {told_as[kind]}") for kind in missing)
        raise Invalid("A board needs a column to begin in and one to end in.", problems=problems)


async def _write_ways(tx: Tx, ways: Transitions) -> None:
    await store.change_settings(tx, {"transitions": {key: list(targets) for key, targets in ways.items()}})
