"""The declaration of the agents room."""

from __future__ import annotations

from collections.abc import Sequence

from opsroom.agents.settings import AgentsSettings
from opsroom.agents.sync import sync_folder, watch_folder
from opsroom.kernel.room import House, Room


def build(house: House) -> None:
    """Watch the workspace folder for the life of the process."""

    async def watch_agent_files() -> None:
        await watch_folder(house)

    house.background.append(watch_agent_files)


def http(house: House) -> Sequence[object]:
    from opsroom.agents.http import routes

    return routes(house)


__all__ = ["ROOM", "sync_folder"]

ROOM = Room(name="agents", build=build, http=http, settings={"agents": AgentsSettings})
