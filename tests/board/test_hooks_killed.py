"""kill -9 between what a receiver got and our note of it: the next process sends the same id again."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.board.exchange_kit import open_receiver

ROOT = Path(__file__).resolve().parents[2]


async def run(folder: Path, url: str, failpoint: str | None = None) -> tuple[int, str]:
    environ = dict(os.environ) | ({"OPSROOM_FAILPOINT": failpoint} if failpoint else {})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.board.hooks_house", str(folder), url,
        cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        said, errors = await process.communicate()
    code = process.returncode
    assert code in (0, -signal.SIGKILL), errors.decode()[-3000:]
    return code or 0, said.decode().splitlines()[-1] if said else ""


@pytest.mark.durability
@pytest.mark.parametrize(("place", "arrivals"), [("hooks.before_post", 1), ("hooks.after_post", 2)])
async def test_killed_around_the_call(
    tmp_path: Path, sqlite_template: Path, place: str, arrivals: int
) -> None:
    shutil.copy(sqlite_template, tmp_path / "opsroom.db")
    async with open_receiver() as receiver:
        code, _ = await run(tmp_path, receiver.url, place)
        assert code == -signal.SIGKILL
        code, said = await run(tmp_path, receiver.url)
        assert code == 0
    ids = {headers["webhook-id"] for headers, _ in receiver.got}
    bodies = {body for _, body in receiver.got}
    assert (len(receiver.got), len(ids), len(bodies)) == (arrivals, 1, 1)
    # The log says it was tried twice, and of the first time that nobody knows.
    assert said == f"{ids.pop()} 2 unreachable"
