"""The verbs of the triggers room."""

from __future__ import annotations

from opsroom.agents import api as agents
from opsroom.kernel.correlation import current_correlation_id
from opsroom.kernel.errors import NotFound
from opsroom.kernel.strict_json import read_json
from opsroom.kernel.uow import Tx
from opsroom.triggers import store
from opsroom.triggers.errors import CannotReplay, NoSuchDelivery
from opsroom.triggers.intake import Arrival, take_in
from opsroom.triggers.shapes import WebhookDelivery
from opsroom.triggers.sources.clickup.rules import transition_in


async def list_deliveries(
    tx: Tx, *, agent: str | None = None, verdict: str | None = None, limit: int = 50, offset: int = 0
) -> tuple[list[WebhookDelivery], int]:
    """Webhook deliveries, newest first, and how many there are."""
    return await store.deliveries(tx, agent=agent, verdict=verdict, limit=limit, offset=offset)


async def get_delivery(tx: Tx, delivery_id: str) -> WebhookDelivery:
    """One delivery. Raises NoSuchDelivery."""
    found = await store.delivery(tx, delivery_id)
    if found is None:
        raise NoSuchDelivery(f"There is no webhook delivery {delivery_id} in this project.")
    return found


async def replay(tx: Tx, delivery_id: str) -> WebhookDelivery:
    """Take a genuine delivery in again, as if it had just arrived: it may start a new run.

    Raises NoSuchDelivery; CannotReplay for a delivery whose signature or body was bad, or that was
    cut when it was kept.
    """
    old = await get_delivery(tx, delivery_id)
    if old.verdict == "refused":
        raise CannotReplay(f"Delivery {delivery_id} was refused ({old.reason}); it is not replayed.")
    body = old.body.encode()
    if len(body) != old.body_bytes:
        raise CannotReplay(f"Delivery {delivery_id} was too large to be kept whole.")
    try:
        hook = (await agents.current(tx, old.agent)).file.triggers.clickup_webhook
    except NotFound as error:
        raise CannotReplay(f"Delivery {delivery_id} cannot be replayed: {error.message}") from error
    found = transition_in(read_json(body), hook.trigger_status or "")
    arrival = Arrival(
        agent=old.agent,
        headers=old.headers,
        body=body,
        remote=old.remote,
        verdict="ignored" if isinstance(found, str) else "accepted",
        status_code=200,
        reason=found if isinstance(found, str) else f"replayed by {tx.actor.name}",
        transition=None if isinstance(found, str) else found,
        replay_of=old.id,
        correlation=current_correlation_id(),
    )
    await take_in(tx, [arrival])
    return await get_delivery(tx, arrival.delivery_id)
