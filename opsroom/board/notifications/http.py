"""Notifications over HTTP: everybody's own."""

from __future__ import annotations

from litestar import get, post, put
from litestar.params import Parameter

from opsroom.board.notifications import api
from opsroom.board.notifications.sending import Sender
from opsroom.board.notifications.shapes import (
    ChannelTest,
    ChannelTested,
    Inbox,
    Kind,
    Marked,
    MarkRead,
    Preferences,
    PreferencesInForce,
)
from opsroom.board.notifications.trial import Trial
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


def routes(house: House) -> list[object]:
    """/api/notifications and /api/notification-preferences."""

    @get("/api/notifications", opt={"verb": "board:read"}, tags=["notifications"])
    async def list_notifications(
        actor: Actor,
        unread: bool = False,
        kind: Kind | None = None,
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0, le=1_000_000),
    ) -> Answer[Inbox]:
        """One's own inbox, the newest first."""
        async with reading(house, actor) as tx:
            found, total = await api.inbox(
                tx, unread=unread, kinds=(kind,) if kind else (), limit=limit, offset=offset
            )
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/notifications/read", opt={"verb": "board:write"}, status_code=200, tags=["notifications"])
    async def mark_notifications(actor: Actor, data: MarkRead) -> Answer[Marked]:
        """Mark some or all of one's own notifications as read, or as unread again."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.mark_read(tx, data))

    @get("/api/notification-preferences", opt={"verb": "board:read"}, tags=["notifications"])
    async def get_preferences(actor: Actor) -> Answer[PreferencesInForce]:
        """What one hears of, where and when, with every default."""
        async with reading(house, actor) as tx:
            return Answer(data=await api.preferences(tx, house.need(Sender).missing()))

    @put("/api/notification-preferences", opt={"verb": "board:write"}, tags=["notifications"])
    async def set_preferences(actor: Actor, data: Preferences) -> Answer[PreferencesInForce]:
        """Replace what one chose."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.set_preferences(tx, data, house.need(Sender).missing()))

    @post("/api/notifications/test", opt={"verb": "board:write"}, status_code=200, tags=["notifications"])
    async def test_channel(actor: Actor, data: ChannelTest) -> Answer[ChannelTested]:
        """Send oneself a test message on one channel now, and be told what became of it."""
        return Answer(data=await house.need(Trial).send(actor, data.channel))

    return [test_channel, list_notifications, mark_notifications, get_preferences, set_preferences]
