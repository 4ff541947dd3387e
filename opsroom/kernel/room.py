"""How a room declares itself, and the house it is built into.

A room is a value, `ROOM = Room(…)`, in its `room.py`; `app/rooms.py` is the explicit list of them.
Building the house calls each room's `build(house)` from the ground floor up: there it provides its
parts, registers workflows and reactions, and asks for the parts of the rooms below.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from opsroom.kernel.actor import Actor, Scope, system_actor
from opsroom.kernel.clock import Clock
from opsroom.kernel.db import Database
from opsroom.kernel.durable import Durable
from opsroom.kernel.errors import Fault
from opsroom.kernel.events import Event, Recorded
from opsroom.kernel.followers import Follower, Following, Handle
from opsroom.kernel.shape import Shape
from opsroom.kernel.uow import UnitsOfWork, event_by_id
from opsroom.kernel.wake import Wakes

T = TypeVar("T")
S = TypeVar("S", bound=Shape)
Reaction = Callable[[Recorded], Awaitable[None]]
Background = Callable[[], Awaitable[None]]


class SectionSource(Protocol):
    """Where a room's settings come from; fulfilled by `Settings`."""

    def section(self, kind: type[S]) -> S: ...


@dataclass(frozen=True)
class HealthCheck:
    """One thing `opsroom doctor` and /health look at. `check` raises an OpsroomError that says what to do."""

    name: str
    check: Callable[[], Awaitable[str]]


@dataclass
class House:
    """Everything the rooms share, while it is being built and while it runs.

    `data_dir` holds what the product writes (database, artifacts, logs, keys); `workspace` what
    people write (agents/, clients/, skills/, opsroom.toml). `public_url` begins every link we send.
    `environ` is what agent files may name variables of.
    """

    settings: SectionSource
    database: Database
    wakes: Wakes
    durable: Durable
    clock: Clock
    workspace: Path
    data_dir: Path
    public_url: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    unit_of_work: UnitsOfWork = field(init=False)
    background: list[Background] = field(default_factory=list)
    closing: list[Background] = field(default_factory=list)
    health: list[HealthCheck] = field(default_factory=list)
    _parts: dict[type, object] = field(default_factory=dict)
    _reactions: dict[str, list[str]] = field(default_factory=dict)
    _reaction_bodies: dict[str, Reaction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.unit_of_work = UnitsOfWork(
            self.database, self.wakes, work=lambda: self.durable, reactions=self._reactions
        )

    def provide(self, kind: type[T], part: T) -> None:
        """Offer `part` to the rooms above under its type."""
        if kind in self._parts:
            raise Fault(f"{kind.__name__} is provided twice")
        self._parts[kind] = part

    def need(self, kind: type[T]) -> T:
        """The part of type `kind` that a room below provided."""
        part = self._parts.get(kind)
        if not isinstance(part, kind):
            raise Fault(f"no room below provides {kind.__name__}; check the order in app/rooms.py")
        return part

    def react(self, event: type[Event], name: str, reaction: Reaction) -> None:
        """Run `reaction` durably, at least once, for each recorded `event`. `name` ends in .vN."""

        async def body(event_id: str) -> None:
            await self.durable.step("react", self._run_reaction, name, event_id)

        self._reaction_bodies[name] = reaction
        self.durable.workflow(name, body)
        self._reactions.setdefault(event.KIND, []).append(name)

    def follow(self, name: str, events: Sequence[type[Event]], handle: Handle) -> Following:
        """Have `handle(tx, event)` called once for each of these events, in the log's order.

        What it writes through `tx` commits together with the cursor. `name` ends in .vN.
        """
        follower = Follower(name, tuple(event.KIND for event in events), handle)
        following = Following(follower, self.unit_of_work, self.wakes)
        self.background.append(following.for_ever)
        return following

    async def _run_reaction(self, name: str, event_id: str) -> None:
        async with self.unit_of_work.reading(self.system_actor(_NOWHERE)) as tx:
            event = await event_by_id(tx, event_id)
        if event is None:
            raise Fault(f"event {event_id} is not in the log")
        await self._reaction_bodies[name](event)

    def system_actor(self, scope: Scope) -> Actor:
        """The house acting by itself inside `scope`."""
        return system_actor(scope)

    def scope_of(self, event: Recorded) -> Scope:
        """Where an event happened."""
        return Scope(
            organization_id=event.organization_id,
            instance_id=event.instance_id,
            project_id=event.project_id,
        )


_NOWHERE = Scope(organization_id="-", instance_id="-", project_id="-")


@dataclass(frozen=True)
class Room:
    """The declaration of a room.

    `build` wires it into the house; `http` returns its route handlers (objects of the web
    framework, opaque here); `settings` are its sections by name in opsroom.toml.
    """

    name: str
    build: Callable[[House], None]
    http: Callable[[House], Sequence[object]] | None = None
    settings: Mapping[str, type[Shape]] = field(default_factory=dict)
