"""Outgoing webhooks over HTTP."""

from __future__ import annotations

from litestar import delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from opsroom.board.hooks import api
from opsroom.board.hooks.posting import Poster
from opsroom.board.hooks.rules import hook_kinds
from opsroom.board.hooks.secrets import Secrets
from opsroom.board.hooks.settings import HookSettings
from opsroom.board.hooks.shapes import (
    DeliveryStatus,
    Hook,
    HookChange,
    HookDelivery,
    HookKind,
    HookWithSecret,
    NewHook,
)
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta

_ADMIN = {"verb": "board:admin"}


def routes(house: House) -> list[HTTPRouteHandler]:
    """/api/hooks and /api/hook-deliveries."""
    secrets, poster = house.need(Secrets), house.need(Poster)
    most = house.settings.section(HookSettings).most_hooks

    @get("/api/hooks", opt=_ADMIN, tags=["hooks"])
    async def list_hooks(
        actor: Actor,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[list[Hook]]:
        """The project's outgoing webhooks, the oldest first."""
        async with house.unit_of_work.reading(actor) as tx:
            found, total = await api.hooks(tx, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @get("/api/hook-kinds", opt=_ADMIN, tags=["hooks"])
    async def list_hook_kinds() -> Answer[list[HookKind]]:
        """The events a webhook can have, and when each happens."""
        kinds = hook_kinds()
        return Answer(data=kinds, meta=Meta(total=len(kinds), limit=len(kinds), offset=0))

    @post("/api/hooks", opt=_ADMIN, tags=["hooks"])
    async def add_hook(actor: Actor, data: NewHook) -> Answer[HookWithSecret]:
        """An address to post news to. The signing secret is shown this once."""
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.add_hook(tx, data, secrets=secrets, targets=poster, most=most))

    @patch("/api/hooks/{hook_id:str}", opt=_ADMIN, tags=["hooks"])
    async def change_hook(actor: Actor, hook_id: str, data: HookChange) -> Answer[HookWithSecret]:
        """Change a webhook, enable it again, or have a new secret made."""
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.change_hook(tx, hook_id, data, secrets=secrets, targets=poster))

    @delete("/api/hooks/{hook_id:str}", opt=_ADMIN, status_code=200, tags=["hooks"])
    async def delete_hook(actor: Actor, hook_id: str) -> Answer[Hook]:
        """Take a webhook away."""
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.delete_hook(tx, hook_id))

    @get("/api/hooks/{hook_id:str}/deliveries", opt=_ADMIN, tags=["hooks"])
    async def list_deliveries(
        actor: Actor,
        hook_id: str,
        status: DeliveryStatus | None = None,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[list[HookDelivery]]:
        """What went to a webhook, the newest first, with every attempt."""
        async with house.unit_of_work.reading(actor) as tx:
            found, total = await api.deliveries(tx, hook_id, status=status, limit=limit, offset=offset)
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/hooks/{hook_id:str}/test", opt=_ADMIN, tags=["hooks"])
    async def ping_hook(actor: Actor, hook_id: str) -> Answer[HookDelivery]:
        """Send a test delivery; look at the deliveries for how it went."""
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.ping(tx, hook_id))

    @post("/api/hook-deliveries/{delivery_id:str}/resend", opt=_ADMIN, tags=["hooks"])
    async def resend_delivery(actor: Actor, delivery_id: str) -> Answer[HookDelivery]:
        """Send a delivery again, with the same id and body."""
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.resend(tx, delivery_id))

    return [
        list_hooks,
        list_hook_kinds,
        add_hook,
        change_hook,
        delete_hook,
        list_deliveries,
        ping_hook,
        resend_delivery,
    ]
