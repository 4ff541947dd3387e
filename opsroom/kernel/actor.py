"""Who is acting, and where. Rooms receive it with every call; identity decides what it may do."""

from __future__ import annotations

from typing import Literal

from opsroom.kernel.shape import Shape

ActorKind = Literal["person", "agent", "app", "system"]
Role = Literal["super_admin", "admin", "user"]

ROLE_RANK: dict[str, int] = {"user": 1, "admin": 2, "super_admin": 3}


class Scope(Shape):
    """The place a row belongs to. `project_id` groups inside an instance and is always set on rows."""

    organization_id: str
    instance_id: str
    project_id: str


class Actor(Shape):
    """A person, an agent, an app, or the system itself, acting inside one project.

    `scopes` are the verbs an API key was issued for ("runs:write", "*" for all).
    """

    id: str
    kind: ActorKind
    name: str
    role: Role
    scope: Scope
    scopes: tuple[str, ...] = ("*",)
    email: str | None = None

    def outranks(self, role: Role) -> bool:
        """True when this actor has at least `role`."""
        return ROLE_RANK[self.role] >= ROLE_RANK[role]

    def allows(self, verb: str) -> bool:
        """True when the key (or session) in use was issued for `verb`, e.g. "runs:write"."""
        room = verb.partition(":")[0]
        return "*" in self.scopes or verb in self.scopes or f"{room}:*" in self.scopes


def system_actor(scope: Scope, name: str = "Opsroom") -> Actor:
    """The house acting by itself: sweeps, reconciliation, durable workflows."""
    return Actor(id="actor_system", kind="system", name=name, role="super_admin", scope=scope)
