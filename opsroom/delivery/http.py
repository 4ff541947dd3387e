"""HTTP of delivery: alerts, and single deliveries. Those of a run are part of the run's own answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from opsroom.delivery import api
from opsroom.delivery.shapes import Alert, Delivery
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta

Limit = Annotated[int, Parameter(ge=1, le=200)]
Offset = Annotated[int, Parameter(ge=0, le=1_000_000)]


def routes(house: House) -> Sequence[HTTPRouteHandler]:
    """All handlers of the room."""

    @get("/api/alerts", opt={"verb": "delivery:read"}, tags=["delivery"])
    async def list_alerts(
        actor: Actor, run_id: str | None = None, limit: Limit = 50, offset: Offset = 0
    ) -> Answer[list[Alert]]:
        """Alerts, newest first, also those that could not be sent or were held back by the rate limit."""
        async with house.unit_of_work.reading(actor) as tx:
            alerts, total = await api.alerts(tx, run_id=run_id, limit=limit, offset=offset)
        return Answer(data=alerts, meta=Meta(total=total, limit=limit, offset=offset))

    @get("/api/deliveries/{delivery_id:str}", opt={"verb": "delivery:read"}, tags=["delivery"])
    async def get_delivery(actor: Actor, delivery_id: str) -> Answer[Delivery]:
        """One channel of one run: what was sent where, with the receipts."""
        async with house.unit_of_work.reading(actor) as tx:
            return Answer(data=await api.delivery(tx, delivery_id))

    return [list_alerts, get_delivery]
