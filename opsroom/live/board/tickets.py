"""Tickets: what opens a socket instead of a key, whose address may end up in somebody's log.

A ticket is a row, so that any server process takes what another one gave, once. The row knows the key
or the session that asked; both are looked at again when the ticket is used.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from opsroom.identity import api as identity
from opsroom.identity.shapes import Authenticated
from opsroom.kernel.actor import Actor, Scope
from opsroom.kernel.room import House
from opsroom.kernel.shape import Shape
from opsroom.kernel.uow import Tx
from opsroom.live.board import store
from opsroom.live.board.errors import TooManyTickets
from opsroom.live.board.settings import LiveSettings

VERB: Final = "board:read"
_TICKET: Final = re.compile(r"owt_[A-Za-z0-9_-]{43}")
_KEPT: Final = timedelta(hours=1)
_TAKEN_AT_ONCE: Final = 200
_NOWHERE: Final = Scope(organization_id="-", instance_id="-", project_id="-")


class Ticket(Shape):
    """Opens one socket: `/ws/board?token=` followed by `ticket`, within `expires_in_s` seconds."""

    ticket: str
    expires_in_s: float


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who a socket belongs to, and the id of the key or session it stands on."""

    actor: Actor
    credential: str


async def issue(tx: Tx, who: Authenticated, settings: LiveSettings) -> Ticket:
    """A fresh ticket for whoever asks. Raises TooManyTickets."""
    if await store.open_tickets(tx) >= settings.tickets_at_once:
        raise TooManyTickets(
            f"You hold {settings.tickets_at_once} tickets that you have not used. Use one, or wait until "
            "they have run out.",
            retry_after_s=settings.ticket_s,
        )
    ticket = "owt_" + secrets.token_urlsafe(32)
    until = tx.now + timedelta(seconds=settings.ticket_s)
    await store.insert_ticket(tx, _hash(ticket), credential_of(who), until)
    return Ticket(ticket=ticket, expires_in_s=settings.ticket_s)


class Desk:
    """Takes tickets. Those that are shown while a commit is under way are taken by the next one together:
    after a restart a thousand screens come back in the same moment."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._shown: list[tuple[str, asyncio.Future[Admitted | None]]] = []
        self._taking: asyncio.Task[None] | None = None

    async def use(self, ticket: str) -> Admitted | None:
        """Who the ticket was made for, now that it is used up; None when it does not open anything."""
        if not _TICKET.fullmatch(ticket):
            return None
        answer: asyncio.Future[Admitted | None] = asyncio.get_running_loop().create_future()
        self._shown.append((_hash(ticket), answer))
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take_all())
        return await answer

    async def _take_all(self) -> None:
        while shown := self._shown[:_TAKEN_AT_ONCE]:
            del self._shown[:_TAKEN_AT_ONCE]
            hashes = [ticket_hash for ticket_hash, _ in shown]
            (taken,) = await asyncio.gather(self._take(hashes), return_exceptions=True)
            for ticket_hash, answer in shown:
                if answer.done():
                    continue  # whoever showed it has left
                if isinstance(taken, BaseException):
                    answer.set_exception(taken)
                else:
                    # Shown twice in one moment, it opens one socket all the same.
                    answer.set_result(taken.pop(ticket_hash, None))

    async def _take(self, hashes: list[str]) -> dict[str, Admitted]:
        async with self._house.unit_of_work(self._house.system_actor(_NOWHERE)) as tx:
            rows = await store.use_tickets(tx, sorted(set(hashes)))
        standing = await identity.still_admitted(self._house, sorted({row["credential_id"] for row in rows}))
        admitted: dict[str, Admitted] = {}
        for row in rows:
            actor = standing.get(row["credential_id"])
            if actor is None or (actor.id, actor.scope.project_id) != (row["actor_id"], row["project_id"]):
                continue
            if identity.may(actor, VERB):
                admitted[row["ticket_hash"]] = Admitted(actor, row["credential_id"])
        return admitted


async def forget_old(house: House) -> None:
    """Drop tickets that ran out long ago."""
    async with house.unit_of_work(house.system_actor(_NOWHERE)) as tx:
        await store.forget_tickets(tx, tx.now - _KEPT)


def credential_of(who: Authenticated) -> str:
    """The id of the key or session somebody stands on."""
    return who.key_id or (who.session.id if who.session else "")


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
