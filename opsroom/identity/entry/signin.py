"""Signing in and out, and moving to another project: whatever gives a session its id."""

from __future__ import annotations

from datetime import timedelta

import structlog

from opsroom.identity.entry import store
from opsroom.identity.entry.cookies import new_session_secret
from opsroom.identity.entry.doorkeeper import CREDENTIALS_CHANGED, NOBODY, Doorkeeper
from opsroom.identity.errors import Absent, SessionEnded, TooManyAttempts, WrongCredentials
from opsroom.identity.events import PersonSignedIn, PersonSignedOut, ProjectEntered
from opsroom.identity.rules import (
    FORGET_AFTER,
    Membership,
    attempt_subjects,
    csrf_token,
    failures_now,
    role_in,
    secret_hash,
    wait_after,
)
from opsroom.identity.shapes import Authenticated, Session, SignedIn
from opsroom.identity.store import (
    memberships_of,
    person_by_email,
    projects_of_organization,
    set_password_hash,
)
from opsroom.kernel.actor import Actor, Role, Scope
from opsroom.kernel.errors import Forbidden
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx

log = structlog.get_logger("opsroom.identity")

_KEEP_ENDED_SESSIONS = timedelta(days=30)


async def sign_in(keeper: Doorkeeper, *, email: str, password: str, address: str) -> SignedIn:
    """A fresh session. Raises WrongCredentials or TooManyAttempts, the same for known and unknown people.

    The attempt is counted before the password is looked at, so that many guesses at once cannot slip
    through; a success takes it off again.
    """
    email = email.strip().lower()
    person, failures = await _verified(keeper, email, password, address)
    outdated = keeper.passwords.is_outdated(person["password_hash"])
    fresh_hash = await keeper.passwords.hash(password) if outdated else None
    async with keeper.unit_of_work.reading(NOBODY) as tx:
        actor = await _actor_at_home(tx, person)
    async with keeper.unit_of_work(actor) as tx:
        await store.forget_attempts(tx, list(attempt_subjects(email, address)))
        await store.delete_old_sessions(tx, tx.now - _KEEP_ENDED_SESSIONS)
        if fresh_hash is not None:
            await set_password_hash(tx, actor.id, fresh_hash)
        return await _begin_session(keeper, tx, address, failures)


async def check_password(keeper: Doorkeeper, *, email: str, password: str, address: str) -> None:
    """Raises WrongCredentials or TooManyAttempts, exactly as signing in does."""
    await _verified(keeper, email, password, address)
    async with keeper.unit_of_work(NOBODY) as tx:
        await store.forget_attempts(tx, list(attempt_subjects(email, address)))


async def forget_old_attempts(keeper: Doorkeeper) -> int:
    """Drop the counters of failed attempts that count no more; how many.

    Whoever guesses adds rows as they please and never signs in, so no sign-in may be what removes them.
    """
    async with keeper.unit_of_work(NOBODY) as tx:
        return await store.prune_attempts(tx, tx.now - FORGET_AFTER)


async def sign_out(keeper: Doorkeeper, who: Authenticated) -> None:
    """End the session in use."""
    if who.session is None:
        return
    async with keeper.unit_of_work(who.actor) as tx:
        await store.end_session(tx, who.session.id)
        tx.record(PersonSignedOut(session_id=who.session.id), subject=who.actor.id)
        tx.wake(CREDENTIALS_CHANGED)
    keeper.forget()


async def enter_project(keeper: Doorkeeper, who: Authenticated, cookie: str, project_id: str) -> SignedIn:
    """Move the session to another project. It gets a new id, because its rights change."""
    secret = keeper.seal.open(cookie)
    if who.session is None or secret is None:
        raise Forbidden("Only a browser session moves between projects; a key is bound to its own.")
    fresh = new_session_secret()
    async with keeper.unit_of_work(who.actor) as tx:
        places = await _places_of(tx, who.actor.id, who.actor.scope.organization_id)
        place = next((p for p in places if p[0].project_id == project_id), None)
        if place is None:
            raise Absent("project", project_id)
        scope, role = place
        moved = await store.replace_session_secret(
            tx, who.session.id, secret_hash(secret), secret_hash(fresh), scope
        )
        if not moved:
            raise SessionEnded
        tx.record(ProjectEntered(session_id=who.session.id), subject=project_id)
        tx.wake(CREDENTIALS_CHANGED)
    keeper.forget()
    actor = who.actor.model_copy(update={"scope": scope, "role": role})
    session = who.session.model_copy(update={"csrf_token": csrf_token(fresh)})
    left = round((session.expires_at - tx.now).total_seconds())
    return SignedIn(actor=actor, session=session, cookie=keeper.seal.seal(fresh), cookie_max_age_s=left)


async def _verified(keeper: Doorkeeper, email: str, password: str, address: str) -> tuple[store.Row, int]:
    """The person whose password this is, and the failures on the account before."""
    async with keeper.unit_of_work(NOBODY) as tx:
        failures = await _count_attempt(tx, email, address)
        person = await person_by_email(tx, email)
    stored = person["password_hash"] if person and person["disabled_at"] is None else None
    if not await keeper.passwords.verify(stored, password) or person is None:
        log.info("identity.sign_in_failed", failures=failures + 1)
        raise WrongCredentials
    return person, failures


async def _count_attempt(tx: Tx, email: str, address: str) -> int:
    """Count an attempt on the account and on the address; refuse it while either must wait."""
    subjects = attempt_subjects(email, address)
    held = await store.hold_attempts(tx, list(subjects))
    waits = [(row["blocked_until"] - tx.now).total_seconds() for row in held.values() if row["blocked_until"]]
    if (wait := max(waits, default=0.0)) > 0:
        raise TooManyAttempts(wait)
    before = 0
    for subject, patience in subjects.items():
        failures = failures_now(held[subject]["failures"], held[subject]["last_at"], tx.now)
        if subject.startswith("account:"):
            before = failures
        await store.put_attempt(tx, subject, failures + 1, tx.now + wait_after(failures + 1, patience))
    return before


async def _places_of(tx: Tx, person_id: str, organization_id: str) -> list[tuple[Scope, Role]]:
    """Every project the person may enter, oldest first, with the role there."""
    memberships: list[Membership] = (await memberships_of(tx, [person_id]))[person_id]
    places: list[tuple[Scope, Role]] = []
    for row in await projects_of_organization(tx, organization_id):
        scope = Scope(
            organization_id=organization_id, instance_id=row["instance_id"], project_id=row["project_id"]
        )
        if (role := role_in(memberships, scope)) is not None:
            places.append((scope, role))
    return places


async def _actor_at_home(tx: Tx, person: store.Row) -> Actor:
    places = await _places_of(tx, person["id"], person["organization_id"])
    if not places:
        raise Forbidden("Your account is not a member of any project. Ask an administrator to add you.")
    scope, role = places[0]
    return Actor(
        id=person["id"],
        kind="person",
        name=person["name"],
        role=role,
        scope=scope,
        email=person["email"],
    )


async def _begin_session(keeper: Doorkeeper, tx: Tx, address: str, failures: int) -> SignedIn:
    secret = new_session_secret()
    session = Session(
        id=new_id("session"),
        csrf_token=csrf_token(secret),
        expires_at=tx.now + timedelta(days=keeper.settings.session_days),
    )
    row = {
        "id": session.id,
        "secret_hash": secret_hash(secret),
        "person_id": tx.actor.id,
        "expires_at": session.expires_at,
        "address": address[:45],
    }
    await store.insert_session(tx, row, tx.actor.scope)
    event = PersonSignedIn(session_id=session.id, address=address, failures_before=failures)
    tx.record(event, subject=tx.actor.id)
    age_s = keeper.settings.session_days * 86_400
    return SignedIn(actor=tx.actor, session=session, cookie=keeper.seal.seal(secret), cookie_max_age_s=age_s)
