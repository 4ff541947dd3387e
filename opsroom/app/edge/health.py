"""GET /health and GET /metrics: is it well, and how busy is it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from typing import Any

import structlog
from litestar import Request, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from opsroom import __version__
from opsroom.app.edge import store
from opsroom.app.edge.facts import HealthFacts
from opsroom.app.edge.guard import bearer_of, who_is
from opsroom.app.edge.proxies import is_loopback
from opsroom.app.edge.settings import EdgeSettings
from opsroom.app.edge.visit import Visit, visit_of
from opsroom.kernel.actor import Scope
from opsroom.kernel.errors import Fault, Forbidden, Unauthenticated
from opsroom.kernel.room import House

log = structlog.get_logger("opsroom.edge")

_NOWHERE = Scope(organization_id="-", instance_id="-", project_id="-")
_DATABASE_ANSWERS_WITHIN_S = 2.0


def health_routes(
    house: House, settings: EdgeSettings, registry: CollectorRegistry
) -> list[HTTPRouteHandler]:
    """The two routes. Both are public by address; /metrics decides by itself who may read."""
    began = house.clock.monotonic()

    @get("/health", opt={"public": True, "also": (503,)}, tags=["health"])
    async def health() -> Response[dict[str, Any]]:
        """Is the process well? 200 when it is, 503 when the database does not answer."""
        db_ok = await _database_answers(house)
        facts: dict[str, Any] = {"agents_loaded": 0, "workers": []}
        if db_ok:
            facts.update(await _facts(house))
        body = {
            "status": "ok" if db_ok else "unavailable",
            "uptime": round(house.clock.monotonic() - began, 1),
            "version": __version__,
            "db_ok": db_ok,
            **facts,
        }
        return Response(body, status_code=200 if db_ok else 503)

    @get("/metrics", opt={"public": True, "also": (401, 403)}, media_type=MediaType.TEXT, tags=["health"])
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Metrics for Prometheus: for admins, for the metrics token, and for this machine itself."""
        await _may_read_metrics(house, settings, visit_of(request.scope))
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return [health, metrics]


async def _facts(house: House) -> Mapping[str, Any]:
    try:
        part = house.need(HealthFacts)  # pyright: ignore[reportAbstractUsage]
    except Fault:
        return {}
    return await part.facts()


async def _database_answers(house: House) -> bool:
    try:
        async with asyncio.timeout(_DATABASE_ANSWERS_WITHIN_S):
            async with house.unit_of_work.reading(house.system_actor(_NOWHERE)) as tx:
                await store.ping(tx)
    except TimeoutError:
        return False
    except store.DATABASE_ERRORS as error:
        log.warning("health.database_away", error=type(error).__name__)
        return False
    return True


async def _may_read_metrics(house: House, settings: EdgeSettings, visit: Visit) -> None:
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    bearer = bearer_of(visit.headers)
    if token and bearer and hmac.compare_digest(bearer.encode(), token.encode()):
        return
    # A proxy on this machine makes everybody look local, so only a connection without one counts.
    if visit.direct and is_loopback(visit.address):
        return
    try:
        who = await who_is(house, visit)
    except Unauthenticated as error:
        raise Unauthenticated(
            "Metrics are for admins or a metrics token (setting edge.metrics_token)."
        ) from error
    if not who.actor.outranks("admin"):
        raise Forbidden("Metrics are for admins.")
