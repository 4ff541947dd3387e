"""`opsroom run` on pipes: what it shows, how it ends, and what it does when the line breaks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from tests.cli.command_line import begin, finish, opsroom
from tests.cli.scripted_server import AT, KEY, RUN_ID, ScriptedServer, problem, run_record

DELIVERIES = [
    {
        "id": "d1",
        "channel": "folder",
        "status": "sent",
        "attempts": 1,
        "error": None,
        "link": None,
        "updated_at": AT,
        "items": [
            {
                "id": "i1",
                "kind": "file",
                "label": "audit.md",
                "status": "sent",
                "receipt": "/srv/delivered/sentinel/audit.md",
                "link": None,
                "error": None,
                "sent_at": AT,
            }
        ],
    },
    {
        "id": "d2",
        "channel": "slack",
        "status": "sent",
        "attempts": 1,
        "error": None,
        "link": "https://slack.test/p1",
        "items": [],
        "updated_at": AT,
    },
]
SUMMARY = {
    "headline": "Local SEO audit",
    "score": 71,
    "max_score": 100,
    "priorities": [{"severity": "P1", "text": "Fix the phone number"}],
}


def success(server: ScriptedServer) -> None:
    server.tell("run.state", **{"from": "CREATED", "to": "STREAMING", "reason": None})
    server.change(session_id="sesn_77")
    server.tell("agent.message", text="Reading robots.txt\nthen the sitemap")
    server.tell("tool.use", id="t1", name="crawl", input={"url": "http://site.test/", "depth": 2})
    server.tell("tool.result", id="t1", is_error=False, text="50 pages\n3 redirects\n1 error")
    server.tell("progress", done=12, total=50, note="crawling /about")
    server.tell("cost", cost_usd="1.82")
    server.tell("output", name="audit.md", media_type="text/markdown", size=12_345)
    server.tell("delivery", channel="slack", status="sent", detail=None, link="https://slack.test/p1")
    server.end(cost_usd="1.82", summary=SUMMARY, deliveries=DELIVERIES)


async def test_a_delivered_run_is_told_from_start_to_files(server: ScriptedServer, workspace: Path) -> None:
    success(server)
    done = await opsroom("run", "sentinel", "--client", "shamrock", "--clickup-task", "tk_1", cwd=workspace)
    assert done.code == 0, done.err
    for expected in (
        "SEO Sentinel v3 for Shamrock Detailing",
        f"run {RUN_ID}",
        "session   sesn_77",
        "agent     Reading robots.txt\n                    then the sitemap",
        "crawl url=http://site.test/  depth=2",
        "↳ 50 pages (2 lines more)",
        "12/50",
        "audit.md  12.3 kB",
        "✓ Delivered in 1 min 23 s, $1.82 of $5.00",
        "Score 71/100",
        "P1 Fix the phone number",
        "/srv/delivered/sentinel/audit.md",
        "https://slack.test/p1",
    ):
        assert expected in done.out, done.out
    assert "\x1b" not in done.out
    (asked,) = server.requests("POST", "/api/runs")
    assert asked.body == {
        "agent": "sentinel",
        "client_id": "shamrock",
        "clickup_task_id": "tk_1",
        "dry_run": False,
        "source": "cli",
    }
    assert len(asked.headers["Idempotency-Key"]) >= 16


async def test_a_broken_line_costs_no_event_and_shows_none_twice(
    server: ScriptedServer, workspace: Path
) -> None:
    for number in range(1, 13):
        server.tell("agent.message", text=f"message <{number}>")
    server.end()
    server.drop_after = [3, 0, 4, 1]
    done = await opsroom("run", "sentinel", cwd=workspace)
    assert done.code == 0, done.err
    assert [done.out.count(f"message <{n}>") for n in range(1, 13)] == [1] * 12
    cursors = [s.headers["Last-Event-ID"] for s in server.requests("GET", f"/api/runs/{RUN_ID}/events")]
    assert cursors == ["0", "3", "3", "7", "8"]
    assert "nothing is missing" in done.out


async def test_a_lost_reply_starts_no_second_run(server: ScriptedServer, workspace: Path) -> None:
    success(server)
    server.lose_replies = 2
    done = await opsroom("run", "sentinel", cwd=workspace)
    assert done.code == 0, done.err
    assert len(server.requests("POST", "/api/runs")) == 3
    assert len(server.made_for) == 1


@pytest.mark.parametrize(
    ("status", "outcome", "expected", "step"),
    [
        ("EMPTY", "empty", "without writing a file", "opsroom runs rerun"),
        ("TERMINATED", "budget_exceeded", "at its budget of $5.00", "max_session_cost_usd"),
        ("TERMINATED", "duration_exceeded", "time limit", "max_session_duration_minutes"),
        ("ALERTED", "refused", "refused", "change the prompt"),
        ("ALERTED", "error", "the disk is full", "opsroom runs tail"),
        ("CANCELLED", "cancelled", "cancelled", "opsroom runs rerun"),
        ("A_STATE_OF_TOMORROW", "new", "A_STATE_OF_TOMORROW", "opsroom runs tail"),
    ],
)
async def test_any_other_end_is_exit_code_4_with_why_and_what_next(
    server: ScriptedServer, workspace: Path, status: str, outcome: str, expected: str, step: str
) -> None:
    error = {"kind": "disk", "message": "the disk is full"} if outcome == "error" else None
    server.end(status, outcome, error=error)
    done = await opsroom("run", "sentinel", cwd=workspace)
    assert done.code == 4
    assert expected in done.out
    assert step in done.out


async def test_an_undelivered_run_names_the_channel_and_how_to_repeat_it(
    server: ScriptedServer, workspace: Path
) -> None:
    failed = {**DELIVERIES[1], "status": "failed", "error": "channel_not_found", "link": None}
    server.end("UNDELIVERED", "undelivered", deliveries=[DELIVERIES[0], failed])
    done = await opsroom("run", "sentinel", cwd=workspace)
    assert done.code == 4
    assert "delivery failed on slack" in done.out
    assert "channel_not_found" in done.out
    assert f"opsroom runs redeliver {RUN_ID} --channel slack" in done.out


async def test_json_is_the_run_and_nothing_else(server: ScriptedServer, workspace: Path) -> None:
    success(server)
    done = await opsroom("run", "sentinel", "--json", cwd=workspace)
    told = json.loads(done.out)
    assert (told["id"], told["status"], told["a_field_of_tomorrow"]) == (RUN_ID, "DONE", {"unknown": True})
    assert done.err == ""


async def test_detach_starts_and_returns(server: ScriptedServer, workspace: Path) -> None:
    done = await opsroom("run", "sentinel", "--detach", cwd=workspace)
    assert done.code == 0
    assert f"opsroom runs tail {RUN_ID}" in done.out
    assert not server.requests("GET", f"/api/runs/{RUN_ID}/events")


async def test_a_signal_without_a_terminal_leaves_the_run_alone(
    server: ScriptedServer, workspace: Path
) -> None:
    server.tell("agent.message", text="at work")
    process = await begin("run", "sentinel", cwd=workspace)
    assert process.stdout is not None
    while b"at work" not in await asyncio.wait_for(process.stdout.readline(), 20):
        pass
    process.send_signal(signal.SIGINT)
    done = await finish(process)
    assert done.code == 130
    assert f"it goes on. Watch it: opsroom runs tail {RUN_ID}" in done.err
    assert not server.requests("POST", f"/api/runs/{RUN_ID}/cancel")


async def test_what_an_agent_says_cannot_write_on_the_terminal(
    server: ScriptedServer, workspace: Path
) -> None:
    server.tell("agent.message", text="a\x1b]0;owned\x07b\x1b[2J\x9b31mc\u202ed\r[bold]e[/bold]")
    server.tell("tool.use", id="t", name="x\x1b[31m", input={"k\x1b[1m": "v\x07"})
    server.end(error=None)
    done = await opsroom("run", "sentinel", cwd=workspace)
    plain = done.out
    assert "ab31mcd" in plain
    assert "[bold]e[/bold]" in plain
    assert not {"\x07", "\x9b", "\u202e", "\r"} & set(plain)
    assert "owned" not in plain
    assert "\x1b" not in plain


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 2), (401, 2), (403, 2), (404, 2), (409, 2), (422, 2), (429, 2), (502, 3), (500, 1)],
)
async def test_refusals_become_exit_codes_with_every_problem(
    server: ScriptedServer, workspace: Path, status: int, code: int
) -> None:
    errors = [
        {"path": "payload.website_url", "message": "is required"},
        {"path": "agent", "message": "is odd"},
    ]
    server.answers["POST", "/api/runs"] = lambda: problem(status, "It cannot be done.", errors=errors)
    done = await opsroom("run", "sentinel", cwd=workspace)
    assert done.code == code
    assert done.err.startswith("error: It cannot be done.")
    if code == 2 and status != 429:
        assert "  payload.website_url: is required\n  agent: is odd" in done.err
    assert "Traceback" not in done.err


async def test_a_page_that_is_no_opsroom_is_told_as_such(server: ScriptedServer, workspace: Path) -> None:
    from aiohttp import web

    server.answers["POST", "/api/runs"] = lambda: web.Response(
        text="<html>hi</html>", content_type="text/html"
    )
    done = await opsroom("run", "sentinel", cwd=workspace)
    assert done.code == 2
    assert "not an Opsroom server" in done.err


async def test_a_wrong_key_is_told_with_the_way_to_a_right_one(
    server: ScriptedServer, workspace: Path
) -> None:
    done = await opsroom("runs", "list", cwd=workspace, OPSROOM_API_KEY="owf_wrong")
    assert done.code == 2
    assert "OPSROOM_API_KEY" in done.err


async def test_an_address_nobody_answers_at(tmp_path: Path) -> None:
    done = await opsroom("runs", "list", "--url", "http://127.0.0.1:9", cwd=tmp_path)
    assert done.code == 2
    assert "No server answers at http://127.0.0.1:9" in done.err
    assert "opsroom up" in done.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[1]", "must hold one JSON object"),
        (b'{"a": 1,}', "is not JSON"),
        (b'{"a": 1, "a": 2}', "has the key 'a' twice"),
        (b'{"a": NaN}', "NaN"),
        (b"\xff\xfe", "is not valid UTF-8"),
        (b"[" * 100 + b"]" * 100, "nested deeper"),
        (b'{"a": "' + b"x" * 1024 * 1024 + b'"}', "larger than 1 MiB"),
    ],
)
async def test_a_bad_payload_is_refused_before_anything_is_asked(
    server: ScriptedServer, workspace: Path, content: bytes, reason: str
) -> None:
    (workspace / "p.json").write_bytes(content)
    done = await opsroom("run", "sentinel", "--payload-file", "p.json", cwd=workspace)
    assert done.code == 2
    assert reason in done.err
    assert "p.json" in done.err
    assert not server.seen


async def test_payload_files_that_are_no_files(server: ScriptedServer, workspace: Path) -> None:
    os.mkfifo(workspace / "pipe")
    for name, reason in (
        ("pipe", "not a regular file"),
        ("agents", "not a regular file"),
        ("gone", "not exist"),
    ):
        done = await opsroom("run", "sentinel", "--payload-file", name, cwd=workspace, within_s=10)
        assert (done.code, reason in done.err) == (2, True), done.err
    assert not server.seen


async def test_a_payload_from_standard_input(server: ScriptedServer, workspace: Path) -> None:
    server.end()
    done = await opsroom(
        "run", "sentinel", "--payload-file", "-", cwd=workspace, stdin='{"näme": "é"}'.encode()
    )
    assert done.code == 0, done.err
    (asked,) = server.requests("POST", "/api/runs")
    assert isinstance(asked.body, dict)
    assert asked.body["payload"] == {"näme": "é"}


async def test_url_and_key_from_the_environment_and_from_anywhere_on_the_line(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.end()
    done = await opsroom("run", "sentinel", cwd=tmp_path, OPSROOM_URL=server.url, OPSROOM_API_KEY=KEY)
    assert done.code == 0, done.err
    done = await opsroom("runs", "show", "--url", server.url, RUN_ID, f"--key={KEY}", cwd=tmp_path)
    assert done.code == 0, done.err


async def test_a_server_that_moved_is_found_again(server: ScriptedServer, workspace: Path) -> None:
    """`opsroom up` was restarted on another port in the middle of a run."""
    from tests.cli.scripted_server import scripted_server

    server.tell("agent.message", text="before")
    process = await begin("run", "sentinel", cwd=workspace)
    assert process.stdout is not None
    while b"before" not in await asyncio.wait_for(process.stdout.readline(), 20):
        pass
    async with scripted_server() as moved:
        moved.run = run_record()
        moved.tell("agent.message", text="before")
        moved.tell("agent.message", text="after the move")
        moved.end()
        (workspace / "var" / "server.json").write_text(json.dumps({"url": moved.url, "pid": os.getpid()}))
        server.break_streams()
        done = await finish(process)
    assert done.code == 0, done.err
    assert "after the move" in done.out
    assert "before" not in done.out
