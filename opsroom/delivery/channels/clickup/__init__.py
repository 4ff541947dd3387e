"""ClickUp: the comment, the files and the status on the task a run belongs to; reading of tasks."""

from opsroom.delivery.channels.clickup.channel import build
from opsroom.delivery.channels.clickup.tracker import build_tracker

__all__ = ["build", "build_tracker"]
