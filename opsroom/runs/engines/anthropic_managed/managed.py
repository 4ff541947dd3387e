"""The verbs of the engine port, on Anthropic Managed Agents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

import structlog

from opsroom.kernel.clock import Clock
from opsroom.runs.engines.anthropic_managed.feed import Feed
from opsroom.runs.engines.anthropic_managed.mapping import count, list_cost_micro_usd
from opsroom.runs.engines.anthropic_managed.opening import Names, Opening, names_of
from opsroom.runs.engines.anthropic_managed.outputs import complete_listing, download
from opsroom.runs.engines.anthropic_managed.settings import AnthropicSettings
from opsroom.runs.engines.anthropic_managed.wire import DEFAULT_BETA, AnthropicFault, Wire, extra_betas
from opsroom.runs.engines.clean import as_object, as_text
from opsroom.runs.ports import Decision, EngineEvent, RemoteOutput, SessionOrder, Usage

log = structlog.get_logger("opsroom.engines")

# When to look for a second session after a doubtful opening, in seconds after following began.
_RECONCILE_AT_S: Final = (0.0, 15.0, 45.0)


class ManagedSessions:
    """Opens, follows and answers sessions that live at Anthropic."""

    def __init__(self, settings: AnthropicSettings, environ: Mapping[str, str], clock: Clock) -> None:
        self._environ, self._clock = environ, clock
        self._wire = Wire(settings, clock)
        self._opening = Opening(self._wire, clock)
        self._doubtful: set[str] = set()
        self._file_betas: dict[str, tuple[str, ...]] = {}

    def prepare(self) -> None:
        """Make the clients and load what the SDK loads late, so that the first call does not wait for it."""
        if self._wire.settings.api_key is not None:
            for client in (self._wire.client, self._wire.streams):
                _ = client.beta.sessions.events.with_raw_response, client.beta.files.with_raw_response

    async def open(self, order: SessionOrder) -> str:
        """Open the session with the prompt in the same call, or find the one an earlier call opened."""
        session_id, doubtful = await self._opening.open(order, self._names(order))
        if doubtful:
            self._doubtful.add(session_id)
        return session_id

    def _names(self, order: SessionOrder) -> Names:
        return names_of(order.agent, self._environ)

    async def follow(
        self, order: SessionOrder, session_id: str
    ) -> AsyncGenerator[Sequence[EngineEvent], None]:
        """The session's events until it stands still."""
        feed = Feed(self._wire, self._clock, session_id, extra_betas(self._names(order).betas))
        watch: asyncio.Task[None] | None = None
        if session_id in self._doubtful or order.attempt > 1:
            watch = asyncio.create_task(self._keep_reconciled(order, session_id))
        try:
            async with aclosing(feed.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            if watch is not None:
                watch.cancel()

    async def _keep_reconciled(self, order: SessionOrder, session_id: str) -> None:
        waited = 0.0
        for at in _RECONCILE_AT_S:
            await self._clock.sleep(at - waited)
            waited = at
            try:
                await self.reconcile(order, session_id)
            except AnthropicFault as fault:
                log.warning("anthropic.reconcile_failed", run_id=order.run_id, error=fault.message)
        self._doubtful.discard(session_id)

    async def reconcile(self, order: SessionOrder, session_id: str) -> list[str]:
        """Interrupt every other session of this run: a lost creation that came through late. Their ids."""
        others = [s for s in await self._opening.find(order, self._names(order)) if s != session_id]
        for other in others:
            log.warning("anthropic.second_session", run_id=order.run_id, kept=session_id, interrupted=other)
            await self.interrupt(other, "a second session for the same run")
        return others

    async def usage(self, session_id: str) -> Usage | None:
        """Anthropic's own figure at list prices; None while it does not track it."""
        session = await self._retrieve(session_id)
        usage = as_object((session or {}).get("usage"))
        spent = list_cost_micro_usd(usage)
        if spent is None:
            return None
        return Usage(
            cost_micro_usd=spent,
            input_tokens=count(usage.get("input_tokens")),
            output_tokens=count(usage.get("output_tokens")),
        )

    async def _retrieve(self, session_id: str) -> dict[str, object] | None:
        sessions = self._wire.client.beta.sessions.with_raw_response
        try:
            return await self._wire.patiently(
                "read a session", lambda: sessions.retrieve(session_id), expect="session"
            )
        except AnthropicFault as fault:
            if fault.status == 404:
                return None
            raise

    async def interrupt(self, session_id: str, reason: str) -> None:
        """Tell every thread to stop. A session that has ended is left alone."""
        session = await self._retrieve(session_id)
        if session is None or session.get("status") == "terminated":
            return
        events = self._wire.client.beta.sessions.events.with_raw_response
        log.info("anthropic.interrupt", session_id=session_id, reason=reason)
        try:
            await self._wire.patiently(
                "interrupt a session", lambda: events.send(session_id, events=[{"type": "user.interrupt"}])
            )
        except AnthropicFault as fault:
            if fault.status not in (400, 404, 409):
                raise
            again = await self._retrieve(session_id)  # it may have ended by itself in between
            if again is not None and again.get("status") == "running":
                raise

    async def decide(self, session_id: str, decisions: Sequence[Decision]) -> None:
        """Send the answers that the session has not had yet."""
        for pause in (*self._wire.settings.retry_delays_s, None):
            had = await self._confirmed(session_id)
            left = [decision for decision in decisions if decision.tool_use_id not in had]
            if not left:
                return
            try:
                await self._confirm(session_id, left)
            except AnthropicFault as fault:
                if pause is None or (fault.permanent and fault.status != 400):
                    raise
                # 400 also means "does not wait for that": then the history knows an answer by now.
                if fault.permanent and not await self._news_since(session_id, had):
                    raise
                await self._wire.pause(fault, pause)
            else:
                return

    async def _news_since(self, session_id: str, had: set[str]) -> bool:
        return bool(await self._confirmed(session_id) - had)

    async def _confirmed(self, session_id: str) -> set[str]:
        events = self._wire.client.beta.sessions.events.with_raw_response
        found: set[str] = set()
        async for page in self._wire.pages(
            "list the answers a session has had",
            lambda cursor: events.list(session_id, types=["user.tool_confirmation"], limit=100, page=cursor),
        ):
            found |= {as_text(event.get("tool_use_id")) for event in page.items}
        return found

    async def _confirm(self, session_id: str, decisions: Sequence[Decision]) -> None:
        events = self._wire.client.beta.sessions.events.with_raw_response
        await self._wire.once(
            "answer a session",
            lambda: events.send(
                session_id,
                events=[
                    {"type": "user.tool_confirmation", "tool_use_id": decision.tool_use_id, "result": "allow"}
                    if decision.allow
                    else {
                        "type": "user.tool_confirmation",
                        "tool_use_id": decision.tool_use_id,
                        "result": "deny",
                        "deny_message": decision.message or "Not allowed.",
                    }
                    for decision in decisions
                ],
            ),
        )

    async def outputs(self, order: SessionOrder, session_id: str) -> list[RemoteOutput]:
        """The files the session made, once their listing has come to rest."""
        names = self._names(order)
        betas = tuple(dict.fromkeys((*(names.betas or (DEFAULT_BETA,)), *names.file_betas)))
        self._file_betas[session_id] = betas
        return await complete_listing(self._wire, self._clock, session_id, betas)

    async def read_output(self, session_id: str, output: RemoteOutput) -> AsyncGenerator[bytes, None]:
        """The bytes of one file as they come; the caller decides how often to try."""
        betas = self._file_betas.get(session_id, (DEFAULT_BETA,))
        async with aclosing(download(self._wire, output, betas)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def close(self, session_id: str) -> None:
        """Forget the session; it stays where it is, for people to look at."""
        self._doubtful.discard(session_id)
        self._file_betas.pop(session_id, None)

    async def shut_down(self) -> None:
        """Let go of all connections."""
        await self._wire.close()
