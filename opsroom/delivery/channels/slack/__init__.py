"""Slack: the message about a run, its files in the thread under it, and alerts."""

from opsroom.delivery.channels.slack.channel import build

__all__ = ["build"]
