"""Pure decisions of delivery: which channels, in what order, what state they are in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from opsroom.delivery.ports import Link, PlannedItem
from opsroom.delivery.shapes import AlertField, AlertOrder, Delivery, DeliveryOrder, DeliveryStatus
from opsroom.kernel.errors import AdapterError, Limited, OpsroomError, Refusal
from opsroom.kernel.shape import micro_to_usd

# Delivers also when the agent file does not name it: outputs are never only in the database.
DEFAULT_CHANNELS = ("folder",)

# Where a link would stand in a dry run; the name can never resolve (RFC 2606).
PLACEHOLDER_URL = "https://made-on-delivery.invalid/"


def wanted_channels(order: DeliveryOrder) -> dict[str, bool]:
    """Channel name to whether it is turned on, in the order of the file, defaults last."""
    wanted = {name: options.get("enabled", False) is True for name, options in order.channels.items()}
    for name in DEFAULT_CHANNELS:
        options = order.channels.get(name, {})
        wanted[name] = options.get("enabled", True) is True
    return wanted


def marker(owner_id: str, channel: str, key: str, generation: int) -> str:
    """What an effect carries outside: the same for every try, another when forced to go again."""
    again = f":again{generation}" if generation else ""
    return f"{owner_id}:{channel}:{key}{again}"


def status_of_items(statuses: Iterable[DeliveryStatus]) -> DeliveryStatus:
    """The state of a channel from the states of its items, once work on it has stopped."""
    seen = set(statuses)
    if "dry_run" in seen:
        return "dry_run"
    if not seen <= {"sent", "skipped"}:
        return "failed"
    return "sent" if "sent" in seen else "skipped"


def unmet(item: PlannedItem, states: Mapping[str, DeliveryStatus]) -> list[str]:
    """Keys `item` has to wait for that are not sent."""
    return [key for key in item.requires if states.get(key) != "sent"]


def may_have_happened(error: OpsroomError) -> bool:
    """Could the effect exist in spite of `error`? A refusal says no; silence or a crash says maybe."""
    if isinstance(error, AdapterError):
        return not error.permanent and error.retry_after_s is None
    return not isinstance(error, Refusal)


def worth_retrying(error: OpsroomError) -> bool:
    """Could the same call succeed a moment later?"""
    return isinstance(error, Limited) or (isinstance(error, AdapterError) and not error.permanent)


def asked_pause_s(error: OpsroomError | None) -> float | None:
    """The pause the other side asked for, in seconds."""
    return error.retry_after_s if isinstance(error, AdapterError | Limited) else None


def placeholder_links(channel: str, planned: Sequence[PlannedItem]) -> list[Link]:
    """Stand-ins for links that only delivery makes, so that a dry run shows whole messages."""
    return [
        Link(channel=channel, label=item.label, url=PLACEHOLDER_URL, name=item.output.name)
        for item in planned
        if item.output is not None
    ]


def failure_alert(order: DeliveryOrder, failed: Sequence[Delivery], round_: int) -> AlertOrder:
    """One summary of everything that could not be delivered."""
    names = ", ".join(d.channel for d in failed)
    lines = [f"{d.channel}: {d.error or 'no reason given'}" for d in failed]
    channel = order.alerts.get("on_failure_channel")
    tags = order.alerts.get("tag_on_failure")
    return AlertOrder(
        kind="delivery_failed",
        key=f"delivery:{order.run_id}:{round_}",
        title=f"{order.agent_display_name}: delivery failed on {names}",
        text="\n".join(lines),
        agent_name=order.agent_name,
        run_id=order.run_id,
        channel=channel if isinstance(channel, str) else None,
        tags=tuple(str(t) for t in tags) if isinstance(tags, list | tuple) else (),
        fields=(
            AlertField(label="Client", value=order.client_name or order.client_id or "none"),
            AlertField(label="Deliver again", value=f"opsroom runs redeliver {order.run_id}"),
        ),
        task_id=order.task_id,
        run_url=order.run_url,
    )


def daily_cost_alert(key: str, spent_micro_usd: int, threshold_micro_usd: int) -> AlertOrder:
    """Today's runs cost more than the operator wants to pay unasked."""
    return AlertOrder(
        kind="daily_cost",
        key=key,
        title=f"Today's runs have cost ${micro_to_usd(spent_micro_usd)}",
        text=f"That is over the daily threshold of ${micro_to_usd(threshold_micro_usd)}. "
        "Runs go on; their own limits hold.",
    )


def disk_alert(percent: float, free_bytes: int, limit_percent: float) -> AlertOrder:
    """The disk under the data folder fills up."""
    return AlertOrder(
        kind="disk",
        key="disk",
        title=f"The disk is {percent:.0f} % full",
        text=f"{free_bytes / 2**30:.1f} GiB are free under the data folder, and the alert stands at "
        f"{limit_percent:.0f} %. Remove old artifacts or logs, or give it more space: with a full disk "
        "no run is accepted.",
    )
