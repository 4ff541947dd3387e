"""The Slack account deliveries and alerts are posted with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, SecretStr

from opsroom.kernel.shape import Shape


class SlackSettings(Shape):
    """Slack: where runs are announced and alerts raised."""

    ENV: ClassVar[Mapping[str, str]] = {
        "OPSROOM_SLACK_URL": "url",
        "SLACK_BOT_TOKEN": "bot_token",
        "SLACK_RESULTS_CHANNEL_ID": "results_channel",
        "SLACK_ALERT_CHANNEL_ID": "alert_channel",
    }

    url: str = "https://slack.com/api/"
    """Base address of the Web API; a sandbox or a proxy can stand here."""
    bot_token: SecretStr | None = None
    """Bot token (xoxb-…) with chat:write, channels:read, channels:history; files:write to post files."""
    results_channel: str | None = None
    """Channel for results when the agent file names none: an id (C…) or #name."""
    alert_channel: str | None = None
    """Channel for alerts when the agent file names none: an id (C…) or #name."""
    people: dict[str, str] = Field(default_factory=dict)
    """Names in `tag_on_failure` to Slack user ids, so that they are notified: {"trung": "U0123ABCD"}."""
    timeout_s: float = Field(default=20.0, gt=0)
    """Longest wait for one answer."""
    upload_timeout_s: float = Field(default=300.0, gt=0)
    """Longest time for the bytes of one file."""
