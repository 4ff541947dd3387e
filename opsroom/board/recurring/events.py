"""What happens to recurring tasks, beyond the tasks they make."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.events import Event


class RecurringFailed(Event):
    """A task was due from a recurring one (the subject) and could not be made. `owner_id` set it up."""

    KIND: ClassVar[str] = "board.recurring_failed.v1"
    name: str
    owner_id: str
    occurrence: str
    reason: str
