"""A process with a house in it, to be killed while it imports.

    python -m tests.board.import_house FOLDER

The first time it orders an import of three batches; whenever it runs it goes on with it, until it is over.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import sqlalchemy as sa

from opsroom.app.house import open_house
from opsroom.board.exchange.api import Importing, get_import
from opsroom.board.exchange.shapes import ImportRequest
from opsroom.board.exchange.tables import IMPORTS
from opsroom.board.tasks.tables import TASKS
from opsroom.kernel.db import open_database
from opsroom.kernel.events import EVENTS
from opsroom.kernel.room import House
from tests.board.exchange_kit import ROOMS
from tests.board.hooks_house import ALICE
from tests.conftest import GivenSettings

ROWS = 450


async def main(folder: Path) -> None:
    database = open_database(f"sqlite:///{folder}/opsroom.db")
    async with open_house(
        ROOMS, settings=GivenSettings({}), database=database, workspace=folder, data_dir=folder / "data"
    ) as house:
        import_id = await _ordered(house)
        while True:
            async with house.unit_of_work.reading(ALICE) as tx:
                found = await get_import(tx, import_id)
                counted = [
                    (await tx.conn.execute(sa.select(sa.func.count()).select_from(TASKS))).scalar_one(),
                    (
                        await tx.conn.execute(
                            sa.select(sa.func.count()).where(EVENTS.c.kind == "board.task_created.v1")
                        )
                    ).scalar_one(),
                ]
            if found.finished_at is not None:
                sys.stdout.write(f"{found.status} {found.created} {counted[0]} {counted[1]}\n")
                return
            await asyncio.sleep(0.02)


async def _ordered(house: House) -> str:
    async with house.unit_of_work.reading(ALICE) as tx:
        there = (await tx.conn.execute(sa.select(IMPORTS.c.id))).scalar_one_or_none()
    if there is not None:
        return there
    rows = "\n".join(f"{n},Task {n}" for n in range(ROWS))
    asked = ImportRequest(content=f"id,title\n{rows}\n")
    return (await house.need(Importing).order(ALICE, asked)).id


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
