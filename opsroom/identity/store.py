"""Every statement of the identity room about organizations, people, actors and keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from opsroom.identity.rules import EVERY, Membership
from opsroom.identity.tables import (
    ACTORS,
    API_KEYS,
    INSTANCES,
    MEMBERSHIPS,
    ORGANIZATIONS,
    PEOPLE,
    PROJECTS,
    SESSIONS,
)
from opsroom.kernel.actor import Scope
from opsroom.kernel.uow import Tx

Row = sa.RowMapping
_SITE = (ORGANIZATIONS, INSTANCES, PROJECTS)


async def any_organization(tx: Tx) -> bool:
    """Is there an organization at all? Asked by `opsroom init` before anybody exists."""
    return (await tx.conn.execute(sa.select(ORGANIZATIONS.c.id).limit(1))).first() is not None


async def first_project(tx: Tx) -> Scope | None:
    """The first project of the installation: the one the workspace folder belongs to."""
    query = sa.select(PROJECTS).order_by(PROJECTS.c.created_at, PROJECTS.c.id).limit(1)
    row = (await tx.conn.execute(query)).mappings().first()
    if row is None:
        return None
    return Scope(organization_id=row["organization_id"], instance_id=row["instance_id"], project_id=row["id"])


async def every_project(tx: Tx) -> list[Scope]:
    """Every project of the installation, oldest first: the house asks, not a tenant."""
    query = sa.select(PROJECTS).order_by(PROJECTS.c.created_at, PROJECTS.c.id)
    return [
        Scope(organization_id=row["organization_id"], instance_id=row["instance_id"], project_id=row["id"])
        for row in (await tx.conn.execute(query)).mappings()
    ]


async def insert_site(tx: Tx, organization: str, instance: str, project: str) -> None:
    """An organization with its first instance and project, under the ids of the actor's scope."""
    scope = tx.actor.scope
    ids = (scope.organization_id, scope.instance_id, scope.project_id)
    for depth, (table, name) in enumerate(zip(_SITE, (organization, instance, project), strict=True)):
        where = [*ids[: depth + 1], *[EVERY] * (2 - depth)]
        row = dict(zip(("organization_id", "instance_id", "project_id"), where, strict=True))
        await tx.conn.execute(sa.insert(table).values(id=ids[depth], name=name, created_at=tx.now, **row))


async def insert_project(tx: Tx, project_id: str, name: str) -> None:
    """A further project in the actor's instance."""
    place = tx.actor.scope.model_dump() | {"project_id": project_id}
    await tx.conn.execute(sa.insert(PROJECTS).values(id=project_id, name=name, created_at=tx.now, **place))


async def project_named(tx: Tx, name: str) -> bool:
    """Does the actor's instance have a project of this name?"""
    query = sa.select(PROJECTS.c.id).where(
        PROJECTS.c.instance_id == tx.actor.scope.instance_id, PROJECTS.c.name == name
    )
    return (await tx.conn.execute(query)).first() is not None


async def own_project(tx: Tx) -> Row | None:
    """The project the actor stands in, locked until this commit."""
    scope = tx.actor.scope
    query = sa.select(PROJECTS).where(
        PROJECTS.c.id == scope.project_id, PROJECTS.c.instance_id == scope.instance_id
    )
    return (await tx.conn.execute(query.with_for_update())).mappings().first()


async def rename_own_project(tx: Tx, name: str) -> None:
    """Give the project the actor stands in another name."""
    scope = tx.actor.scope
    query = sa.update(PROJECTS).where(
        PROJECTS.c.id == scope.project_id, PROJECTS.c.instance_id == scope.instance_id
    )
    await tx.conn.execute(query.values(name=name))


async def place_names(tx: Tx) -> tuple[str, str]:
    """Names of the actor's organization and instance; empty when the rows are missing."""
    scope = tx.actor.scope
    names = [
        (await tx.conn.execute(sa.select(table.c.name).where(table.c.id == identifier))).scalar_one_or_none()
        for table, identifier in ((ORGANIZATIONS, scope.organization_id), (INSTANCES, scope.instance_id))
    ]
    return names[0] or "", names[1] or ""


async def projects_of_organization(tx: Tx, organization_id: str) -> Sequence[Row]:
    """All projects, oldest first. Callers keep those the person may enter."""
    query = (
        sa.select(PROJECTS)
        .where(PROJECTS.c.organization_id == organization_id)
        .order_by(PROJECTS.c.created_at, PROJECTS.c.id)
        .limit(1000)
    )
    return (await tx.conn.execute(query)).mappings().all()


async def insert_person(
    tx: Tx, person_id: str, email: str, name: str, password_hash: str, organization_id: str
) -> None:
    """An account of an organization."""
    values = {
        "id": person_id,
        "organization_id": organization_id,
        "instance_id": EVERY,
        "project_id": EVERY,
        "email": email,
        "name": name,
        "password_hash": password_hash,
        "created_at": tx.now,
        "version": 1,
    }
    await tx.conn.execute(sa.insert(PEOPLE).values(**values))


async def email_taken(tx: Tx, email: str) -> bool:
    """Is there an account with this address anywhere in the installation?"""
    return (await tx.conn.execute(sa.select(PEOPLE.c.id).where(PEOPLE.c.email == email))).first() is not None


async def person_by_email(tx: Tx, email: str) -> Row | None:
    """The account that signs in with this address, in whatever organization."""
    return (await tx.conn.execute(sa.select(PEOPLE).where(PEOPLE.c.email == email))).mappings().first()


async def person_by_id(tx: Tx, person_id: str) -> Row | None:
    """A person of the actor's organization."""
    query = sa.select(PEOPLE).where(
        PEOPLE.c.id == person_id, PEOPLE.c.organization_id == tx.actor.scope.organization_id
    )
    return (await tx.conn.execute(query)).mappings().first()


def _people_here(scope: Scope) -> sa.ColumnElement[bool]:
    # Those whose membership reaches the actor's instance; people of a sibling instance are strangers.
    reaching = sa.select(MEMBERSHIPS.c.person_id).where(
        MEMBERSHIPS.c.organization_id == scope.organization_id,
        MEMBERSHIPS.c.instance_id.in_((EVERY, scope.instance_id)),
    )
    return sa.and_(PEOPLE.c.organization_id == scope.organization_id, PEOPLE.c.id.in_(reaching))


async def people_here(tx: Tx, limit: int, offset: int) -> tuple[Sequence[Row], int]:
    """One page of the people who may work in the actor's instance, and how many there are."""
    where = _people_here(tx.actor.scope)
    total = (await tx.conn.execute(sa.select(sa.func.count()).select_from(PEOPLE).where(where))).scalar_one()
    query = sa.select(PEOPLE).where(where).order_by(PEOPLE.c.name, PEOPLE.c.id).limit(limit).offset(offset)
    return (await tx.conn.execute(query)).mappings().all(), total


async def members(tx: Tx, limit: int) -> Sequence[Row]:
    """Enabled people whose membership reaches the actor's project, and its programs, with their handles."""
    scope = tx.actor.scope
    reaching = sa.select(MEMBERSHIPS.c.person_id).where(
        MEMBERSHIPS.c.organization_id == scope.organization_id,
        MEMBERSHIPS.c.instance_id.in_((EVERY, scope.instance_id)),
        MEMBERSHIPS.c.project_id.in_((EVERY, scope.project_id)),
    )
    people = sa.select(
        PEOPLE.c.id, sa.literal("person").label("kind"), PEOPLE.c.name, PEOPLE.c.email.label("handle")
    ).where(
        PEOPLE.c.organization_id == scope.organization_id,
        PEOPLE.c.disabled_at.is_(None),
        PEOPLE.c.id.in_(reaching),
    )
    programs = sa.select(ACTORS.c.id, ACTORS.c.kind, ACTORS.c.name, ACTORS.c.slug.label("handle")).where(
        ACTORS.c.project_id == scope.project_id, ACTORS.c.disabled_at.is_(None)
    )
    both = sa.union_all(people, programs).subquery()
    query = sa.select(both).order_by(both.c.name, both.c.id).limit(limit)
    return (await tx.conn.execute(query)).mappings().all()


async def update_person(tx: Tx, person_id: str, values: Mapping[str, object]) -> None:
    """Change columns of a person of the actor's organization; the version goes up by one."""
    query = (
        sa.update(PEOPLE)
        .where(PEOPLE.c.id == person_id, PEOPLE.c.organization_id == tx.actor.scope.organization_id)
        .values(version=PEOPLE.c.version + 1, **values)
    )
    await tx.conn.execute(query)


async def set_password_hash(tx: Tx, person_id: str, password_hash: str) -> None:
    """A new hash, with no new version: nobody edits a hash side by side."""
    query = sa.update(PEOPLE).where(PEOPLE.c.id == person_id).values(password_hash=password_hash)
    await tx.conn.execute(query)


async def insert_membership(tx: Tx, membership_id: str, person_id: str, role: str, reach: Scope) -> None:
    """A role over `reach`."""
    values = reach.model_dump() | {
        "id": membership_id,
        "person_id": person_id,
        "role": role,
        "created_at": tx.now,
    }
    await tx.conn.execute(sa.insert(MEMBERSHIPS).values(**values))


async def delete_memberships_reaching(tx: Tx, person_id: str) -> None:
    """Take away every role of the person that holds in the actor's instance."""
    scope = tx.actor.scope
    query = sa.delete(MEMBERSHIPS).where(
        MEMBERSHIPS.c.person_id == person_id,
        MEMBERSHIPS.c.organization_id == scope.organization_id,
        MEMBERSHIPS.c.instance_id.in_((EVERY, scope.instance_id)),
    )
    await tx.conn.execute(query)


async def memberships_of(tx: Tx, people: Sequence[str]) -> dict[str, list[Membership]]:
    """The memberships of each of these people."""
    found: dict[str, list[Membership]] = {person: [] for person in people}
    query = sa.select(MEMBERSHIPS).where(MEMBERSHIPS.c.person_id.in_(list(people)))
    for row in (await tx.conn.execute(query)).mappings():
        found[row["person_id"]].append(Membership(row["instance_id"], row["project_id"], row["role"]))
    return found


async def other_super_admins(tx: Tx, person_id: str) -> int:
    """How many enabled super admins the organization has besides this person."""
    query = (
        sa.select(sa.func.count(sa.distinct(PEOPLE.c.id)))
        .join(MEMBERSHIPS, MEMBERSHIPS.c.person_id == PEOPLE.c.id)
        .where(
            PEOPLE.c.organization_id == tx.actor.scope.organization_id,
            PEOPLE.c.id != person_id,
            PEOPLE.c.disabled_at.is_(None),
            MEMBERSHIPS.c.role == "super_admin",
        )
    )
    return (await tx.conn.execute(query)).scalar_one()


async def insert_actor(tx: Tx, values: Mapping[str, object]) -> None:
    """An agent or an app in the actor's project."""
    row = tx.actor.scope.model_dump() | dict(values)
    await tx.conn.execute(sa.insert(ACTORS).values(created_at=tx.now, created_by=tx.actor.id, **row))


async def actor_slug_taken(tx: Tx, slug: str) -> bool:
    """Does the project have an actor of this slug?"""
    query = sa.select(ACTORS.c.id).where(
        ACTORS.c.project_id == tx.actor.scope.project_id, ACTORS.c.slug == slug
    )
    return (await tx.conn.execute(query)).first() is not None


async def actors_here(tx: Tx, limit: int, offset: int) -> tuple[Sequence[Row], int]:
    """One page of the project's agents and apps, and how many there are."""
    where = ACTORS.c.project_id == tx.actor.scope.project_id
    total = (await tx.conn.execute(sa.select(sa.func.count()).select_from(ACTORS).where(where))).scalar_one()
    query = sa.select(ACTORS).where(where).order_by(ACTORS.c.slug).limit(limit).offset(offset)
    return (await tx.conn.execute(query)).mappings().all(), total


async def actor_by_id(tx: Tx, actor_id: str) -> Row | None:
    """An agent or app of the actor's project."""
    query = sa.select(ACTORS).where(ACTORS.c.id == actor_id, ACTORS.c.project_id == tx.actor.scope.project_id)
    return (await tx.conn.execute(query)).mappings().first()


async def insert_key(tx: Tx, values: Mapping[str, object]) -> None:
    """A key in the actor's project."""
    row = tx.actor.scope.model_dump() | dict(values)
    await tx.conn.execute(sa.insert(API_KEYS).values(created_at=tx.now, created_by=tx.actor.id, **row))


async def key_by_id(tx: Tx, key_id: str) -> Row | None:
    """A key of the actor's project."""
    query = sa.select(API_KEYS).where(
        API_KEYS.c.id == key_id, API_KEYS.c.project_id == tx.actor.scope.project_id
    )
    return (await tx.conn.execute(query)).mappings().first()


async def keys_here(tx: Tx, owner: str | None, limit: int, offset: int) -> tuple[Sequence[Row], int]:
    """One page of the project's keys (those of `owner` if given), newest first, and how many there are."""
    where = API_KEYS.c.project_id == tx.actor.scope.project_id
    if owner is not None:
        where = sa.and_(where, API_KEYS.c.actor_id == owner)
    total = (
        await tx.conn.execute(sa.select(sa.func.count()).select_from(API_KEYS).where(where))
    ).scalar_one()
    query = (
        sa.select(API_KEYS)
        .where(where)
        .order_by(API_KEYS.c.created_at.desc(), API_KEYS.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return (await tx.conn.execute(query)).mappings().all(), total


async def names_of_actors(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Kind and name of people, agents and apps of the organization, by id."""
    scope = tx.actor.scope
    people = sa.select(PEOPLE.c.id, sa.literal("person").label("kind"), PEOPLE.c.name).where(
        PEOPLE.c.id.in_(ids), PEOPLE.c.organization_id == scope.organization_id
    )
    actors = sa.select(ACTORS.c.id, ACTORS.c.kind, ACTORS.c.name).where(
        ACTORS.c.id.in_(ids), ACTORS.c.organization_id == scope.organization_id
    )
    rows = (await tx.conn.execute(sa.union_all(people, actors))).all()
    return {row[0]: (row[1], row[2]) for row in rows}


async def revoke_key(tx: Tx, key_id: str) -> None:
    """Close a key of the actor's project; a second time changes nothing."""
    query = (
        sa.update(API_KEYS)
        .where(
            API_KEYS.c.id == key_id,
            API_KEYS.c.project_id == tx.actor.scope.project_id,
            API_KEYS.c.revoked_at.is_(None),
        )
        .values(revoked_at=tx.now)
    )
    await tx.conn.execute(query)


async def revoke_keys_of(tx: Tx, actor_id: str, now: datetime) -> None:
    """Close every key of a person who may no longer come in."""
    query = (
        sa.update(API_KEYS)
        .where(
            API_KEYS.c.actor_id == actor_id,
            API_KEYS.c.organization_id == tx.actor.scope.organization_id,
            API_KEYS.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    await tx.conn.execute(query)


async def end_sessions_of(tx: Tx, person_id: str, *, but: str | None = None) -> None:
    """End every live session of a person, all but the one named."""
    query = (
        sa.update(SESSIONS)
        .where(
            SESSIONS.c.person_id == person_id,
            SESSIONS.c.organization_id == tx.actor.scope.organization_id,
            SESSIONS.c.ended_at.is_(None),
        )
        .values(ended_at=tx.now)
    )
    if but is not None:
        query = query.where(SESSIONS.c.id != but)
    await tx.conn.execute(query)
