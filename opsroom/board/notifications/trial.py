"""A test message: one person tries one channel, now, and is told what became of it.

It goes through the outbox as every message does, so that it has its row and its receipt. It is sent once, and
at most one in a while for each person and channel, whichever process is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from opsroom.board.errors import NotYours
from opsroom.board.notifications import store
from opsroom.board.notifications.ports import Message, NotificationChannel
from opsroom.board.notifications.shapes import Channel, ChannelTested, Outside
from opsroom.identity import api as identity
from opsroom.kernel.actor import Actor
from opsroom.kernel.answers import OutcomeUnknown
from opsroom.kernel.errors import AdapterError, Limited
from opsroom.kernel.ids import new_id
from opsroom.kernel.redact import redact_text
from opsroom.kernel.room import House

EVERY_S: Final = 20
_TITLE: Final = "A test message from Opsroom"
_TEXT: Final = "You asked for it in your notification settings. Notifications reach you here."
_NO_ADDRESS: Final = "Nothing says where you are reached there."
_SAVE: Final = "Give your id or address below, save, and try again."


class Trial:
    """Sends test messages."""

    def __init__(self, house: House, channels: Mapping[Channel, NotificationChannel]) -> None:
        self._house = house
        self._channels = channels

    async def send(self, actor: Actor, name: Outside) -> ChannelTested:
        """Send the actor a test message. Raises NotYours for programs, Limited for one too many."""
        if actor.kind != "person":
            raise NotYours("Only people have notifications, so only people can try their channels.")
        channel = self._channels[name]
        if missing := channel.missing():
            return _told(
                name, "failed", None, reason="It is not set up.", advice=f"On the server, {missing}."
            )
        async with self._house.unit_of_work(actor) as tx:
            found = (await store.preferences(tx, [actor.id])).get(actor.id)
            emails = await identity.emails_of(tx, [actor.id])
            address = channel.address_of(found[0] if found else None, emails.get(actor.id))
            if address is None:
                return _told(name, "failed", None, reason=_NO_ADDRESS, advice=_SAVE)
            send_id = new_id("send")
            seconds = int(tx.now.timestamp())
            row = {
                "id": send_id,
                "person_id": actor.id,
                # One for each span of time: the outbox holds a message once, so a second one is refused.
                "event_id": f"test:{seconds // EVERY_S}",
                "channel": name,
                "status": "sending",
                "attempts": 1,
                "claimed_at": tx.now,
                "title": _TITLE,
                "text": _TEXT,
                "due_at": tx.now,
            }
            if not await store.add_send(tx, row):
                wait_s = EVERY_S - seconds % EVERY_S
                message = f"You just tried this channel. Try again in {wait_s} seconds."
                raise Limited(message, retry_after_s=float(wait_s))
        tested = await self._call(name, channel, address, send_id)
        status = "sent" if tested.outcome == "delivered" else tested.outcome
        async with self._house.unit_of_work(actor) as tx:
            sent_at = tx.now if status == "sent" else None
            await store.end_send(
                tx, send_id, status, sent_at=sent_at, receipt=tested.receipt, error=tested.reason
            )
        return tested

    async def _call(
        self, name: Outside, channel: NotificationChannel, address: str, send_id: str
    ) -> ChannelTested:
        public = self._house.public_url
        link = f"{public.rstrip('/')}/settings/notifications" if public else None
        try:
            receipt = await channel.send(address, Message(id=send_id, title=_TITLE, text=_TEXT, link=link))
        except OutcomeUnknown as error:
            advice = "Look there before you try again."
            return _told(name, "unknown", address, reason=error.message, advice=advice)
        except Limited as error:
            advice = f"Wait {error.retry_after_s:.0f} seconds, then try again."
            return _told(name, "failed", address, reason=error.message, advice=advice)
        except AdapterError as error:
            return _told(name, "failed", address, reason=error.message, advice=channel.advice(error))
        return _told(name, "delivered", address, receipt=receipt)


def _told(
    channel: Outside,
    outcome: str,
    address: str | None,
    *,
    receipt: str | None = None,
    reason: str | None = None,
    advice: str | None = None,
) -> ChannelTested:
    told = None if reason is None else redact_text(reason)[:1000]
    return ChannelTested.model_validate(
        {
            "channel": channel,
            "outcome": outcome,
            "address": address,
            "receipt": receipt,
            "reason": told,
            "advice": advice,
        }
    )
