"""The verbs of imports."""

from __future__ import annotations

import asyncio
import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from opsroom.board.categories import api as categories
from opsroom.board.exchange import store
from opsroom.board.exchange.decoding import text_of
from opsroom.board.exchange.drafts import Found, Misfit
from opsroom.board.exchange.errors import ImportUnderWay, NoSuchImport
from opsroom.board.exchange.events import ImportPutAway, ImportStarted
from opsroom.board.exchange.planning import Planner, counts, names_of, shown
from opsroom.board.exchange.readers.headings import repeats
from opsroom.board.exchange.reading import read
from opsroom.board.exchange.shapes import Import, ImportReport, ImportRequest, Mapping, Preview, PutAway
from opsroom.board.exchange.suggesting import BoardNow, mapping_problems, whole_mapping
from opsroom.board.fields import api as fields
from opsroom.board.roster import api as roster
from opsroom.board.sprints import api as sprints
from opsroom.board.store import lock_board
from opsroom.board.tasks import many
from opsroom.board.workflow import api as workflow
from opsroom.identity import api as identity
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Invalid, Malformed, Problem, TooLarge
from opsroom.kernel.ids import new_id
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx

IMPORT: Final = "board.import.v1"
MOST_PUT_AWAY: Final = many.MAX_AT_ONCE
_SHOWN_TASKS: Final = 20
_SHOWN_MISFITS: Final = 200


async def board_now(tx: Tx) -> BoardNow:
    """What a mapping can name, read once."""
    return BoardNow(
        columns=tuple(await workflow.columns(tx)),
        agents=tuple(await roster.roster(tx)),
        members=tuple(await identity.members(tx)),
        categories=tuple(await categories.categories(tx)),
        sprints=tuple((await sprints.sprints(tx))[0]),
        fields=tuple(await fields.fields(tx)),
    )


def content_of(asked: ImportRequest, most_bytes: int) -> bytes:
    """The bytes that were brought. Raises Invalid, TooLarge, Malformed."""
    given = [name for name in ("content", "content_base64") if getattr(asked, name) is not None]
    if len(given) != 1:
        problem = Problem("content", "give either content or content_base64, and only one of them")
        raise Invalid("There is nothing to import.", problems=(problem,))
    if asked.content is not None:
        data = asked.content.encode("utf-8", "replace")
    else:
        try:
            data = base64.b64decode(asked.content_base64 or "", validate=True)
        except (ValueError, binascii.Error) as error:
            problem = Problem("content_base64", f"is not base64: {error}")
            raise Malformed("The content cannot be decoded.", problems=(problem,)) from error
    if len(data) > most_bytes:
        raise TooLarge(
            f"The content is larger than the {most_bytes:,} bytes an import takes; bring it in parts."
        )
    if not data.strip():
        raise Invalid("There is nothing to import.", problems=(Problem("content", "is empty"),))
    return data


class Importing:
    """Looks at what is brought, and orders imports. Reading happens beside the event loop."""

    def __init__(self, house: House, most_bytes: int) -> None:
        self._house = house
        self._most_bytes = most_bytes

    async def preview(self, actor: Actor, asked: ImportRequest) -> Preview:
        """What an import would do; nothing is written. Raises Malformed, Invalid, TooLarge."""
        _, found, board, known = await self._look(actor, asked)
        return await asyncio.to_thread(_preview, found, board, asked.mapping, known)

    async def order(self, actor: Actor, asked: ImportRequest) -> Import:
        """Order an import by this mapping; it is carried out durably.

        Raises what `preview` raises, and Invalid with everything that is wrong with the mapping.
        """
        data, found, board, _ = await self._look(actor, asked)
        whole, problems = await asyncio.to_thread(_judged, found, board, asked.mapping)
        if problems:
            raise Invalid("The import cannot begin like this.", problems=problems)
        import_id = new_id("import")
        values = {
            "id": import_id,
            "source": found.source,
            "name": found.name[:200],
            "status": "queued",
            "on_repeat": asked.on_repeat,
            "mapping": whole.model_dump(mode="json"),
            "people": names_of(found),
            "content": await asyncio.to_thread(zlib.compress, data, 3),
            "total": len(found.drafts),
            "created_by": actor.id,
            "created_by_name": actor.name,
        }
        async with workflow.writing(self._house, actor) as tx:
            await store.add_import(tx, {**values, "created_at": tx.now})
            event = ImportStarted(source=found.source, name=found.name[:200], total=len(found.drafts))
            tx.record(event, subject=import_id)
            scope = tx.actor.scope.model_dump()
            tx.enqueue(IMPORT, scope, import_id, workflow_id=import_id)
            return await get_import(tx, import_id)

    async def _look(self, actor: Actor, asked: ImportRequest) -> tuple[bytes, Found, BoardNow, int]:
        async with workflow.reading(self._house, actor) as tx:
            zone = ZoneInfo((await workflow.settings(tx)).time_zone)
            board = await board_now(tx)
        data = content_of(asked, self._most_bytes)
        found = await asyncio.to_thread(read_again, data, zone, asked)
        async with self._house.unit_of_work.reading(actor) as tx:
            known = await store.links(tx, found.source, [draft.source_id for draft in found.drafts])
        return data, found, board, len(known)


def read_again(data: bytes, zone: ZoneInfo, asked: ImportRequest) -> Found:
    """What is in these bytes; the same each time."""
    return read(
        text_of(data),
        zone,
        kind=asked.source,
        name=asked.name,
        headings=asked.mapping.headings,
        days_first=asked.mapping.days_first,
    )


def _judged(found: Found, board: BoardNow, said: Mapping) -> tuple[Mapping, tuple[Problem, ...]]:
    whole = whole_mapping(found, board, said)
    problems = mapping_problems(found, board, said, whole)
    problems += tuple(
        Problem("mapping.headings", f"several headings are taken for {target}, which has one place")
        for target in repeats(whole.headings)
    )
    if not found.drafts:
        problems += (Problem("content", "holds no task"),)
    return whole, problems


def _preview(found: Found, board: BoardNow, said: Mapping, known: int) -> Preview:
    whole, problems = _judged(found, board, said)
    planner = Planner(found.source, whole, board, names_of(found))
    planned = [planner.plan(draft) for draft in found.drafts]
    misfits = [*found.misfits, *(misfit for one in planned for misfit in one.misfits)]
    return Preview(
        source=found.source,
        name=found.name,
        counts=counts(found, known),
        columns=tuple(found.columns.values()),
        people=tuple(found.people.values()),
        fields=tuple(found.fields.values()),
        sprints=tuple(found.sprints.values()),
        headings=tuple(found.headings),
        mapping=whole,
        problems=tuple(f"{problem.path}: {problem.message}" for problem in problems),
        tasks=tuple(shown(one) for one in planned[:_SHOWN_TASKS]),
        misfits=tuple(misfits[:_SHOWN_MISFITS]),
        misfit_count=len(misfits),
    )


async def imports(tx: Tx, *, limit: int, offset: int) -> tuple[list[Import], int]:
    """The project's imports, the newest first, and how many there are."""
    return await store.imports(tx, limit=limit, offset=offset)


async def get_import(tx: Tx, import_id: str) -> Import:
    """One import. Raises NoSuchImport."""
    found = await store.shown_import(tx, import_id)
    if found is None:
        raise NoSuchImport(f"There is no import {import_id} in this project.")
    return found


async def put_away(tx: Tx, import_id: str) -> PutAway:
    """Put what an import made into the archive, some hundred cards at a time. Each can come out again.

    Raises NoSuchImport, and ImportUnderWay while it goes on.
    """
    order = await get_import(tx, import_id)
    if order.status in ("queued", "running"):
        raise ImportUnderWay("This import still makes cards. Wait until it is over, then put them away.")
    await lock_board(tx)
    ids, total = await store.made_by(tx, import_id, MOST_PUT_AWAY)
    if ids:
        await many.bulk(tx, ids, change=None, move=None, action="archive")
        event = ImportPutAway(source=order.source, name=order.name, tasks=len(ids))
        tx.record(event, subject=import_id)
    return PutAway(archived=tuple(ids), left=total - len(ids))


async def report(tx: Tx, import_id: str, *, limit: int, offset: int) -> ImportReport:
    """One import with a page of what did not fit. Raises NoSuchImport."""
    order = await get_import(tx, import_id)
    found: Sequence[Misfit] = await store.misfits(tx, import_id, limit=limit, offset=offset)
    return ImportReport(order=order, misfits=tuple(found))
