"""What crosses the door of the runs room."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from opsroom.delivery.shapes import RunSummary
from opsroom.kernel.shape import Json, MicroUsd, Shape
from opsroom.runs.ports import RunEventKind
from opsroom.runs.rules import ENDS, Outcome, State


class RunError(Shape):
    """Why a run did not succeed. `kind` is stable, `message` is for people."""

    kind: str
    message: str


class Progress(Shape):
    done: float
    total: float | None = None
    note: str = ""


class Run(Shape):
    """One run as everyone sees it. Costs are micro-dollars inside, decimal strings in JSON."""

    id: str
    agent_name: str
    display_name: str
    agent_version: int
    engine: str
    status: State
    outcome: Outcome | None
    trigger_source: str
    client_id: str | None
    client_name: str | None
    task_id: str | None
    session_id: str | None
    payload_hash: str
    correlation_id: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    cost_usd: MicroUsd
    budget_usd: MicroUsd
    alert_usd: MicroUsd | None
    error: RunError | None
    progress: Progress | None
    event_count: int
    last_event_at: datetime | None
    summary: RunSummary | None
    dry_run: bool
    version: int

    @property
    def ended(self) -> bool:
        """True when nothing more happens by itself."""
        return self.status in ENDS


class RunEvent(Shape):
    """One line of a run's log. `seq` counts from 1 without gaps within the run."""

    seq: int
    run_id: str
    kind: RunEventKind
    source_type: str
    at: datetime
    body: Json


class RunOrder(Shape):
    """A wish for a run, from whatever trigger. `payload` has been resolved; `dedupe_key` makes it once."""

    agent: str
    trigger_source: str
    trigger_ref: str | None = None
    payload: Json = Field(default_factory=dict)
    client_id: str | None = None
    task_id: str | None = None
    dry_run: bool = False
    dedupe_key: str | None = None
    webhook_delivery_id: str | None = None


class Output(Shape):
    """A file a run produced."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    title: str | None
    created_at: datetime


class TriggerDetail(Shape):
    """What began a run."""

    source: str
    ref: str | None
    actor_name: str
    received_at: datetime
    webhook_delivery_id: str | None
    payload: Json


class RunFilter(Shape):
    """Which runs a list shows. Empty tuples mean all."""

    agents: tuple[str, ...] = ()
    statuses: tuple[State, ...] = ()
    client: str | None = None
    trigger: str | None = None
    search: str | None = None
    sort: str = "-created_at"
    limit: int = 50
    offset: int = 0
