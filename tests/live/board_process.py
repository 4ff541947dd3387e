"""A server process of the board that also writes: `python -m tests.live.board_process URL DATA PORT TASK`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from opsroom.app.edge.build import OPEN_AT_ONCE, build_asgi
from opsroom.app.house import open_house
from opsroom.board.events import TaskChanged
from opsroom.kernel.db import open_database
from opsroom.kernel.room import House
from tests.conftest import GivenSettings, tenant
from tests.live.board_sockets import ROOMS, SERVED


async def write(house: House, task_id: str) -> None:
    """Events without end, some in one commit."""
    actor = house.system_actor(tenant("a"))
    for n in range(1_000_000):
        async with house.unit_of_work(actor) as tx:
            for _ in range(n % 3 + 1):
                tx.record(TaskChanged(title="t", changes={}), subject=task_id)
        await asyncio.sleep(0.005)


async def main(url: str, data: str, port: int, task_id: str) -> None:
    async with open_house(
        ROOMS,
        settings=GivenSettings({}),
        database=open_database(url),
        workspace=Path(data),
        data_dir=Path(data),
        work=False,
        background=False,
    ) as house:
        server = Server(
            build_asgi(house, SERVED, web_dist=None),
            address="127.0.0.1",
            port=port,
            interface=Interfaces.ASGINL,
            log_enabled=False,
            backpressure=OPEN_AT_ONCE,
        )
        await asyncio.gather(server.serve(), write(house, task_id))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
