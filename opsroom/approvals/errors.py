"""Refusals of the approvals room."""

from __future__ import annotations

from opsroom.kernel.errors import Conflict, Forbidden, NotFound


class NoSuchApproval(NotFound):
    """No approval of this project has the id."""

    title = "No such approval"


class AlreadyAnswered(Conflict):
    """Somebody answered first, or the question expired."""

    title = "Already answered"


class NotForAgents(Forbidden):
    """Agents may ask; people answer."""

    title = "Agents cannot approve"
