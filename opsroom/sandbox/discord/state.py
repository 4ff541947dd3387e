"""The webhooks and messages of the Discord stand-in."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiscordWebhook:
    id: str
    token: str
    channel_id: str
    name: str


@dataclass(frozen=True, slots=True)
class DiscordMessage:
    id: str
    webhook_id: str
    channel_id: str
    content: str
    mentions: tuple[str, ...]  # those who are really told
    everyone: bool


class Discord:
    def __init__(self, on_effect: Callable[..., object]) -> None:
        self.webhooks: dict[str, DiscordWebhook] = {}
        self.messages: list[DiscordMessage] = []
        self.effect = on_effect
        self._last = 1_200_000_000_000_000_000

    def add_webhook(self, name: str = "opsroom") -> DiscordWebhook:
        made = DiscordWebhook(self.next_id(), secrets.token_urlsafe(48), self.next_id(), name)
        self.webhooks[made.id] = made
        return made

    def next_id(self) -> str:
        """A snowflake: digits alone, growing."""
        self._last += 4_194_304
        return str(self._last)

    def post(self, message: DiscordMessage) -> DiscordMessage:
        self.messages.append(message)
        self.effect("discord", "message.posted", message.id, text=message.content[:500])
        return message
