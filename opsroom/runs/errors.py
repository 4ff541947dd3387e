"""Refusals of the runs room."""

from __future__ import annotations

from opsroom.kernel.errors import Conflict, NotFound


class NoSuchRun(NotFound):
    """No run of this project has the id."""

    title = "No such run"


class NotNow(Conflict):
    """The run's state does not allow what was asked."""

    title = "The run's state does not allow this"
