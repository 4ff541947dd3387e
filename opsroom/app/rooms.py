"""The rooms of the house, from the ground floor up. A room is built after every room it calls."""

from __future__ import annotations

from opsroom.agents.room import ROOM as AGENTS
from opsroom.approvals.room import ROOM as APPROVALS
from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.board.room import ROOM as BOARD
from opsroom.delivery.room import ROOM as DELIVERY
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.room import Room
from opsroom.live.room import ROOM as LIVE
from opsroom.runs.room import ROOM as RUNS
from opsroom.triggers.room import ROOM as TRIGGERS

ROOMS: tuple[Room, ...] = (
    IDENTITY,
    ARTIFACTS,
    AGENTS,
    APPROVALS,
    BOARD,
    DELIVERY,
    RUNS,
    TRIGGERS,
    LIVE,
)
