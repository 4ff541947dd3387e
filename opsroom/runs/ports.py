"""The engine port: what runs an agent's session, and what every engine tells of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import ClassVar, Literal, Protocol, runtime_checkable

from opsroom.agents.shapes import AgentFile
from opsroom.kernel.actor import Actor
from opsroom.kernel.shape import Json, Shape

RunEventKind = Literal[
    "run.state",
    "agent.message",
    "agent.thinking",
    "tool.use",
    "tool.result",
    "progress",
    "cost",
    "summary",
    "session.status",
    "session.error",
    "output",
    "delivery",
    "approval",
    "thread",
    "log",
    "unknown",
]

StopKind = Literal[
    "finished",
    "requires_action",
    "refused",
    "retries_exhausted",
    "budget_reached",
    "terminated",
    "deleted",
    "failed",
    "unknown",
]


class PendingTool(Shape):
    """A tool call that waits for a person. `tool_use_id` is what `Decision` answers."""

    tool_use_id: str
    tool_name: str
    input: Json
    thread_id: str | None = None


class Stop(Shape):
    """Why a session stands still. `pending` is filled for `requires_action` only."""

    kind: StopKind
    detail: str = ""
    pending: tuple[PendingTool, ...] = ()


class EngineEvent(Shape):
    """One thing a session told.

    `source_id` is unique within the session and stable across reconnects: the log keeps each once.
    `source_type` is the engine's own word. `stop` is set on the event that ends or pauses the
    session. `cost_micro_usd` is the session's total so far where this event tells it.
    """

    source_id: str
    source_type: str
    kind: RunEventKind
    at: datetime
    body: Json
    stop: Stop | None = None
    cost_micro_usd: int | None = None


class SessionOrder(Shape):
    """Everything an engine needs to open the session of one run.

    `attempt` counts openings, 1 for the first. `max_cost_micro_usd` and `max_minutes` are the
    agent's limits. `prompt` is rendered, `payload` checked.
    """

    run_id: str
    agent: AgentFile
    title: str
    prompt: str
    payload: Json
    max_cost_micro_usd: int
    max_minutes: int
    attempt: int
    organization_id: str
    instance_id: str


class Usage(Shape):
    """A session's spend so far, the engine's own figure; tokens where it tells them."""

    cost_micro_usd: int
    input_tokens: int | None = None
    output_tokens: int | None = None


class RemoteOutput(Shape):
    """A file the session left. `size_bytes` is None where the engine does not know it beforehand."""

    output_id: str
    name: str
    media_type: str | None = None
    title: str | None = None
    size_bytes: int | None = None


class Decision(Shape):
    """A person's answer to one `PendingTool`."""

    tool_use_id: str
    allow: bool
    message: str | None = None
    thread_id: str | None = None


class Engine(Protocol):
    """Runs sessions. All methods raise AdapterError (permanent or not), and Refusal for a wrong order.

    Capabilities are data: `survives_us` is True where the session goes on while this process is
    dead, so that following it again loses nothing; False where following again starts it afresh.
    """

    kind: ClassVar[str]
    survives_us: ClassVar[bool]

    async def open(self, order: SessionOrder) -> str:
        """Open the session and kick it off; its id.

        Called again with `attempt` > 1 when the outcome of an earlier call is unknown: then the
        engine must first look whether that call did open a session, and return that one.
        """
        ...

    def follow(self, order: SessionOrder, session_id: str) -> AsyncIterator[Sequence[EngineEvent]]:
        """Batches of events in order, from the session's beginning or anywhere after it.

        Repeats are allowed (the log drops them by `source_id`), gaps are not. Reconnects by
        itself. Ends after a batch whose last event carries a `stop`.
        """
        ...

    async def usage(self, session_id: str) -> Usage | None:
        """The session's spend now, or None where the engine cannot tell."""
        ...

    async def interrupt(self, session_id: str, reason: str) -> None:
        """Stop the session's work now. Harmless when it has already stopped."""
        ...

    async def decide(self, session_id: str, decisions: Sequence[Decision]) -> None:
        """Pass people's answers on; the session goes on. Answers it has already had are skipped."""
        ...

    async def outputs(self, order: SessionOrder, session_id: str) -> list[RemoteOutput]:
        """The files the session left, complete: waits out a listing that lags behind."""
        ...

    def read_output(self, session_id: str, output: RemoteOutput) -> AsyncIterator[bytes]:
        """The bytes of one output, streamed."""
        ...

    async def close(self, session_id: str) -> None:
        """Let go of what the session holds here (scratch folder, connections). May be called twice."""
        ...


@runtime_checkable
class ClientFiles(Protocol):
    """What is known of clients without asking anybody outside: the workspace's `clients/` folder."""

    async def payload_of(self, actor: Actor, client_id: str) -> Json | None:
        """The payload fields of a client; None when nothing is known of it, or not to this project."""
        ...
