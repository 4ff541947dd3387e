"""The face of the engine. The SDK behind it is loaded when first needed: it takes 50 MB and a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar, Final

from opsroom.kernel.clock import Clock
from opsroom.kernel.room import House
from opsroom.runs.engines.anthropic_managed.settings import AnthropicSettings
from opsroom.runs.ports import Decision, Engine, EngineEvent, RemoteOutput, SessionOrder, Usage

if TYPE_CHECKING:
    from opsroom.runs.engines.anthropic_managed.managed import ManagedSessions

_WARM_UP_AFTER_S: Final = 1.0


class AnthropicManagedEngine:
    """Runs managed agents. Their sessions live at Anthropic, so they go on while we are dead."""

    kind: ClassVar[str] = "anthropic_managed"
    survives_us: ClassVar[bool] = True

    def __init__(self, settings: AnthropicSettings, environ: Mapping[str, str], clock: Clock) -> None:
        self._settings, self._environ, self._clock = settings, environ, clock
        self._sessions: ManagedSessions | None = None
        self._loading = asyncio.Lock()

    async def _loaded(self) -> ManagedSessions:
        async with self._loading:
            if self._sessions is None:
                self._sessions = await asyncio.to_thread(self._load)
            return self._sessions

    def _load(self) -> ManagedSessions:
        from opsroom.runs.engines.anthropic_managed.managed import ManagedSessions

        sessions = ManagedSessions(self._settings, self._environ, self._clock)
        sessions.prepare()
        return sessions

    async def warm_up(self) -> None:
        """Load the SDK ahead of the first run, where an account is set at all."""
        if self._settings.api_key is not None:
            await asyncio.sleep(_WARM_UP_AFTER_S)
            await self._loaded()

    async def open(self, order: SessionOrder) -> str:
        """Open the session with the prompt in the same call, or find the one an earlier call opened."""
        return await (await self._loaded()).open(order)

    async def follow(self, order: SessionOrder, session_id: str) -> AsyncIterator[Sequence[EngineEvent]]:
        """The session's events until it stands still."""
        sessions = await self._loaded()
        async with aclosing(sessions.follow(order, session_id)) as batches:
            async for batch in batches:
                yield batch

    async def usage(self, session_id: str) -> Usage | None:
        """Anthropic's own figure at list prices; None while it does not track it."""
        return await (await self._loaded()).usage(session_id)

    async def interrupt(self, session_id: str, reason: str) -> None:
        """Tell every thread to stop. A session that has ended is left alone."""
        await (await self._loaded()).interrupt(session_id, reason)

    async def decide(self, session_id: str, decisions: Sequence[Decision]) -> None:
        """Send the answers that the session has not had yet."""
        await (await self._loaded()).decide(session_id, decisions)

    async def reconcile(self, order: SessionOrder, session_id: str) -> list[str]:
        """Interrupt every other session of this run. Their ids."""
        return await (await self._loaded()).reconcile(order, session_id)

    async def outputs(self, order: SessionOrder, session_id: str) -> list[RemoteOutput]:
        """The files the session made, once their listing has come to rest."""
        return await (await self._loaded()).outputs(order, session_id)

    async def read_output(self, session_id: str, output: RemoteOutput) -> AsyncIterator[bytes]:
        """The bytes of one file as they come; the caller decides how often to try."""
        sessions = await self._loaded()
        async with aclosing(sessions.read_output(session_id, output)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def close(self, session_id: str) -> None:
        """Forget the session; it stays where it is, for people to look at."""
        if self._sessions is not None:
            await self._sessions.close(session_id)

    async def shut_down(self) -> None:
        """Let go of all connections."""
        if self._sessions is not None:
            await self._sessions.shut_down()


def build(house: House) -> Engine:
    """The engine of this house; entry point `anthropic_managed` of the group opsroom.engines."""
    settings = house.settings.section(AnthropicSettings)
    engine = AnthropicManagedEngine(settings, house.environ, house.clock)
    house.background.append(engine.warm_up)
    house.closing.append(engine.shut_down)
    return engine
