"""kill -9 in the middle of an import, before and after a batch is kept: the next process brings each once."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.board.import_house import ROWS

ROOT = Path(__file__).resolve().parents[2]


async def run(folder: Path, failpoint: str | None = None) -> tuple[int, str]:
    environ = dict(os.environ) | ({"OPSROOM_FAILPOINT": failpoint} if failpoint else {})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.board.import_house", str(folder),
        cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(90):
        said, errors = await process.communicate()
    code = process.returncode
    assert code in (0, -signal.SIGKILL), errors.decode()[-3000:]
    return code or 0, said.decode().splitlines()[-1] if said else ""


@pytest.mark.durability
@pytest.mark.parametrize("place", ["imports.before_commit:2", "imports.after_commit:2"])
async def test_killed_around_a_commit(tmp_path: Path, sqlite_template: Path, place: str) -> None:
    shutil.copy(sqlite_template, tmp_path / "opsroom.db")
    code, _ = await run(tmp_path, place)
    assert code == -signal.SIGKILL
    code, said = await run(tmp_path)
    assert (code, said) == (0, f"done {ROWS} {ROWS} {ROWS}")
