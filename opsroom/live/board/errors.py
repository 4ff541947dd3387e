"""Refusals of the live board."""

from __future__ import annotations

from opsroom.kernel.errors import Limited


class TooManyTickets(Limited):
    """The actor holds as many unused tickets as it may."""

    title = "Too many tickets"


class HungUp(Exception):
    """The connection ends with `code`; `reason` is what the client is told, without secrets."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
