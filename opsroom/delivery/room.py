"""The declaration of the delivery room."""

from __future__ import annotations

from opsroom.artifacts.api import ArtifactStore
from opsroom.delivery import tables
from opsroom.delivery.alerting.alerter import Alerter
from opsroom.delivery.alerting.disk import DiskWatch
from opsroom.delivery.channels.clickup import build_tracker
from opsroom.delivery.channels.clickup.settings import ClickUpSettings
from opsroom.delivery.channels.google_drive.settings import GoogleSettings
from opsroom.delivery.channels.slack.settings import SlackSettings
from opsroom.delivery.deliver import Deliverer
from opsroom.delivery.http import routes
from opsroom.delivery.outbox import Outbox
from opsroom.delivery.ports import ChannelParts, Checkable, TaskTracker
from opsroom.delivery.registry import build_channels
from opsroom.delivery.settings import DeliverySettings
from opsroom.delivery.workflows import register
from opsroom.kernel.room import HealthCheck, House, Room

__all__ = ["ROOM", "tables"]


def build(house: House) -> None:
    """Wire the channels to the outbox, and the outbox to the workflows."""
    settings = house.settings.section(DeliverySettings)
    parts = ChannelParts(house.settings, house.clock, house.data_dir, house.closing)
    channels, broken = build_channels(parts)
    outbox = Outbox(house.unit_of_work, house.need(ArtifactStore))
    deliverer = Deliverer(house.unit_of_work, channels, outbox, broken)
    alerter = Alerter(house.unit_of_work, channels, outbox, settings)
    register(house.durable, house.system_actor, deliverer, alerter, settings)
    # Runtime type checks know protocols only by their methods, which is what `need` goes by.
    house.provide(TaskTracker, build_tracker(parts))
    for name, channel in channels.items():
        if isinstance(channel, Checkable):
            house.health.append(HealthCheck(f"delivery to {name}", channel.check))
    house.background.append(DiskWatch(house.unit_of_work, house.data_dir, settings, house.clock).run)


ROOM = Room(
    name="delivery",
    build=build,
    http=routes,
    settings={
        "delivery": DeliverySettings,
        "slack": SlackSettings,
        "clickup": ClickUpSettings,
        "google": GoogleSettings,
    },
)
