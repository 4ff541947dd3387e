"""Every statement of imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from opsroom.board import store
from opsroom.board.comments.tables import TASK_COMMENTS
from opsroom.board.exchange.drafts import Misfit
from opsroom.board.exchange.shapes import Import
from opsroom.board.exchange.tables import IMPORT_ITEMS, IMPORT_LINKS, IMPORT_MISFITS, IMPORTS
from opsroom.board.tasks.listing.tables import TASK_TEXTS
from opsroom.board.tasks.tables import TASK_DEPENDENCIES, TASK_LABELS, TASK_WATCHERS, TASKS
from opsroom.board.workflow.tables import BOARD_SETTINGS
from opsroom.kernel.db import Row
from opsroom.kernel.uow import Tx

_SHOWN = [IMPORTS.c[name] for name in Import.model_fields]
_PARAMETERS = 500


# ---- the order ----------------------------------------------------------------------------------------


async def add_import(tx: Tx, values: Mapping[str, object]) -> None:
    """A further import."""
    await store.insert(tx, IMPORTS, values)


async def shown_import(tx: Tx, import_id: str) -> Import | None:
    """One import, without its text."""
    query = sa.select(*_SHOWN).where(store.mine(tx, IMPORTS), IMPORTS.c.id == import_id)
    row = (await tx.conn.execute(query)).mappings().first()
    return Import.model_validate(dict(row)) if row else None


async def imports(tx: Tx, *, limit: int, offset: int) -> tuple[list[Import], int]:
    """The project's imports, the newest first, and how many there are."""
    query = sa.select(*_SHOWN).where(store.mine(tx, IMPORTS))
    query = query.order_by(IMPORTS.c.created_at.desc(), IMPORTS.c.id.desc()).limit(limit).offset(offset)
    rows = (await tx.conn.execute(query)).mappings().all()
    return [Import.model_validate(dict(row)) for row in rows], await store.count(tx, IMPORTS)


async def whole_import(tx: Tx, import_id: str, *, lock: bool = False, content: bool = False) -> Row | None:
    """One import's row; with its text only if asked, as that is large."""
    columns = [column for column in IMPORTS.c if content or column.name != "content"]
    query = sa.select(*columns).where(store.mine(tx, IMPORTS), IMPORTS.c.id == import_id)
    return (await tx.conn.execute(query.with_for_update() if lock else query)).mappings().first()


async def change_import(tx: Tx, import_id: str, values: Mapping[str, object]) -> None:
    """Note where an import stands."""
    query = sa.update(IMPORTS).where(store.mine(tx, IMPORTS), IMPORTS.c.id == import_id)
    await tx.conn.execute(query.values(**values))


# ---- its tasks and misfits ----------------------------------------------------------------------------


async def add_items(tx: Tx, rows: Sequence[Mapping[str, object]]) -> None:
    """Drafts that are to be landed."""
    await _insert_many(tx, IMPORT_ITEMS, rows)


async def items(tx: Tx, import_id: str, start: int, stop: int) -> Sequence[Row]:
    """The items at these places, `stop` left out."""
    place = IMPORT_ITEMS.c.position
    where = (IMPORT_ITEMS.c.import_id == import_id, place >= start, place < stop)
    return await store.rows(tx, IMPORT_ITEMS, *where, order=(place,))


async def settle_items(tx: Tx, import_id: str, outcomes: Sequence[tuple[int, str, str | None]]) -> None:
    """Note what became of items: (place, outcome, task)."""
    mine = (store.mine(tx, IMPORT_ITEMS), IMPORT_ITEMS.c.import_id == import_id)
    query = sa.update(IMPORT_ITEMS).where(*mine, IMPORT_ITEMS.c.position == sa.bindparam("the_place"))
    rows = [{"the_place": place, "the_outcome": what, "the_task": task} for place, what, task in outcomes]
    if rows:
        values = {"outcome": sa.bindparam("the_outcome"), "task_id": sa.bindparam("the_task")}
        await tx.conn.execute(query.values(**values), rows)


async def add_misfits(tx: Tx, import_id: str, first: int, found: Sequence[Misfit]) -> None:
    """Lines of the report, numbered from `first`."""
    rows = [
        {"import_id": import_id, "number": number, **misfit.model_dump()}
        for number, misfit in enumerate(found, start=first)
    ]
    await _insert_many(tx, IMPORT_MISFITS, rows)


async def misfits(tx: Tx, import_id: str, *, limit: int, offset: int) -> list[Misfit]:
    """A page of the report."""
    where = IMPORT_MISFITS.c.import_id == import_id
    order = (IMPORT_MISFITS.c.number,)
    rows = await store.rows(tx, IMPORT_MISFITS, where, order=order, limit=limit, offset=offset)
    return [Misfit(**{name: row[name] for name in Misfit.model_fields}) for row in rows]


async def forget_items(tx: Tx, import_id: str) -> None:
    """Let go of the drafts of an import that is over; its report stays."""
    await tx.conn.execute(
        sa.delete(IMPORT_ITEMS).where(store.mine(tx, IMPORT_ITEMS), IMPORT_ITEMS.c.import_id == import_id)
    )


# ---- what came from where -----------------------------------------------------------------------------


async def links(tx: Tx, source: str, ids: Sequence[str]) -> dict[str, Row]:
    """What these ids of a source have become, with whether it was deleted since."""
    found: dict[str, Row] = {}
    for start in range(0, len(ids), _PARAMETERS):
        part = ids[start : start + _PARAMETERS]
        query = (
            sa.select(IMPORT_LINKS, TASKS.c.deleted_at, TASKS.c.archived_at, TASKS.c.status)
            .join(TASKS, TASKS.c.id == IMPORT_LINKS.c.task_id)
            .where(store.mine(tx, IMPORT_LINKS), store.mine(tx, TASKS))
            .where(IMPORT_LINKS.c.source == source, IMPORT_LINKS.c.source_id.in_(part))
        )
        found |= {row["source_id"]: row for row in (await tx.conn.execute(query)).mappings()}
    return found


async def put_links(tx: Tx, rows: Sequence[Mapping[str, object]]) -> None:
    """Remember what has become what."""
    await _insert_many(tx, IMPORT_LINKS, rows)


async def relink(tx: Tx, source: str, source_id: str, fingerprint: str, import_id: str) -> None:
    """Remember that a task was brought up to date."""
    mine = (store.mine(tx, IMPORT_LINKS), IMPORT_LINKS.c.source == source)
    query = sa.update(IMPORT_LINKS).where(*mine, IMPORT_LINKS.c.source_id == source_id)
    await tx.conn.execute(query.values(fingerprint=fingerprint, import_id=import_id))


async def made_by(tx: Tx, import_id: str, limit: int) -> tuple[list[str], int]:
    """Some of the live cards that an import made, the newest first, and how many there are."""
    links = sa.select(IMPORT_LINKS.c.task_id).where(
        store.mine(tx, IMPORT_LINKS),
        IMPORT_LINKS.c.made_by == import_id,
        IMPORT_LINKS.c.source_id.not_like("comment:%"),
    )
    where = (
        store.mine(tx, TASKS),
        TASKS.c.id.in_(links),
        TASKS.c.deleted_at.is_(None),
        TASKS.c.archived_at.is_(None),
    )
    total = (await tx.conn.execute(sa.select(sa.func.count()).select_from(TASKS).where(*where))).scalar_one()
    query = sa.select(TASKS.c.id).where(*where).order_by(TASKS.c.number.desc()).limit(limit)
    return list((await tx.conn.execute(query)).scalars()), total


# ---- tasks, many at once ------------------------------------------------------------------------------


async def take_numbers(tx: Tx, count: int) -> int:
    """The first of `count` task numbers that are now taken."""
    query = (
        sa.update(BOARD_SETTINGS)
        .where(store.mine(tx, BOARD_SETTINGS))
        .values(last_number=BOARD_SETTINGS.c.last_number + count)
        .returning(BOARD_SETTINGS.c.last_number)
    )
    return (await tx.conn.execute(query)).scalar_one() - count + 1


async def last_rank(tx: Tx, status: str) -> str | None:
    """The rank of the lowest card of a column."""
    # Cards in the archive keep their rank and may come back: what comes later stands below them, too.
    query = sa.select(sa.func.max(TASKS.c.rank)).where(store.mine(tx, TASKS), TASKS.c.status == status)
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def add_tasks(tx: Tx, rows: Sequence[Mapping[str, object]]) -> None:
    """New tasks, findable."""
    await _insert_many(tx, TASKS, rows)


async def add_texts(tx: Tx, rows: Sequence[Mapping[str, object]]) -> None:
    """Make new tasks findable by their words and what is said about them."""
    await _insert_many(tx, TASK_TEXTS, rows)


async def add_labels(tx: Tx, rows: Sequence[Mapping[str, object]]) -> None:
    """Labels that lists filter by."""
    await _insert_many(tx, TASK_LABELS, rows)


async def add_comments(tx: Tx, rows: Sequence[Mapping[str, object]]) -> None:
    """Comments as they were said elsewhere."""
    await _insert_many(tx, TASK_COMMENTS, rows)


async def count_comments(tx: Tx, task_id: str, by: int) -> None:
    """So many comments more on a task."""
    query = sa.update(TASKS).where(store.mine(tx, TASKS), TASKS.c.id == task_id)
    await tx.conn.execute(query.values(comment_count=TASKS.c.comment_count + by))


async def waits_of(tx: Tx, task_id: str) -> list[str]:
    """What a task waits for already."""
    query = sa.select(TASK_DEPENDENCIES.c.depends_on_id).where(
        store.mine(tx, TASK_DEPENDENCIES), TASK_DEPENDENCIES.c.task_id == task_id
    )
    return list((await tx.conn.execute(query)).scalars())


# ---- for the export -----------------------------------------------------------------------------------

_OF_TASK = [
    c for c in TASKS.c if c.name not in ("organization_id", "instance_id", "project_id", "deleted_at")
]


async def tasks_after(tx: Tx, number: int, limit: int) -> Sequence[Row]:
    """The project's next tasks by number, archived ones too, deleted ones not."""
    query = (
        sa.select(*_OF_TASK)
        .where(store.mine(tx, TASKS), TASKS.c.number > number, TASKS.c.deleted_at.is_(None))
        .order_by(TASKS.c.number)
        .limit(limit)
    )
    return (await tx.conn.execute(query)).mappings().all()


async def comments_of(tx: Tx, ids: Sequence[str]) -> dict[str, list[Row]]:
    """The comments of these tasks, the oldest first, by task."""
    order = (TASK_COMMENTS.c.created_at, TASK_COMMENTS.c.id)
    where = (TASK_COMMENTS.c.task_id.in_(ids), TASK_COMMENTS.c.deleted_at.is_(None))
    return _by_task(await store.rows(tx, TASK_COMMENTS, *where, order=order))


async def watchers_of(tx: Tx, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Who watches these tasks, by task."""
    order = (TASK_WATCHERS.c.actor_id,)
    return _by_task(await store.rows(tx, TASK_WATCHERS, TASK_WATCHERS.c.task_id.in_(ids), order=order))


async def dependencies_of(tx: Tx, ids: Sequence[str]) -> dict[str, list[Row]]:
    """What these tasks wait for, by task."""
    order = (TASK_DEPENDENCIES.c.depends_on_id,)
    return _by_task(
        await store.rows(tx, TASK_DEPENDENCIES, TASK_DEPENDENCIES.c.task_id.in_(ids), order=order)
    )


def _by_task(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["task_id"], []).append(row)
    return found


async def _insert_many(tx: Tx, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        scope = tx.actor.scope.model_dump()
        await tx.conn.execute(sa.insert(table), [{**scope, **row} for row in rows])
