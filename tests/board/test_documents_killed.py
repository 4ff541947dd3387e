"""kill -9 between queue and write, and between write and receipt; the next process goes on."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from opsroom.sandbox.api import Fault, Sandbox, SandboxConfig, start_sandbox
from tests.board import documents_kit as kit

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [f"text {n}\n" for n in range(4)]
MESSAGES = [f"save {n}" for n in range(4)]
# Where the process dies, and at which pass: the first write is that of the templates.
PLACES = ["documents.queued:2", "documents.before_call:3", "documents.after_call:1"]

pytestmark = [pytest.mark.durability, pytest.mark.sqlite_only]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    box = await start_sandbox(SandboxConfig())
    yield box
    await box.stop()


def prepare(folder: Path, template: Path, sandbox: Sandbox, projects: dict[str, str]) -> None:
    shutil.copy(template, folder / "opsroom.db")
    documents = {"first_wait_s": 0.05, "longest_wait_s": 0.2, "projects": projects}
    github = {"url": sandbox.urls.github, "token": "t"}
    settings = {"DocumentsSettings": documents, "GitHubSettings": github}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "saves.json").write_text(json.dumps(TEXTS))


async def start(folder: Path, failpoint: str = "") -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.board.documents_killed_house",
        str(folder),
        cwd=ROOT,
        env={**os.environ, "OPSROOM_FAILPOINT": failpoint},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ends(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode() + err.decode()[-3000:]


@pytest.mark.parametrize("place", PLACES)
async def test_local_git_has_each_save_once_and_in_order(
    sqlite_template: Path, sandbox: Sandbox, tmp_path: Path, place: str
) -> None:
    prepare(tmp_path, sqlite_template, sandbox, {})
    assert (await ends(await start(tmp_path, place)))[0] == -9
    code, said = await ends(await start(tmp_path))
    assert code == 0, said
    folder = tmp_path / "data" / "documents" / "proj_a.git"
    assert kit.subjects(folder) == ["Templates to begin with", *MESSAGES]
    assert kit.git(folder, "show", "main:tasks/task_one/spec.md") == TEXTS[-1]


@pytest.mark.parametrize("place", ["documents.after_call:3", "slow reply"])
async def test_github_has_each_save_once_and_in_order(
    sqlite_template: Path, sandbox: Sandbox, tmp_path: Path, place: str
) -> None:
    repo = sandbox.github.add_repo("acme", "docs")
    prepare(tmp_path, sqlite_template, sandbox, {"proj_a": "github:acme/docs"})
    if place == "slow reply":  # the commit is made, and its answer does not come before the process dies
        sandbox.faults.arm(Fault("PUT */contents/tasks/*", slow_bytes_per_s=1))
        doomed = await start(tmp_path)
        async with asyncio.timeout(40):
            while repo.text("tasks/task_one/spec.md") is None:
                assert doomed.returncode is None, await ends(doomed)
                await asyncio.sleep(0.01)
        doomed.kill()
        await doomed.communicate()
    else:
        assert (await ends(await start(tmp_path, place)))[0] == -9
    code, said = await ends(await start(tmp_path))
    assert code == 0, said
    messages = [c.message.split("\n")[0] for c in reversed(repo.log())]
    assert messages == ["Begin", "Templates to begin with", *MESSAGES]
    assert repo.text("tasks/task_one/spec.md") == TEXTS[-1]
