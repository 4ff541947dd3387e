"""The run event log: appended in shared commits, copied to one JSONL file per session.

Hundreds of sessions tell their events at once; a commit for each would spend its time in fsync.
Appends that arrive while a commit is under way go into the next one together (group commit).
The file is a copy: it is written after the commit, and brought up from the rows when a process
died in between.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.errors import Fault
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House
from opsroom.runs import store
from opsroom.runs.ports import EngineEvent
from opsroom.runs.shapes import RunEvent
from opsroom.runs.store import Appended

log = structlog.get_logger("opsroom.runs")

_TAIL_BYTES = 64 * 1024


@dataclass(slots=True)
class _Waiting:
    scope: Scope
    run_id: str
    events: list[EngineEvent]
    done: asyncio.Future[Appended]


class EventLog:
    """Appends events for all runs of this process."""

    def __init__(self, house: House, folder: Path) -> None:
        self._house = house
        self._folder = folder
        self._waiting: list[_Waiting] = []
        self._flusher: asyncio.Task[None] | None = None
        self._written: dict[str, int] = {}

    async def append(self, scope: Scope, run_id: str, events: Sequence[EngineEvent]) -> Appended:
        """Store what is new of `events`; returns after the commit."""
        done: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(scope, run_id, list(events), done))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        return await done

    async def _flush(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            by_scope: dict[Scope, list[_Waiting]] = {}
            for w in waiting:
                by_scope.setdefault(w.scope, []).append(w)
            for scope, group in by_scope.items():
                await self._commit(scope, group)

    async def _commit(self, scope: Scope, group: list[_Waiting]) -> None:
        batches: dict[str, list[EngineEvent]] = {}
        for w in group:
            batches.setdefault(w.run_id, []).extend(w.events)
        try:
            async with self._house.unit_of_work(system_actor(scope)) as tx:
                appended = await store.append_events(tx, batches)
        except BaseException as error:
            # Whoever waits gets the error and decides; a waiter left behind would hang for ever.
            for w in group:
                if not w.done.done():
                    w.done.set_exception(error if isinstance(error, Exception) else Fault("stopped"))
                    w.done.exception()
            if not isinstance(error, Exception):
                raise
            return
        failpoint("run.log.committed")
        for result in appended.values():
            await self._copy(scope, result)
        failpoint("run.log.copied")
        for w in group:
            if w.done.done():
                continue
            if w.run_id in appended:
                w.done.set_result(appended[w.run_id])
            else:
                w.done.set_exception(Fault(f"run {w.run_id} is not in this project"))

    # -- the file ---------------------------------------------------------------------------

    def path(self, session_id: str) -> Path:
        """Where the copy of a session's events is."""
        safe = "".join(c if c.isalnum() or c in "._-" else "_" for c in session_id)[:150]
        return self._folder / f"{safe}.jsonl"

    async def _copy(self, scope: Scope, result: Appended) -> None:
        if not result.stored or result.session_id is None or result.run_id not in self._written:
            return  # not begun: the first `catch_up` writes all there is
        if self._written[result.run_id] == result.stored[0].seq - 1:
            self._write(result.session_id, result.stored)
        else:  # events of our own came between, or the disk was full
            await self.catch_up(scope, result.run_id, result.session_id)

    def _write(self, session_id: str, events: Sequence[RunEvent]) -> None:
        lines = "".join(json.dumps(e.model_dump(mode="json"), ensure_ascii=False) + "\n" for e in events)
        try:
            with self.path(session_id).open("a", encoding="utf-8", errors="replace") as file:
                file.write(lines)
        except OSError as error:
            # The rows are the log; a full disk must not end the run. The next catch_up repairs it.
            self._written.pop(events[0].run_id, None)
            log.warning("runs.log_copy_failed", session_id=session_id, error=str(error))
            return
        self._written[events[0].run_id] = events[-1].seq

    async def catch_up(self, scope: Scope, run_id: str, session_id: str) -> None:
        """Bring the file up to the rows: at the beginning, after a crash, and at the end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        after = self._written.get(run_id)
        if after is None:
            after = await asyncio.to_thread(_last_seq, self.path(session_id))
        while True:
            async with self._house.unit_of_work.reading(system_actor(scope)) as tx:
                events = await store.events_after(tx, run_id, after)
            if not events:
                self._written.setdefault(run_id, after)
                return
            self._write(session_id, events)
            after = events[-1].seq

    def forget(self, run_id: str) -> None:
        """The run has ended: let go of its cursor."""
        self._written.pop(run_id, None)

    async def sweep_files(self, keep_days: int) -> int:
        """Delete copies not written to for `keep_days`; how many."""
        return await asyncio.to_thread(_delete_older, self._folder, keep_days)


def _last_seq(path: Path) -> int:
    """The number of the last whole line; a torn last line (a crash while writing) is cut off."""
    try:
        with path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - _TAIL_BYTES)
            file.seek(start)
            tail = file.read()
            whole = tail.rfind(b"\n") + 1
            if whole < len(tail):
                file.truncate(start + whole)
            lines = tail[:whole].splitlines()
            return int(json.loads(lines[-1])["seq"]) if lines else _from_scratch(file, size)
    except FileNotFoundError:
        return 0
    except (ValueError, KeyError):
        path.unlink()  # not ours any more: written again whole from the rows
        return 0


def _from_scratch(file: object, size: int) -> int:
    if size == 0:
        return 0
    raise ValueError(f"no line end in the last {_TAIL_BYTES} bytes of {file}")


def _delete_older(folder: Path, days: int) -> int:
    limit = time.time() - days * 86_400
    old = [p for p in folder.glob("*.jsonl") if p.stat().st_mtime < limit] if folder.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
