"""Sessions, their events and files, in memory; and how news reaches open streams."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opsroom.sandbox.blobs import Blob
from opsroom.sandbox.wire import JsonObject, dump, new_id, rfc3339

if TYPE_CHECKING:
    from opsroom.sandbox.managed_agents.player import Player

TERMINAL_EVENTS = frozenset({"session.status_terminated", "session.deleted"})


@dataclass(slots=True)
class Usage:
    list_cost_cents: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    ephemeral_5m_input_tokens: int = 0
    web_search_requests: int = 0
    web_fetch_requests: int = 0


@dataclass(slots=True)
class Thread:
    id: str
    agent_name: str
    created_at: float
    parent_id: str | None = None
    status: str = "running"
    archived_at: float | None = None
    updated_at: float = 0.0


@dataclass(slots=True)
class Subscriber:
    """One open stream: what it has still to send. None closes it."""

    queue: "asyncio.Queue[tuple[JsonObject, bytes] | None]"
    thread_id: str | None = None
    deltas: frozenset[str] = frozenset()


@dataclass(slots=True)
class Session:
    id: str
    number: int
    agent: JsonObject
    environment_id: str
    created_at: float
    updated_at: float
    title: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    vault_ids: list[str] = field(default_factory=list)
    resources: list[JsonObject] = field(default_factory=list)
    outcomes: list[JsonObject] = field(default_factory=list)
    budget_cents: int | None = None
    had_budget: bool = False
    status: str = "idle"
    archived_at: float | None = None
    usage: Usage = field(default_factory=Usage)
    active_seconds: float = 0.0
    events: list[JsonObject] = field(default_factory=list)
    threads: dict[str, Thread] = field(default_factory=dict)
    primary_thread_id: str = ""
    scenario: str = ""
    position: int = 0  # top-level steps of the scenario done, so that a restarted sandbox goes on from there
    finished: bool = False
    pending: list[str] = field(default_factory=list)  # tool uses that wait for an answer
    aliases: dict[str, str] = field(default_factory=dict)  # ids in the scenario → event ids given out
    subscribers: set[int] = field(default_factory=set)  # keys into ManagedAgents.streams

    @property
    def agent_id(self) -> str:
        return str(self.agent["id"])

    def events_of(self, kind: str) -> list[JsonObject]:
        return [e for e in self.events if e["type"] == kind]


@dataclass(slots=True)
class AgentFile:
    id: str
    session_id: str | None
    filename: str
    mime_type: str
    blob: Blob
    created_at: float
    visible_at: float | None = None  # None: the agent still works; listings lag behind the idle
    downloadable: bool = True


class ManagedAgents:
    """All sessions and files of the stand-in. `on_effect` and `on_webhook` report to the sandbox."""

    def __init__(
        self,
        on_effect: Callable[..., object],
        on_webhook: Callable[[JsonObject], None],
        files_lag_s: float = 0.05,
        files_lag_step_s: float = 0.0,
    ) -> None:
        self.sessions: dict[str, Session] = {}
        self.files: dict[str, AgentFile] = {}
        self.players: dict[str, Player] = {}
        self.streams: dict[int, Subscriber] = {}
        self.files_lag_s = files_lag_s
        self.files_lag_step_s = files_lag_step_s
        self.effect = on_effect
        self._webhook = on_webhook
        self._numbers = 0
        self._stream_numbers = 0

    def next_number(self) -> int:
        self._numbers = max(self._numbers, max((s.number for s in self.sessions.values()), default=0)) + 1
        return self._numbers

    def add_session(self, session: Session) -> None:
        thread = Thread(
            new_id("sthr_"), str(session.agent["name"]), session.created_at, updated_at=session.created_at
        )
        session.primary_thread_id = thread.id
        session.threads[thread.id] = thread
        self.sessions[session.id] = session
        self.effect(
            "anthropic",
            "session.created",
            session.id,
            agent=session.agent_id,
            metadata=dict(session.metadata),
        )
        self.webhook(session, "session.created")

    def publish(self, session: Session, event: JsonObject) -> JsonObject:
        """Put an event into the history, then on every open stream."""
        session.events.append(event)
        self.show(session, event)
        return event

    def show(self, session: Session, event: JsonObject) -> None:
        """Send an event to the open streams only."""
        if not session.subscribers:
            return
        frame = sse_frame(event)
        thread_id = event.get("session_thread_id")
        for number in session.subscribers:
            subscriber = self.streams[number]
            if subscriber.thread_id in (None, thread_id, session.primary_thread_id):
                subscriber.queue.put_nowait((event, frame))

    def emit(self, session: Session, kind: str, **members: object) -> JsonObject:
        return self.publish(
            session, {"id": new_id("sevt_"), "type": kind, "processed_at": rfc3339(time.time()), **members}
        )

    def subscribe(self, session: Session, subscriber: Subscriber) -> int:
        self._stream_numbers += 1
        self.streams[self._stream_numbers] = subscriber
        session.subscribers.add(self._stream_numbers)
        return self._stream_numbers

    def unsubscribe(self, session: Session, number: int) -> None:
        self.streams.pop(number, None)
        session.subscribers.discard(number)

    def close_streams(self, session: Session) -> None:
        for number in session.subscribers:
            self.streams[number].queue.put_nowait(None)

    def webhook(self, session: Session, kind: str, **members: str) -> None:
        data = {
            "type": kind,
            "id": session.id,
            "organization_id": "org_sandbox",
            "workspace_id": "wrkspc_sandbox",
            **members,
        }
        self._webhook(
            {"type": "event", "id": new_id("wevt_"), "created_at": rfc3339(time.time()), "data": data}
        )

    def set_status(self, session: Session, status: str) -> None:
        session.status = status
        session.updated_at = time.time()
        primary = session.threads[session.primary_thread_id]
        primary.status, primary.updated_at = status, session.updated_at

    def release_files(self, session: Session) -> None:
        """The session went idle: its files appear in the listing a little later, one after the other."""
        due = time.time() + self.files_lag_s
        for file in self.files.values():
            if file.session_id == session.id and file.visible_at is None:
                file.visible_at = due
                due += self.files_lag_step_s

    def terminate(self, session: Session) -> None:
        self.release_files(session)
        self.set_status(session, "terminated")
        self.emit(session, "session.status_terminated")
        self.webhook(session, "session.status_terminated")
        self.close_streams(session)

    def stop_players(self) -> None:
        for player in self.players.values():
            player.stop()
        self.players.clear()
        for subscriber in self.streams.values():
            subscriber.queue.put_nowait(None)


def sse_frame(event: JsonObject) -> bytes:
    return b"event: " + str(event["type"]).encode() + b"\ndata: " + dump(event) + b"\n\n"
