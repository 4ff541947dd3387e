"""The live room, declared."""

from __future__ import annotations

from opsroom.kernel.room import House, Room
from opsroom.live.board import tables as _tables  # noqa: F401 - the tables join the metadata
from opsroom.live.http import routes


def build(_house: House) -> None:
    """Nothing to wire: feeds read rows and listen to wakes."""


ROOM = Room(name="live", build=build, http=routes)
