"""Notifications on Discord: a message of a channel's webhook that mentions the person, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from yarl import URL

from opsroom.board.notifications.ports import Message
from opsroom.board.notifications.settings import NotificationSettings
from opsroom.board.notifications.shapes import Channel, Preferences
from opsroom.kernel.answers import HttpFailure
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.outbound import Outbound, OutboundLimits
from opsroom.kernel.redact import known_secrets

# Discord takes 2,000 characters.
_MOST = 1900
_MARKUP = re.compile(r"([\\*_~`|>#\[\]()<@])")


class DiscordNotifications:
    """Posts through one webhook."""

    name: Channel = "discord"

    def __init__(self, settings: NotificationSettings) -> None:
        self._url = settings.discord_webhook_url.get_secret_value() if settings.discord_webhook_url else None
        self._outbound: Outbound | None = None
        if self._url:
            address = URL(self._url)
            known_secrets.add(address.raw_path)  # whoever knows it can post: it is kept out of the logs
            limits = OutboundLimits(attempts=1, total_s=settings.timeout_s)
            self._outbound = Outbound("discord", str(address.origin()), limits=limits)

    def missing(self) -> str | None:
        """See the port."""
        return None if self._url else "set DISCORD_WEBHOOK_URL to send notifications by Discord"

    def address_of(self, preferences: Preferences | None, account_email: str | None) -> str | None:
        """The person's numeric id, to mention."""
        return preferences.discord_id if preferences is not None else None

    async def send(self, address: str, message: Message) -> str | None:
        """See the port. The receipt is the message's id."""
        if self._outbound is None or self._url is None:
            return None
        body = {
            "content": _content(address, message),
            # Whatever the text says, only this person is mentioned: no @everyone out of a comment.
            "allowed_mentions": {"parse": [], "users": [address]},
        }
        answer = await self._outbound.call_json(
            "POST", f"{URL(self._url).with_query(wait='true')}", json=body
        )
        return str(answer.get("id")) if isinstance(answer, Mapping) else None

    def advice(self, error: AdapterError) -> str:
        """See the port."""
        if isinstance(error, HttpFailure) and error.status in (401, 403, 404):
            return (
                "Make a new webhook in Discord (the channel's settings, Integrations), set "
                "DISCORD_WEBHOOK_URL to its address on the server, and start it again."
            )
        if isinstance(error, HttpFailure) and error.status == 400:
            return "Check your Discord user id below: with Developer Mode on, your name, Copy User ID."
        return "See whether the server reaches Discord, and whether DISCORD_WEBHOOK_URL is right."

    async def close(self) -> None:
        """Let go of the connections."""
        if self._outbound is not None:
            await self._outbound.close()


def _content(address: str, message: Message) -> str:
    lines = [f"<@{address}> **{_plain(message.title)}**"]
    if message.text:
        lines.append(_plain(message.text))
    link = f"\n<{message.link}>" if message.link else ""
    return "\n".join(lines)[: _MOST - len(link)] + link


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
