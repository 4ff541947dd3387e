"""Following one session: the stream opened first, then the history, merged by event id.

The stream tells news quickly and promises nothing: it has no replay, may drop, repeat and reorder. The
history is what counts. So it is read on every connect, and again whenever the stream tells of a stop:
only then is it certain that nothing is missing and in which order things happened.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Final

import anthropic
import httpx2
import structlog

from opsroom.kernel.clock import Clock
from opsroom.kernel.shape import Json
from opsroom.runs.engines.anthropic_managed.mapping import MAX_EVENT, MAX_RAW, event_of, source_id
from opsroom.runs.engines.anthropic_managed.sse import Frame, SseParser
from opsroom.runs.engines.anthropic_managed.stops import MOVING_TYPES, STANDING_TYPES, Standing
from opsroom.runs.engines.anthropic_managed.wire import AnthropicFault, Wire, told_as_ours
from opsroom.runs.engines.clean import NotJson, clean_text, read_json, shorten
from opsroom.runs.ports import EngineEvent, Stop

log = structlog.get_logger("opsroom.engines")

# Processing times are not quite in the order of arrival: what is read again is dropped by its id.
_OVERLAP: Final = timedelta(seconds=60)
_SETTLE_PAUSES_S: Final = (0.1, 0.3, 0.6, 1.0)
_GONE_AFTER: Final = 3
_NOT_AVAILABLE: Final = "not available here"


class Feed:
    """One follower of one session."""

    def __init__(self, wire: Wire, clock: Clock, session_id: str, betas: list[str]) -> None:
        self._wire, self._clock = wire, clock
        self._session_id = session_id
        self._betas = betas or anthropic.omit
        self._seen: set[str] = set()
        self._standing = Standing()
        self._newest: datetime | None = None
        self._suspects: list[Frame] = []
        self._held: EngineEvent | None = None
        self._listed: set[str] = set()
        self._contact = clock.monotonic()
        self._missing = 0

    async def batches(self) -> AsyncGenerator[list[EngineEvent], None]:
        """Everything, until the session stands still. Reconnects by itself."""
        settings = self._wire.settings
        pause = settings.reconnect_first_s / 2
        while True:
            known, wait = len(self._seen), None
            try:
                async with aclosing(self._connection()) as connection:
                    async for batch in connection:
                        yield batch
                        if batch[-1].stop is not None:
                            return
            except AnthropicFault as fault:
                gone = self._gone(fault)
                if gone is not None:
                    yield [gone]
                    return
                wait = fault.retry_after_s
            # News since the last connect means that the other side is well, whatever cut us off.
            fresh = len(self._seen) > known
            pause = settings.reconnect_first_s if fresh else min(pause * 2, settings.reconnect_most_s)
            await self._clock.sleep(pause if wait is None else min(wait, 60.0))

    def _gone(self, fault: AnthropicFault) -> EngineEvent | None:
        """The last event of a session that no longer exists. Raises what cannot be waited out."""
        if fault.status == 404:
            self._missing += 1
            if self._missing < _GONE_AFTER:
                return None  # a session that was only just created may not be known everywhere yet
            return EngineEvent(
                source_id=f"{self._session_id}:gone",
                source_type="session.not_found",
                kind="session.status",
                at=self._clock.now(),
                body={"status": "deleted", "detail": fault.message},
                stop=Stop(kind="deleted", detail="the session no longer exists"),
            )
        silent_s = self._clock.monotonic() - self._contact
        if fault.permanent or silent_s > self._wire.settings.give_up_after_s:
            raise fault
        log.info("anthropic.stream_broken", session_id=self._session_id, error=fault.message)
        return None

    def _in_contact(self) -> None:
        self._contact, self._missing = self._clock.monotonic(), 0

    # -- one connection -------------------------------------------------------------------------

    async def _connection(self) -> AsyncGenerator[list[EngineEvent], None]:
        settings = self._wire.settings
        events = self._wire.streams.beta.sessions.events.with_streaming_response
        # The read limit is the watchdog: heartbeats reset it, silence ends the connection.
        limits = httpx2.Timeout(
            settings.timeout_s, connect=settings.connect_timeout_s, read=settings.stream_idle_s
        )
        with told_as_ours("follow a session"):
            async with events.stream(self._session_id, betas=self._betas, timeout=limits) as response:
                async for batch in self._catch_up():
                    yield batch
                async for batch in self._conclude():
                    yield batch
                parser = SseParser()
                async for chunk in response.iter_bytes():
                    self._in_contact()
                    async for batch in self._arrived(parser.feed(chunk)):
                        yield batch

    async def _arrived(self, frames: list[Frame]) -> AsyncGenerator[list[EngineEvent], None]:
        """News from the stream; when it tells of a stop, the history decides."""
        raws = [raw for frame in frames if (raw := self._read_frame(frame)) is not None]
        stands = [raw for raw in raws if raw.get("type") in STANDING_TYPES]
        news = self._take(raws)
        if news:
            yield news
        if not stands and not self._suspects:
            if self._standing.custom:
                await self._answer_custom_tools()
            return
        async for batch in self._settle(stands):
            yield batch
        async for batch in self._conclude():
            yield batch

    def _read_frame(self, frame: Frame) -> Json | None:
        if frame.name == "ping":
            return None
        if frame.name == "error":
            text = frame.data[:500].decode("utf-8", "replace")
            raise AnthropicFault(f"Anthropic ended the stream of {self._session_id}: {text}")
        try:
            raw = None if frame.cut else read_json(frame.data.decode("utf-8", "replace"))
        except NotJson:
            raw = None
        if isinstance(raw, dict) and isinstance(raw.get("type"), str):
            return raw
        self._suspects.append(frame)
        return None

    def _take(self, raws: Iterable[Json], *, measure: bool = False) -> list[EngineEvent]:
        """The events among `raws` that were not told yet.

        The last one that may be a stop is held back: it is told when it is clear whether it is one.
        """
        news: list[EngineEvent] = []
        for raw in raws:
            self._standing.read(raw)
            if source_id(raw) in self._seen:
                continue
            size = len(json.dumps(raw)) if measure else 0
            event = event_of(raw, self._clock.now(), size=size)
            if event is None:
                continue
            self._seen.add(event.source_id)
            if raw.get("processed_at"):
                self._newest = max(self._newest or event.at, event.at)
            stands = raw.get("type") in STANDING_TYPES
            if stands or raw.get("type") in MOVING_TYPES:
                news += self._released()
            if stands:
                self._held = event
            else:
                news.append(event)
        return news

    def _released(self) -> list[EngineEvent]:
        held, self._held = self._held, None
        return [] if held is None else [held]

    # -- the history ----------------------------------------------------------------------------

    async def _catch_up(self, *, whole: bool = False) -> AsyncGenerator[list[EngineEvent], None]:
        """What the history holds and we have not told: all of it at first, later its recent part."""
        events = self._wire.client.beta.sessions.events.with_raw_response
        since = anthropic.omit if self._newest is None or whole else self._newest - _OVERLAP
        self._listed.clear()
        async for page in self._wire.pages(
            "list the events of a session",
            lambda cursor: events.list(
                self._session_id, created_at_gte=since, order="asc", limit=100, betas=self._betas, page=cursor
            ),
        ):
            self._in_contact()
            self._listed.update(map(source_id, page.items))
            news = self._take(page.items, measure=page.size > MAX_EVENT)
            if news:
                yield news

    async def _settle(self, stands: list[Json]) -> AsyncGenerator[list[EngineEvent], None]:
        """Read the history until it knows what the stream told, then it is complete and in order."""
        wanted = {source_id(raw) for raw in stands}
        suspects, self._suspects = self._suspects, []
        known = len(self._seen)
        for pause in (*_SETTLE_PAUSES_S, None):
            try:
                async for batch in self._catch_up():
                    yield batch
            except AnthropicFault as fault:
                if fault.status != 404 or not stands:
                    raise
                break  # it was deleted, as the stream has just said
            if wanted <= self._listed or pause is None:
                break
            await self._clock.sleep(pause)
        for raw in stands:
            if source_id(raw) not in self._listed:
                self._standing.read(raw)  # the history does not know it: the stream's word counts
        if suspects and len(self._seen) == known:
            yield [self._unreadable(frame) for frame in suspects]

    def _unreadable(self, frame: Frame) -> EngineEvent:
        """A frame that is no event, and of which the history knows nothing."""
        text = clean_text(frame.data.decode("utf-8", "replace"))
        raw: Json = {"name": frame.name[:200], "text": shorten(text, MAX_RAW)}
        return EngineEvent(
            source_id=source_id(raw),
            source_type="unreadable",
            kind="unknown",
            at=self._clock.now(),
            body={
                "type": "unreadable",
                "raw": raw,
                "problem": "over 1 MiB" if frame.cut else "no JSON event",
            },
        )

    async def _conclude(self) -> AsyncGenerator[list[EngineEvent], None]:
        """The event the session stands on, with its stop; or what was held back without need."""
        if self._standing.custom and not await self._answer_custom_tools():
            async for batch in self._catch_up():
                yield batch
        if self._standing.stands_on is not None and self._standing.unknown_uses():
            async for batch in self._catch_up(whole=True):
                yield batch
        if self._standing.stands_on is None:
            if held := self._released():
                yield held
            return
        stop = event_of(self._standing.raw, self._clock.now())
        if stop is not None:
            before = [event for event in self._released() if event.source_id != stop.source_id]
            yield [*before, stop.model_copy(update={"stop": self._standing.stop()})]

    # -- tools nobody here can run --------------------------------------------------------------

    async def _answer_custom_tools(self) -> bool:
        """Say that a custom tool is not here, so that the session does not wait for ever.

        False when an answer was refused: then the history must tell whether an earlier one arrived.
        """
        understood = True
        for use, name in list(self._standing.custom.items()):
            log.warning("anthropic.custom_tool_unexpected", session_id=self._session_id, tool=name)
            for pause in (*self._wire.settings.retry_delays_s, None):
                try:
                    await self._send_result(use)
                except AnthropicFault as fault:
                    if fault.permanent:
                        self._standing.custom.pop(use, None)
                        understood = False
                    elif pause is not None:
                        await self._wire.pause(fault, pause)
                        continue
                    log.warning("anthropic.custom_tool_not_answered", tool=name, error=fault.message)
                else:
                    self._standing.read({"type": "user.custom_tool_result", "custom_tool_use_id": use})
                break
        return understood

    async def _send_result(self, use: str) -> None:
        events = self._wire.client.beta.sessions.events.with_raw_response
        await self._wire.once(
            "answer a custom tool",
            lambda: events.send(
                self._session_id,
                events=[
                    {
                        "type": "user.custom_tool_result",
                        "custom_tool_use_id": use,
                        "is_error": True,
                        "content": [{"type": "text", "text": _NOT_AVAILABLE}],
                    }
                ],
                betas=self._betas,
            ),
        )
