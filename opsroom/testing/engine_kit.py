"""The contract of `opsroom.engines`: subclass `EngineKit`, say how to reach your engine, run pytest.

    class TestMyEngine(EngineKit):
        @pytest.fixture
        async def subject(self) -> AsyncIterator[EngineSubject]:
            yield EngineSubject(engine=…, reborn=…, short=sample_order(…), endless=sample_order(…))

The kit drives the engine as the runs room does, but without the room: what it proves is that a run can
be followed, left and taken up again without losing or inventing anything.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import cast

import pytest

from opsroom.agents.shapes import AgentFile
from opsroom.kernel.errors import AdapterError, Refusal
from opsroom.kernel.ids import new_id
from opsroom.runs.ports import Engine, EngineEvent, SessionOrder

PATIENCE_S = 20.0


def sample_order(engine: Mapping[str, object], *, prompt: str = "Do it.", **more: object) -> SessionOrder:
    """An order as the runs room makes it. `engine` are the keys of the agent file that choose the engine."""
    agent = AgentFile.model_validate(
        {"agent_name": "probe", "display_name": "Probe", "version": "1.0.0", **engine}
    )
    given: dict[str, object] = {
        "run_id": new_id("run"), "agent": agent, "title": "Probe", "prompt": prompt,
        "payload": {"client_id": "probe-client", "note": "Ünïcode"},
        "max_cost_micro_usd": 5_000_000, "max_minutes": 10, "attempt": 1,
        "organization_id": "org_a", "instance_id": "inst_a",
    }  # fmt: skip
    return SessionOrder.model_validate({**given, **more})


@dataclass
class EngineSubject:
    """What the kit needs to try an engine.

    `short` tells at least one message, costs something, leaves at least one output and finishes within
    seconds. `endless` tells a message and then works until it is interrupted. `wrong` cannot be opened.
    `reborn` gives the engine as a new process would have it.
    """

    engine: Engine
    reborn: Callable[[], Awaitable[Engine]]
    short: SessionOrder
    endless: SessionOrder
    wrong: SessionOrder
    outputs: frozenset[str] = field(default_factory=frozenset)


async def follow(engine: Engine, order: SessionOrder, session: str) -> list[EngineEvent]:
    """Everything to the next stop, checked against what the port promises of every batch."""
    told: list[EngineEvent] = []
    async with asyncio.timeout(PATIENCE_S):
        async for batch in engine.follow(order, session):
            assert batch, "a batch is never empty"
            told += batch
            assert all(event.stop is None for event in batch[:-1]), "a stop comes last in its batch"
    assert told, "a session tells at least its stop"
    assert told[-1].stop is not None, "following ends with a stop"
    assert sum(event.stop is not None for event in told) == 1, "one stop, at the end"
    return told


class EngineKit:
    """Subclass it with a fixture `subject`."""

    async def test_a_session_runs_to_its_end(self, subject: EngineSubject) -> None:
        session = await subject.engine.open(subject.short)
        told = await follow(subject.engine, subject.short, session)
        assert told[-1].stop is not None
        assert told[-1].stop.kind == "finished"
        assert any(event.kind == "agent.message" for event in told)
        costs = [event.cost_micro_usd for event in told if event.cost_micro_usd is not None]
        assert costs == sorted(costs), "costs are totals, so they never fall"
        usage = await subject.engine.usage(session)
        assert usage is None or usage.cost_micro_usd == costs[-1]
        await subject.engine.close(session)
        await subject.engine.close(session)

    async def test_events_can_be_stored(self, subject: EngineSubject) -> None:
        session = await subject.engine.open(subject.short)
        for event in await follow(subject.engine, subject.short, session):
            assert 0 < len(event.source_id) <= 255
            assert 0 < len(event.source_type) <= 255
            assert event.at.tzinfo is not None
            text = json.dumps(event.body, allow_nan=False, ensure_ascii=False)
            assert "\0" not in text
            text.encode("utf-8")

    async def test_following_again_invents_nothing(self, subject: EngineSubject) -> None:
        session = await subject.engine.open(subject.short)
        first = await follow(subject.engine, subject.short, session)
        again = await follow(subject.engine, subject.short, session)
        assert again[-1].stop == first[-1].stop
        assert {event.source_id for event in again} <= {event.source_id for event in first}

    async def test_a_follower_that_dies_loses_nothing(self, subject: EngineSubject) -> None:
        """Left again and again with a batch in hand that was never stored."""
        order = subject.short
        session = await subject.engine.open(order)
        kept: dict[str, EngineEvent] = {}
        for _ in range(5):
            last: Sequence[EngineEvent] = ()
            async with aclosing(_closable(subject.engine, order, session)) as batches:
                async for batch in batches:
                    kept |= {event.source_id: event for event in last}
                    if last or batch[-1].stop:
                        break
                    last = batch
        told = await follow(subject.engine, order, session)
        kept |= {event.source_id: event for event in told}
        whole = await self._told_by_another(subject)
        assert [event.kind for event in kept.values()].count("agent.message") == whole
        assert told[-1].stop is not None

    async def _told_by_another(self, subject: EngineSubject) -> int:
        """How many messages an undisturbed session of the same kind tells."""
        order = subject.short.model_copy(update={"run_id": new_id("run")})
        told = await follow(subject.engine, order, await subject.engine.open(order))
        return len({event.source_id for event in told if event.kind == "agent.message"})

    async def test_outputs_are_listed_and_read(self, subject: EngineSubject) -> None:
        engine, order = subject.engine, subject.short
        session = await engine.open(order)
        await follow(engine, order, session)
        outputs = await engine.outputs(order, session)
        assert {output.name for output in outputs} >= subject.outputs
        assert len({output.output_id for output in outputs}) == len(outputs) > 0
        for output in outputs:
            for _ in range(2):  # reading twice is what a second try does
                content = b"".join([chunk async for chunk in engine.read_output(session, output)])
                assert output.size_bytes in (None, len(content))
        gone = outputs[0].model_copy(update={"output_id": "no-such-output"})
        with pytest.raises(AdapterError):
            _ = [chunk async for chunk in engine.read_output(session, gone)]

    async def test_a_new_process_goes_on_or_begins_afresh(self, subject: EngineSubject) -> None:
        order = subject.short
        session = await subject.engine.open(order)
        first = await follow(subject.engine, order, session)
        engine = await subject.reborn()
        second = order.model_copy(update={"attempt": 2})
        assert await engine.open(second) == session, "one run has one session"
        told = await follow(engine, second, session)
        assert told[-1].stop is not None
        assert told[-1].stop.kind == "finished"
        ids = {event.source_id for event in first}
        if engine.survives_us:
            assert {event.source_id for event in told} == ids, "it is the same session"
        else:
            assert ids.isdisjoint(event.source_id for event in told), "it is told apart from the first start"

    async def test_an_interrupt_ends_it_soon(self, subject: EngineSubject) -> None:
        engine, order = subject.engine, subject.endless
        session = await engine.open(order)
        following = asyncio.ensure_future(follow(engine, order, session))
        await asyncio.sleep(0.3)
        assert not following.done()
        await engine.interrupt(session, "enough")
        told = await following
        assert told[-1].stop is not None
        assert told[-1].stop.kind in ("finished", "terminated")
        await engine.interrupt(session, "twice does no harm")
        await engine.close(session)

    async def test_closing_in_the_middle_is_allowed(self, subject: EngineSubject) -> None:
        engine, order = subject.engine, subject.endless
        session = await engine.open(order)
        async with aclosing(_closable(engine, order, session)) as batches:
            await anext(batches)
        await engine.interrupt(session, "the run is over")
        await engine.close(session)

    async def test_what_cannot_be_opened_is_refused_for_good(self, subject: EngineSubject) -> None:
        with pytest.raises((AdapterError, Refusal)) as caught:
            await subject.engine.open(subject.wrong)
        assert not isinstance(caught.value, AdapterError) or caught.value.permanent
        assert len(str(caught.value)) > 10


class _Closable:
    """Batches that can be left early, whatever kind of iterator the engine gives."""

    def __init__(self, engine: Engine, order: SessionOrder, session: str) -> None:
        self._batches = engine.follow(order, session)

    def __aiter__(self) -> _Closable:
        return self

    async def __anext__(self) -> Sequence[EngineEvent]:
        async with asyncio.timeout(PATIENCE_S):
            return await anext(self._batches)

    async def aclose(self) -> None:
        close = getattr(self._batches, "aclose", None)
        if close is not None:
            await cast("Callable[[], Awaitable[None]]", close)()


def _closable(engine: Engine, order: SessionOrder, session: str) -> _Closable:
    return _Closable(engine, order, session)
