"""The durable side of an import: furnish, unpack, land batch by batch, connect, close the books."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog

from opsroom.board.exchange import api, store
from opsroom.board.exchange.drafts import Found, Misfit
from opsroom.board.exchange.events import ImportFinished
from opsroom.board.exchange.furnishing import make_furniture
from opsroom.board.exchange.landing import Landing
from opsroom.board.exchange.planning import Planner
from opsroom.board.exchange.shapes import ImportRequest, Mapping
from opsroom.board.workflow import api as workflow
from opsroom.kernel.actor import Actor, Scope
from opsroom.kernel.db import Row
from opsroom.kernel.durable import JsonValue
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx

log = structlog.get_logger("opsroom.board.exchange")

BATCH: Final = 200
_UNPACKED_AT_ONCE: Final = 1000
_MOST_MISFITS: Final = 20_000


class Importer:
    """Carries out imports. Every step looks first at what is done already, so any of them may be repeated."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._durable = house.durable

    def register(self) -> None:
        """Make the workflow known."""
        self._durable.workflow(api.IMPORT, self._workflow, on_fault=self._broke)

    async def _workflow(self, scope: dict[str, str], import_id: str) -> JsonValue:
        total, waiting = await self._durable.step("unpack", self.unpack, scope, import_id)
        for start in range(0, total, BATCH):
            await self._durable.step(f"land_{start}", self.land, scope, import_id, start)
        for start in range(0, total if waiting else 0, BATCH):
            await self._durable.step(f"connect_{start}", self.connect, scope, import_id, start)
        await self._durable.step("finish", self.finish, scope, import_id, None)
        return None

    async def _broke(self, args: Sequence[Any], message: str) -> None:
        scope, import_id = args
        await self.finish(scope, import_id, message)

    async def run(self, scope: dict[str, str], import_id: str) -> None:
        """The same without the engine, for tests."""
        total, waiting = await self.unpack(scope, import_id)
        for start in range(0, total, BATCH):
            await self.land(scope, import_id, start)
        for start in range(0, total if waiting else 0, BATCH):
            await self.connect(scope, import_id, start)
        await self.finish(scope, import_id, None)

    async def _actor(self, scope: dict[str, str], import_id: str) -> Actor:
        """The house, in the name of who ordered the import."""
        house = self._house.system_actor(Scope.model_validate(scope))
        async with self._house.unit_of_work.reading(house) as tx:
            order = await store.whole_import(tx, import_id)
        if order is None:
            return house
        return house.model_copy(update={"id": order["created_by"], "name": order["created_by_name"]})

    # ---- the text becomes rows

    async def unpack(self, scope: dict[str, str], import_id: str) -> list[Any]:
        """Make the furniture and put each draft into a row; how many there are, and whether some wait."""
        actor = await self._actor(scope, import_id)
        async with workflow.reading(self._house, actor) as tx:
            order = await store.whole_import(tx, import_id, content=True)
            zone = ZoneInfo((await workflow.settings(tx)).time_zone)
        if order is None or order["content"] is None:
            return [0, False]
        found = await asyncio.to_thread(_found_again, order, zone)
        mapping = Mapping.model_validate(order["mapping"])
        done = order["unpacked"]
        if done == 0:
            async with self._house.unit_of_work(actor) as tx:
                await self._begin(tx, import_id, found, mapping)
        while done < len(found.drafts):
            done = await self._unpack_some(actor, import_id, found, done)
        return [len(found.drafts), any(draft.depends_on for draft in found.drafts)]

    async def _begin(self, tx: Tx, import_id: str, found: Found, mapping: Mapping) -> None:
        order = await store.whole_import(tx, import_id, lock=True)
        if order is None or order["status"] != "queued":
            return
        known, misfits = await make_furniture(tx, found, mapping)
        await self._note(tx, import_id, [*found.misfits, *misfits])
        values = {"status": "running", "started_at": tx.now, "mapping": known.model_dump(mode="json")}
        await store.change_import(tx, import_id, values)

    async def _unpack_some(self, actor: Actor, import_id: str, found: Found, start: int) -> int:
        stop = min(start + _UNPACKED_AT_ONCE, len(found.drafts))
        rows = [
            {
                "import_id": import_id,
                "position": place,
                "source_id": draft.source_id[:200],
                "draft": draft.model_dump(mode="json", exclude_defaults=True),
                "outcome": "waiting",
            }
            for place, draft in enumerate(found.drafts[start:stop], start=start)
        ]
        async with self._house.unit_of_work(actor) as tx:
            order = await store.whole_import(tx, import_id, lock=True)
            if order is not None and order["unpacked"] == start:
                await store.add_items(tx, rows)
                await store.change_import(tx, import_id, {"unpacked": stop})
        return stop

    async def _note(self, tx: Tx, import_id: str, misfits: Sequence[Misfit]) -> None:
        order = await store.whole_import(tx, import_id, lock=True)
        if order is None or not misfits:
            return
        room = max(0, _MOST_MISFITS - order["misfits"])
        await store.add_misfits(tx, import_id, order["misfits"], misfits[:room])
        await store.change_import(tx, import_id, {"misfits": order["misfits"] + len(misfits)})

    # ---- rows become tasks

    async def land(self, scope: dict[str, str], import_id: str, start: int) -> None:
        """One batch in one commit; one that was landed is passed over."""
        actor = await self._actor(scope, import_id)
        async with workflow.writing(self._house, actor) as tx:
            order = await store.whole_import(tx, import_id, lock=True)
            if order is None or order["landed"] != start:
                return
            items = await store.items(tx, import_id, start, start + BATCH)
            batch = await (await _landing(tx, order)).land(tx, items)
            await store.settle_items(tx, import_id, batch.outcomes)
            sums = {
                name: order[name] + batch.count(name) for name in ("created", "updated", "skipped", "failed")
            }
            await store.change_import(tx, import_id, {**sums, "landed": start + len(items)})
            await self._note(tx, import_id, batch.misfits)
            tx.wake(import_id)
            failpoint("imports.before_commit")
        failpoint("imports.after_commit")

    async def connect(self, scope: dict[str, str], import_id: str, start: int) -> None:
        """Who waits for whom, of one batch. Repeated it changes nothing more."""
        actor = await self._actor(scope, import_id)
        async with workflow.writing(self._house, actor) as tx:
            order = await store.whole_import(tx, import_id, lock=True)
            items = await store.items(tx, import_id, start, start + BATCH)
            waiting = [item for item in items if item["draft"].get("depends_on")]
            if order is not None and waiting:
                await self._note(tx, import_id, await (await _landing(tx, order)).connect(tx, waiting))

    async def finish(self, scope: dict[str, str], import_id: str, error: str | None) -> None:
        """Close the books: what was made stays made, the report says what was not."""
        actor = await self._actor(scope, import_id)
        async with self._house.unit_of_work(actor) as tx:
            order = await store.whole_import(tx, import_id, lock=True)
            if order is None or order["finished_at"] is not None:
                return
            status = "failed" if error else "done"
            await store.change_import(
                tx, import_id, {"status": status, "error": error, "content": None, "finished_at": tx.now}
            )
            await store.forget_items(tx, import_id)
            sums = {name: order[name] for name in ("created", "updated", "skipped", "failed", "misfits")}
            event = ImportFinished(source=order["source"], name=order["name"], status=status, **sums)
            tx.record(event, subject=import_id)
        log.info("exchange.import_finished", import_id=import_id, status=status, **sums)


def _found_again(order: Row, zone: ZoneInfo) -> Found:
    mapping = Mapping.model_validate(order["mapping"])
    asked = ImportRequest(content="", source=order["source"], name=order["name"], mapping=mapping)
    return api.read_again(zlib.decompress(order["content"]), zone, asked)


async def _landing(tx: Tx, order: Row) -> Landing:
    mapping = Mapping.model_validate(order["mapping"])
    return Landing(
        order, mapping, Planner(order["source"], mapping, await api.board_now(tx), order["people"])
    )
