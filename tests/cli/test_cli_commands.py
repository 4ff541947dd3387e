"""Every other command, against what the API answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command_line import opsroom
from tests.cli.scripted_server import AT, KEY, RUN_ID, Json, ScriptedServer, run_record

AGENT: Json = {
    "name": "sentinel",
    "display_name": "SEO Sentinel",
    "description": "Local SEO audit",
    "version": 3,
    "file_version": "1.0.0",
    "engine": "skill",
    "enabled_triggers": ["manual_cli", "clickup_webhook"],
    "limits": {"max_cost_usd": "5.00", "max_minutes": 60, "alert_usd": "3.00"},
    "channels": ["folder", "slack"],
    "problems": [{"path": "limits.max_session_cost_usd", "message": "must be a number"}],
    "updated_at": AT,
}
APPROVAL: Json = {
    "id": "appr_1",
    "run_id": RUN_ID,
    "agent_name": "sentinel",
    "tool_use_id": "t",
    "tool_name": "send_email",
    "input": {"to": "x@example.com"},
    "input_sha256": "ab",
    "status": "pending",
    "created_at": AT,
    "expires_at": AT,
    "decided_at": None,
    "decided_by": None,
    "message": None,
}
HOOK: Json = {
    "id": "whd_1",
    "source": "clickup",
    "agent": "sentinel",
    "received_at": AT,
    "verdict": "refused",
    "status_code": 403,
    "reason": "the signature does not fit",
    "run_id": None,
    "task_id": None,
    "headers": {"X-Signature": "•••"},
    "body": '{"event":"taskStatusUpdated"}',
    "remote": "10.0.0.1",
    "replay_of": None,
    "replays": 0,
}
API_KEY: Json = {
    "id": "key_1",
    "label": "CI",
    "hint": "owf_me_abc",
    "actor": {"id": "a", "kind": "person", "name": "Jake"},
    "verbs": ["*"],
    "created_at": AT,
    "expires_at": AT,
    "revoked_at": None,
    "last_used_at": None,
}


@pytest.fixture
def api(server: ScriptedServer) -> ScriptedServer:
    finished = run_record(status="DONE", outcome="succeeded", ended_at=AT, duration_s=3.2, cost_usd="0.02")
    server.answers |= {
        ("GET", "/api/runs"): [finished],
        ("GET", "/api/agent-files"): [AGENT],
        ("GET", "/api/agent-files/sentinel"): {
            **AGENT,
            "file": '{"agent_name": "sentinel"}',
            "versions": [
                {"version": 3, "sha256": "f" * 64, "created_at": AT, "created_by": "file", "current": True}
            ],
        },
        ("GET", "/api/approvals"): [APPROVAL],
        ("POST", "/api/approvals/appr_1/allow"): {**APPROVAL, "status": "allowed"},
        ("POST", "/api/approvals/appr_1/deny"): {**APPROVAL, "status": "denied"},
        ("GET", "/api/webhook-deliveries"): [HOOK],
        ("GET", "/api/webhook-deliveries/whd_1"): HOOK,
        ("POST", "/api/webhook-deliveries/whd_1/replay"): {**HOOK, "id": "whd_2", "verdict": "accepted"},
        ("GET", "/api/keys"): [API_KEY],
        ("POST", "/api/keys"): {"key": API_KEY, "secret": "owf_me_secret"},
        ("DELETE", "/api/keys/key_1"): {**API_KEY, "revoked_at": AT},
        ("POST", f"/api/runs/{RUN_ID}/cancel"): run_record(status="CANCELLING"),
        ("GET", "/api/me"): {"actor": {"name": "Jake", "role": "admin"}},
    }
    return server


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("runs list --agent sentinel --status DONE", [RUN_ID, "DONE", "3.2 s", "$0.02"]),
        ("runs show last", ["STREAMING", "sentinel v3", "$0.00 of $5.00"]),
        ("runs cancel last --reason enough", ["CANCELLING"]),
        (
            "agents list",
            ["sentinel", "broken", "limits.max_session_cost_usd: must be a number", "version 3 keeps"],
        ),
        ("agents show sentinel", ["Local SEO audit", "$5.00", "← serving"]),
        ("agents show sentinel --file", ['{"agent_name": "sentinel"}']),
        ("approvals list", ["appr_1", "send_email", "to=x@example.com"]),
        ("approvals allow appr_1", ["send_email allowed"]),
        ("approvals deny appr_1 --message no", ["send_email denied"]),
        ("webhooks list", ["whd_1", "403", "refused", "the signature does not fit"]),
        ("webhooks show whd_1", ["X-Signature: •••", "taskStatusUpdated", "10.0.0.1"]),
        ("webhooks replay whd_1", ["whd_2: accepted"]),
        ("keys list", ["key_1", "owf_me_abc", "everything", "never"]),
        ("keys create CI --verb runs:read --days 3", ["owf_me_secret"]),
        ("keys revoke key_1", ["key_1 is revoked"]),
        ("version", ["opsroom 0.", "server  9.9.9"]),
    ],
)
async def test_each_command_says_what_it_found(
    api: ScriptedServer, workspace: Path, line: str, expected: list[str]
) -> None:
    done = await opsroom(*line.split(), cwd=workspace)
    assert done.code == 0, done.err
    for text in expected:
        assert text in done.out, done.out


@pytest.mark.parametrize(
    "line",
    [
        "runs list",
        "runs show last",
        "runs cancel last",
        "agents list",
        "agents show sentinel",
        "approvals list --all",
        "approvals allow appr_1",
        "webhooks list",
        "webhooks show whd_1",
        "keys list",
        "keys create CI",
        "version",
    ],
)
async def test_json_is_data_only(api: ScriptedServer, workspace: Path, line: str) -> None:
    done = await opsroom(*line.split(), "--json", cwd=workspace)
    assert done.code == 0, done.err
    assert json.loads(done.out)
    assert done.err == ""


async def test_filters_and_decisions_reach_the_server(api: ScriptedServer, workspace: Path) -> None:
    await opsroom("runs", "list", "--client", "a&b=c", "--limit", "7", cwd=workspace)
    (asked,) = api.requests("GET", "/api/runs")
    assert asked.query == {"client": "a&b=c", "limit": "7"}
    await opsroom("approvals", "deny", "appr_1", "--message", "not now", cwd=workspace)
    (asked,) = api.requests("POST", "/api/approvals/appr_1/deny")
    assert asked.body == {"message": "not now"}


async def test_ids_cannot_leave_their_place_in_the_path(api: ScriptedServer, workspace: Path) -> None:
    done = await opsroom("runs", "show", "../keys?limit=1#", cwd=workspace)
    assert done.code == 2
    assert [s.path for s in api.seen if s.path.startswith("/api/")] == ["/api/runs/../keys?limit=1#"]


async def test_tail_prints_the_log_and_follows_to_the_end(api: ScriptedServer, workspace: Path) -> None:
    api.tell("agent.message", text="one")
    api.tell("agent.message", text="two")
    done = await opsroom("runs", "tail", RUN_ID, "--no-follow", cwd=workspace)
    assert (done.code, done.out.count("one"), done.out.count("two")) == (0, 1, 1)
    api.end("ALERTED", "error", error={"kind": "x", "message": "it broke"})
    done = await opsroom("runs", "tail", RUN_ID, cwd=workspace)
    assert done.code == 4
    assert "it broke" in done.out
    done = await opsroom("runs", "tail", RUN_ID, "--json", cwd=workspace)
    assert [json.loads(line)["body"]["text"] for line in done.out.splitlines()] == ["one", "two"]


async def test_redeliver_shows_only_what_is_new(api: ScriptedServer, workspace: Path) -> None:
    api.tell("agent.message", text="old news")
    delivering = {**api.run, "status": "DELIVERING"}

    def redeliver() -> object:
        api.tell("delivery", channel="slack", status="sent", detail=None, link="https://slack.test/p2")
        api.end()
        return delivering

    api.answers["POST", f"/api/runs/{RUN_ID}/redeliver"] = redeliver
    done = await opsroom("runs", "redeliver", RUN_ID, "--channel", "slack", cwd=workspace)
    assert done.code == 0, done.err
    assert "old news" not in done.out
    assert "https://slack.test/p2" in done.out


async def test_doctor_looks_at_a_server_elsewhere(api: ScriptedServer, workspace: Path) -> None:
    done = await opsroom("doctor", "--url", api.url, "--key", KEY, cwd=workspace)
    assert done.code == 0, done.out + done.err
    assert "version 9.9.9" in done.out
    assert "acts as Jake (admin)" in done.out
    done = await opsroom("doctor", "--url", api.url, "--key", "owf_bad", "--json", cwd=workspace)
    assert done.code == 1
    assert [c["status"] for c in json.loads(done.out)] == ["ok", "fail"]


async def test_agent_files_are_checked_without_a_server(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "bad.json").write_text('{"agent_name": "other", "surprise": 1}')
    done = await opsroom("agents", "check", cwd=tmp_path, within_s=60)
    assert done.code == 2, done.err
    assert "broken" in done.out
    assert "surprise: " in done.out


async def test_without_a_workspace_or_a_server_the_way_is_told(tmp_path: Path) -> None:
    done = await opsroom("runs", "list", cwd=tmp_path)
    assert (done.code, "--workspace DIR" in done.err) == (2, True), done.err
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "a.json").write_text("{}")
    done = await opsroom("runs", "list", cwd=tmp_path)
    assert (done.code, "opsroom up" in done.err) == (2, True), done.err
    done = await opsroom("run", "a", "--detach", cwd=tmp_path)
    assert (done.code, "opsroom up" in done.err) == (2, True), done.err
