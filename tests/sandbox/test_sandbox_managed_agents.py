"""Managed Agents through the vendor's own SDK."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import anthropic
import pytest
from anthropic import AsyncAnthropic

from opsroom.sandbox.api import Sandbox, scenario_from

from .kickoff import message


async def create(claude: AsyncAnthropic, agent: str = "agent_sentinel", **more: object) -> str:
    session = await claude.beta.sessions.create(
        agent=agent, environment_id="env_test", initial_events=[message()], **more
    )
    return session.id


async def until_idle(claude: AsyncAnthropic, session_id: str, reason: str | None = None) -> list:
    """The events of a session after it came to rest."""
    for _ in range(400):
        events = [e async for e in claude.beta.sessions.events.list(session_id)]
        last = events[-1]
        if last.type == "session.status_terminated":
            return events
        if last.type == "session.status_idle" and reason in (None, last.stop_reason.type):
            return events
        await asyncio.sleep(0.01)
    raise AssertionError(f"still {[e.type for e in events][-3:]}")


async def test_audit_from_create_to_downloaded_files(sandbox: Sandbox, claude: AsyncAnthropic):
    session_id = await create(claude, metadata={"run": "run_1"}, title="Sentinel")
    seen = []
    async for event in await claude.beta.sessions.events.stream(session_id):
        seen.append(event)
        if event.type == "session.status_idle":
            break
    assert seen[-1].stop_reason.type == "end_turn"
    history = [e async for e in claude.beta.sessions.events.list(session_id, limit=7)]
    assert {e.id for e in seen} <= {e.id for e in history}
    assert len({e.id for e in history}) == len(history)
    files = {f.filename: f async for f in claude.beta.files.list(scope_id=session_id)}
    assert sorted(files) == [f"sentinel-audit-shamrock-detailing-columbus.{x}" for x in ("json", "md")]
    audit = files["sentinel-audit-shamrock-detailing-columbus.json"]
    body = json.loads(await (await claude.beta.files.download(audit.id)).read())
    assert body["score"] == 71
    assert len(body["priorities"]) == 3
    assert audit.scope is not None
    assert audit.scope.id == session_id
    session = await claude.beta.sessions.retrieve(session_id)
    assert session.status == "idle"
    assert session.usage.list_cost is not None
    assert session.usage.list_cost.amount == "104"
    effects = [e.kind for e in sandbox.ledger.find_effects("anthropic")]
    assert effects == ["session.created", "event.sent", "file.written", "file.written"]


async def test_stream_has_no_replay_and_shows_user_events_queued_then_processed(claude: AsyncAnthropic):
    session_id = await create(claude, agent="agent_empty")
    await until_idle(claude, session_id)
    stream = await claude.beta.sessions.events.stream(session_id)
    sent = await claude.beta.sessions.events.send(session_id, events=[message()])
    mine = []
    async for event in stream:
        if event.type == "user.message":
            mine.append(event)
        if event.type == "session.status_idle":
            break
    assert [m.id for m in mine] == [sent.data[0].id] * 2
    assert [m.processed_at is None for m in mine] == [True, False]


async def test_stream_previews(claude: AsyncAnthropic):
    session = await claude.beta.sessions.create(agent="agent_empty", environment_id="env_test")
    stream = await claude.beta.sessions.events.stream(session.id, event_deltas=["agent.message"])
    await claude.beta.sessions.events.send(session.id, events=[message()])
    kinds, text = [], ""
    async for event in stream:
        kinds.append(event.type)
        if event.type == "event_delta":
            text += event.delta.content.text
        if event.type == "session.status_idle":
            break
    assert kinds.index("event_start") < kinds.index("event_delta") < kinds.index("agent.message")
    assert text == "There was nothing to do."
    history = [e.type async for e in claude.beta.sessions.events.list(session.id)]
    assert "event_delta" not in history


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"agent": "agent_invalid"}, "not found"),
        ({"environment_id": "nothing"}, "not found"),
    ],
)
async def test_unknown_ids_are_404(claude: AsyncAnthropic, members: dict, problem: str):
    with pytest.raises(anthropic.NotFoundError, match=problem) as caught:
        await claude.beta.sessions.create(**{"agent": "agent_a", "environment_id": "env_a"} | members)
    assert caught.value.type == "not_found_error"
    assert caught.value.request_id


@pytest.mark.parametrize(
    "members",
    [
        {"metadata": {str(i): "x" for i in range(17)}},
        {"metadata": {"k": "x" * 513}},
        {"initial_events": [{"type": "user.interrupt"}]},
        {"initial_events": [message()] * 51},
        {"budget": {"type": "limit", "max_list_cost": {"amount": "2.50", "currency": "USD"}}},
        {"extra_body": {"surprise": 1}},
    ],
)
async def test_bad_create_is_refused_and_creates_nothing(
    sandbox: Sandbox, claude: AsyncAnthropic, members: dict
):
    with pytest.raises(anthropic.BadRequestError):
        await claude.beta.sessions.create(**{"agent": "agent_a", "environment_id": "env_a"} | members)
    assert not sandbox.anthropic.sessions


async def test_keys_are_needed(sandbox: Sandbox):
    async with AsyncAnthropic(
        base_url=sandbox.urls.anthropic, api_key="invalid-key", max_retries=0
    ) as client:
        with pytest.raises(anthropic.AuthenticationError):
            await client.beta.sessions.retrieve("sesn_x")


async def test_list_filters_pages_and_metadata(claude: AsyncAnthropic):
    start = datetime.now(UTC) - timedelta(seconds=5)
    made = [
        (
            await claude.beta.sessions.create(
                agent=f"agent_{i % 2}", environment_id="env_a", metadata={"n": str(i)}
            )
        ).id
        for i in range(9)
    ]
    newest_first = [s.id async for s in claude.beta.sessions.list(limit=2, created_at_gt=start)]
    assert newest_first == made[::-1]
    odd = [s.metadata["n"] async for s in claude.beta.sessions.list(agent_id="agent_1", order="asc", limit=1)]
    assert odd == ["1", "3", "5", "7"]
    assert [s async for s in claude.beta.sessions.list(statuses=["running"])] == []
    assert [s async for s in claude.beta.sessions.list(created_at_lt=start)] == []
    page = await claude.beta.sessions.list(limit=2, order="asc")
    with pytest.raises(anthropic.BadRequestError):
        await claude.beta.sessions.list(limit=2, order="desc", page=page.next_page)


async def test_new_sessions_do_not_shift_an_open_descending_page(claude: AsyncAnthropic):
    for _ in range(4):
        await claude.beta.sessions.create(agent="agent_a", environment_id="env_a")
    first = await claude.beta.sessions.list(limit=2)
    await claude.beta.sessions.create(agent="agent_a", environment_id="env_a")
    second = await claude.beta.sessions.list(limit=2, page=first.next_page)
    assert not {s.id for s in first.data} & {s.id for s in second.data}
    assert len(second.data) == 2


async def test_events_filter(claude: AsyncAnthropic):
    session_id = await create(claude)
    await until_idle(claude, session_id)
    tools = [e async for e in claude.beta.sessions.events.list(session_id, types=["agent.tool_use"], limit=2)]
    assert len(tools) == 7
    backwards = [e.id async for e in claude.beta.sessions.events.list(session_id, order="desc", limit=3)]
    forwards = [e.id async for e in claude.beta.sessions.events.list(session_id)]
    assert backwards == forwards[::-1]
    middle = tools[3].processed_at
    late = [e async for e in claude.beta.sessions.events.list(session_id, created_at_gte=middle)]
    assert 0 < len(late) < len(forwards)


async def test_approval_allowed(sandbox: Sandbox, claude: AsyncAnthropic):
    session_id = await create(claude, agent="agent_approval")
    events = await until_idle(claude, session_id, "requires_action")
    [waiting] = events[-1].stop_reason.event_ids
    use = next(e for e in events if e.id == waiting)
    assert use.evaluated_permission == "ask"
    answer = {"type": "user.tool_confirmation", "tool_use_id": waiting, "result": "allow"}
    await claude.beta.sessions.events.send(session_id, events=[answer])
    events = await until_idle(claude, session_id, "end_turn")
    result = next(e for e in events if e.type == "agent.tool_result")
    assert (result.tool_use_id, result.is_error) == (waiting, False)
    with pytest.raises(anthropic.BadRequestError, match="not waiting"):
        await claude.beta.sessions.events.send(session_id, events=[answer])
    assert [f.filename async for f in claude.beta.files.list(scope_id=session_id)]


async def test_approval_denied_takes_the_other_way(claude: AsyncAnthropic):
    session_id = await create(claude, agent="agent_approval")
    events = await until_idle(claude, session_id, "requires_action")
    answer = {
        "type": "user.tool_confirmation",
        "tool_use_id": events[-1].stop_reason.event_ids[0],
        "result": "deny",
        "deny_message": "not today",
    }
    await claude.beta.sessions.events.send(session_id, events=[answer])
    events = await until_idle(claude, session_id, "end_turn")
    result = next(e for e in events if e.type == "agent.tool_result")
    assert result.is_error
    assert result.content[0].text == "not today"
    assert [f async for f in claude.beta.files.list(scope_id=session_id)] == []


async def test_answering_one_of_two_leaves_the_other_waiting(claude: AsyncAnthropic):
    session_id = await create(claude, agent="agent_approvals_two")
    events = await until_idle(claude, session_id, "requires_action")
    first, second = events[-1].stop_reason.event_ids
    for use in (first, second):
        answer = {"type": "user.tool_confirmation", "tool_use_id": use, "result": "allow"}
        await claude.beta.sessions.events.send(session_id, events=[answer])
        if use == first:
            await asyncio.sleep(0.02)
            events = await until_idle(claude, session_id, "requires_action")
            assert events[-1].stop_reason.event_ids == [second]
    events = await until_idle(claude, session_id, "end_turn")
    assert {e.type for e in events} >= {"agent.tool_result", "agent.mcp_tool_result"}


async def test_custom_tool(claude: AsyncAnthropic):
    session_id = await create(claude, agent="agent_custom_tool")
    events = await until_idle(claude, session_id, "requires_action")
    answer = {
        "type": "user.custom_tool_result",
        "custom_tool_use_id": events[-1].stop_reason.event_ids[0],
        "content": [{"type": "text", "text": "rank 4"}],
    }
    await claude.beta.sessions.events.send(session_id, events=[answer])
    await until_idle(claude, session_id, "end_turn")


async def test_budget_stops_and_raising_it_resumes(claude: AsyncAnthropic):
    budget = {"type": "limit", "max_list_cost": {"amount": "300", "currency": "USD"}}
    session_id = await create(claude, agent="agent_budget", budget=budget)
    await until_idle(claude, session_id, "budget_reached")
    session = await claude.beta.sessions.retrieve(session_id)
    assert session.usage.list_cost.amount == "300"
    with pytest.raises(anthropic.BadRequestError, match="budget_not_raised"):
        await claude.beta.sessions.update(session_id, budget=budget)
    budget["max_list_cost"]["amount"] = "500"
    await claude.beta.sessions.update(session_id, budget=budget)
    await asyncio.sleep(0.02)
    await until_idle(claude, session_id, "budget_reached")
    assert (await claude.beta.sessions.retrieve(session_id)).usage.list_cost.amount == "500"
    bare = await create(claude, agent="agent_empty")
    with pytest.raises(anthropic.BadRequestError, match="budget_create_only"):
        await claude.beta.sessions.update(bare, budget=budget)


async def test_interrupt_ends_an_endless_session(claude: AsyncAnthropic):
    session_id = await create(claude, agent="agent_endless")
    await asyncio.sleep(0.1)
    with pytest.raises(anthropic.BadRequestError):
        await claude.beta.sessions.archive(session_id)
    await claude.beta.sessions.events.send(session_id, events=[{"type": "user.interrupt"}])
    events = await until_idle(claude, session_id, "end_turn")
    assert any(e.type == "user.interrupt" for e in events)
    archived = await claude.beta.sessions.archive(session_id)
    assert archived.status == "terminated"
    assert archived.archived_at
    with pytest.raises(anthropic.BadRequestError):
        await claude.beta.sessions.events.send(session_id, events=[message()])
    await claude.beta.sessions.delete(session_id)
    with pytest.raises(anthropic.NotFoundError):
        await claude.beta.sessions.retrieve(session_id)


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ("agent_refusal", "refusal"),
        ("agent_retries_exhausted", "retries_exhausted"),
        ("agent_unknown_things", "paused_for_maintenance"),
        ("agent_empty", "end_turn"),
    ],
)
async def test_stop_reasons(claude: AsyncAnthropic, agent: str, reason: str):
    events = await until_idle(claude, await create(claude, agent=agent))
    assert events[-1].stop_reason.type == reason
    if reason == "refusal":
        assert events[-1].stop_details.type == "refusal"


async def test_terminated_session_ends_its_stream(claude: AsyncAnthropic):
    session = await claude.beta.sessions.create(agent="agent_terminated", environment_id="env_a")
    stream = await claude.beta.sessions.events.stream(session.id)
    await claude.beta.sessions.events.send(session.id, events=[message()])
    kinds = [e.type async for e in stream]
    assert kinds[-1] == "session.status_terminated"
    assert "session.error" in kinds
    assert (await claude.beta.sessions.retrieve(session.id)).status == "terminated"


async def test_threads(claude: AsyncAnthropic):
    session_id = await create(claude, agent="agent_threads")
    await until_idle(claude, session_id)
    threads = [t async for t in claude.beta.sessions.threads.list(session_id)]
    assert [t.agent.name for t in threads] == ["Threads", "crawler", "reader"]
    assert threads[0].parent_thread_id is None
    assert threads[1].parent_thread_id == threads[0].id
    events = [e async for e in claude.beta.sessions.threads.events.list(threads[1].id, session_id=session_id)]
    assert "agent.tool_use" in {e.type for e in events}
    primary = [
        e async for e in claude.beta.sessions.threads.events.list(threads[0].id, session_id=session_id)
    ]
    assert len(primary) > len(events)


async def test_update_metadata_and_title(claude: AsyncAnthropic):
    session = await claude.beta.sessions.create(
        agent="agent_a", environment_id="env_a", metadata={"a": "1", "b": "2"}
    )
    changed = await claude.beta.sessions.update(session.id, metadata={"a": None, "c": "3"}, title="New")
    assert changed.metadata == {"b": "2", "c": "3"}
    assert changed.title == "New"


async def test_scenario_by_metadata_by_agent_and_default(sandbox: Sandbox, claude: AsyncAnthropic):
    mine = scenario_from({"steps": [{"say": "Hello {client_name} {metadata_word}"}]}, "mine")
    sandbox.scenarios.add(mine, agent_id="agent_special")
    session_id = await create(claude, agent="agent_special", metadata={"metadata_word": "hi"})
    events = await until_idle(claude, session_id)
    said = [e.content[0].text for e in events if e.type == "agent.message"]
    assert said == ["Hello Shamrock Detailing (Columbus, OH) hi"]
    other = await create(claude, agent="agent_special", metadata={"sandbox_scenario": "empty"})
    events = await until_idle(claude, other)
    assert [e.content[0].text for e in events if e.type == "agent.message"] == ["There was nothing to do."]


async def test_upload_and_delete(claude: AsyncAnthropic):
    uploaded = await claude.beta.files.upload(file=("notes.md", b"# Notes\n", "text/markdown"))
    assert (await claude.beta.files.retrieve_metadata(uploaded.id)).size_bytes == 8
    with pytest.raises(anthropic.BadRequestError):
        await claude.beta.files.download(uploaded.id)
    await claude.beta.files.delete(uploaded.id)
    with pytest.raises(anthropic.NotFoundError):
        await claude.beta.files.retrieve_metadata(uploaded.id)
