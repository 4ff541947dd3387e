"""How an undo is refused."""

from __future__ import annotations

from collections.abc import Sequence

from opsroom.board.errors import CannotUndo
from opsroom.kernel.errors import Problem


def refuse(why: str) -> CannotUndo:
    """The refusal to raise."""
    return CannotUndo(why)


def refuse_changed(fields: Sequence[str]) -> None:
    """Raise CannotUndo naming the fields that were changed since; nothing when there are none."""
    if not fields:
        return
    named = ", ".join(field.replace("_", " ") for field in fields)
    raise CannotUndo(
        f"This cannot be undone any more, because this was changed since: {named}.",
        problems=tuple(Problem(field, "was changed since") for field in fields),
    )
