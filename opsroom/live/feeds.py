"""What a feed says next, as plain values: the web framework wraps them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.uow import last_seq
from opsroom.kernel.wake import Listener
from opsroom.runs import api as runs

_PAGE = 500
_RUNS_AT_ONCE = 100
# A row carries the time its unit of work began and is seen when that commits: a look goes back this
# far, or a change that was under way at the last look would never be told.
_LONGEST_COMMIT = timedelta(seconds=10)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a feed looks by itself (a wake may be lost), and when a quiet one says that it lives."""

    look_s: float = 5.0
    heartbeat_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a feed. `event` "" is a heartbeat; `id` None leaves the reader's cursor alone."""

    event: str
    data: str
    id: str | None = None


HEARTBEAT = Frame("", "hb")


class _Quiet:
    """Waits for news, and knows when the silence has lasted long enough for a heartbeat."""

    def __init__(self, listener: Listener, pace: Pace) -> None:
        self._listener = listener
        self._pace = pace
        self._quiet_s = 0.0

    async def is_heartbeat_due(self) -> bool:
        """Wait until there may be news. True when the reader must hear that we are still here."""
        called = await self._listener.wait(self._pace.look_s)
        self._quiet_s = 0.0 if called else self._quiet_s + self._pace.look_s
        if self._quiet_s < self._pace.heartbeat_s:
            return False
        self._quiet_s = 0.0
        return True


async def run_frames(house: House, actor: Actor, run_id: str, after: int, pace: Pace) -> AsyncIterator[Frame]:
    """Events of one run after number `after`, then as they come; ends after the run's end."""
    shown_version = 0
    with house.wakes.listen(run_id) as listener:
        quiet = _Quiet(listener, pace)
        while True:
            async with house.unit_of_work.reading(actor) as tx:
                run = await runs.get_run(tx, run_id)
                events = await runs.events_of(tx, run_id, after=after, limit=_PAGE)
            for event in events:
                yield Frame("run_event", event.model_dump_json(), str(event.seq))
                after = event.seq
            if run.version != shown_version:
                shown_version = run.version
                yield Frame("run", run.model_dump_json())
            if len(events) == _PAGE:
                continue
            if run.ended and after >= run.event_count:
                yield Frame("end", f'{{"status":"{run.status}","outcome":"{run.outcome}"}}')
                return
            if await quiet.is_heartbeat_due():
                yield HEARTBEAT


async def project_frames(house: House, actor: Actor, after: int | None, pace: Pace) -> AsyncIterator[Frame]:
    """Every run of the project that changes. `after` is a number of the event log, None for "from now".

    A run is told in its present state, once for each look that finds it changed.
    """
    shown: dict[str, int] = {}
    with house.wakes.listen(f"runs:{actor.scope.project_id}") as listener:
        quiet = _Quiet(listener, pace)
        async with house.unit_of_work.reading(actor) as tx:
            seq = await last_seq(tx)
            since = tx.now - _LONGEST_COMMIT
            if after is None or after > seq:
                shown = {run_id: version for run_id, version, _ in await runs.versions_since(tx, since)}
            else:
                since = min(since, (await runs.time_of_event(tx, after) or _BEGINNING) - _LONGEST_COMMIT)
        is_ready = False
        while True:
            async with house.unit_of_work.reading(actor) as tx:
                seq = await last_seq(tx)
                now = tx.now
                touched = await runs.versions_since(tx, since)
            news = [run_id for run_id, version, _ in touched if shown.get(run_id) != version]
            async for run_id, version, frame in _told(house, actor, news, seq):
                shown[run_id] = version
                yield frame
            if not is_ready:
                is_ready = True
                yield Frame("ready", "{}", str(seq))
            since = max(since, now - _LONGEST_COMMIT)
            # What was touched before the next look begins will not be seen by it again.
            recent = {run_id for run_id, _, at in touched if at >= since}
            shown = {run_id: version for run_id, version in shown.items() if run_id in recent}
            if await quiet.is_heartbeat_due():
                yield HEARTBEAT


async def _told(
    house: House, actor: Actor, run_ids: Sequence[str], seq: int
) -> AsyncIterator[tuple[str, int, Frame]]:
    """The runs in the order given, some at a time: nobody keeps a long list for a slow reader.

    The number of the snapshot goes out with the last one: a reader cut off before resumes before them.
    """
    for start in range(0, len(run_ids), _RUNS_AT_ONCE):
        part = run_ids[start : start + _RUNS_AT_ONCE]
        async with house.unit_of_work.reading(actor) as tx:
            found = await runs.runs_by_id(tx, part)
        for run in found:
            cursor = str(seq) if run.id == run_ids[-1] else None
            yield run.id, run.version, Frame("run", run.model_dump_json(), cursor)
