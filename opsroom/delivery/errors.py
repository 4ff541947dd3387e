"""Typed refusals of delivery."""

from __future__ import annotations

from opsroom.kernel.errors import Conflict, NotFound


class NothingOrdered(NotFound):
    """No delivery was ever requested for this run."""

    title = "No delivery for this run"


class UnknownChannel(NotFound):
    """The run has no delivery on this channel."""

    title = "No such channel on this run"


class DeliveryBusy(Conflict):
    """A round of delivery is still under way; a second one beside it could send twice."""

    title = "Delivery is still under way"
