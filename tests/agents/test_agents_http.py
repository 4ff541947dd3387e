"""Agents over real HTTP."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "app"))  # the served house of the edge's tests

from edge_town import QUICK, Town, open_town

from opsroom.agents.room import ROOM
from opsroom.agents.settings import AgentsSettings
from opsroom.agents.sync import sync_folder
from opsroom.identity.room import ROOM as IDENTITY
from opsroom.kernel.actor import Actor


@pytest.fixture
async def town(build_house, alice: Actor, bob: Actor, tmp_path: Path) -> AsyncIterator[Town]:
    rooms = [IDENTITY, ROOM]
    settings = [QUICK, AgentsSettings(skills_folder=str(tmp_path / "shipped"))]
    house = await build_house(rooms, settings=settings, work=False)
    async with open_town(house, rooms, alice, bob) as served:
        yield served


async def put(town: Town, data: dict[str, Any], name: str) -> None:
    path = town.house.workspace / "agents" / f"{name}.json"
    path.write_text(json.dumps(data, indent=2))
    await sync_folder(town.house, town.alice.scope)


async def test_agents_are_listed_and_shown(town: Town, seed: dict[str, Any]) -> None:
    await put(town, seed, "sentinel")
    await put(town, {"agent_name": "x"}, "broken")
    reply = await town.send("GET", "/api/agent-files", key="alice")
    assert reply.status == 200
    assert reply.body["meta"]["total"] == 2
    broken, sentinel = reply.body["data"]
    assert broken["version"] == 0
    assert {"path": "display_name", "message": "is required"} in broken["problems"]
    assert sentinel.pop("updated_at").endswith("Z")
    assert sentinel == {
        "name": "sentinel",
        "display_name": "SEO Sentinel",
        "description": "Local SEO audit — runs 5 modules on a single client",
        "version": 1,
        "file_version": "1.0.0",
        "engine": "anthropic_managed",
        "enabled_triggers": ["clickup_webhook", "manual_cli"],
        "limits": {"max_cost_usd": "5.00", "max_minutes": 60.0, "alert_usd": "3.00"},
        "channels": ["google_drive", "clickup", "slack"],
        "problems": [],
    }
    shown = (await town.send("GET", "/api/agent-files/sentinel", key="alice")).body["data"]
    assert json.loads(shown["file"]) == seed
    assert [(v["version"], v["current"]) for v in shown["versions"]] == [(1, True)]


async def test_rolling_back(town: Town, small: dict[str, Any]) -> None:
    for name in ("One", "Two"):
        await put(town, small | {"display_name": name}, "small")
    reply = await town.send("POST", "/api/agent-files/small/rollback", key="alice", json={"version": 1})
    assert reply.status == 200
    assert (reply.body["data"]["version"], reply.body["data"]["display_name"]) == (1, "One")
    for body, status in (({"version": 7}, 404), ({"version": 0}, 422), ({"version": "1;"}, 422), ({}, 422)):
        assert (
            await town.send("POST", "/api/agent-files/small/rollback", key="alice", json=body)
        ).status == status
    assert (
        await town.send("POST", "/api/agent-files/small/rollback", key="bob", json={"version": 2})
    ).status == 404


async def test_strangers_and_unknown_names(town: Town, small: dict[str, Any]) -> None:
    await put(town, small, "small")
    assert (await town.send("GET", "/api/agent-files")).status == 401
    assert (await town.send("GET", "/api/agent-files", key="bob")).body["data"] == []
    assert (await town.send("GET", "/api/agent-files/small", key="bob")).status == 404
    reply = await town.send("GET", "/api/agent-files/smal", key="alice")
    assert reply.status == 404
    assert "did you mean 'small'?" in reply.body["detail"]


async def test_a_file_is_checked_before_it_is_put_anywhere(town: Town, small: dict[str, Any]) -> None:
    async def check(text: str) -> list[dict[str, str]]:
        reply = await town.send(
            "POST", "/api/agent-file-check", key="alice", json={"name": "small", "text": text}
        )
        assert reply.status == 200, reply.body
        return reply.body["data"]["problems"]

    assert await check(json.dumps(small)) == []
    assert await check(json.dumps(small | {"limts": {}})) == [
        {"path": "limts", "message": "is not a known field; did you mean limits?"}
    ]
    assert (await check("{"))[0]["path"] == ""
    assert (await town.send("GET", "/api/agent-files", key="alice")).body["data"] == []


async def test_the_schema_is_public_and_skills_are_not(town: Town, tmp_path: Path) -> None:
    reply = await town.send("GET", "/api/agent-file-schema")
    assert reply.status == 200
    assert reply.body["title"] == "Opsroom agent file"
    assert (await town.send("GET", "/api/skills")).status == 401
    (tmp_path / "shipped" / "greet").mkdir(parents=True)
    head = '---\nname: greet\ndescription: Hello.\nprogram: ["true"]\n---\n'
    (tmp_path / "shipped" / "greet" / "SKILL.md").write_text(head)
    (skill,) = (await town.send("GET", "/api/skills", key="alice")).body["data"]
    assert (skill["name"], skill["program"], skill["network"]) == ("greet", ["true"], False)
    assert str(tmp_path) not in json.dumps(skill)
