"""Tickets: what opens a socket instead of a key, whose address may end up in somebody's log.

A ticket is a row, so that any server process takes what another one gave, once. The row knows the key
or the session that asked; both are looked at again when the ticket is used.
"""

from __future__ import annotations

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


async def use(house: House, ticket: str) -> Admitted | None:
    """Who the ticket was made for, now that it is used up; None when it does not open anything."""
    if not _TICKET.fullmatch(ticket):
        return None
    async with house.unit_of_work(house.system_actor(_NOWHERE)) as tx:
        row = await store.use_ticket(tx, _hash(ticket))
    if row is None:
        return None
    credential = row["credential_id"]
    actor = (await identity.still_admitted(house, [credential])).get(credential)
    if actor is None or (actor.id, actor.scope.project_id) != (row["actor_id"], row["project_id"]):
        return None
    return Admitted(actor, credential) if identity.may(actor, VERB) else None


async def forget_old(house: House) -> None:
    """Drop tickets that ran out long ago."""
    async with house.unit_of_work(house.system_actor(_NOWHERE)) as tx:
        await store.forget_tickets(tx, tx.now - _KEPT)


def credential_of(who: Authenticated) -> str:
    """The id of the key or session somebody stands on."""
    return who.key_id or (who.session.id if who.session else "")


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
