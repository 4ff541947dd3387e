"""What happened in delivery. `subject` is the run id, or the alert id for alerts."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.events import Event


class ItemSent(Event):
    """One outside effect is confirmed: it has a receipt."""

    KIND: ClassVar[str] = "delivery.item_sent.v1"
    run_id: str
    channel: str
    item_id: str
    kind: str
    label: str
    receipt: str
    link: str | None = None


class ChannelFailed(Event):
    """A channel was given up for this round; `error` says why, item by item."""

    KIND: ClassVar[str] = "delivery.channel_failed.v1"
    run_id: str
    channel: str
    error: str


class OrderFinished(Event):
    """Every channel of a run has its answer. `round` counts the rounds of delivery from 1."""

    KIND: ClassVar[str] = "delivery.order_finished.v1"
    run_id: str
    round: int
    ok: bool
    failed_channels: tuple[str, ...] = ()
    dry_run: bool = False


class AlertRaised(Event):
    """Somebody must hear of something. Whether the rate limit held it back stands on the alert itself."""

    KIND: ClassVar[str] = "delivery.alert_raised.v1"
    alert_id: str
    kind: str
    title: str
    agent_name: str | None = None
    run_id: str | None = None
