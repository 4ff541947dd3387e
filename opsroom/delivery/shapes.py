"""The records that cross the door of delivery."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from opsroom.kernel.shape import Json, Shape

DeliveryStatus = Literal["planned", "sending", "sent", "failed", "skipped", "dry_run"]
AlertStatus = Literal["raised", "sent", "failed", "suppressed"]


class OutputRef(Shape):
    """One file of a run, by reference: the bytes stay with artifacts under `sha256`."""

    artifact_id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    title: str | None = None


class Priority(Shape):
    """One of the findings worth a line in a message, e.g. severity "P1"."""

    severity: str
    text: str


class RunSummary(Shape):
    """What the run says about itself."""

    headline: str | None = None
    score: float | None = None
    max_score: float | None = None
    priorities: tuple[Priority, ...] = ()


class DeliveryOrder(Shape):
    """Everything delivery needs to know about one run.

    `channels` is the agent file's `delivery` block as it stands there: channel name to its options,
    each with `enabled`. `alerts` is the file's `alerts` block.
    """

    run_id: str
    agent_name: str
    agent_display_name: str
    agent_version: str
    client_id: str | None = None
    client_name: str | None = None
    task_id: str | None = None
    task_url: str | None = None
    channels: dict[str, Json] = Field(default_factory=dict)
    alerts: Json = Field(default_factory=dict)
    outputs: tuple[OutputRef, ...] = ()
    summary: RunSummary | None = None
    markdown_excerpt: str | None = None
    payload: Json = Field(default_factory=dict)
    started_at: datetime
    duration_s: float = 0.0
    cost_micro_usd: int = 0
    run_url: str | None = None
    session_url: str | None = None
    dry_run: bool = False
    correlation_id: str | None = None


class DeliveryItem(Shape):
    """One outside effect and what became of it. `receipt` is the other side's id for it.

    `preview` is what is (or, in a dry run, would be) sent, as plain JSON.
    """

    id: str
    kind: str
    label: str
    status: DeliveryStatus
    receipt: str | None = None
    link: str | None = None
    error: str | None = None
    sent_at: datetime | None = None
    attempts: int = 0
    preview: Json = Field(default_factory=dict)


class Delivery(Shape):
    """One channel of one run."""

    id: str
    run_id: str
    channel: str
    status: DeliveryStatus
    attempts: int = 0
    error: str | None = None
    link: str | None = None
    items: tuple[DeliveryItem, ...] = ()
    updated_at: datetime


class AlertField(Shape):
    """A labelled value in an alert, e.g. Run: run_01k…"""

    label: str
    value: str


class AlertOrder(Shape):
    """Something a person must hear of.

    `key` names the trouble: alerts with one key count as the same and are rate-limited together.
    `channel` is the alerts channel (None: the one from the settings). With `block_task` the task is set
    to `blocked_status`, with a comment that gives `title` and `text` as the reason.
    """

    kind: str
    key: str
    title: str
    text: str = ""
    agent_name: str | None = None
    run_id: str | None = None
    channel: str | None = None
    tags: tuple[str, ...] = ()
    fields: tuple[AlertField, ...] = ()
    task_id: str | None = None
    block_task: bool = False
    blocked_status: str = "Blocked"
    last_event: str | None = None
    run_url: str | None = None


class Alert(Shape):
    """An alert as it stands in the log of alerts.

    `suppressed` alerts were held back by the rate limit; `earlier_suppressed` says how many were held
    back since the last one that went out. `items` are its effects, as of a delivery.
    """

    id: str
    kind: str
    key: str
    title: str
    text: str
    agent_name: str | None
    run_id: str | None
    channel: str | None
    tags: tuple[str, ...]
    fields: tuple[AlertField, ...]
    task_id: str | None
    last_event: str | None
    run_url: str | None
    status: AlertStatus
    error: str | None
    earlier_suppressed: int
    created_at: datetime
    sent_at: datetime | None
    items: tuple[DeliveryItem, ...] = ()
