"""Following sessions: nothing lost, nothing invented, every stop told, on bad lines most of all."""

from __future__ import annotations

import asyncio
import time

import pytest

from opsroom.kernel.errors import AdapterError
from opsroom.runs.engines.anthropic_managed.stops import STOP_KINDS
from opsroom.runs.ports import Decision
from opsroom.sandbox.api import Sandbox

from .managed_kit import Bench, bench, order, play

STREAM = "GET /anthropic/v1/sessions/*/events/stream"
HISTORY = "GET /anthropic/v1/sessions/*/events"
SEND = "POST /anthropic/v1/sessions/*/events"


def short(sandbox: Sandbox, *, events: int = 12, pause_ms: int = 4) -> str:
    return play(
        sandbox,
        "short",
        {"repeat": events, "after_ms": pause_ms, "say": "Line {i}."},
        {"usage": {"list_cost_cents": 7, "input_tokens": 10, "output_tokens": 2}},
        {"idle": "end_turn"},
    )


async def run_whole(one: Bench) -> str:
    given = order()
    session = await one.engine.open(given)
    stop = await one.follow(given, session)
    assert stop.kind == "finished"
    one.assert_nothing_lost(session)
    return session


async def test_a_whole_session(sandbox: Sandbox) -> None:
    async with bench(sandbox) as one:
        session = await run_whole(one)
        assert [event.source_id for event in one.events] == one.history(session)
        usage = await one.engine.usage(session)
        assert usage is not None
        assert [event.cost_micro_usd for event in one.events if event.cost_micro_usd][
            -1
        ] == usage.cost_micro_usd


@pytest.mark.parametrize("after", [1, 2, 3, 5, 8])
async def test_a_stream_that_drops_after_every_few_events(sandbox: Sandbox, after: int) -> None:
    async with bench(sandbox, short(sandbox)) as one:
        one.arm(STREAM, times=None, drop_stream_after=after)
        session = await run_whole(one)
        assert [event.source_id for event in one.told()] == one.history(session)


@pytest.mark.parametrize(
    "fault",
    [
        {"duplicate_events": True},
        {"reorder_events": True},
        {"unknown_events": True},
        {"half_json": True},
        {"slow_bytes_per_s": 40_000},
        {"duplicate_events": True, "reorder_events": True, "drop_stream_after": 3},
    ],
    ids=",".join,
)
async def test_a_stream_that_misbehaves(sandbox: Sandbox, fault: dict[str, object]) -> None:
    async with bench(sandbox, short(sandbox)) as one:
        one.arm(STREAM, times=None, **fault)
        await run_whole(one)


@pytest.mark.parametrize("route", [STREAM, HISTORY])
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 529},
        {"status": 429, "retry_after": "0"},
        {"html": True},
        {"error_body_200": True},
        {"half_json": True},
        {"drop_request": True},
        {"lost_reply": True},
    ],
    ids=",".join,
)
async def test_answers_that_cannot_be_used(sandbox: Sandbox, route: str, fault: dict[str, object]) -> None:
    async with bench(sandbox, short(sandbox)) as one:
        one.arm(route, times=3, **fault)
        await run_whole(one)


async def test_a_silent_stream_is_opened_anew(sandbox: Sandbox) -> None:
    name = play(sandbox, "quiet", {"say": "a"}, {"after_ms": 500, "say": "b"}, {"idle": "end_turn"})
    async with bench(sandbox, name, stream_idle_s=0.1) as one:
        await run_whole(one)
    opened = [r for r in sandbox.ledger.requests if r.path.endswith("/events/stream")]
    assert len(opened) >= 3


async def test_following_again_tells_the_same(sandbox: Sandbox) -> None:
    async with bench(sandbox, short(sandbox)) as one:
        given = order()
        session = await one.engine.open(given)
        first = await one.follow(given, session)
        before = one.told()
        again = await one.follow(given, session)
        assert first == again
        assert one.told() == before


async def test_taking_up_in_the_middle_loses_nothing(sandbox: Sandbox) -> None:
    async with bench(sandbox, short(sandbox, events=30)) as one:
        given = order()
        session = await one.engine.open(given)
        for _ in range(5):  # each time as if the process had died with the last batch in hand
            follower = one.engine.follow(given, session)
            async for batch in follower:
                if batch[-1].stop is None:
                    one.events += batch
                break
            await follower.aclose()
            await asyncio.sleep(0.02)
        assert (await one.follow(given, session)).kind == "finished"
        one.assert_nothing_lost(session)


@pytest.mark.parametrize(
    "reason", ["retries_exhausted", "budget_reached", "refusal", "paused_for_maintenance"]
)
async def test_every_other_way_to_stop(sandbox: Sandbox, reason: str) -> None:
    details = {"type": "refusal", "category": "bio", "explanation": "No."} if reason == "refusal" else None
    step = {"idle": reason, **({"stop_details": details} if details else {})}
    async with bench(sandbox, play(sandbox, "stopping", {"say": "a"}, step)) as one:
        stop = await one.run()
        assert stop.kind == STOP_KINDS.get(reason, "unknown")
        assert (reason in stop.detail) is (stop.kind == "unknown")
        assert stop.detail == "bio: No." or reason != "refusal"


async def test_the_budget_of_the_order_stops_the_session(sandbox: Sandbox) -> None:
    async with bench(sandbox, "budget") as one:
        assert (await one.run(order(cost=1_000_000))).kind == "budget_reached"


async def test_a_terminated_session(sandbox: Sandbox) -> None:
    async with bench(sandbox, "terminated") as one:
        given = order()
        session = await one.engine.open(given)
        assert (await one.follow(given, session)).kind == "terminated"
        one.assert_nothing_lost(session)
        assert (await one.follow(given, session)).kind == "terminated"
        await one.engine.interrupt(session, "harmless")


async def test_a_session_that_is_deleted_while_we_watch(sandbox: Sandbox) -> None:
    name = play(sandbox, "waits", {"say": "a"}, {"await": "message"})
    async with bench(sandbox, name) as one:
        given = order()
        session = await one.engine.open(given)
        assert (await one.follow(given, session)).kind == "finished"
        del sandbox.anthropic.sessions[session]
        assert (await one.follow(given, session)).kind == "deleted"


async def test_deletion_told_by_the_stream(sandbox: Sandbox) -> None:
    async with bench(sandbox, "endless") as one:
        given = order()
        session = await one.engine.open(given)
        watching = asyncio.ensure_future(one.follow(given, session))
        await asyncio.sleep(0.15)
        live = sandbox.anthropic.sessions[session]
        sandbox.anthropic.players.pop(session).stop()
        sandbox.anthropic.emit(live, "session.deleted")
        sandbox.anthropic.close_streams(live)
        del sandbox.anthropic.sessions[session]
        assert (await watching).kind == "deleted"


async def test_what_cannot_be_waited_out_is_raised(sandbox: Sandbox) -> None:
    async with bench(sandbox) as one:
        given = order()
        session = await one.engine.open(given)
        one.arm(STREAM, times=None, status=401, message="Key revoked.")
        with pytest.raises(AdapterError, match="Key revoked") as caught:
            await one.follow(given, session)
        assert caught.value.permanent


async def test_a_long_silence_is_given_up_for_now(sandbox: Sandbox) -> None:
    async with bench(sandbox, give_up_after_s=0.2) as one:
        given = order()
        session = await one.engine.open(given)
        one.arm(STREAM, times=None, status=503)
        with pytest.raises(AdapterError) as caught:
            await one.follow(given, session)
        assert not caught.value.permanent


async def test_session_errors_are_told_and_do_not_stop(sandbox: Sandbox) -> None:
    name = play(
        sandbox,
        "errors",
        {
            "error": {
                "type": "model_overloaded_error",
                "message": "busy",
                "retry_status": {"type": "retrying"},
            }
        },
        {"error": {"type": "billing_error", "message": "no", "retry_status": {"type": "terminal"}}},
        {"error": {"type": "newly_invented_error", "message": "what", "retry_status": {"type": "someday"}}},
        {"idle": "retries_exhausted"},
    )
    async with bench(sandbox, name) as one:
        assert (await one.run()).kind == "retries_exhausted"
        told = [(body["error_type"], body["retry"]) for body in one.bodies("session.error")]
    assert told == [
        ("model_overloaded_error", "retrying"),
        ("billing_error", "terminal"),
        ("newly_invented_error", "someday"),
    ]


async def test_threads_and_unknown_things(sandbox: Sandbox) -> None:
    async with bench(sandbox, "threads") as one:
        await one.run()
        assert one.bodies("thread")
        assert not one.bodies("unknown")
    async with bench(sandbox, "unknown-things") as one:
        assert (await one.run()).kind == "unknown"
        assert [body["type"] for body in one.bodies("unknown")] == [
            "agent.telepathy",
            "workflow_run.quantum_forked",
        ]


async def test_an_event_over_the_limit_is_kept_cut(sandbox: Sandbox) -> None:
    name = play(
        sandbox,
        "large",
        {"say": "before"},
        {
            "after_ms": 50,
            "event": {"type": "agent.message", "content": [{"type": "text", "text": "x" * 3_000_000}]},
        },
        {"say": "after"},
        {"idle": "end_turn"},
    )
    async with bench(sandbox, name) as one:
        await run_whole(one)
        (large,) = one.bodies("unknown")
        assert large["type"] == "agent.message"
        assert len(str(large["raw"])) < 30_000
        assert [body["text"] for body in one.bodies("agent.message")] == ["before", "after"]


async def test_a_frame_that_the_history_does_not_know_is_kept(sandbox: Sandbox) -> None:
    name = play(sandbox, "waiting", {"say": "a"}, {"after_ms": 300, "say": "b"}, {"idle": "end_turn"})
    async with bench(sandbox, name) as one:
        given = order()
        session = await one.engine.open(given)
        watching = asyncio.ensure_future(one.follow(given, session))
        await asyncio.sleep(0.15)
        live = sandbox.anthropic.sessions[session]
        for number in live.subscribers:
            sandbox.anthropic.streams[number].queue.put_nowait(
                ({"type": "agent.message"}, b"event: agent.message\ndata: {\xff\xfe no json\n\n")
            )
        assert (await watching).kind == "finished"
        (odd,) = one.bodies("unknown")
        assert "no json" in str(odd["raw"])


# -- people answer ----------------------------------------------------------------------------------


async def test_an_approval_goes_there_and_back(sandbox: Sandbox) -> None:
    async with bench(sandbox, "approval") as one:
        given = order()
        session = await one.engine.open(given)
        stop = await one.follow(given, session)
        (pending,) = stop.pending
        assert pending.tool_name == "bash"
        assert "publish" in str(pending.input)
        assert (await one.follow(given, session)).pending == (pending,)
        yes = Decision(tool_use_id=pending.tool_use_id, allow=True)
        await one.engine.decide(session, [yes])
        await one.engine.decide(session, [yes])
        assert (await one.follow(given, session)).kind == "finished"
        one.assert_nothing_lost(session)
    assert len(_confirmations(sandbox, session)) == 1


def _confirmations(sandbox: Sandbox, session: str) -> list[object]:
    return [e for e in sandbox.anthropic.sessions[session].events if e["type"] == "user.tool_confirmation"]


@pytest.mark.parametrize(
    "fault",
    [
        {"lost_reply": True},
        {"status": 500, "after_effect": True},
        {"status": 500},
        {"drop_request": True},
        {"html": True},
    ],
    ids=",".join,
)
async def test_an_answer_arrives_once_on_a_bad_line(sandbox: Sandbox, fault: dict[str, object]) -> None:
    async with bench(sandbox, "approval") as one:
        given = order()
        session = await one.engine.open(given)
        (pending,) = (await one.follow(given, session)).pending
        one.arm(SEND, **fault)
        await one.engine.decide(
            session, [Decision(tool_use_id=pending.tool_use_id, allow=False, message="Not now.")]
        )
        assert (await one.follow(given, session)).kind == "finished"
    (answer,) = _confirmations(sandbox, session)
    assert answer["deny_message"] == "Not now."  # type: ignore[index]


async def test_one_answer_of_two_leaves_the_other_open(sandbox: Sandbox) -> None:
    async with bench(sandbox, "approvals-two") as one:
        given = order()
        session = await one.engine.open(given)
        pending = (await one.follow(given, session)).pending
        assert len(pending) == 2
        await one.engine.decide(session, [Decision(tool_use_id=pending[0].tool_use_id, allow=True)])
        rest = (await one.follow(given, session)).pending
        assert [p.tool_use_id for p in rest] == [pending[1].tool_use_id]
        await one.engine.decide(session, [Decision(tool_use_id=p.tool_use_id, allow=True) for p in pending])
        assert (await one.follow(given, session)).kind == "finished"
    assert len(_confirmations(sandbox, session)) == 2


async def test_an_answer_to_nothing_is_refused(sandbox: Sandbox) -> None:
    async with bench(sandbox, "approval") as one:
        given = order()
        session = await one.engine.open(given)
        await one.follow(given, session)
        with pytest.raises(AdapterError, match="not waiting") as caught:
            await one.engine.decide(session, [Decision(tool_use_id="sevt_nothing", allow=True)])
        assert caught.value.permanent


@pytest.mark.parametrize(
    "fault", [{}, {"status": 500}, {"lost_reply": True}], ids=lambda fault: ",".join(fault) or "none"
)
async def test_a_custom_tool_does_not_hang_the_session(sandbox: Sandbox, fault: dict[str, object]) -> None:
    async with bench(sandbox, "custom-tool", timeout_s=0.3) as one:
        if fault:
            one.arm(SEND, **fault)
        stop = await asyncio.wait_for(one.run(), 10)
        assert stop.kind == "finished"
        (use,) = one.bodies("tool.use")
        assert use["unexpected"] is True
        assert use["tool_kind"] == "custom"
    (session,) = sandbox.anthropic.sessions.values()
    (result,) = [e for e in session.events if e["type"] == "user.custom_tool_result"]
    assert result["is_error"] is True
    assert "not available here" in str(result["content"])


async def test_an_interrupt_ends_an_endless_session(sandbox: Sandbox) -> None:
    async with bench(sandbox, "endless") as one:
        given = order()
        session = await one.engine.open(given)
        watching = asyncio.ensure_future(one.follow(given, session))
        await asyncio.sleep(0.1)
        one.arm(SEND, status=500)
        began = time.monotonic()
        await one.engine.interrupt(session, "over its time")
        assert (await watching).kind == "finished"
        assert time.monotonic() - began < 3
        await one.engine.interrupt("sesn_never_was", "harmless")


async def test_usage_of_nobody_is_none(sandbox: Sandbox) -> None:
    async with bench(sandbox) as one:
        assert await one.engine.usage("sesn_never_was") is None
