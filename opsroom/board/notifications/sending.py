"""Sending: intent, call, confirmation, at most once for each person, event and channel.

A message is claimed in a commit of its own, sent outside any transaction, and what became of it is written
down. What certainly did not arrive is tried again, with growing pauses; what may have arrived never is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog

from opsroom.board.notifications import rules, store
from opsroom.board.notifications.ports import Message, NotificationChannel
from opsroom.board.notifications.shapes import Channel
from opsroom.identity import api as identity
from opsroom.kernel.actor import Actor, Scope, system_actor
from opsroom.kernel.answers import OutcomeUnknown
from opsroom.kernel.db import Row
from opsroom.kernel.errors import AdapterError, Limited
from opsroom.kernel.ids import new_id
from opsroom.kernel.redact import redact_text
from opsroom.kernel.room import House

log = structlog.get_logger("opsroom.board")

_LOOK_EVERY_S: Final = 2.0
_AT_ONCE: Final = 20
_ABANDONED: Final = timedelta(minutes=10)
_KEEP: Final = timedelta(days=90)
_NOBODY: Final = Scope(organization_id="-", instance_id="-", project_id="-")


class Sender:
    """Works the outbox off. Any number of processes may."""

    def __init__(self, house: House, channels: Mapping[Channel, NotificationChannel]) -> None:
        self._house = house
        self._channels = channels

    def missing(self) -> dict[Channel, str | None]:
        """Why channels do not work here; None for those that do."""
        reasons: dict[Channel, str | None] = {"in_app": None}
        for name, channel in self._channels.items():
            reasons[name] = channel.missing()
        return reasons

    def working(self) -> tuple[Channel, ...]:
        """The channels that are set up."""
        return tuple(name for name, channel in self._channels.items() if channel.missing() is None)

    async def for_ever(self) -> None:
        """Look every two seconds until cancelled; now and then let old rows go."""
        rounds = 0
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            while await self.round() == _AT_ONCE:
                pass
            rounds += 1
            if rounds % 10_000 == 0:
                async with self._house.unit_of_work(system_actor(_NOBODY)) as tx:
                    await store.forget(tx, tx.now - _KEEP)

    async def round(self) -> int:
        """Make the digests that are due, then send what is due; how many messages were looked at."""
        async with self._house.unit_of_work.reading(system_actor(_NOBODY)) as tx:
            digests = await store.due_digests(tx, tx.now, _AT_ONCE)
        for scope, person, channel in digests:
            await self._make_digest(scope, person, channel)
        async with self._house.unit_of_work.reading(system_actor(_NOBODY)) as tx:
            abandoned = await store.any_abandoned(tx, tx.now - _ABANDONED)
            due = await store.due_sends(tx, tx.now, _AT_ONCE)
        if abandoned:
            async with self._house.unit_of_work(system_actor(_NOBODY)) as tx:
                await store.lose_abandoned(tx, tx.now - _ABANDONED)
        await asyncio.gather(*(self._send(send_id, system_actor(scope)) for send_id, scope in due))
        return len(due)

    async def _make_digest(self, scope: Scope, person: str, channel: str) -> None:
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            items = await store.take_digest(tx, person, channel, tx.now)
            if not items:
                return
            title, text = rules.digest_of([(row["title"], row["text"]) for row in items])
            send_id = new_id("send")
            values = {
                "id": send_id,
                "person_id": person,
                "event_id": f"digest:{send_id}",
                "channel": channel,
                "status": "pending",
                "title": title,
                "text": text,
                "due_at": tx.now,
            }
            await store.add_send(tx, values)

    async def _send(self, send_id: str, actor: Actor) -> None:
        async with self._house.unit_of_work(actor) as tx:
            row = await store.claim_send(tx, send_id)
            if row is None:
                return
            found = (await store.preferences(tx, [row["person_id"]])).get(row["person_id"])
            emails = await identity.emails_of(tx, [row["person_id"]])
            task_id = await store.task_of(tx, row["person_id"], row["event_id"])
        channel = self._channels.get(row["channel"])
        reason = "this channel is not there" if channel is None else channel.missing()
        preferences = found[0] if found is not None else None
        address = None
        if channel is not None and reason is None and row["person_id"] in emails:
            address = channel.address_of(preferences, emails[row["person_id"]])
        if channel is None or address is None:
            await self._end(actor, row, "failed", error=reason or "the person has no address there")
            return
        await self._call(actor, row, channel, address, self._link(task_id))

    async def _call(
        self, actor: Actor, row: Row, channel: NotificationChannel, address: str, link: str | None
    ) -> None:
        message = Message(id=row["id"], title=row["title"], text=row["text"], link=link)
        try:
            receipt = await channel.send(address, message)
        except OutcomeUnknown as error:
            await self._end(actor, row, "unknown", error=error.message)
        except Limited as error:
            await self._again(actor, row, error.message, error.retry_after_s)
        except AdapterError as error:
            if error.permanent:
                await self._end(actor, row, "failed", error=error.message)
            else:
                await self._again(actor, row, error.message, error.retry_after_s)
        else:
            async with self._house.unit_of_work(actor) as tx:
                await store.end_send(tx, row["id"], "sent", sent_at=tx.now, receipt=receipt, error=None)

    async def _again(self, actor: Actor, row: Row, error: str, asked_s: float | None) -> None:
        if row["attempts"] >= rules.MOST_ATTEMPTS:
            await self._end(actor, row, "failed", error=f"{error} Given up after {row['attempts']} tries.")
            return
        async with self._house.unit_of_work(actor) as tx:
            due_at = tx.now + timedelta(seconds=rules.pause_s(row["attempts"], asked_s))
            await store.end_send(tx, row["id"], "pending", due_at=due_at, error=redact_text(error)[:1000])

    async def _end(self, actor: Actor, row: Row, status: str, *, error: str) -> None:
        told = redact_text(error)[:1000]
        log.warning("board.notification_not_sent", send_id=row["id"], channel=row["channel"], reason=told)
        async with self._house.unit_of_work(actor) as tx:
            await store.end_send(tx, row["id"], status, error=told)

    def _link(self, task_id: str | None) -> str | None:
        if not self._house.public_url or task_id is None:
            return None
        return f"{self._house.public_url.rstrip('/')}/board?task={task_id}"
