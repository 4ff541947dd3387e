"""Google Drive: a folder per client, made once, and each output as a file in it."""

from opsroom.delivery.channels.google_drive.channel import build

__all__ = ["build"]
