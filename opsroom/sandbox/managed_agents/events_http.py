"""The routes of events: send, list, stream; for a session and for one of its threads."""

import asyncio
import contextlib

from aiohttp import web

from opsroom.sandbox.blobs import drip
from opsroom.sandbox.faults import Fault
from opsroom.sandbox.keys import fault_of
from opsroom.sandbox.managed_agents.checks import check_against_session, check_event
from opsroom.sandbox.managed_agents.sessions_http import SessionsHttp
from opsroom.sandbox.managed_agents.shapes import many, not_found, paged, refuse, within_times
from opsroom.sandbox.managed_agents.state import (
    TERMINAL_EVENTS,
    ManagedAgents,
    Session,
    Subscriber,
    sse_frame,
)
from opsroom.sandbox.spoil import cut_connection
from opsroom.sandbox.wire import JsonObject, new_id, parse_object, reply, rfc3339, seconds_of

_PING = b'event: ping\ndata: {"type":"ping"}\n\n'
_FLUSH_AFTER_S = 0.05  # a held-back event of a reordering fault goes out when nothing follows


class EventsHttp:
    def __init__(self, host: ManagedAgents, sessions: SessionsHttp, ping_s: float) -> None:
        self._host = host
        self._sessions = sessions
        self._ping_s = ping_s

    def routes(self) -> list[web.RouteDef]:
        one = "/anthropic/v1/sessions/{session_id}"
        return [
            web.post(f"{one}/events", self.send),
            web.get(f"{one}/events", self.list_all),
            web.get(f"{one}/events/stream", self.stream),
            web.get(f"{one}/threads/{{thread_id}}/events", self.list_all),
            web.get(f"{one}/threads/{{thread_id}}/stream", self.stream),
        ]

    async def send(self, request: web.Request) -> web.Response:
        session, body = self._sessions.session(request), parse_object(await request.read())
        events = body.get("events") if body is not None else None
        if not isinstance(events, list) or not events:
            raise refuse(400, "events: must be a list with at least one event")
        if session.status == "terminated":
            raise refuse(400, f"Session `{session.id}` is terminated and takes no more events.")
        for index, event in enumerate(events):
            check_event(event, f"events.{index}")
            check_against_session(session, event, f"events.{index}")
        return reply({"data": [self._sessions.accept(session, event) for event in events]})

    async def list_all(self, request: web.Request) -> web.Response:
        session = self._sessions.session(request)
        kinds, inside = many(request.query, "types"), within_times(request.query, "created_at")
        thread_id = self._thread_id(session, request)
        found = [
            e
            for e in session.events
            if (not kinds or e["type"] in kinds)
            and (thread_id is None or e.get("session_thread_id") == thread_id)
            and inside(seconds_of(e.get("processed_at") or "") or session.created_at)
        ]
        return reply(paged(found, request.query, dict, "asc", default_limit=100))

    def _thread_id(self, session: Session, request: web.Request) -> str | None:
        """The thread asked for; None for the whole session, which the primary thread also shows."""
        thread_id = request.match_info.get("thread_id")
        if thread_id is not None and thread_id not in session.threads:
            raise not_found(f"Thread `{thread_id}` not found.")
        return None if thread_id == session.primary_thread_id else thread_id

    async def stream(self, request: web.Request) -> web.StreamResponse:
        session = self._sessions.session(request)
        subscriber = Subscriber(
            asyncio.Queue(), self._thread_id(session, request), many(request.query, "event_deltas")
        )
        if session.status == "terminated":
            subscriber.queue.put_nowait(None)
        number = self._host.subscribe(session, subscriber)
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        )
        answer.headers["request-id"] = new_id("req_")
        try:
            await answer.prepare(request)
            writer = _StreamWriter(request, answer, fault_of(request), self._host, session)
            await self._pump(subscriber, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client went away, or the sandbox stops
        finally:
            self._host.unsubscribe(session, number)
        return answer

    async def _pump(self, subscriber: Subscriber, writer: "_StreamWriter") -> None:
        while True:
            try:
                item = await self._next(subscriber, _FLUSH_AFTER_S if writer.holds else self._ping_s)
            except TimeoutError:
                await writer.quiet()
                continue
            if item is None or not await writer.write(item, subscriber):
                break
            if item[0]["type"] in TERMINAL_EVENTS:
                break
        with contextlib.suppress(ConnectionError):
            await writer.close()

    async def _next(self, subscriber: Subscriber, wait_s: float) -> tuple[JsonObject, bytes] | None:
        if not subscriber.queue.empty():
            return subscriber.queue.get_nowait()
        async with asyncio.timeout(wait_s):  # cheaper than wait_for, which makes a task for every event
            return await subscriber.queue.get()


class _StreamWriter:
    """Writes frames to one stream, with the faults armed for it."""

    def __init__(
        self,
        request: web.Request,
        answer: web.StreamResponse,
        fault: Fault | None,
        host: ManagedAgents,
        session: Session,
    ) -> None:
        self._request = request
        self._answer = answer
        self._fault = fault or Fault(route="")
        self._host = host
        self._session = session
        self._held: bytes = b""
        self._sent = 0

    @property
    def holds(self) -> bool:
        return bool(self._held)

    async def quiet(self) -> None:
        """Nothing came for a while."""
        if self._held:
            await self._answer.write(self._held)
            self._held = b""
        else:
            await self._answer.write(_PING)

    async def write(self, item: tuple[JsonObject, bytes], subscriber: Subscriber) -> bool:
        """False when the fault cut the connection."""
        event, frame = item
        if event["type"] in subscriber.deltas:
            frame = _previews(event) + frame
        if self._fault.duplicate_events:
            frame += frame
        if self._fault.unknown_events:
            frame += self._unknown()
        if self._fault.half_json:
            await self._answer.write(frame[: len(frame) // 2])
            cut_connection(self._request)
            return False
        if self._fault.reorder_events and not self._held:
            self._held = frame
        else:
            await drip(self._answer, frame + self._held, self._fault.slow_bytes_per_s)
            self._held = b""
        self._sent += 1
        if self._fault.drop_stream_after is not None and self._sent >= self._fault.drop_stream_after:
            if self._held:
                await self._answer.write(self._held)
            cut_connection(self._request)
            return False
        return True

    def _unknown(self) -> bytes:
        """An event of a kind nobody knows, in the history too, so that stream and history agree."""
        event = {
            "id": new_id("sevt_"),
            "type": "agent.not_invented_yet",
            "processed_at": rfc3339(self._session.updated_at),
            "novelty": {"level": self._sent},
        }
        self._session.events.append(event)
        return sse_frame(event)

    async def close(self) -> None:
        if self._held:
            await self._answer.write(self._held)
        await self._answer.write_eof()


def _previews(event: JsonObject) -> bytes:
    """What a stream that asked for event_deltas gets before the whole event."""
    start = {"type": "event_start", "event": {"type": event["type"], "id": event["id"]}}
    frames = sse_frame(start)
    for index, block in enumerate(event.get("content", [])):
        text = str(block.get("text", ""))
        for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
            delta = {"type": "content_delta", "index": index, "content": {"type": "text", "text": piece}}
            frames += sse_frame({"type": "event_delta", "event_id": event["id"], "delta": delta})
    return frames
