"""Events: what happened, in the past tense, one append-only log for audit, live feed and reactions."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns
from opsroom.kernel.shape import Json, Shape


class Event(Shape):
    """A fact of one room. `KIND` is `room.what_happened.vN`; the fields are its body."""

    KIND: ClassVar[str]


class Recorded(Shape):
    """An event as it stands in the log. `seq` is gapless and ordered like the commits."""

    seq: int
    id: str
    kind: str
    actor_id: str
    organization_id: str
    instance_id: str
    project_id: str
    subject: str
    at: datetime
    correlation_id: str
    causation_id: str | None
    body: Json


EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(40), nullable=False, unique=True),
    sa.Column("kind", sa.String(80), nullable=False),
    sa.Column("actor_id", sa.String(80), nullable=False),
    *scope_columns(),
    sa.Column("subject", sa.String(80), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("correlation_id", sa.String(80), nullable=False),
    sa.Column("causation_id", sa.String(80)),
    sa.Column("body", JsonText, nullable=False),
    sa.Index("ix_events_subject", "subject", "seq"),
    sa.Index("ix_events_project", "project_id", "seq"),
    sa.Index("ix_events_correlation", "correlation_id", "seq"),
)
