"""A folder on this machine: the channel that always works, and where the command line points people."""

from opsroom.delivery.channels.folder.channel import build

__all__ = ["build"]
