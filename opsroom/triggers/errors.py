"""Refusals of the triggers room."""

from __future__ import annotations

from opsroom.kernel.errors import NotFound, Refusal


class NoSuchDelivery(NotFound):
    """No webhook delivery of this project has the id."""

    title = "No such webhook delivery"


class CannotReplay(Refusal):
    """A delivery that was never genuine is not replayed."""

    title = "Cannot be replayed"
