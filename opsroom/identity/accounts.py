"""The verbs about people's accounts; part of the door, which is `api`."""

from __future__ import annotations

from opsroom.identity import store
from opsroom.identity.entry.doorkeeper import CREDENTIALS_CHANGED
from opsroom.identity.errors import Absent, NotAbove
from opsroom.identity.events import PasswordChanged, PersonAdded, PersonChanged
from opsroom.identity.records import person_of, role_here
from opsroom.identity.rules import reach_of
from opsroom.identity.shapes import NewPerson, Person, PersonChange
from opsroom.kernel.actor import ROLE_RANK, Actor, Role
from opsroom.kernel.errors import Conflict
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx


async def list_people(tx: Tx, *, limit: int, offset: int) -> tuple[list[Person], int]:
    """One page of those who may work in the actor's instance, and how many there are."""
    rows, total = await store.people_here(tx, limit, offset)
    memberships = await store.memberships_of(tx, [row["id"] for row in rows])
    return [
        person_of(row, role_here(memberships[row["id"]], tx.actor.scope) or "user") for row in rows
    ], total


async def create_person(tx: Tx, new: NewPerson, *, password_hash: str) -> Person:
    """An account with a role. Raises Conflict for an address in use, NotAbove for a role too high."""
    check_rank(tx.actor, new.role)
    if await store.email_taken(tx, new.email):
        raise Conflict("This e-mail address cannot be used: it has an account in this installation.")
    person_id = new_id("person")
    await store.insert_person(
        tx, person_id, new.email, new.name, password_hash, tx.actor.scope.organization_id
    )
    reach = reach_of(new.role, tx.actor.scope)
    await store.insert_membership(tx, new_id("member"), person_id, new.role, reach)
    tx.record(PersonAdded(name=new.name, role=new.role), subject=person_id)
    return Person(
        id=person_id,
        email=new.email,
        name=new.name,
        role=new.role,
        created_at=tx.now,
        disabled=False,
        version=1,
    )


async def change_person(tx: Tx, person_id: str, change: PersonChange) -> Person:
    """Name, role or access. Role and access end the person's sessions; disabling also revokes the keys."""
    before = await _person_here(tx, person_id)
    if change.version != before.version:
        raise Conflict(
            f"{before.name} was changed by somebody else meanwhile.",
            theirs=before.model_dump(mode="json"),
            yours=change.model_dump(mode="json", exclude_none=True),
        )
    check_rank(tx.actor, before.role)
    role = change.role or before.role
    check_rank(tx.actor, role)
    disabled = before.disabled if change.disabled is None else change.disabled
    loses_super = before.role == "super_admin" and (role != "super_admin" or disabled)
    if loses_super and await store.other_super_admins(tx, person_id) == 0:
        raise Conflict(f"{before.name} is the last super admin of the organization; make another one first.")
    after = before.model_copy(
        update={
            "name": change.name or before.name,
            "role": role,
            "disabled": disabled,
            "version": before.version + 1,
        }
    )
    await _write_person(tx, before, after)
    return after


async def change_password(
    tx: Tx, person_id: str, *, password_hash: str, keep_session: str | None = None
) -> Person:
    """Store a new hash and end every other session of the person."""
    person = await _person_here(tx, person_id)
    check_rank(tx.actor, person.role)
    await store.set_password_hash(tx, person_id, password_hash)
    await store.end_sessions_of(tx, person_id, but=keep_session)
    tx.record(PasswordChanged(by_admin=tx.actor.id != person_id), subject=person_id)
    tx.wake(CREDENTIALS_CHANGED)
    return person


def check_rank(actor: Actor, role: Role) -> None:
    """Nobody gives, or takes from, a role above their own. Raises NotAbove."""
    if ROLE_RANK[role] > ROLE_RANK[actor.role]:
        raise NotAbove(role, actor.role)


async def _person_here(tx: Tx, person_id: str) -> Person:
    row = await store.person_by_id(tx, person_id)
    if row is None:
        raise Absent("person", person_id)
    role = role_here((await store.memberships_of(tx, [person_id]))[person_id], tx.actor.scope)
    if role is None:
        raise Absent("person", person_id)
    return person_of(row, role)


async def _write_person(tx: Tx, before: Person, after: Person) -> None:
    changed = tuple(f for f in ("name", "role", "disabled") if getattr(before, f) != getattr(after, f))
    values: dict[str, object] = {"name": after.name}
    if "disabled" in changed:
        values["disabled_at"] = tx.now if after.disabled else None
    await store.update_person(tx, after.id, values)
    if "role" in changed:
        await store.delete_memberships_reaching(tx, after.id)
        reach = reach_of(after.role, tx.actor.scope)
        await store.insert_membership(tx, new_id("member"), after.id, after.role, reach)
    if "role" in changed or after.disabled:
        await store.end_sessions_of(tx, after.id)
    if after.disabled:
        await store.revoke_keys_of(tx, after.id, tx.now)
    event = PersonChanged(changed=changed, role=after.role, disabled=after.disabled)
    tx.record(event, subject=after.id)
    tx.wake(CREDENTIALS_CHANGED)
