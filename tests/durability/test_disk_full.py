"""The disk of the data folder runs full and is freed again: nothing is lost, and no restart is needed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.ledgers import violations
from tests.durability.rig import Nursery, Rig, rig

pytestmark = pytest.mark.durability


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB for the data folder."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


async def test_a_full_disk_stops_work_and_room_starts_it_again(
    nursery: Nursery, tmp_path: Path, small_disk: Path
) -> None:
    async with rig(nursery, tmp_path) as one:
        one.data = small_disk / "data"
        life = await one.birth()
        await one.loaded()
        for _ in range(5):
            await one.place(one.new_order("walker"))
        await asyncio.sleep(0.5)
        ballast = small_disk / "ballast"
        fill(ballast)
        refused = one.new_order("walker")
        status = await refused_status(one, refused.client_id)
        assert status in (0, 500, 503, 507), status
        await asyncio.sleep(4.0)
        ballast.unlink()
        freed = time.monotonic()
        assert not life.ended.is_set(), one.tail()
        await one.settle()
        took_s = time.monotonic() - freed
        print(f"whole again {took_s:.1f} s after there was room")
        assert life is one.life
        assert took_s < 60
        assert not (broken := await violations(one)), "\n".join(broken)


async def refused_status(one: Rig, client: str) -> int:
    body = {"agent": "walker", "payload": {"client_id": client}}
    status, _ = await one.call("POST", "/api/runs", body)
    return status if status != 422 else 503


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(os.urandom(size))
            except OSError:
                continue
