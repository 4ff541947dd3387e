"""Putting the figures together when the house is built."""

from __future__ import annotations

from opsroom.board.analytics import tables
from opsroom.board.analytics.api import Analytics
from opsroom.kernel.room import House

__all__ = ["build", "tables"]


def build(house: House) -> None:
    """Offer the figures."""
    house.provide(Analytics, Analytics(house))
