"""Rows of the identity tables as the shapes that cross the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opsroom.identity.rules import EVERY, Membership, highest, role_in
from opsroom.identity.shapes import AgentOrApp, Key, KeyOwner, Person
from opsroom.kernel.actor import Actor, Role, Scope

Row = Mapping[Any, Any]


def scope_of_row(row: Row) -> Scope:
    """Where a row belongs."""
    return Scope(
        organization_id=row["organization_id"],
        instance_id=row["instance_id"],
        project_id=row["project_id"],
    )


def role_here(memberships: Sequence[Membership], scope: Scope) -> Role | None:
    """The role in the project, or else the highest in any project of its instance; None for a stranger."""
    here = role_in(memberships, scope)
    if here is not None:
        return here
    return highest(m.role for m in memberships if m.instance_id in (EVERY, scope.instance_id))


def person_of(row: Row, role: Role) -> Person:
    """An account as its colleagues see it."""
    return Person(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=role,
        created_at=row["created_at"],
        disabled=row["disabled_at"] is not None,
        version=row["version"],
    )


def program_of(row: Row) -> AgentOrApp:
    """An agent or an app."""
    return AgentOrApp(
        id=row["id"],
        kind=row["kind"],
        slug=row["slug"],
        name=row["name"],
        role=row["role"],
        created_at=row["created_at"],
        disabled=row["disabled_at"] is not None,
    )


def key_of(row: Row, names: Mapping[str, tuple[str, str]]) -> Key:
    """A key with its owner's name; never its secret, which nobody has."""
    kind, name = names.get(row["actor_id"], ("app", row["actor_id"]))
    return Key(
        id=row["id"],
        label=row["label"],
        hint=row["hint"],
        actor=KeyOwner.model_validate({"id": row["actor_id"], "kind": kind, "name": name}),
        verbs=tuple(row["verbs"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )


def may_enter(actor: Actor, memberships: Sequence[Membership], project: Row) -> bool:
    """May the actor work in this project? A program stays where it is."""
    if actor.kind != "person":
        return project["id"] == actor.scope.project_id
    return role_in(memberships, scope_of_row(project)) is not None
