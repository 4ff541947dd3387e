"""What a channel for notifications must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from opsroom.board.notifications.shapes import Channel, Preferences
from opsroom.kernel.errors import AdapterError


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: plain texts, and where it can be read, None where no address of ours is known.

    `id` is the same for the same message, however often it is tried.
    """

    id: str
    title: str
    text: str
    link: str | None


class NotificationChannel(Protocol):
    """A way to reach a person outside the app. One instance serves the whole house."""

    @property
    def name(self) -> Channel:
        """The channel it is in people's preferences."""
        ...

    def missing(self) -> str | None:
        """Which setting is missing for it to work, in words; None when it works."""
        ...

    def address_of(self, preferences: Preferences | None, account_email: str | None) -> str | None:
        """Where a person is reached; None for one who cannot be."""
        ...

    async def send(self, address: str, message: Message) -> str | None:
        """Send once, without retries of its own; a receipt where the vendor gives one.

        Raises AdapterError: permanent where trying again is no use, OutcomeUnknown where it may have
        arrived, anything else where it certainly did not. Raises Limited where the vendor says to wait.
        """
        ...

    def advice(self, error: AdapterError) -> str:
        """What can be done about a failure of `send`, by the person or by who runs the server."""
        ...
