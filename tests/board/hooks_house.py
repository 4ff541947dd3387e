"""A process with a house in it, to be killed while it tells a receiver.

    python -m tests.board.hooks_house FOLDER URL

The first time it makes a task and a hook for URL; whenever it runs it tells what is to be told, until done.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from opsroom.app.house import open_house
from opsroom.board.hooks import api as hooks
from opsroom.board.hooks.posting import Poster
from opsroom.board.hooks.secrets import Secrets
from opsroom.board.hooks.shapes import NewHook
from opsroom.board.shapes import NewTask
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow import api as workflow
from opsroom.kernel.actor import Actor
from opsroom.kernel.db import open_database
from opsroom.kernel.room import House
from tests.board.exchange_kit import PRIVATE, ROOMS
from tests.conftest import GivenSettings, tenant

ALICE = Actor(id="per_alice", kind="person", name="Alice", role="admin", scope=tenant("a"))


async def main(folder: Path, url: str) -> None:
    settings = GivenSettings({type(PRIVATE): PRIVATE})
    database = open_database(f"sqlite:///{folder}/opsroom.db")
    async with open_house(
        ROOMS, settings=settings, database=database, workspace=folder, data_dir=folder / "data"
    ) as house:
        hook_id = await _once(house, url)
        while True:
            async with house.unit_of_work.reading(ALICE) as tx:
                found, _ = await hooks.deliveries(tx, hook_id, status=None, limit=10, offset=0)
            if found and all(one.status == "delivered" for one in found):
                sys.stdout.write(f"{found[0].id} {found[0].attempts} {found[0].tried[-1].outcome}\n")
                return
            await asyncio.sleep(0.02)


async def _once(house: House, url: str) -> str:
    async with workflow.writing(house, ALICE) as tx:
        there, _ = await hooks.hooks(tx, limit=1, offset=0)
        if there:
            return there[0].id
        new = NewHook(url=url, kinds=("board.task_created.v1",))
        made = await hooks.add_hook(tx, new, secrets=house.need(Secrets), targets=house.need(Poster), most=10)
    await asyncio.sleep(0.1)  # a follower that is new begins at the log's end
    async with house.unit_of_work(ALICE) as tx:
        await tasks.create_task(tx, NewTask(title="Told once at least"))
    return made.hook.id


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
