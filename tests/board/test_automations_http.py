"""Automations, recurring tasks, notifications, suggestions over HTTP: the envelope, what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.board.comments import api as comments
from opsroom.board.comments.shapes import NewComment
from opsroom.board.workflow.furnishing import ensure_furnished
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor
from tests.app.edge_town import QUICK, Reply, Town, open_town
from tests.board.automation_kit import BOARD, add_task, colleague, followings, settle

RULE: dict[str, Any] = {
    "name": "Urgent goes to Kenji",
    "when": {"event": "task_created"},
    "only_if": {"priority": "p1"},
    "then": [{"do": "assign", "agent": "kenji"}],
}
RECURRING: dict[str, Any] = {
    "name": "Report",
    "template": {"title": "Report of {date}"},
    "rule": "FREQ=WEEKLY;BYDAY=MO",
    "starts": "2026-01-01T09:00",
    "time_zone": "Europe/Berlin",
}


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    rooms = [IDENTITY, BOARD]
    house = await build_house(rooms, settings=[QUICK])
    async with open_town(house, rooms, alice, bob) as served:
        for actor in (served.alice, served.bob):
            await ensure_furnished(house, actor)
        for following in followings(house):
            await following.begin()
        yield served


async def ask(town: Town, method: str, path: str, body: Any = None, *, key: str = "alice") -> Reply:
    return await town.send(method, path, key=key, **({} if body is None else {"json": body}))


def paths(reply: Reply) -> set[str]:
    assert reply.status == 422, reply.body
    assert reply.headers["content-type"].startswith("application/problem+json")
    return {error["path"] for error in reply.body["errors"]}


async def test_a_rule_from_its_making_to_its_log(town: Town) -> None:
    made = await ask(town, "POST", "/api/automations", RULE)
    assert made.status == 201, made.body
    rule = made.body["data"]
    assert (rule["enabled"], rule["hourly_limit"], rule["version"]) == (True, 100, 1)
    listed = (await ask(town, "GET", "/api/automations")).body
    assert (listed["success"], listed["meta"]["total"]) == (True, 1)
    await add_task(town.house, town.alice, "A", priority="p1")
    await add_task(town.house, town.alice, "B")
    await settle(town.house)
    address = f"/api/automations/{rule['id']}"
    log = (await ask(town, "GET", f"{address}/log")).body
    assert [(line["outcome"], line["task"]["title"], line["results"]) for line in log["data"]] == [
        ("done", "A", ["assigned to kenji"])
    ]
    assert (await ask(town, "GET", f"{address}/log?outcome=failed")).body["data"] == []
    dry = (await ask(town, "POST", f"{address}/dry-run", {"events": 50})).body["data"]
    assert (dry["events_seen"] >= 2, dry["would_fire"]) == (True, 1)
    off = await ask(town, "PATCH", address, {"enabled": False, "version": 1})
    assert (off.status, off.body["data"]["enabled"], off.body["data"]["version"]) == (200, False, 2)
    stale = await ask(town, "PATCH", address, {"name": "x", "version": 1})
    assert (stale.status, stale.body["success"]) == (409, False)
    assert (await ask(town, "DELETE", address)).status == 200
    assert (await ask(town, "GET", address)).status == 404


BAD_RULES: list[tuple[dict[str, Any], set[str]]] = [
    ({"colour": "red"}, {"colour"}),
    ({"when": {"event": "task_moved", "after": "mars"}}, {"when.after"}),
    ({"when": {"event": "nope"}}, {"when.event"}),
    ({"only_if": {"status": "mars", "due_from": "2026-02-30"}}, {"only_if.status", "only_if.due_from"}),
    ({"only_if": {"sql": "1=1"}}, {"only_if.sql"}),
    ({"only_if": {"custom": "budget", "status": "mars"}}, {"only_if.custom", "only_if.status"}),
    ({"only_if": {"custom_from": "budget:1", "custom": "x:1"}}, {"only_if.custom_from.budget"}),
    ({"then": []}, {"then"}),
    ({"then": [{"do": "move", "status": "mars"}, {"do": "label"}]}, {"then.0.status", "then.1.add"}),
    ({"name": "x" * 100_000}, {"name"}),
    ({"name": None, "hourly_limit": 10**9, "enabled": "maybe"}, {"name", "hourly_limit", "enabled"}),
]


async def test_what_is_wrong_with_a_rule_is_told_whole(town: Town) -> None:
    for change, expected in BAD_RULES:
        assert paths(await ask(town, "POST", "/api/automations", RULE | change)) == expected, change


async def test_a_recurring_task_over_http(town: Town) -> None:
    seen = await ask(
        town,
        "POST",
        "/api/recurring/preview",
        {"rule": "FREQ=DAILY", "starts": "2026-01-01T09:00", "count": 3},
    )
    assert (seen.status, len(seen.body["data"]["occurrences"])) == (200, 3)
    made = await ask(town, "POST", "/api/recurring", RECURRING)
    assert made.status == 201, made.body
    address = f"/api/recurring/{made.body['data']['id']}"
    assert made.body["data"]["next_occurrence"].endswith("T09:00")
    paused = await ask(town, "PATCH", address, {"paused": True, "version": 1})
    assert (paused.body["data"]["next_at"], paused.body["data"]["version"]) == (None, 2)
    assert (await ask(town, "GET", "/api/recurring")).body["meta"]["total"] == 1
    assert (await ask(town, "GET", "/api/recurring", key="bob")).body["data"] == []
    assert (await ask(town, "PATCH", address, {"paused": False}, key="bob")).status == 404
    assert (await ask(town, "DELETE", address)).status == 200
    assert (await ask(town, "DELETE", address)).status == 404


BAD_RECURRING: list[tuple[dict[str, Any], set[str]]] = [
    ({"rule": "FREQ=SECONDLY"}, {"rule"}),
    ({"rule": "FREQ=DAILY;COUNT=1000000000"}, {"rule"}),
    ({"rule": "x" * 501, "starts": "yesterday", "missed": "some"}, {"rule", "starts", "missed"}),
    ({"starts": "2026-02-30T09:00", "time_zone": "Nowhere"}, {"starts", "time_zone"}),
    ({"template": {"title": "", "due_date": "2026-01-01"}}, {"template.title", "template.due_date"}),
    ({"template": {"title": "t", "category_id": "mars"}}, {"template.category_id"}),
]


async def test_bad_recurring_tasks_are_refused_by_field(town: Town) -> None:
    for change, expected in BAD_RECURRING:
        assert paths(await ask(town, "POST", "/api/recurring", RECURRING | change)) == expected, change


async def test_an_inbox_over_http_is_one_s_own(town: Town) -> None:
    zoe = await colleague(town.house, town.alice, "Zoe")
    task = await add_task(town.house, town.alice, "T")  # Alice watches what she made
    async with town.house.unit_of_work(zoe) as tx:
        await comments.add_comment(tx, task.id, NewComment(content="<script>alert(1)</script>"))
    await settle(town.house)
    found = (await ask(town, "GET", "/api/notifications?unread=true")).body
    (told,) = found["data"]["notifications"]
    assert (found["data"]["unread"], told["kind"], told["task"]["id"]) == (1, "comment", task.id)
    assert told["text"] == "<script>alert(1)</script>"  # a text, shown as text
    assert (await ask(town, "GET", "/api/notifications", key="bob")).body["data"] == {
        "unread": 0,
        "notifications": [],
    }
    foreign = await ask(town, "POST", "/api/notifications/read", {"ids": [told["id"]]}, key="bob")
    assert foreign.body["data"] == {"changed": 0, "unread": 0}
    assert (await ask(town, "POST", "/api/notifications/read", {"ids": [told["id"]]})).body["data"][
        "unread"
    ] == 0
    assert paths(await ask(town, "POST", "/api/notifications/read", {})) == {"ids"}
    assert (await ask(town, "POST", "/api/notifications/read", {"ids": ["x"] * 501})).status == 422


async def test_preferences_over_http(town: Town) -> None:
    before = (await ask(town, "GET", "/api/notification-preferences")).body["data"]
    assert before["choices"]["comment"]["email"] == "digest"
    assert "SMTP" in before["channels"]["email"]
    wanted = {"choices": {"comment": {"email": "off"}}, "time_zone": "Asia/Tokyo", "version": 0}
    after = await ask(town, "PUT", "/api/notification-preferences", wanted)
    assert (after.status, after.body["data"]["choices"]["comment"]["email"]) == (200, "off")
    assert (await ask(town, "PUT", "/api/notification-preferences", wanted)).status == 409
    bad = {
        "quiet_hours": {"start": "25:00", "end": "07:00"},
        "email": "a@b\r\nBcc: x",
        "choices": {"nope": {}},
    }
    assert {"quiet_hours.start", "email"} <= paths(
        await ask(town, "PUT", "/api/notification-preferences", bad)
    )


async def test_a_suggestion_over_http(town: Town) -> None:
    task = await add_task(town.house, town.alice, "Fix the API")
    found = await ask(town, "POST", f"/api/tasks/{task.id}/suggest-agent")
    assert found.status == 200, found.body
    assert found.body["data"]["agent_id"] == "kenji"
    assert (await ask(town, "POST", f"/api/tasks/{task.id}/suggest-agent", key="bob")).status == 404
