"""A worker that tests kill: one house of one room, whose steps note in a file what they did.

    python -m tests.kernel.worker_process DATABASE_URL FOLDER [skew_s]

Lines of FOLDER/ledger are written whole (O_APPEND): `begin <step> <pid>`, `end <step> <pid>`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from opsroom.app.house import open_house
from opsroom.kernel.clock import SystemClock
from opsroom.kernel.db import open_database
from opsroom.kernel.durable_settings import DurableSettings
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House, Room
from tests.conftest import GivenSettings

WORK, POISON = "test.worker.v1", "test.poison.v1"


class SkewedClock(SystemClock):
    """A clock that is `skew_s` off."""

    def __init__(self, skew_s: float) -> None:
        self._skew = timedelta(seconds=skew_s)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._skew


def room(folder: Path) -> Room:
    def note(*words: object) -> None:
        line = " ".join([*map(str, words), str(os.getpid())]) + "\n"
        with (folder / "ledger").open("a") as ledger:
            ledger.write(line)

    def build(house: House) -> None:
        async def step(ref: str, number: int, seconds: float) -> str:
            note("begin", f"{ref}:{number}")
            await asyncio.sleep(seconds)
            note("end", f"{ref}:{number}")
            return ref

        async def work(ref: str, steps: int, seconds: float) -> None:
            for number in range(steps):
                await house.durable.step(f"s{number}", step, ref, number, seconds)
            await house.durable.step("done", step, ref, 999, 0.0)

        async def poison(ref: str) -> None:
            note("poison", ref)
            failpoint("poison")

        async def told(args: Sequence[Any], message: str) -> None:
            note("told", args[0], message.replace(" ", "_"))

        house.durable.workflow(WORK, work, on_fault=told)
        house.durable.workflow(POISON, poison, on_fault=told)

    return Room(name="worker", build=build)


async def main(url: str, folder: Path, skew_s: float) -> None:
    settings = GivenSettings({DurableSettings: DurableSettings(suspect_apart_s=2.0)})
    database = open_database(url, clock=SkewedClock(skew_s))
    async with open_house(
        [room(folder)], settings=settings, database=database, workspace=folder, data_dir=folder / "data"
    ) as house:
        (folder / f"ready-{os.getpid()}").write_text(house.durable.executor_id)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0.0))
