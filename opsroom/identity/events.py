"""What happened in identity: the audit trail of who may do what."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.actor import Role
from opsroom.kernel.events import Event


class OrganizationFounded(Event):
    """`opsroom init`, or a new tenant of the installation."""

    KIND: ClassVar[str] = "identity.organization_founded.v1"
    name: str
    first_admin_id: str


class ProjectAdded(Event):
    """A project was added to an instance."""

    KIND: ClassVar[str] = "identity.project_added.v1"
    name: str


class ProjectRenamed(Event):
    """A project was given another name."""

    KIND: ClassVar[str] = "identity.project_renamed.v1"
    name: str
    name_before: str


class PersonAdded(Event):
    """A person was given an account."""

    KIND: ClassVar[str] = "identity.person_added.v1"
    name: str
    role: Role


class PersonChanged(Event):
    """Name, role or access of a person changed; `changed` names the fields."""

    KIND: ClassVar[str] = "identity.person_changed.v1"
    changed: tuple[str, ...]
    role: Role
    disabled: bool


class PasswordChanged(Event):
    """A password was changed; every other session of the person ended with it."""

    KIND: ClassVar[str] = "identity.password_changed.v1"
    by_admin: bool


class PersonSignedIn(Event):
    """A session began. `failures_before` are the wrong attempts on the account since the last success."""

    KIND: ClassVar[str] = "identity.person_signed_in.v1"
    session_id: str
    address: str
    failures_before: int


class PersonSignedOut(Event):
    """A session ended by the person's wish."""

    KIND: ClassVar[str] = "identity.person_signed_out.v1"
    session_id: str


class ProjectEntered(Event):
    """A person moved to another project; the session got a new id."""

    KIND: ClassVar[str] = "identity.project_entered.v1"
    session_id: str


class ActorAdded(Event):
    """An agent or an app may act in the project."""

    KIND: ClassVar[str] = "identity.actor_added.v1"
    kind: str
    slug: str
    role: Role


class KeyIssued(Event):
    """An API key was issued. Never holds the key."""

    KIND: ClassVar[str] = "identity.key_issued.v1"
    actor_id: str
    label: str
    verbs: tuple[str, ...]


class KeyRevoked(Event):
    """An API key no longer opens anything."""

    KIND: ClassVar[str] = "identity.key_revoked.v1"
    actor_id: str
    label: str
