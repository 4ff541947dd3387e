"""Alerts and single deliveries over HTTP."""

from __future__ import annotations

from typing import Any

from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.delivery.room import ROOM as DELIVERY
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from opsroom.kernel.shape import Shape
from opsroom.sandbox.api import Sandbox
from tests.app.edge_town import QUICK, open_town
from tests.delivery.conftest import Desk
from tests.delivery.test_delivery_alerts import trouble


async def test_deliveries_and_alerts_are_for_their_tenant(
    build_house: Any, sandbox: Sandbox, accounts: list[Shape], alice: Actor, bob: Actor
) -> None:
    rooms = [IDENTITY, ARTIFACTS, DELIVERY]
    house = await build_house(rooms, settings=[QUICK, *accounts])
    async with open_town(house, rooms, alice, bob) as town:
        desk = Desk(house, town.alice, sandbox)
        order = await desk.order({})
        delivery = (await desk.deliver(order))["folder"]
        await desk.alert(trouble())

        answer = await town.send("GET", f"/api/deliveries/{delivery.id}", key="alice")
        assert answer.status == 200
        assert answer.body["data"]["channel"] == "folder"
        assert answer.body["data"]["run_id"] == order.run_id
        assert answer.body["data"]["items"][0]["receipt"]

        alerts = await town.send("GET", "/api/alerts", key="alice")
        assert alerts.body["meta"]["total"] == 1
        assert alerts.body["data"][0]["title"] == "SEO Sentinel failed on Shamrock"
        assert (await town.send("GET", "/api/alerts?run_id=run_other", key="alice")).body["data"] == []

        assert (await town.send("GET", f"/api/deliveries/{delivery.id}", key="bob")).status == 404
        assert (await town.send("GET", "/api/deliveries/dlv_none", key="alice")).status == 404
        assert (await town.send("GET", "/api/alerts", key="bob")).body["data"] == []
        assert (await town.send("GET", "/api/alerts")).status == 401
        assert (await town.send("GET", "/api/alerts?limit=0", key="alice")).status in (400, 422)
