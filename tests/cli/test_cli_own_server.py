"""The command with the real product behind it: with a server, without one, and with one that dies."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.command_line import begin, environment, finish, opsroom

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "workspace"
SLOW_PROGRAM = (
    "import json, os, pathlib, time\n"
    "print('begun', flush=True)\n"
    "time.sleep(json.load(open('payload.json'))['seconds'])\n"
    "pathlib.Path(os.environ['OPSROOM_OUTPUT_DIR'], 'slow.md').write_text('slow')\n"
)
SLOW = {
    "agent_name": "slow",
    "display_name": "Slow",
    "description": "Works until it is stopped",
    "version": "1.0.0",
    "engine": {"type": "command", "argv": ["python3", "-c", SLOW_PROGRAM], "timeout_s": 120},
    "payload_source": {"type": "manual"},
    "triggers": {"manual_cli": {"enabled": True}},
    "limits": {"max_session_duration_minutes": 5},
    "delivery": {"folder": {"enabled": True}},
}
PAYLOAD = json.dumps({"client_id": "acme", "colour": "green", "seconds": 60}).encode()


@pytest.fixture
def real_workspace(tmp_path: Path) -> Path:
    (tmp_path / "agents").mkdir()
    shutil.copy(EXAMPLES / "agents" / "echo.json", tmp_path / "agents")
    (tmp_path / "agents" / "slow.json").write_text(json.dumps(SLOW))
    return tmp_path


def delivered(workspace: Path) -> list[Path]:
    return sorted((workspace / "var" / "delivered").rglob("*.md"))


async def test_without_a_server_a_run_is_done_and_delivered_and_nothing_stays_behind(
    real_workspace: Path,
) -> None:
    done = await opsroom(
        "run", "echo", "--payload-file", "-", cwd=real_workspace, stdin=PAYLOAD, within_s=120
    )
    assert done.code == 0, done.out + done.err
    assert "starting one for the time of this command" in done.err
    (file,) = delivered(real_workspace)
    assert str(file) in done.out
    assert "green" in file.read_text()
    assert not (real_workspace / "var" / "server.json").exists()


async def test_with_a_server_everything_goes_through_it(real_workspace: Path) -> None:
    ready = real_workspace / "ready.json"
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "opsroom.app", "serve", "--port", "0"),
        *("--workspace", str(real_workspace), "--ready-file", str(ready)),
        env=environment(),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(90):
            while not ready.exists():
                await asyncio.sleep(0.05)
            while json.loads((await opsroom("agents", "list", "--json", cwd=real_workspace)).out) == []:
                await asyncio.sleep(0.05)
        await _work_with_it(real_workspace)
        assert (await opsroom("up", cwd=real_workspace)).err.count("already running") == 1
    finally:
        server.send_signal(signal.SIGTERM)
        await asyncio.wait_for(server.wait(), 30)


async def _work_with_it(workspace: Path) -> None:
    done = await opsroom(
        "run", "echo", "--payload-file", "-", "--json", cwd=workspace, stdin=PAYLOAD, within_s=60
    )
    assert done.code == 0, done.out + done.err
    assert done.err == ""
    run = json.loads(done.out)
    assert (run["status"], run["trigger_source"], run["client_id"]) == ("DONE", "cli", "acme")

    listed = await opsroom("runs", "list", "--client", "acme", cwd=workspace)
    assert run["id"] in listed.out
    log = await opsroom("runs", "tail", "last", "--json", cwd=workspace)
    assert [json.loads(line)["seq"] for line in log.out.splitlines()] == list(
        range(1, run["event_count"] + 1)
    )

    again = await opsroom("runs", "rerun", run["id"], "--json", cwd=workspace, within_s=60)
    assert again.code == 0, again.err
    assert json.loads(again.out)["id"] != run["id"]

    unknown = await opsroom("run", "nobody", cwd=workspace)
    assert unknown.code == 2
    assert "opsroom agents list" in unknown.err

    started = await opsroom(
        "run", "slow", "--payload-file", "-", "--detach", "--json", cwd=workspace, stdin=PAYLOAD
    )
    slow = json.loads(started.out)["id"]
    cancelled = await opsroom("runs", "cancel", slow, "--reason", "seen enough", cwd=workspace)
    assert cancelled.code == 0, cancelled.err
    ended = await opsroom("runs", "tail", slow, cwd=workspace, within_s=60)
    assert ended.code == 4
    assert "cancelled" in ended.out

    key = await opsroom("keys", "create", "ci", "--verb", "runs:read", cwd=workspace)
    refused = await opsroom("run", "echo", cwd=workspace, OPSROOM_API_KEY=key.out.strip())
    assert refused.code == 2
    assert "runs:write" in refused.err


async def begun(workspace: Path, seconds: float) -> asyncio.subprocess.Process:
    """`opsroom run slow`, once its program is at work."""
    payload = workspace / f"for-{seconds}.json"
    payload.write_text(json.dumps({"seconds": seconds}))
    process = await begin("run", "slow", "--payload-file", payload.name, cwd=workspace)
    assert process.stdout is not None
    async with asyncio.timeout(90):
        while b"begun" not in await process.stdout.readline():
            pass
    return process


async def test_a_command_that_leaves_stops_its_server_and_another_takes_the_work_over(
    real_workspace: Path,
) -> None:
    """The second command used the first one's server; it starts its own and sees its run through."""
    first = await begun(real_workspace, 60)
    second = await begun(real_workspace, 8)
    first.send_signal(signal.SIGTERM)
    left = await finish(first, within_s=60)
    assert left.code == 130
    assert "goes on with the next" in left.err
    done = await finish(second, within_s=120)
    assert "starting one for the time of this command" in done.err
    assert not (real_workspace / "var" / "server.json").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((real_workspace / "var" / "lock").read_text()), 0)
    assert done.code == 0, done.out + done.err
    (file,) = delivered(real_workspace)
    assert file.name == "slow.md"


async def test_a_server_that_cannot_start_says_why(real_workspace: Path) -> None:
    (real_workspace / "opsroom.toml").write_text("[durable]\nno_such_setting = 1\n")
    done = await opsroom("run", "echo", cwd=real_workspace, within_s=60)
    assert done.code == 2, done.out + done.err
    assert "no_such_setting" in done.err
    assert "Traceback" not in done.err
