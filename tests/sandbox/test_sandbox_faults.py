"""Every fault does what it says, to real clients."""

import asyncio
import json
import time

import aiohttp
import anthropic
import pytest
from anthropic import AsyncAnthropic

from opsroom.sandbox.api import Fault, Sandbox

from .kickoff import message

CREATE = "POST /anthropic/v1/sessions"


async def create(claude: AsyncAnthropic, agent: str = "agent_empty", **more: object) -> str:
    session = await claude.beta.sessions.create(agent=agent, environment_id="env_a", **more)
    return session.id


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, anthropic.InternalServerError),
        (502, anthropic.InternalServerError),
        (529, anthropic.InternalServerError),
        (429, anthropic.RateLimitError),
    ],
)
async def test_status_without_effect(sandbox: Sandbox, claude: AsyncAnthropic, status: int, error: type):
    sandbox.faults.arm(Fault(CREATE, times=2, status=status, retry_after="1"))
    for _ in range(2):
        with pytest.raises(error) as caught:
            await create(claude)
        assert caught.value.response.headers["retry-after"] == "1"
        assert caught.value.body["type"] == "error"
    await create(claude)
    assert len(sandbox.anthropic.sessions) == 1
    assert [r.status for r in sandbox.ledger.find_requests("anthropic")] == [status, status, 200]


async def test_lost_reply_had_its_effect(sandbox: Sandbox, claude: AsyncAnthropic):
    sandbox.faults.arm(Fault(CREATE, lost_reply=True))
    with pytest.raises(anthropic.APIConnectionError):
        await create(claude, metadata={"run": "run_7"})
    found = [s async for s in claude.beta.sessions.list() if s.metadata.get("run") == "run_7"]
    assert len(found) == 1
    [request] = sandbox.ledger.find_requests("anthropic", "POST")
    assert request.fault == "lost_reply"


async def test_error_after_the_effect(sandbox: Sandbox, claude: AsyncAnthropic):
    sandbox.faults.arm(Fault(CREATE, status=500, after_effect=True))
    with pytest.raises(anthropic.InternalServerError):
        await create(claude)
    assert len(sandbox.anthropic.sessions) == 1


async def test_dropped_request_had_none(sandbox: Sandbox, claude: AsyncAnthropic):
    sandbox.faults.arm(Fault(CREATE, drop_request=True))
    with pytest.raises(anthropic.APIConnectionError):
        await create(claude)
    assert not sandbox.anthropic.sessions


async def test_skip_count_and_match_on_body(sandbox: Sandbox, claude: AsyncAnthropic):
    sandbox.faults.arm(Fault(CREATE, skip=1, body_contains="run_b", status=500))
    await create(claude, metadata={"run": "run_a"})
    await create(claude, metadata={"run": "run_b"})
    with pytest.raises(anthropic.InternalServerError):
        await create(claude, metadata={"run": "run_b"})
    assert sandbox.faults.armed() == []


async def test_latency(sandbox: Sandbox, claude: AsyncAnthropic):
    sandbox.faults.arm(Fault(CREATE, latency_ms=150))
    started = time.monotonic()
    await create(claude)
    assert time.monotonic() - started >= 0.15


@pytest.mark.parametrize("member", ["half_json", "html", "error_body_200", "wrong_content_length"])
async def test_broken_replies(sandbox: Sandbox, member: str):
    sandbox.faults.arm(Fault("GET /clickup/*", **{member: True}))
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{sandbox.urls.clickup}/v2/user", headers={"Authorization": "pk"}) as answer,
    ):
        assert answer.status == 200
        if member == "wrong_content_length":
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.read()
            return
        text = await answer.text()
    if member == "error_body_200":
        assert json.loads(text)["ECODE"]
    elif member == "html":
        assert text.startswith("<!doctype html>")
    else:
        with pytest.raises(ValueError):
            json.loads(text)


async def test_slow_bytes(sandbox: Sandbox):
    sandbox.faults.arm(Fault("GET /clickup/*", slow_bytes_per_s=1000))
    started = time.monotonic()
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{sandbox.urls.clickup}/v2/user", headers={"Authorization": "pk"}) as answer,
    ):
        size = len(await answer.read())
    assert time.monotonic() - started > size / 1000 * 0.4


async def test_slow_file(sandbox: Sandbox, claude: AsyncAnthropic):
    file = await claude.beta.files.upload(file=("a.txt", b"x" * 300_000))
    sandbox.anthropic.files[file.id].downloadable = True
    sandbox.faults.arm(Fault("GET /anthropic/v1/files/*/content", slow_bytes_per_s=1_000_000))
    started = time.monotonic()
    assert len(await (await claude.beta.files.download(file.id)).read()) == 300_000
    assert time.monotonic() - started > 0.25


async def until_cut(stream: anthropic.AsyncStream) -> list:
    """What one connection carried until it broke or the session came to rest."""
    seen = []
    try:
        async for event in stream:
            seen.append(event)
            if event.type == "session.status_idle":
                break
    except anthropic.APIConnectionError:
        pass
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("httpx", "httpx2", "httpcore"):
            raise
    await stream.close()
    return seen


async def streamed(claude: AsyncAnthropic, session_id: str) -> list:
    stream = await claude.beta.sessions.events.stream(session_id)
    await claude.beta.sessions.events.send(session_id, events=[message()])
    return await until_cut(stream)


async def test_stream_dropped_after_each_event(sandbox: Sandbox, claude: AsyncAnthropic):
    """A client that merges history and stream sees everything, whatever the network does."""
    sandbox.faults.arm(Fault("GET */events/stream", times=None, drop_stream_after=1))
    session_id = await create(claude, agent="agent_threads")
    seen: dict[str, object] = {}
    for attempt in range(60):
        stream = await claude.beta.sessions.events.stream(session_id)  # first the stream, then the history
        if attempt == 0:
            await claude.beta.sessions.events.send(session_id, events=[message()])
        async for event in claude.beta.sessions.events.list(session_id):
            seen[event.id] = event
        if any(e.type == "session.status_idle" for e in seen.values()):
            await stream.close()
            break
        for event in await until_cut(stream):
            seen[event.id] = event
    assert [e["id"] for e in sandbox.anthropic.sessions[session_id].events] == sorted(seen)


async def test_duplicates_reordering_and_unknown_events(sandbox: Sandbox, claude: AsyncAnthropic):
    session_id = await create(claude)
    sandbox.faults.arm(Fault("GET */events/stream", duplicate_events=True))
    ids = [e.id for e in await streamed(claude, session_id)]
    assert len(ids) > len(set(ids))
    sandbox.faults.arm(Fault("GET */events/stream", reorder_events=True))
    other = await create(claude)
    ids = [e.id for e in await streamed(claude, other)]
    history = [e["id"] for e in sandbox.anthropic.sessions[other].events]
    assert [i for i in history if i in ids] != list(dict.fromkeys(ids))
    sandbox.faults.arm(Fault("GET */events/stream", unknown_events=True))
    third = await create(claude)
    kinds = [e.type for e in await streamed(claude, third)]
    assert "agent.not_invented_yet" in kinds
    assert "agent.not_invented_yet" in [e.type async for e in claude.beta.sessions.events.list(third)]


async def test_half_a_frame(sandbox: Sandbox, claude: AsyncAnthropic):
    sandbox.faults.arm(Fault("GET */events/stream", half_json=True))
    session_id = await create(claude)
    assert await streamed(claude, session_id) == []
    await asyncio.sleep(0.05)
    assert sandbox.anthropic.sessions[session_id].status == "idle"


async def test_a_mistaken_fault_is_refused_with_every_mistake(sandbox: Sandbox):
    async with aiohttp.ClientSession() as client:
        body = {"statsu": 500, "laytency": 1}
        async with client.post(f"{sandbox.urls.control}/faults", json=body) as answer:
            assert answer.status == 400
            problem = (await answer.json())["error"]
    for word in ("statsu", "laytency", "route"):
        assert word in problem
