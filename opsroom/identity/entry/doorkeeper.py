"""Answers "who is asking?" for every request: by key or by session, remembered for under a second."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from opsroom.identity.entry import store
from opsroom.identity.entry.cookies import CookieSeal
from opsroom.identity.entry.passwords import Passwords
from opsroom.identity.errors import SessionEnded, UnknownKey
from opsroom.identity.records import scope_of_row
from opsroom.identity.rules import (
    EVERY,
    Membership,
    csrf_token,
    looks_like_key,
    role_in,
    secret_hash,
)
from opsroom.identity.shapes import Authenticated, IdentitySettings, Session
from opsroom.identity.store import memberships_of
from opsroom.kernel.actor import Actor, Scope, system_actor
from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import Unauthenticated
from opsroom.kernel.uow import Tx, UnitsOfWork
from opsroom.kernel.wake import Wakes

log = structlog.get_logger("opsroom.identity")

# Called when a key or a session stops being good: every process of the house then forgets what it remembers.
CREDENTIALS_CHANGED: Final = "identity.credentials"
# Should a wake be lost, a revoked key is refused within a second all the same.
_REMEMBERED_S: Final = 0.9
_REMEMBERED_AT_MOST: Final = 4096
_LOOKED_UP_AT_ONCE: Final = 500
_NOTED_EVERY: Final = timedelta(minutes=1)

NOBODY: Final = system_actor(Scope(organization_id=EVERY, instance_id=EVERY, project_id=EVERY))


@dataclass(frozen=True, slots=True)
class _Remembered:
    answer: Authenticated
    until: float


class Doorkeeper:
    """One per process. `resolve` costs a dictionary look-up for a credential seen within the last second."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        wakes: Wakes,
        clock: Clock,
        settings: IdentitySettings,
        seal: CookieSeal,
    ) -> None:
        self.unit_of_work = unit_of_work
        self.settings = settings
        self.seal = seal
        self.passwords = Passwords(settings)
        self._wakes = wakes
        self._clock = clock
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._looking: dict[str, asyncio.Task[Authenticated]] = {}
        self._generation = 0
        self._noted: dict[str, float] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def resolve(self, *, bearer: str | None, cookie: str | None) -> Authenticated:
        """Who holds this key, or else this cookie. Raises Unauthenticated saying what is wrong with it."""
        if bearer is not None:
            if not looks_like_key(bearer):
                raise UnknownKey
            return await self._recall(secret_hash(bearer), self._by_key)
        if cookie is None:
            raise Unauthenticated(
                "Nobody is signed in: sign in, or send an API key as `Authorization: Bearer owf_…`."
            )
        secret = self.seal.open(cookie)
        if secret is None:
            raise SessionEnded
        digest = secret_hash(secret)
        return await self._recall(digest, lambda tx, _: self._by_session(tx, digest, csrf_token(secret)))

    async def still_admitted(self, credentials: Sequence[str]) -> dict[str, Actor]:
        """Of these ids of keys and sessions, those that still open the door, and for whom."""
        found: dict[str, Actor] = {}
        async with self.unit_of_work.reading(NOBODY) as tx:
            for start in range(0, len(credentials), _LOOKED_UP_AT_ONCE):
                part = credentials[start : start + _LOOKED_UP_AT_ONCE]
                for key in await store.open_keys_by_id(tx, part):
                    if (actor := await self._owner_of(tx, key)) is not None:
                        found[key["id"]] = actor
                sessions = await store.live_sessions_by_id(tx, part)
                memberships = await memberships_of(tx, sorted({row["person_id"] for row in sessions}))
                for row in sessions:
                    actor = self._person_in_session(row, memberships[row["person_id"]], tx.now)
                    if actor is not None:
                        found[row["id"]] = actor
        return found

    def forget(self) -> None:
        """Look everybody up again."""
        self._generation += 1
        self._remembered.clear()
        self._looking.clear()

    async def watch(self) -> None:
        """Forget at once when any process revokes a key or ends a session."""
        with self._wakes.listen(CREDENTIALS_CHANGED) as listener:
            while True:
                if await listener.wait(60):
                    self.forget()

    async def close(self) -> None:
        """Write what is still to be noted, and let the threads go."""
        await asyncio.gather(*self._looking.values(), *self._noting, return_exceptions=True)
        await self.passwords.close()

    async def _recall(
        self, digest: str, look_up: Callable[[Tx, str], Awaitable[Authenticated]]
    ) -> Authenticated:
        now = self._clock.monotonic()
        known = self._remembered.get(digest)
        if known is not None and known.until > now:
            self._note(known.answer, now)
            return known.answer
        # Everybody who asks while one looks waits for that one: a busy key is read once, not once a request.
        looking = self._looking.get(digest)
        if looking is None:
            looking = asyncio.create_task(self._look_up(digest, look_up, now))
            self._looking[digest] = looking
            looking.add_done_callback(lambda done: self._looked(digest, done))
        # One who hangs up must not take the answer from the others.
        answer = await asyncio.shield(looking)
        self._note(answer, now)
        return answer

    async def _look_up(
        self, digest: str, look_up: Callable[[Tx, str], Awaitable[Authenticated]], now: float
    ) -> Authenticated:
        generation = self._generation
        async with self.unit_of_work.reading(NOBODY) as tx:
            answer = await look_up(tx, digest)
        # What was read before a revocation must not be remembered after it.
        if generation == self._generation:
            self._remembered[digest] = _Remembered(answer, now + _REMEMBERED_S)
            self._remembered.move_to_end(digest)
            while len(self._remembered) > _REMEMBERED_AT_MOST:
                self._remembered.popitem(last=False)
        return answer

    def _looked(self, digest: str, done: asyncio.Task[Authenticated]) -> None:
        # After a revocation another may already be looking.
        if self._looking.get(digest) is done:
            del self._looking[digest]
        if not done.cancelled():
            # An error belongs to those who wait; that nobody waits any more is none.
            done.exception()

    async def _by_key(self, tx: Tx, digest: str) -> Authenticated:
        key = await store.open_key(tx, digest)
        if key is None:
            raise UnknownKey
        actor = await self._owner_of(tx, key)
        if actor is None:
            raise UnknownKey
        return Authenticated(actor=actor, key_id=key["id"])

    async def _owner_of(self, tx: Tx, key: store.Row) -> Actor | None:
        scope = scope_of_row(key)
        return await self._person_with_key(tx, key, scope) or await self._program_with_key(tx, key, scope)

    async def _person_with_key(self, tx: Tx, key: store.Row, scope: Scope) -> Actor | None:
        person = await store.enabled_person(tx, key["actor_id"], scope.organization_id)
        if person is None:
            return None
        role = role_in((await memberships_of(tx, [person["id"]]))[person["id"]], scope)
        if role is None:
            return None
        return Actor(
            id=person["id"],
            kind="person",
            name=person["name"],
            role=role,
            scope=scope,
            scopes=tuple(key["verbs"]),
            email=person["email"],
        )

    async def _program_with_key(self, tx: Tx, key: store.Row, scope: Scope) -> Actor | None:
        program = await store.enabled_actor(tx, key["actor_id"], scope.project_id)
        if program is None:
            return None
        return Actor(
            id=program["id"],
            kind=program["kind"],
            name=program["name"],
            role=program["role"],
            scope=scope,
            scopes=tuple(key["verbs"]),
        )

    async def _by_session(self, tx: Tx, digest: str, csrf: str) -> Authenticated:
        row = await store.live_session(tx, digest)
        if row is None:
            raise SessionEnded
        memberships = (await memberships_of(tx, [row["person_id"]]))[row["person_id"]]
        actor = self._person_in_session(row, memberships, tx.now)
        if actor is None:
            raise SessionEnded
        session = Session(id=row["id"], csrf_token=csrf, expires_at=row["expires_at"])
        return Authenticated(actor=actor, session=session)

    def _person_in_session(
        self, row: store.Row, memberships: Sequence[Membership], now: datetime
    ) -> Actor | None:
        """Whose session it is; None when it was unused for too long or its project is closed to them."""
        idle = timedelta(minutes=self.settings.session_idle_minutes)
        scope = scope_of_row(row)
        role = role_in(memberships, scope)
        if role is None or row["last_seen_at"] + idle < now:
            return None
        return Actor(
            id=row["person_id"],
            kind="person",
            name=row["name"],
            role=role,
            scope=scope,
            email=row["email"],
        )

    def _note(self, who: Authenticated, now: float) -> None:
        """Record the use of a key or a session beside the request, once a minute at most."""
        identifier = who.key_id or (who.session.id if who.session else "")
        last = self._noted.get(identifier)
        if last is not None and now - last < _NOTED_EVERY.total_seconds():
            return
        if len(self._noted) >= _REMEMBERED_AT_MOST:
            self._noted.clear()
        self._noted[identifier] = now
        task = asyncio.create_task(self._write_note(who, identifier))
        self._noting.add(task)
        task.add_done_callback(self._noted_or_not)

    def _noted_or_not(self, task: asyncio.Task[None]) -> None:
        self._noting.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Only the time of last use is lost; the request was served.
            log.warning("identity.note_failed", error=type(error).__name__)

    async def _write_note(self, who: Authenticated, identifier: str) -> None:
        note = store.note_key_used if who.key_id else store.note_session_seen
        async with self.unit_of_work(who.actor) as tx:
            await note(tx, identifier, _NOTED_EVERY)
