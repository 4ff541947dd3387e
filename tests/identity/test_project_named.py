"""A project's name: changed by an admin, unlike those beside it, told in the log, and of one's own only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from opsroom.identity.room import ROOM
from opsroom.kernel.actor import Actor
from opsroom.kernel.events import EVENTS
from tests.app.edge_town import QUICK, open_town


async def test_a_project_is_renamed_once_and_what_is_wrong_with_a_name_is_told(
    build_house: Any, alice: Actor, bob: Actor
) -> None:
    house = await build_house([ROOM], settings=[QUICK])
    async with open_town(house, [ROOM], alice, bob) as town:
        theirs = (await town.send("GET", "/api/projects", key="bob")).body["data"]
        await town.send("POST", "/api/projects", key="alice", json={"name": "Second"})
        renamed = await town.send("PATCH", "/api/project", key="alice", json={"name": "  Atlas  "})
        assert (renamed.status, renamed.body["data"]["name"]) == (200, "Atlas")
        again = await town.send("PATCH", "/api/project", key="alice", json={"name": "Atlas"})
        assert again.status == 200
        me = (await town.send("GET", "/api/me", key="alice")).body["data"]
        assert "Atlas" in [each["name"] for each in me["projects"] if each["id"] == me["project_id"]]

        taken = await town.send("PATCH", "/api/project", key="alice", json={"name": "Second"})
        assert (taken.status, [e["path"] for e in taken.body["errors"]]) == (409, ["name"])
        assert "choose another" in taken.body["errors"][0]["message"]
        for wrong in ("   ", "x" * 121):
            refused = await town.send("PATCH", "/api/project", key="alice", json={"name": wrong})
            assert (refused.status, [e["path"] for e in refused.body["errors"]]) == (422, ["name"])

        assert (await town.send("GET", "/api/projects", key="bob")).body["data"] == theirs
        # Another tenant may have a project of that name.
        assert (await town.send("PATCH", "/api/project", key="bob", json={"name": "Atlas"})).status == 200
    query = sa.select(EVENTS).where(EVENTS.c.kind == "identity.project_renamed.v1").order_by(EVENTS.c.seq)
    async with house.database.reading() as conn:
        told = (await conn.execute(query)).mappings().all()
    assert [(row["project_id"], row["body"]["name"]) for row in told] == [
        (alice.scope.project_id, "Atlas"),
        (bob.scope.project_id, "Atlas"),
    ]
    assert all(row["body"]["name_before"] for row in told)
