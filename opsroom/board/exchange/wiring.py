"""Putting import and export together when the house is built."""

from __future__ import annotations

from opsroom.board.exchange import tables
from opsroom.board.exchange.api import Importing
from opsroom.board.exchange.settings import ExchangeSettings
from opsroom.board.exchange.workflows import Importer
from opsroom.kernel.room import House

__all__ = ["SETTINGS", "build", "tables"]

SETTINGS = {"exchange": ExchangeSettings}
"""The section of opsroom.toml."""


def build(house: House) -> None:
    """Offer imports, and register the workflow that carries them out."""
    importer = Importer(house)
    importer.register()
    house.provide(Importer, importer)
    house.provide(Importing, Importing(house, house.settings.section(ExchangeSettings).max_import_bytes))
