"""Where notifications are sent from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from opsroom.kernel.shape import Shape


class NotificationSettings(Shape):
    """Channels that reach people outside the app. A channel that is not set up is not used."""

    ENV: ClassVar[Mapping[str, str]] = {
        "OPSROOM_SLACK_URL": "slack_url",
        "SLACK_BOT_TOKEN": "slack_bot_token",
        "DISCORD_WEBHOOK_URL": "discord_webhook_url",
        "SMTP_PASSWORD": "smtp_password",
    }

    slack_url: str = "https://slack.com/api/"
    """Base address of Slack's Web API; a sandbox or a proxy can stand here."""
    slack_bot_token: SecretStr | None = None
    """Bot token (xoxb-…) with chat:write and im:write: it writes to people directly."""
    discord_webhook_url: SecretStr | None = None
    """Webhook of the Discord channel where people are mentioned; whoever has the address can post there."""
    smtp_host: str | None = None
    """Mail server that takes our mail. Without one no mail is sent."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """Port of the mail server."""
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is secured: upgraded (587), from the start (465), or not at all (beside us)."""
    smtp_user: str | None = None
    """User at the mail server, where it wants one."""
    smtp_password: SecretStr | None = None
    """Password at the mail server."""
    mail_from: str = "Opsroom <opsroom@localhost>"
    """Who our mail is from."""
    timeout_s: float = Field(default=20.0, gt=0)
    """Longest wait for one answer of a channel."""
