"""The ledgers this process holds: brought up to the log's end when asked, saved when they have grown.

Several requests for one project share the work: the first folds, the others wait for it and find it done.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, TypeVar, cast
from zoneinfo import ZoneInfo

from opsroom.board.analytics import store
from opsroom.board.analytics.keeping import opened, saved
from opsroom.board.analytics.ledger import Ledger
from opsroom.board.analytics.stream import KINDS, Line, facts_of
from opsroom.board.workflow import api as workflow
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House

_PAGE: Final = 5000
_SAVE_EVERY: Final = 5000
_HELD: Final = 4
_SMALL: Final = 2000
_LINE: Final = 500

T = TypeVar("T")


class Books:
    """One for the house. `asked` is all there is to it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._held: OrderedDict[str, Ledger] = OrderedDict()
        self._saved_at: dict[str, int] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def asked(self, actor: Actor, compute: Callable[[Ledger], T]) -> T:
        """What `compute` finds in the ledger of the actor's project, with all that the log has.

        It is computed while nobody else folds into the same ledger, and beside the event loop where that
        would take its time.
        """
        project = actor.scope.project_id
        async with self._locks.setdefault(project, asyncio.Lock()):
            async with workflow.reading(self._house, actor) as tx:
                zone = ZoneInfo((await workflow.settings(tx)).time_zone)
                kinds = {column.key: column.kind for column in await workflow.columns(tx)}
                body = None if project in self._held else await store.saved_ledger(tx)
            ledger = await self._begin(project, zone, body)
            ledger.kinds = {**kinds, **ledger.kinds}
            await self._fold(actor, ledger)
            if ledger.seq - self._saved_at[project] >= _SAVE_EVERY:
                await self._save(actor, ledger)
            if len(ledger.tasks) < _SMALL:
                return compute(ledger)
            return await asyncio.to_thread(compute, ledger)

    async def _begin(self, project: str, zone: ZoneInfo, body: bytes | None) -> Ledger:
        held = self._held.pop(project, None)
        if held is None and body is not None:
            held = await asyncio.to_thread(_unpacked, body, zone)
            self._saved_at[project] = held.seq if held else 0
        if held is None or held.zone.key != zone.key:
            held = Ledger(zone)
            self._saved_at[project] = 0
        self._held[project] = held
        while len(self._held) > _HELD:
            self._held.popitem(last=False)
        return held

    async def _fold(self, actor: Actor, ledger: Ledger) -> None:
        after = ledger.seq
        while True:
            async with self._house.unit_of_work.reading(actor) as tx:
                page = await store.events_page(tx, after, KINDS, _PAGE)
            if len(page) > _PAGE // 10:
                await asyncio.to_thread(_fold, ledger, page)
            else:
                _fold(ledger, page)
            after = ledger.seq
            if len(page) < _PAGE:
                return

    async def _save(self, actor: Actor, ledger: Ledger) -> None:
        seq = ledger.seq
        body = await asyncio.to_thread(_packed, ledger)
        async with self._house.unit_of_work(self._house.system_actor(actor.scope)) as tx:
            if self._saved_at[actor.scope.project_id] == 0:
                await store.drop_ledger(tx)
            await store.save_ledger(tx, seq, body)
        self._saved_at[actor.scope.project_id] = seq


def _fold(ledger: Ledger, page: Sequence[Line]) -> None:
    ledger.fold(facts_of(page))
    if page:  # also past events that say nothing about figures
        ledger.seq = page[-1].seq


def _packed(ledger: Ledger) -> bytes:
    """Line by line: one call over a hundred thousand tasks would let nothing else run meanwhile, not even
    the event loop, whatever the thread."""
    body = saved(ledger)
    tasks = iter(cast("dict[str, object]", body.pop("tasks")).items())
    packing = zlib.compressobj(3)
    parts = [packing.compress(_line(body))]
    while part := dict(islice(tasks, _LINE)):
        parts.append(packing.compress(_line(part)))
    return b"".join([*parts, packing.flush()])


def _line(part: object) -> bytes:
    return json.dumps(part, separators=(",", ":")).encode() + b"\n"


def _unpacked(body: bytes, zone: ZoneInfo) -> Ledger | None:
    head, *parts = zlib.decompress(body).splitlines()
    found = json.loads(head)
    tasks: dict[str, object] = found.get("tasks", {})
    for part in parts:
        tasks |= json.loads(part)
    return opened({**found, "tasks": tasks}, zone)
