"""Exactly one session for a run, whatever becomes of the answers."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from opsroom.kernel.clock import SYSTEM_CLOCK
from opsroom.kernel.errors import AdapterError, Invalid
from opsroom.runs.engines.anthropic_managed.engine import AnthropicManagedEngine
from opsroom.runs.engines.anthropic_managed.settings import AnthropicSettings
from opsroom.sandbox.api import Sandbox

from .managed_kit import Bench, agent, bench, order

CREATE = "POST /anthropic/v1/sessions"


def creations(one: Bench) -> int:
    return len(
        [r for r in one.sandbox.ledger.requests if (r.method, r.path) == ("POST", "/anthropic/v1/sessions")]
    )


async def test_one_call_opens_kicks_off_and_sets_the_budget(sandbox: Sandbox) -> None:
    async with bench(sandbox) as one:
        given = order(cost=1_234_567, who=agent(beta_headers=["managed-agents-2026-04-01", "extra-2026"]))
        session = await one.engine.open(given)
    (made,) = sandbox.anthropic.sessions.values()
    assert made.id == session
    assert made.metadata["opsroom_run"] == given.run_id
    assert made.budget_cents == 124
    assert made.title == "Probe"
    assert made.events[0]["content"] == [{"type": "text", "text": "Audit {client}."}]
    assert creations(one) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"lost_reply": True},
        {"drop_request": True},
        {"status": 500},
        {"status": 500, "after_effect": True},
        {"status": 529},
        {"status": 529, "after_effect": True},
        {"status": 429, "retry_after": "0"},
        {"html": True},
        {"html": True, "after_effect": True},
        {"half_json": True},
        {"error_body_200": True},
        {"error_body_200": True, "after_effect": True},
        {"wrong_content_length": True},
    ],
    ids=",".join,
)
@pytest.mark.parametrize("times", [1, 2])
async def test_a_broken_creation_ends_in_exactly_one_session(
    sandbox: Sandbox, fault: dict[str, object], times: int
) -> None:
    async with bench(sandbox, timeout_s=0.2) as one:
        one.arm(CREATE, times=times, **fault)
        session = await one.engine.open(order())
        assert one.sessions() == [session]


async def test_an_answer_that_comes_too_late_is_waited_for(sandbox: Sandbox) -> None:
    async with bench(sandbox, timeout_s=0.15) as one:
        one.arm(CREATE, latency_ms=400)
        session = await one.engine.open(order())
        await asyncio.sleep(0.5)
        # The slow request came through after all: it must be interrupted, if it was not the one found.
        if len(one.sessions()) > 1:
            await one.engine.reconcile(order(run_id=_run_of(one, session)), session)
            working = [s.id for s in sandbox.anthropic.sessions.values() if s.status == "running"]
            assert working in ([session], [])


def _run_of(one: Bench, session: str) -> str:
    return one.sandbox.anthropic.sessions[session].metadata["opsroom_run"]


async def test_nothing_found_is_believed_only_after_the_time_limit(sandbox: Sandbox) -> None:
    async with bench(sandbox, timeout_s=0.3, lookup_margin_s=0.1) as one:
        one.arm(CREATE, drop_request=True)
        began = time.monotonic()
        await one.engine.open(order())
        assert time.monotonic() - began >= 0.4
        assert len(one.sessions()) == 1


async def test_a_later_attempt_takes_the_session_that_is_there(sandbox: Sandbox) -> None:
    async with bench(sandbox) as one:
        given = order()
        session = await one.engine.open(given)
        again = given.model_copy(update={"attempt": 2})
        assert await one.engine.open(again) == session
        assert one.sessions() == [session]
        assert creations(one) == 1
        other = await one.engine.open(order(attempt=2))
        assert other != session


async def test_a_second_session_is_interrupted_and_the_first_followed(sandbox: Sandbox) -> None:
    async with bench(sandbox, "endless") as one:
        given = order()
        kept = await one.engine.open(given)
        other = await one.engine.open(given)
        again = given.model_copy(update={"attempt": 2})
        assert await one.engine.open(again) == kept
        follower = one.engine.follow(again, kept)
        await anext(follower)
        for _ in range(100):
            if sandbox.anthropic.sessions[other].status == "idle":
                break
            await asyncio.sleep(0.02)
        assert sandbox.anthropic.sessions[other].status == "idle"
        assert sandbox.anthropic.sessions[kept].status == "running"
        await follower.aclose()


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (403, True), (404, True), (503, False)]
)
async def test_a_refusal_is_told_in_full(sandbox: Sandbox, status: int, permanent: bool) -> None:
    async with bench(sandbox) as one:
        one.arm(CREATE, times=None, status=status, message="The agent took the day off.")
        with pytest.raises(AdapterError, match="The agent took the day off") as caught:
            await one.engine.open(order())
        assert caught.value.permanent is permanent
        assert creations(one) == (1 if permanent else 4)


async def test_no_look_no_repeat(sandbox: Sandbox) -> None:
    """When it cannot be known whether the session exists, none is created."""
    async with bench(sandbox) as one:
        one.arm(CREATE, times=None, status=500, after_effect=True)
        one.arm("GET /anthropic/v1/sessions", times=None, status=500)
        with pytest.raises(AdapterError):
            await one.engine.open(order())
        assert len(one.sessions()) == 1


async def test_an_unknown_agent_is_a_permanent_refusal(sandbox: Sandbox) -> None:
    async with bench(sandbox, "invalid") as one:
        with pytest.raises(AdapterError, match="not found") as caught:
            await one.engine.open(order())
        assert caught.value.permanent


async def test_retry_after_is_honoured(sandbox: Sandbox) -> None:
    async with bench(sandbox) as one:
        one.arm(CREATE, status=429, retry_after="1")
        began = time.monotonic()
        await one.engine.open(order())
        assert time.monotonic() - began >= 1.0


async def test_a_server_that_is_not_there(sandbox: Sandbox) -> None:
    async with bench(sandbox, base_url="http://127.0.0.1:9") as one:
        with pytest.raises(AdapterError, match="could not be reached") as caught:
            await one.engine.open(order())
        assert not caught.value.permanent


async def test_variables_that_are_not_set_are_all_named() -> None:
    engine = AnthropicManagedEngine(
        AnthropicSettings.model_validate({"api_key": "k"}), {"PROBE_ENV_ID": " "}, SYSTEM_CLOCK
    )
    with pytest.raises(Invalid) as caught:
        await engine.open(order())
    assert [problem.path for problem in caught.value.problems] == [
        "anthropic.agent_id_env",
        "anthropic.environment_id_env",
    ]
    assert "PROBE_AGENT_ID" in str(caught.value)


async def test_a_missing_key_is_told(sandbox: Sandbox) -> None:
    async with bench(sandbox, api_key=None) as one:
        with pytest.raises(AdapterError, match="ANTHROPIC_API_KEY"):
            await one.engine.open(order())


async def test_the_key_is_sent_and_never_told(sandbox: Sandbox) -> None:
    async with bench(sandbox, api_key="sk-ant-canary-1234567890") as one:
        one.arm(CREATE, times=None, status=400)
        with pytest.raises(AdapterError) as caught:
            await one.engine.open(order())
        assert "canary" not in str(caught.value)
    assert "canary" not in json.dumps([repr(caught.value), repr(one.engine._settings)])
