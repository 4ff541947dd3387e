"""Putting the edge together: one ASGI application out of the rooms' handlers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import LitestarWarning
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning
from litestar.types import Scope as LitestarScope

from opsroom.app.edge import routes
from opsroom.app.edge.guard import Guard
from opsroom.app.edge.health import health_routes
from opsroom.app.edge.idempotency import Idempotency
from opsroom.app.edge.intake import EdgeRequest, Shapes
from opsroom.app.edge.metrics import HttpMetrics, registry_of
from opsroom.app.edge.pages import FrontDoor, Pages
from opsroom.app.edge.perimeter import AsgiApp, Perimeter
from opsroom.app.edge.problems import answer_for, tell, to_response
from opsroom.app.edge.proxies import Proxies
from opsroom.app.edge.reference import reference_routes
from opsroom.app.edge.schema import SchemaDocument
from opsroom.app.edge.settings import EdgeSettings
from opsroom.app.edge.visit import visit_of
from opsroom.identity.shapes import Authenticated
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Unauthenticated
from opsroom.kernel.room import House, Room

SETTINGS: Final = {"edge": EdgeSettings}
"""For the composition: the edge's section of opsroom.toml."""

OPEN_AT_ONCE: Final = 4096
"""For the server's `backpressure`: requests under way at once, the live feeds among them. Its own default
of 128 is reached by 128 open pages, and then nobody else is answered, not even a webhook."""


def build_asgi(house: House, rooms: Sequence[Room], *, web_dist: Path | None) -> AsgiApp:
    """The application that a server serves. `web_dist` is the built front-end, None without one.

    Raises Fault when a route does not say who may use it.
    """
    settings = house.settings.section(EdgeSettings)
    registry = registry_of(house)
    idempotency = Idempotency(house, settings)
    schema = SchemaDocument()
    handlers: list[Any] = [handler for room in rooms if room.http for handler in room.http(house)]
    handlers += [*health_routes(house, settings, registry), *reference_routes(schema)]
    app = _litestar(house, settings, handlers, idempotency)
    routes.check(app)
    schema.describe(app)
    own = routes.first_segments(routes.routes_of(app))
    return Perimeter(
        FrontDoor(cast("AsgiApp", app), Pages(web_dist), own),
        proxies=Proxies(settings.trusted_proxies),
        metrics=HttpMetrics(registry),
        clock=house.clock,
        settle=idempotency.settle,
    )


def _litestar(
    house: House, settings: EdgeSettings, handlers: list[Any], idempotency: Idempotency
) -> Litestar:
    with warnings.catch_warnings():
        # Handlers name their parameters plainly (`actor: Actor`, `data: NewKey`): the framework's next
        # major version wants markers, and we are pinned below it.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        warnings.simplefilter("ignore", LitestarWarning)
        return Litestar(
            route_handlers=handlers,
            dependencies={
                "actor": Provide(_actor, sync_to_thread=False),
                "who": Provide(_who, sync_to_thread=False),
                "address": Provide(_address, sync_to_thread=False),
            },
            guards=[Guard(house, settings)],
            before_request=idempotency.before,
            request_class=EdgeRequest,
            request_max_body_size=settings.max_body_bytes,
            plugins=[Shapes()],
            exception_handlers={Exception: to_response},
            after_exception=[_tell_of_sockets],
            openapi_config=None,
            logging_config=None,
            state=State({"body_deadline_s": settings.body_deadline_s}),
        )


async def _tell_of_sockets(error: Exception, scope: LitestarScope) -> None:
    """The framework closes a socket whose handler failed and says nothing of it to anybody."""
    if scope["type"] == "websocket":
        tell(error, answer_for(error))


def _who(scope: LitestarScope) -> Authenticated:
    who = visit_of(scope).who
    if who is None:
        raise Unauthenticated("Nobody is signed in.")
    return who


def _actor(scope: LitestarScope) -> Actor:
    return _who(scope).actor


def _address(scope: LitestarScope) -> str:
    return visit_of(scope).address
