"""What crosses the door of the hooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from opsroom.board.revising import Version
from opsroom.kernel.shape import Json, Shape

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
HookName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
EventKind = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Kinds = Annotated[tuple[EventKind, ...], Field(min_length=1, max_length=40)]
DeliveryStatus = Literal["waiting", "delivered", "failed", "dropped"]
AttemptOutcome = Literal["sending", "delivered", "refused", "unreachable", "not_allowed", "gone"]


class Hook(Shape):
    """An outgoing webhook. `kinds` are event kinds, or `*` alone. The secret is never among what is shown."""

    id: str
    name: str
    url: str
    kinds: tuple[str, ...]
    enabled: bool
    disabled_reason: str | None
    failing_since: datetime | None
    last_success_at: datetime | None
    former_secret_until: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class HookWithSecret(Shape):
    """A hook with its signing secret, which is shown this once: `whsec_…`, None when it did not change."""

    hook: Hook
    secret: str | None


class HookKind(Shape):
    """An event that hooks can have, and when it happens."""

    kind: str
    about: str


class NewHook(Shape):
    """An address to post news to. Without a name it is called by its host."""

    name: HookName | None = None
    url: Url
    kinds: Kinds = ("*",)
    enabled: bool = True


class HookChange(Shape):
    """Fields to change; what is absent stays. `rotate_secret` makes a new secret; for a day both sign."""

    name: HookName | None = None
    url: Url | None = None
    kinds: Kinds | None = None
    enabled: bool | None = None
    rotate_secret: Literal[True] | None = None
    version: Version | None = None


class Attempt(Shape):
    """One try of a delivery, as far as it is known."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    url: str
    request_headers: Json
    outcome: AttemptOutcome
    response_status: int | None
    response_excerpt: str | None
    error: str | None


class HookDelivery(Shape):
    """One piece of news on its way to one hook. `id` is the `webhook-id` of every attempt."""

    id: str
    hook_id: str
    event_id: str
    seq: int
    kind: str
    subject: str
    status: DeliveryStatus
    attempts: int
    next_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    request_excerpt: str
    tried: tuple[Attempt, ...]
