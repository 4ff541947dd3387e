"""What the server tells, as the command line reads it.

A tolerant reader: fields it does not know are no error, so that it gets on with a newer server.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from opsroom.kernel.errors import Fault
from opsroom.kernel.shape import problems_of


class Record(BaseModel):
    """Base of all records."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Mishap(Record):
    kind: str
    message: str


class Trouble(Record):
    path: str
    message: str


class Progress(Record):
    done: float
    total: float | None = None
    note: str | None = None


class Priority(Record):
    severity: str
    text: str


class Summary(Record):
    headline: str | None = None
    score: float | None = None
    max_score: float | None = None
    priorities: tuple[Priority, ...] = ()


class Run(Record):
    id: str
    agent_name: str
    display_name: str
    agent_version: int
    engine: str
    status: str
    outcome: str | None = None
    trigger_source: str
    client_id: str | None = None
    client_name: str | None = None
    task_id: str | None = None
    session_id: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: float | None = None
    cost_usd: str
    budget_usd: str
    alert_usd: str | None = None
    error: Mishap | None = None
    progress: Progress | None = None
    event_count: int = 0
    summary: Summary | None = None
    dry_run: bool = False
    version: int = 0

    @property
    def whom(self) -> str:
        return self.client_name or self.client_id or ""


class RunEvent(Record):
    seq: int
    run_id: str = ""
    kind: str
    source_type: str = ""
    at: datetime
    body: dict[str, object] = Field(default_factory=dict)


class Output(Record):
    id: str
    name: str
    media_type: str
    size_bytes: int
    title: str | None = None


class DeliveryItem(Record):
    kind: str
    label: str
    status: str
    receipt: str | None = None
    link: str | None = None
    error: str | None = None

    @property
    def where(self) -> str | None:
        """Where a person finds it: a link, or a path on the server's machine."""
        if self.link:
            return self.link
        return self.receipt if self.receipt and self.receipt.startswith("/") else None


class Delivery(Record):
    channel: str
    status: str
    attempts: int = 0
    error: str | None = None
    link: str | None = None
    items: tuple[DeliveryItem, ...] = ()


class Approval(Record):
    id: str
    run_id: str
    agent_name: str
    tool_name: str
    input: dict[str, object] = Field(default_factory=dict)
    input_sha256: str
    status: str
    created_at: datetime
    expires_at: datetime
    decided_by: str | None = None
    decided_by_name: str | None = None
    message: str | None = None


class TriggerDetail(Record):
    source: str
    ref: str | None = None
    actor_name: str
    received_at: datetime
    webhook_delivery_id: str | None = None


class RunDetail(Run):
    outputs: tuple[Output, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    approvals: tuple[Approval, ...] = ()
    trigger_detail: TriggerDetail | None = None


class Limits(Record):
    max_cost_usd: str
    max_minutes: float
    alert_usd: str


class Agent(Record):
    name: str
    display_name: str
    description: str
    version: int
    file_version: str | None = None
    engine: str
    enabled_triggers: tuple[str, ...] = ()
    limits: Limits | None = None
    channels: tuple[str, ...] = ()
    problems: tuple[Trouble, ...] = ()
    updated_at: datetime


class AgentVersion(Record):
    version: int
    sha256: str
    created_at: datetime
    created_by: str = ""
    current: bool = False


class AgentDetail(Agent):
    file: str
    versions: tuple[AgentVersion, ...] = ()


class WebhookDelivery(Record):
    id: str
    source: str
    agent: str
    received_at: datetime
    verdict: str
    status_code: int
    reason: str
    run_id: str | None = None
    task_id: str | None = None
    remote: str | None = None
    headers: dict[str, object] = Field(default_factory=dict)
    body: str = ""
    replay_of: str | None = None
    replays: int = 0


class KeyOwner(Record):
    id: str
    kind: str
    name: str


class Key(Record):
    id: str
    label: str
    hint: str
    actor: KeyOwner
    verbs: tuple[str, ...] = ()
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class IssuedKey(Record):
    key: Key
    secret: str


R = TypeVar("R", bound=Record)


def read(kind: type[R], data: object) -> R:
    """`data` as a record. Raises Fault when the server speaks differently from us."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise _unfit(kind, error) from error


def read_all(kind: type[R], data: object) -> list[R]:
    """A list of records. Raises Fault as `read` does."""
    if not isinstance(data, list):
        raise Fault(
            f"The server's answer is no list of {kind.__name__}. Compare versions: `opsroom version`."
        )
    return [read(kind, item) for item in data]


def read_json(kind: type[R], text: str) -> R:
    """A record out of JSON text. Raises Fault as `read` does."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise _unfit(kind, error) from error


def _unfit(kind: type[Record], error: ValidationError) -> Fault:
    return Fault(
        f"The server's answer is not the {kind.__name__} this version expects. Compare: `opsroom version`.",
        problems=problems_of(error),
    )
