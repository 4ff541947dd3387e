"""The control interface, scenarios, webhooks to the product, and the state file."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from anthropic import AsyncAnthropic

from opsroom.sandbox.api import Sandbox, SandboxConfig, read_scenario, scenario_from, start_sandbox
from opsroom.sandbox.managed_agents.scenario import ScenarioInvalid, scenario_from_cassette

from .kickoff import message


async def idle(sandbox: Sandbox, session_id: str) -> None:
    for _ in range(300):
        if sandbox.anthropic.sessions[session_id].events[-1]["type"] == "session.status_idle":
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never idle")


async def test_everything_over_http(sandbox: Sandbox, claude: AsyncAnthropic):
    async with aiohttp.ClientSession() as client:

        async def post(path: str, body: dict, status: int = 200) -> dict:
            async with client.post(f"{sandbox.urls.control}/{path}", json=body) as answer:
                assert answer.status == status, await answer.text()
                return await answer.json()

        async def get(path: str) -> list:
            async with client.get(f"{sandbox.urls.control}/{path}") as answer:
                return (await answer.json())["data"]

        await post("seed", {"website_url": "http://127.0.0.1:1/"})
        await post("seed", {"web": 1}, 400)
        await post("clickup/tasks/tk_abc123/move", {"status": "Ready (Automate)"})
        await post("clickup/tasks/tk_abc123/move", {"status": "Nowhere"}, 400)
        await post("clickup/tasks/tk_abc123/fields", {"client_name": None})
        task = await post("clickup/tasks", {"list_id": "901800000001", "name": "second"})
        assert {t["id"] for t in await get("clickup/tasks")} == {"tk_abc123", task["id"]}
        await post("scenarios", {"name": "one", "steps": [{"say": "hi"}], "default": True})
        assert "one" in await get("scenarios")
        armed = await post("faults", {"route": "GET /anthropic/*", "status": 500})
        assert [f["id"] for f in await get("faults")] == [armed["id"]]
        async with client.delete(f"{sandbox.urls.control}/faults/{armed['id']}") as answer:
            assert await answer.json() == {"disarmed": 1}
        session = await claude.beta.sessions.create(
            agent="agent_a", environment_id="env_a", initial_events=[message()]
        )
        await idle(sandbox, session.id)
        assert [s["id"] for s in await get("sessions")] == [session.id]
        said = [e for e in await get(f"sessions/{session.id}/events") if e["type"] == "agent.message"]
        assert said[0]["content"][0]["text"] == "hi"
        [request] = await get("requests?service=anthropic&method=POST")
        assert request["headers"]["Authorization"] == "(redacted)"
        assert request["body"]["agent"] == "agent_a"
        assert [e["kind"] for e in await get("effects?service=clickup")][-1] == "task.created"
        account = await post("google/service-account", {})
        assert account["token_uri"] == sandbox.urls.google_token
        await post("reset", {})
        assert await get("effects") == await get("sessions") == await get("clickup/tasks") == []


async def test_half_a_surrogate_pair_does_no_harm(sandbox: Sandbox):
    sandbox.clickup.add_list("9", "L", ["Open", "Done"])
    task = sandbox.clickup.add_task("9", "t")
    async with aiohttp.ClientSession(headers={"Authorization": "pk"}) as client:
        body = b'{"comment_text": "a \\ud800 b \\ud83d\\ude00 \\u0000", "notify_all": false}'
        path = f"{sandbox.urls.clickup}/v2/task/{task.id}/comment"
        async with client.post(path, data=body, headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 200
        assert task.comments[0].text == "a ? b 😀 \0"
        async with client.get(sandbox.urls.page) as answer:
            assert answer.status == 200


async def test_control_is_out_of_reach_of_web_pages(sandbox: Sandbox):
    async with aiohttp.ClientSession() as client:
        async with client.post(f"{sandbox.urls.control}/reset", data="{}") as answer:
            assert answer.status == 415
        async with client.get(f"{sandbox.urls.control}/effects", headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403


def test_shipped_scenarios_are_valid(sandbox: Sandbox):
    assert len(sandbox.scenarios.scenarios) >= 15
    assert sum(1 for _ in sandbox.scenarios.scenarios["many-events"].steps) == 4


def test_mistakes_in_a_scenario_are_all_reported():
    steps = [
        {"sya": "x"},
        {"event": {"kind": 1}},
        {"repeat": "often"},
        {"await": "godot"},
        {"say": "x", "idle": 1},
    ]
    with pytest.raises(ScenarioInvalid) as caught:
        scenario_from({"steps": steps, "titel": ""}, "wrong")
    for place in (
        "titel",
        "steps[0]",
        "steps[1].event",
        "steps[2].repeat",
        "steps[3].await",
        "steps[4].idle",
    ):
        assert place in str(caught.value)


async def test_a_recorded_session_plays_again(sandbox: Sandbox, claude: AsyncAnthropic, tmp_path: Path):
    async def play(agent: str) -> list[dict]:
        session = await claude.beta.sessions.create(
            agent=agent, environment_id="env_a", initial_events=[message()]
        )
        state = sandbox.anthropic.sessions[session.id]
        for _ in range(200):
            if state.pending and state.status == "idle":
                answer = {
                    "type": "user.tool_confirmation",
                    "tool_use_id": state.pending[0],
                    "result": "allow",
                }
                await claude.beta.sessions.events.send(session.id, events=[answer])
            if state.events[-1].get("stop_reason", {}).get("type") == "end_turn":
                break
            await asyncio.sleep(0.01)
        return state.events

    first = await play("agent_approval")
    path = tmp_path / "recorded.jsonl"
    path.write_text("\n".join(json.dumps(e) for e in first))
    sandbox.scenarios.add(read_scenario(path), agent_id="agent_again")
    again = await play("agent_again")
    kinds = [e["type"] for e in first]
    # The player adds the result of an allowed tool itself, and the recording holds it too.
    assert [k for k in [e["type"] for e in again] if k != "agent.tool_result"] == [
        k for k in kinds if k != "agent.tool_result"
    ]
    assert not {e["id"] for e in first} & {e["id"] for e in again}
    with pytest.raises(ScenarioInvalid, match="line 2"):
        scenario_from_cassette(["{}", "nonsense"], "x")


async def test_webhooks_verify_with_the_sdk(sandbox: Sandbox, claude: AsyncAnthropic):
    got: list[tuple[bytes, dict]] = []
    refuse_first = [True]

    async def take(request: web.Request) -> web.Response:
        got.append((await request.read(), dict(request.headers)))
        return web.Response(status=500 if refuse_first and refuse_first.pop() else 200)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sandbox.anthropic_webhook_url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    session = await claude.beta.sessions.create(
        agent="agent_empty", environment_id="env_a", initial_events=[message()]
    )
    await idle(sandbox, session.id)
    await sandbox.outgoing.settle()
    secret = sandbox.config.anthropic_webhook_secret
    events = [claude.beta.webhooks.unwrap(raw, headers=headers, key=secret) for raw, headers in got]
    kinds = {e.data.type for e in events}
    assert kinds >= {"session.created", "session.status_run_started", "session.status_idled"}
    assert {e.data.id for e in events} == {session.id}
    ids = [headers["webhook-id"] for _, headers in got]
    assert ids.count(ids[0]) == 2  # delivered again with the same id
    await runner.cleanup()


async def test_state_survives_a_restart(tmp_path: Path):
    config = SandboxConfig(state_file=tmp_path / "state.json", files_lag_s=0)
    first = await start_sandbox(config)
    first.clickup.add_list(
        "9", "L", ["Open", "Done"], [{"name": "tier", "type": "drop_down", "options": ["A"]}]
    )
    task = first.clickup.add_task("9", "t", {"tier": "A"})
    channel = first.slack.add_channel("general")
    async with AsyncAnthropic(base_url=first.urls.anthropic, api_key="k", max_retries=0) as claude:
        session = await claude.beta.sessions.create(
            agent="agent_empty", environment_id="env_a", initial_events=[message()]
        )
        waiting = await claude.beta.sessions.create(
            agent="agent_approval", environment_id="env_a", initial_events=[message()]
        )
        await claude.beta.files.upload(file=("a.txt", b"hello"))
    await idle(first, session.id)
    await idle(first, waiting.id)
    events = first.anthropic.sessions[session.id].events
    await first.stop()
    second = await start_sandbox(config)
    assert second.anthropic.sessions[session.id].events == events
    assert second.clickup.tasks[task.id] == task
    assert second.slack.channels[channel.id].name == "general"
    [file] = second.anthropic.files.values()
    assert second.blobs.read(file.blob) == b"hello"
    assert [e.kind for e in second.ledger.effects] == [e.kind for e in first.ledger.effects]
    await idle(second, waiting.id)
    async with AsyncAnthropic(base_url=second.urls.anthropic, api_key="k", max_retries=0) as claude:
        answer = {
            "type": "user.tool_confirmation",
            "tool_use_id": second.anthropic.sessions[waiting.id].pending[0],
            "result": "allow",
        }
        await claude.beta.sessions.events.send(waiting.id, events=[answer])
    for _ in range(100):
        if second.anthropic.sessions[waiting.id].finished:
            break
        await asyncio.sleep(0.01)
    assert second.anthropic.sessions[waiting.id].finished
    await second.stop()
    (tmp_path / "state.json").write_text('{"format": 99}')
    with pytest.raises(ValueError, match="remove it to start anew"):
        await start_sandbox(config)


async def test_as_a_program(tmp_path: Path):
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "opsroom.sandbox", "--port", "0", "--demo"),
        *("--state-file", str(tmp_path / "s.json")),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    page = (await program.stdout.readline()).decode().split()[1]
    async with aiohttp.ClientSession() as client, client.get(f"{page}_control/clickup/tasks") as answer:
        assert [t["id"] for t in (await answer.json())["data"]] == ["tk_abc123"]
    program.terminate()
    assert await program.wait() == 0
    assert (tmp_path / "s.json").exists()
