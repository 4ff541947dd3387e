"""The parts of notifications, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opsroom.board.notifications import reactions
from opsroom.board.notifications.channels.discord import DiscordNotifications
from opsroom.board.notifications.channels.email import EmailNotifications
from opsroom.board.notifications.channels.slack import SlackNotifications
from opsroom.board.notifications.sending import Sender
from opsroom.board.notifications.settings import NotificationSettings
from opsroom.kernel.room import House
from opsroom.kernel.shape import Shape

SETTINGS: Final[Mapping[str, type[Shape]]] = {"notifications": NotificationSettings}


def build(house: House) -> None:
    """Wire the follower, the channels and the sender."""
    settings = house.settings.section(NotificationSettings)
    channels = (SlackNotifications(settings), DiscordNotifications(settings), EmailNotifications(settings))
    sender = Sender(house, {channel.name: channel for channel in channels})
    house.provide(Sender, sender)
    house.background.append(sender.for_ever)
    house.closing += [channel.close for channel in channels]
    reactions.build(house, sender.working())
