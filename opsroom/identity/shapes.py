"""Records that cross the door of the identity room."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from opsroom.identity.rules import plain_email, plain_verb
from opsroom.kernel.actor import Actor, ActorKind, Role
from opsroom.kernel.shape import Shape

SECURE_COOKIE: Final = "__Host-opsroom"
"""Name of the session cookie under https; browsers let nobody but us set it."""
PLAIN_COOKIE: Final = "opsroom_session"
"""Its name under plain http, where the safer name is not allowed."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(plain_email)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Verb = Annotated[str, StringConstraints(max_length=60), AfterValidator(plain_verb)]


class IdentitySettings(Shape):
    """How people sign in and how long they stay."""

    session_idle_minutes: int = Field(default=720, ge=1)
    """A session unused for this long ends."""
    session_days: int = Field(default=7, ge=1)
    """A session ends after this many days however busy it is."""
    argon2_memory_kib: int = Field(default=47_104, ge=19_456)
    """Memory of one password hash. More is safer and slower; 19456 is the least that is considered safe."""
    argon2_passes: int = Field(default=2, ge=1)
    """Passes over that memory."""
    key_days: int = Field(default=365, ge=1)
    """API keys expire after this many days when their issuer names no other time."""


class Place(Shape):
    """An organization, an instance or a project, by name."""

    id: str
    name: str


class Project(Shape):
    """A project one may work in."""

    id: str
    name: str
    instance_id: str
    created_at: datetime


class Person(Shape):
    """Somebody with an account. `role` is the highest that holds where the caller stands."""

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    disabled: bool
    version: int


class AgentOrApp(Shape):
    """A program that acts under its own name."""

    id: str
    kind: Literal["agent", "app"]
    slug: str
    name: str
    role: Role
    created_at: datetime
    disabled: bool


class Member(Shape):
    """Somebody who works in the project: a person, an agent or an app. `handle` is what an @ is followed by:
    a program's slug, or what stands before the @ of a person's address."""

    id: str
    kind: ActorKind
    name: str
    handle: str


class KeyOwner(Shape):
    """On whose behalf a key opens the door."""

    id: str
    kind: ActorKind
    name: str


class Key(Shape):
    """An API key as it is listed: `hint` is its beginning, never the whole."""

    id: str
    label: str
    hint: str
    actor: KeyOwner
    verbs: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class IssuedKey(Shape):
    """A fresh key with its secret: the only time anybody sees it."""

    key: Key
    secret: str


class FirstAdmin(Shape):
    """What `opsroom init` prints once."""

    actor: Actor
    email: str
    password: str


class Session(Shape):
    """A live browser session. `csrf_token` goes with every unsafe request."""

    id: str
    csrf_token: str
    expires_at: datetime


class SignedIn(Shape):
    """A fresh session: `cookie` is the value for the browser, sealed."""

    actor: Actor
    session: Session
    cookie: str
    cookie_max_age_s: int


class Authenticated(Shape):
    """Who is asking, and by which means: a session or a key, never both."""

    actor: Actor
    session: Session | None = None
    key_id: str | None = None


class Whoami(Shape):
    """Where an actor stands and where else it may go."""

    organization: Place
    instance: Place
    projects: tuple[Project, ...]


class NewPerson(Shape):
    """An account to create; without a password one is made, and answered once."""

    email: Email
    name: Name
    role: Role = "user"
    password: Password | None = None


class PersonChange(Shape):
    """Fields to change; what is absent stays. `version` is the one the change was made on."""

    version: int
    name: Name | None = None
    role: Role | None = None
    disabled: bool | None = None


class NewActor(Shape):
    """An agent or an app to create. The slug stands in its keys: `owf_<slug>_…`."""

    kind: Literal["agent", "app"]
    slug: Slug
    name: Name
    role: Role = "user"


class NewKey(Shape):
    """A key to issue: for oneself, or (admins) for another actor of the project."""

    label: Name
    actor_id: str | None = Field(default=None, max_length=40)
    verbs: tuple[Verb, ...] = Field(default=("*",), min_length=1, max_length=50)
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)


class NewProject(Shape):
    """A project to add to the caller's instance."""

    name: Name


class ProjectChange(Shape):
    """The name the caller's project shall have."""

    name: Name


class Credentials(Shape):
    """What a person signs in with."""

    email: Annotated[str, StringConstraints(min_length=1, max_length=254)]
    password: Password


class PersonAtDoor(Shape):
    """The person who signed in."""

    id: str
    name: str
    email: str | None
    role: Role


class SessionAnswer(Shape):
    """A fresh session; the cookie travels in its header."""

    person: PersonAtDoor
    csrf_token: str


class Ended(Shape):
    """The session is over."""

    signed_out: Literal[True] = True


class Me(Shape):
    """The actor of this request."""

    id: str
    kind: ActorKind
    name: str
    role: Role
    email: str | None


class MeAnswer(Shape):
    """Who is asking, where they stand, where else they may go."""

    actor: Me
    organization: Place
    instance: Place
    project_id: str
    projects: tuple[Project, ...]
    csrf_token: str | None


class Move(Shape):
    """The project to go on in."""

    project_id: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class NewOwnPassword(Shape):
    """A change of one's own password."""

    current_password: Password
    new_password: Password


class AddedPerson(Shape):
    """A fresh account and its password: the only time anybody sees it."""

    person: Person
    password: str
