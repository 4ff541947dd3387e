"""The verbs of the workflow that the rest of the board stands on.

What moves cards about (deleting a column, switching the template) is in `rearranging`, which stands
above the tasks; this module stands below them.
"""

from __future__ import annotations

from opsroom.board.shapes import BoardSettings, Column
from opsroom.board.workflow import store
from opsroom.board.workflow.furnishing import ensure_furnished, furnish, reading, writing
from opsroom.kernel.errors import Fault
from opsroom.kernel.uow import Tx

# Defined elsewhere, part of this door.
__all__ = ["ensure_furnished", "furnish", "reading", "writing"]


async def settings(tx: Tx) -> BoardSettings:
    """How the project's board behaves. The project must have been furnished."""
    found = await store.settings(tx)
    if found is None:
        raise Fault("This project has no board yet; open it with workflow.api.reading or call furnish first.")
    return found


async def columns(tx: Tx) -> list[Column]:
    """The columns from left to right."""
    return await store.columns(tx)
