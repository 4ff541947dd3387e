"""The live room, declared."""

from __future__ import annotations

from contextlib import suppress

from prometheus_client import CollectorRegistry

from opsroom.kernel.errors import Fault
from opsroom.kernel.room import House, Room
from opsroom.live import http as feeds
from opsroom.live.board import http as board
from opsroom.live.board import tables as _tables  # noqa: F401 - the tables join the metadata
from opsroom.live.board.lobby import Lobby
from opsroom.live.board.settings import LiveSettings
from opsroom.live.board.stats import Stats


def build(house: House) -> None:
    """Open the lobby of the board's sockets. The feeds need nothing: they read rows and listen to wakes."""
    stats = Stats()
    lobby = Lobby(house, house.settings.section(LiveSettings), stats)
    house.provide(Stats, stats)
    house.provide(Lobby, lobby)
    house.closing.append(lobby.close)


def routes(house: House) -> list[object]:
    """The feeds, and the board's socket with its ticket."""
    with suppress(Fault):  # a house without an edge has no metrics
        house.need(CollectorRegistry).register(house.need(Stats))
    return [*feeds.routes(house), *board.routes(house)]


ROOM = Room(name="live", build=build, http=routes, settings={"live": LiveSettings})
