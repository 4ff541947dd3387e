"""Which channels there are: entry points of the group `opsroom.channels`, the built-ins by the same door."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from opsroom.delivery.ports import Channel, ChannelFactory, ChannelParts
from opsroom.kernel.errors import OpsroomError
from opsroom.kernel.plugins import PluginSet

GROUP = "opsroom.channels"

# As in pyproject.toml; here too, so that a checkout that was never installed has its channels.
BUILT_IN = {
    "clickup": "opsroom.delivery.channels.clickup:build",
    "folder": "opsroom.delivery.channels.folder:build",
    "google_drive": "opsroom.delivery.channels.google_drive:build [google]",
    "slack": "opsroom.delivery.channels.slack:build",
}


def build_channels(parts: ChannelParts) -> tuple[dict[str, Channel], dict[str, str]]:
    """The channels that work by name, and why the others do not."""
    installed = list(entry_points(group=GROUP))
    known = {entry.name for entry in installed}
    own = [EntryPoint(name, value, GROUP) for name, value in BUILT_IN.items() if name not in known]
    plugins = PluginSet(GROUP, [*installed, *own], _is_factory)
    broken = {name: one.reason for name, one in plugins.broken.items()}
    channels: dict[str, Channel] = {}
    for name, factory in plugins.loaded.items():
        try:
            channel = cast("ChannelFactory", factory)(parts)
        except OpsroomError as error:
            broken[name] = str(error)
            continue
        if channel.name == name:
            channels[name] = channel
        else:
            broken[name] = f"it calls itself {channel.name!r} and is installed as {name!r}"
    return channels, broken


def _is_factory(plugin: object) -> str | None:
    return None if isinstance(plugin, Callable) else "it is no function that builds a channel"
