"""The board room, declared."""

from __future__ import annotations

from opsroom.board.automations import tables as _automations  # noqa: F401 - the tables join the metadata
from opsroom.board.categories import tables as _categories  # noqa: F401
from opsroom.board.comments import tables as _comments  # noqa: F401
from opsroom.board.fields import tables as _fields  # noqa: F401
from opsroom.board.notifications import tables as _notifications  # noqa: F401
from opsroom.board.recurring import tables as _recurring  # noqa: F401
from opsroom.board.roster import tables as _roster  # noqa: F401
from opsroom.board.sprints import tables as _sprints  # noqa: F401
from opsroom.board.tasks import tables as _tasks  # noqa: F401
from opsroom.board.views import tables as _views  # noqa: F401
from opsroom.board.workflow import reactions as workflow_reactions
from opsroom.board.workflow import tables as _workflow  # noqa: F401
from opsroom.kernel.room import House, Room


def build(house: House) -> None:
    """Wire the folders, one line for each."""
    workflow_reactions.build(house)


def routes(house: House) -> list[object]:
    """Every route of the board, one list for each of its folders."""
    del house
    return []


ROOM = Room(name="board", build=build, http=routes)
