"""The parts of notifications, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opsroom.board.notifications import reactions
from opsroom.board.notifications.channels.discord import DiscordNotifications
from opsroom.board.notifications.channels.email import EmailNotifications
from opsroom.board.notifications.channels.slack import SlackNotifications
from opsroom.board.notifications.ports import NotificationChannel
from opsroom.board.notifications.sending import Sender
from opsroom.board.notifications.settings import NotificationSettings
from opsroom.board.notifications.shapes import Channel
from opsroom.board.notifications.trial import Trial
from opsroom.kernel.room import House
from opsroom.kernel.shape import Shape

SETTINGS: Final[Mapping[str, type[Shape]]] = {"notifications": NotificationSettings}


def build(house: House) -> None:
    """Wire the follower, the channels and the sender."""
    settings = house.settings.section(NotificationSettings)
    channels = (SlackNotifications(settings), DiscordNotifications(settings), EmailNotifications(settings))
    by_name: dict[Channel, NotificationChannel] = {channel.name: channel for channel in channels}
    sender = Sender(house, by_name)
    house.provide(Sender, sender)
    house.provide(Trial, Trial(house, by_name))
    house.background.append(sender.for_ever)
    house.closing += [channel.close for channel in channels]
    reactions.build(house, sender.working())
