"""What crosses the door of the triggers room."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from opsroom.kernel.shape import Json, Shape

Verdict = Literal[
    "accepted",  # it will start a run, or has
    "duplicate",  # this transition was handled before
    "ignored",  # genuine, and nothing for us to do
    "refused",  # not genuine, or not readable
    "missing_fields",  # genuine, but the task lacks required fields
    "failed",  # genuine, but the task could not be read
    "stale",  # the task had moved on when we looked
]


class WebhookDelivery(Shape):
    """One delivery of a webhook as it arrived, what we made of it, and what it started."""

    id: str
    source: str
    agent: str
    received_at: datetime
    verdict: Verdict
    status_code: int
    reason: str
    run_id: str | None
    task_id: str | None
    headers: Json
    body: str
    body_bytes: int
    remote: str | None
    replay_of: str | None
    replays: int


class WebhookAnswer(Shape):
    """What the sender is told."""

    accepted: bool
    verdict: Verdict
    reason: str
    delivery_id: str
    already_processed: bool = False
    original_run: str | None = None
    original_session: str | None = None


class Intended(Shape):
    """What somebody is about to do to a card; what is absent stays."""

    status: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    assigned_agent_id: Annotated[str, StringConstraints(max_length=80)] | None = None


class Effect(Shape):
    """One thing that would happen: `starts_run`, `cannot_start` or `nothing`, and the same for people."""

    kind: Literal["starts_run", "cannot_start", "nothing"]
    text: str
    agent_id: str | None = None


class Preview(Shape):
    """What a move or an assignment would set off, before it is done."""

    effects: tuple[Effect, ...]
