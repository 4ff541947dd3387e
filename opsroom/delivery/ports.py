"""What an outside place must be able to do to receive deliveries, and what a task tracker offers.

A channel never sees a database. It plans without looking outside, and each planned item is sent, or
found again, one at a time by the room, which keeps the outbox.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from pydantic import Field

from opsroom.delivery.shapes import Alert, DeliveryOrder, OutputRef
from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import OpsroomError
from opsroom.kernel.shape import Json, Shape

S = TypeVar("S", bound=Shape)
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


class NothingToSend(OpsroomError):
    """Raised by `plan` when the channel has nothing to do for this run: it is skipped, not failed."""

    title = "Nothing to send"


class Link(Shape):
    """An address another channel may mention. `name` is the output's name, None for the folder."""

    channel: str
    label: str
    url: str
    name: str | None = None


class PlannedItem(Shape):
    """One outside effect, decided and not yet done.

    `key` is unique within the channel and stable from plan to plan ("file:report.html"). `body` is all
    that is sent apart from the bytes of `output`, as plain JSON a person can read. `requires` names the
    keys that must have been sent before. `marker` is what the effect carries outside so that it can be
    found again; the room fills it in.
    """

    key: str
    kind: str
    label: str
    body: Json = Field(default_factory=dict)
    output: OutputRef | None = None
    requires: tuple[str, ...] = ()
    marker: str = ""


class Receipt(Shape):
    """Proof of an effect: the other side's id for it, and where a person can see it.

    `detail` holds what later items of the same channel need (a channel id, a thread).
    """

    id: str
    link: str | None = None
    detail: dict[str, str] = Field(default_factory=dict)


class Blobs(Protocol):
    """Where the bytes of outputs come from."""

    async def open_stream(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes in order, in pieces of any size. Raises OpsroomError if they are gone, already
        before the first piece."""
        ...


class Memory(Protocol):
    """What a channel remembers from run to run, e.g. the id of a folder it made once."""

    async def recall(self, key: str) -> str | None:
        """The value remembered under `key`, or None."""
        ...

    async def remember(self, key: str, value: str) -> None:
        """Keep `value` under `key` (up to 500 characters); it replaces what was there."""
        ...

    def holding(self, key: str) -> AbstractAsyncContextManager[None]:
        """Keep everyone else, in any process, out of `key` for the block, or until this process dies.

        Raises AdapterError (transient) when it cannot be had within 75 seconds.
        """
        ...


@dataclass(frozen=True)
class Job:
    """What surrounds one item: the run (or alert) it belongs to, and the receipts before it.

    `since` is a time before which the effect cannot have happened: read-back looks no further.
    """

    owner_id: str
    since: datetime
    receipts: Mapping[str, Receipt]
    blobs: Blobs
    memory: Memory


class Capabilities(Shape):
    """What differs between channels, as data.

    provides_links: goes before the others, which may mention its links.
    alerts: also implements `AlertChannel`.
    """

    provides_links: bool = False
    alerts: bool = False


class Channel(Protocol):
    """A place deliveries go to. Errors of `find` and `send` are AdapterError: `permanent` when the
    same call cannot succeed later (bad token, no such channel), else transient. Limited, or a transient
    one with `retry_after_s` (seconds), says that the other side did not accept the call; a transient one
    without says that the effect may exist, and the item is looked for before it is sent again."""

    name: str
    capabilities: Capabilities

    def plan(self, order: DeliveryOrder, links: Sequence[Link]) -> list[PlannedItem]:
        """Every effect of `order` in sending order; no I/O, and the same each time it is asked.

        Raises Invalid when the options in the agent file do not fit, NothingToSend to be skipped.
        """
        ...

    async def find(self, item: PlannedItem, job: Job) -> Receipt | None:
        """The receipt of `item` if it already happened outside (found by its marker), else None."""
        ...

    async def send(self, item: PlannedItem, job: Job) -> Receipt:
        """Do it, once, without retries of its own, and return the proof."""
        ...


@runtime_checkable
class AlertChannel(Protocol):
    """A channel that also carries alerts; its items go through the same `find` and `send`."""

    def plan_alert(self, alert: Alert, *, block_task: str | None, quiet: bool) -> list[PlannedItem]:
        """The effects of an alert; no I/O. `block_task` is the status to set the alert's task to, if
        wanted; `quiet` when the rate limit holds the message itself back."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """A channel that can tell whether its account works."""

    async def check(self) -> str:
        """What it is connected to, for a person; AdapterError says what to do. Changes nothing outside."""
        ...


class SettingsReader(Protocol):
    """Reads a settings section by its shape."""

    def section(self, kind: type[S]) -> S: ...


@dataclass(frozen=True)
class ChannelParts:
    """What the house hands a channel when it is built.

    `data_dir` is where the product writes; `closing` collects what is to be closed with the house.
    """

    settings: SettingsReader
    clock: Clock
    data_dir: Path
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)


ChannelFactory = Callable[[ChannelParts], Channel]
"""What an entry point of the group `opsroom.channels` names."""


class TrackedTask(Shape):
    """A task as its tracker has it.

    `custom_fields` are the tracker's own field records; `values` are the values of those that are set,
    read by their types, under the field's name in snake case ("Client ID" is `client_id`).
    """

    id: str
    name: str
    status: str
    url: str
    list_id: str
    date_updated: datetime
    custom_fields: tuple[Json, ...] = ()
    values: Json = Field(default_factory=dict)


@runtime_checkable
class TaskTracker(Protocol):
    """The outside board that tasks come from (ClickUp). All calls raise AdapterError; a task that
    does not exist, or that the token cannot see, is a permanent one."""

    async def get_task(self, task_id: str) -> TrackedTask:
        """The task, with its custom fields as the tracker gives them."""
        ...

    async def set_status(self, task_id: str, status: str) -> None:
        """Move the task to the status of that name. Setting the same status again is harmless."""
        ...

    async def comment(self, task_id: str, text: str, *, marker: str | None = None) -> str:
        """Add a comment, once: with a `marker` an earlier comment that carries it is found instead.
        Returns the comment's id."""
        ...

    async def list_tasks(
        self, list_id: str, *, statuses: Sequence[str] = (), updated_after: datetime | None = None
    ) -> list[TrackedTask]:
        """Tasks of a list, oldest change first, at most 1,000."""
        ...
