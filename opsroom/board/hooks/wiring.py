"""Putting outgoing webhooks together when the house is built."""

from __future__ import annotations

from opsroom.board.hooks import tables
from opsroom.board.hooks.posting import Poster
from opsroom.board.hooks.rules import EVENTS
from opsroom.board.hooks.secrets import Secrets
from opsroom.board.hooks.sending import Sender, spread_news
from opsroom.board.hooks.settings import HookSettings
from opsroom.kernel.room import House
from opsroom.kernel.seal import Keyring

__all__ = ["SETTINGS", "build", "tables"]

SETTINGS = {"hooks": HookSettings}
"""The section of opsroom.toml."""


def build(house: House) -> None:
    """Follow the log, register the workflow, let go of the old now and then."""
    settings = house.settings.section(HookSettings)
    poster, secrets = Poster(settings, house.clock), Secrets(house.need(Keyring))
    sender = Sender(house, settings, poster, secrets)
    sender.register()
    house.provide(Poster, poster)
    house.provide(Secrets, secrets)
    house.provide(Sender, sender)
    house.follow("board.hooks.v1", EVENTS, spread_news)
    house.background.append(sender.forget_for_ever)
    house.closing.append(poster.close)
