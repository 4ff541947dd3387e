"""The verbs of identity. Those that take `tx` are done inside the caller's unit of work."""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from datetime import timedelta

from opsroom.identity import store
from opsroom.identity.accounts import (
    change_password,
    change_person,
    check_rank,
    create_person,
    list_people,
)
from opsroom.identity.entry import signin
from opsroom.identity.entry.doorkeeper import CREDENTIALS_CHANGED, Doorkeeper
from opsroom.identity.entry.passwords import new_password
from opsroom.identity.errors import Absent, AlreadyFounded
from opsroom.identity.events import (
    ActorAdded,
    KeyIssued,
    KeyRevoked,
    OrganizationFounded,
    ProjectAdded,
    ProjectRenamed,
)
from opsroom.identity.records import key_of, may_enter, program_of
from opsroom.identity.rules import (
    address_group,
    covered,
    key_hint,
    key_slug,
    may,
    password_problems,
    plain_email,
    plain_verb,
    reach_of,
    role_for,
    secret_hash,
)
from opsroom.identity.shapes import (
    AgentOrApp,
    Authenticated,
    FirstAdmin,
    IdentitySettings,
    IssuedKey,
    Key,
    KeyOwner,
    Member,
    NewActor,
    NewKey,
    NewProject,
    Place,
    Project,
    ProjectChange,
    SignedIn,
    Whoami,
)
from opsroom.kernel.actor import Actor, Scope
from opsroom.kernel.errors import Conflict, Forbidden, Invalid, Problem
from opsroom.kernel.ids import new_id
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx

# Defined elsewhere, part of this door.
__all__ = [
    "CREDENTIALS_CHANGED",
    "address_group",
    "change_password",
    "change_person",
    "create_person",
    "list_people",
    "may",
    "new_password",
    "plain_verb",
    "role_for",
]


# ---- the way in -------------------------------------------------------------------------------------


async def resolve_actor(
    house: House, *, bearer: str | None, cookie: str | None, client_ip: str
) -> Authenticated:
    """Who is asking. `bearer` is an API key, `cookie` the sealed session; a key goes before a cookie.

    Remembered for under a second, so it may stand on every request; a revoked key or an ended session
    is refused at once in this process and within a second in any other. Raises Unauthenticated.
    """
    del client_ip  # keys are not bound to addresses yet; the edge passes it so that they can be
    return await house.need(Doorkeeper).resolve(bearer=bearer, cookie=cookie)


async def still_admitted(house: House, credentials: Sequence[str]) -> dict[str, Actor]:
    """Of these ids of keys and sessions, those that still open the door, and for whom.

    For connections that outlive the request they began with. News of an end comes as CREDENTIALS_CHANGED.
    """
    return await house.need(Doorkeeper).still_admitted(credentials)


async def sign_in(house: House, *, email: str, password: str, address: str) -> SignedIn:
    """A fresh session for the person. Opens its own units of work, as hashing must not hold one open."""
    return await signin.sign_in(house.need(Doorkeeper), email=email, password=password, address=address)


async def check_password(house: House, *, email: str, password: str, address: str) -> None:
    """Ask for the password once more before something grave. Counts as an attempt like signing in."""
    await signin.check_password(house.need(Doorkeeper), email=email, password=password, address=address)


def forget_credentials(house: House) -> None:
    """Called after the commit that closed a key or a session, so that the next request here is refused."""
    house.need(Doorkeeper).forget()


async def sign_out(house: House, who: Authenticated) -> None:
    """End the session in use."""
    await signin.sign_out(house.need(Doorkeeper), who)


async def enter_project(house: House, who: Authenticated, cookie: str, project_id: str) -> SignedIn:
    """Move the session to another project under a new id."""
    return await signin.enter_project(house.need(Doorkeeper), who, cookie, project_id)


async def hash_password(house: House, password: str, *, email: str, path: str = "password") -> str:
    """The hash of a new password; done before the unit of work that stores it. Raises Invalid."""
    if problems := password_problems(password, email=email, path=path):
        raise Invalid("This password cannot be used.", problems=problems)
    return await house.need(Doorkeeper).passwords.hash(password)


# ---- organizations and projects ------------------------------------------------------------------------


async def first_admin(
    house: House,
    *,
    email: str,
    name: str,
    organization: str,
    instance: str = "production",
    project: str = "main",
) -> FirstAdmin:
    """Found the installation's first organization; returns its super admin and password, the only time.

    Raises AlreadyFounded when there is one, and Invalid for an e-mail address that cannot be one.
    """
    email = _checked_email(email)
    password = new_password()
    hashed = await hash_password(house, password, email=email)
    actor = Actor(
        id=new_id("person"),
        kind="person",
        name=name,
        role="super_admin",
        scope=Scope(
            organization_id=new_id("org"), instance_id=new_id("instance"), project_id=new_id("project")
        ),
        email=email,
    )
    async with house.unit_of_work(actor) as tx:
        if await store.any_organization(tx):
            raise AlreadyFounded
        await found_organization(
            tx, organization=organization, instance=instance, project=project, password_hash=hashed
        )
    return FirstAdmin(actor=actor, email=email, password=password)


async def home_scope(house: House) -> Scope | None:
    """Where the workspace folder of this installation belongs; None before `first_admin`."""
    nowhere = Scope(organization_id="-", instance_id="-", project_id="-")
    async with house.unit_of_work.reading(house.system_actor(nowhere)) as tx:
        return await store.first_project(tx)


async def every_project(house: House) -> list[Scope]:
    """Every project of the installation, oldest first; for the house itself, never for a tenant."""
    nowhere = Scope(organization_id="-", instance_id="-", project_id="-")
    async with house.unit_of_work.reading(house.system_actor(nowhere)) as tx:
        return await store.every_project(tx)


async def found_organization(
    tx: Tx, *, organization: str, instance: str, project: str, password_hash: str
) -> None:
    """An organization, its first instance and project, and the actor of `tx` as their super admin.

    The ids are those of the actor and its scope. The actor needs an e-mail address.
    """
    actor = tx.actor
    email = _checked_email(actor.email or "")
    if await store.email_taken(tx, email):
        raise Conflict(f"The address {email} has an account already.")
    await store.insert_site(tx, organization, instance, project)
    await store.insert_person(tx, actor.id, email, actor.name, password_hash, actor.scope.organization_id)
    reach = reach_of("super_admin", actor.scope)
    await store.insert_membership(tx, new_id("member"), actor.id, "super_admin", reach)
    event = OrganizationFounded(name=organization, first_admin_id=actor.id)
    tx.record(event, subject=actor.scope.organization_id)


async def whoami(tx: Tx) -> Whoami:
    """Where the actor stands, and the projects it may enter."""
    organization, instance = await store.place_names(tx)
    scope = tx.actor.scope
    return Whoami(
        organization=Place(id=scope.organization_id, name=organization),
        instance=Place(id=scope.instance_id, name=instance),
        projects=tuple(await list_projects(tx)),
    )


async def list_projects(tx: Tx) -> list[Project]:
    """The projects the actor may enter: a person's by membership, a program's own."""
    memberships = (await store.memberships_of(tx, [tx.actor.id]))[tx.actor.id]
    return [
        Project(id=row["id"], name=row["name"], instance_id=row["instance_id"], created_at=row["created_at"])
        for row in await store.projects_of_organization(tx, tx.actor.scope.organization_id)
        if may_enter(tx.actor, memberships, row)
    ]


async def add_project(tx: Tx, new: NewProject) -> Project:
    """A further project in the actor's instance. Raises Conflict for a name in use."""
    if await store.project_named(tx, new.name):
        raise Conflict(f"This instance has a project named {new.name!r} already.")
    project = Project(
        id=new_id("project"), name=new.name, instance_id=tx.actor.scope.instance_id, created_at=tx.now
    )
    await store.insert_project(tx, project.id, project.name)
    tx.record(ProjectAdded(name=project.name), subject=project.id)
    return project


async def rename_project(tx: Tx, change: ProjectChange) -> Project:
    """Give the project the actor stands in another name. Raises Conflict for a name in use."""
    row = await store.own_project(tx)
    if row is None:
        raise Absent("project", tx.actor.scope.project_id)
    if row["name"] != change.name:
        if await store.project_named(tx, change.name):
            message = f"this instance has a project named {change.name!r} already; choose another name"
            raise Conflict("The project keeps its name.", problems=(Problem("name", message),))
        await store.rename_own_project(tx, change.name)
        tx.record(ProjectRenamed(name=change.name, name_before=row["name"]), subject=row["id"])
    return Project(
        id=row["id"], name=change.name, instance_id=row["instance_id"], created_at=row["created_at"]
    )


async def members(tx: Tx, *, limit: int = 2000) -> list[Member]:
    """Everybody who works in the actor's project by name: people, agents and apps that are not disabled."""
    return [
        Member(id=row["id"], kind=row["kind"], name=row["name"], handle=row["handle"].partition("@")[0])
        for row in await store.members(tx, limit)
    ]


async def emails_of(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    """Addresses by id of people of the actor's project who are not disabled: where to write to them."""
    wanted = set(ids)
    return {
        row["id"]: row["handle"]
        for row in await store.members(tx, 2000)
        if row["kind"] == "person" and row["id"] in wanted
    }


async def slug_of(tx: Tx, actor_id: str) -> str | None:
    """The slug of an agent or app of the project; None for a person or a stranger."""
    row = await store.actor_by_id(tx, actor_id)
    return row["slug"] if row else None


async def names_of(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    """Names of people, agents and apps of the organization by id, those no longer enabled too."""
    found: dict[str, str] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), 500):  # statements take only so many parameters
        part = await store.names_of_actors(tx, wanted[start : start + 500])
        found |= {identifier: name for identifier, (_, name) in part.items()}
    return found


# ---- agents, apps and keys -------------------------------------------------------------------------------


async def list_actors(tx: Tx, *, limit: int, offset: int) -> tuple[list[AgentOrApp], int]:
    """One page of the project's agents and apps."""
    rows, total = await store.actors_here(tx, limit, offset)
    return [program_of(row) for row in rows], total


async def create_actor(tx: Tx, new: NewActor) -> AgentOrApp:
    """An agent or an app that may act in the project. Raises Conflict for a slug in use."""
    check_rank(tx.actor, new.role)
    if await store.actor_slug_taken(tx, new.slug):
        raise Conflict(f"This project has an actor {new.slug!r} already.")
    actor_id = new_id("actor")
    await store.insert_actor(tx, new.model_dump() | {"id": actor_id})
    tx.record(ActorAdded(kind=new.kind, slug=new.slug, role=new.role), subject=actor_id)
    return AgentOrApp(id=actor_id, created_at=tx.now, disabled=False, **new.model_dump())


async def issue_key(tx: Tx, new: NewKey, settings: IdentitySettings | None = None) -> IssuedKey:
    """A key for the actor itself or a program of the project. Its secret is in the answer, nowhere else."""
    if not covered(new.verbs, tx.actor.scopes):
        raise Forbidden("A key cannot be allowed more than the key it is issued with.")
    owner, slug = await _key_owner(tx, new.actor_id or tx.actor.id)
    secret = f"owf_{slug}_{_random_letters(32)}"
    days = new.expires_in_days or (settings or IdentitySettings()).key_days
    key = Key(
        id=new_id("key"),
        label=new.label,
        hint=key_hint(secret),
        actor=owner,
        verbs=new.verbs,
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=days),
        revoked_at=None,
        last_used_at=None,
    )
    row = key.model_dump(include={"id", "label", "hint", "expires_at"})
    await store.insert_key(
        tx, row | {"actor_id": owner.id, "verbs": list(new.verbs), "secret_hash": secret_hash(secret)}
    )
    tx.record(KeyIssued(actor_id=owner.id, label=new.label, verbs=new.verbs), subject=key.id)
    return IssuedKey(key=key, secret=secret)


async def list_keys(tx: Tx, *, limit: int, offset: int) -> tuple[list[Key], int]:
    """One page of keys, newest first: an admin sees the project's, everybody else their own."""
    owner = None if tx.actor.outranks("admin") else tx.actor.id
    rows, total = await store.keys_here(tx, owner, limit, offset)
    names = await store.names_of_actors(tx, [row["actor_id"] for row in rows])
    return [key_of(row, names) for row in rows], total


async def revoke_key(tx: Tx, key_id: str) -> Key:
    """Close a key at once. A second time is no error. Raises Absent for a key one may not see."""
    row = await store.key_by_id(tx, key_id)
    if row is None or (row["actor_id"] != tx.actor.id and not tx.actor.outranks("admin")):
        raise Absent("key", key_id)
    names = await store.names_of_actors(tx, [row["actor_id"]])
    key = key_of(row, names)
    if key.revoked_at is not None:
        return key
    await store.revoke_key(tx, key_id)
    tx.record(KeyRevoked(actor_id=key.actor.id, label=key.label), subject=key_id)
    tx.wake(CREDENTIALS_CHANGED)
    return key.model_copy(update={"revoked_at": tx.now})


# ---- what the verbs share ----------------------------------------------------------------------------


def _checked_email(email: str) -> str:
    try:
        return plain_email(email)
    except ValueError as error:
        raise Invalid(
            "This e-mail address cannot be used.", problems=(Problem("email", str(error)),)
        ) from error


async def _key_owner(tx: Tx, actor_id: str) -> tuple[KeyOwner, str]:
    """Whose key it will be, and the name that stands in it. Nobody gets a key in another person's name."""
    actor = tx.actor
    program = await store.actor_by_id(tx, actor_id)
    if program is not None:
        if actor_id != actor.id and not actor.outranks("admin"):
            raise Forbidden("Only an admin issues keys for agents and apps.")
        check_rank(actor, program["role"])
        return KeyOwner(id=actor_id, kind=program["kind"], name=program["name"]), program["slug"]
    if actor_id != actor.id or await store.person_by_id(tx, actor_id) is None:
        raise Absent("agent or app", actor_id)
    return KeyOwner(id=actor.id, kind=actor.kind, name=actor.name), key_slug(actor.email or actor.name)


def _random_letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(count))
