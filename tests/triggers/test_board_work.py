"""A card given to an agent, or moved to where it begins, starts its run once, and says what became of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from opsroom.agents import api as agents
from opsroom.agents.ports import WorkspaceScope
from opsroom.agents.rules import judge
from opsroom.app.rooms import ROOMS
from opsroom.board.events import AgentStartRequested, TaskChanged, TaskCreated, TaskMoved
from opsroom.kernel.actor import Actor
from opsroom.kernel.followers import Follower, Following
from opsroom.kernel.room import House
from opsroom.runs import api as runs
from opsroom.triggers.settings import TriggersSettings
from opsroom.triggers.sources.board.starting import BoardStarts
from tests.app.edge_town import QUICK, Town, open_town
from tests.app.product_town import open_product

KINDS = (TaskCreated.KIND, TaskChanged.KIND, TaskMoved.KIND, AgentStartRequested.KIND)
SETTINGS = TriggersSettings(board_starts_a_day=3)


async def write_agent(house: House, actor: Actor, *, required: list[str] | None = None, **board: Any) -> None:
    """The agent file `builder`, which writes one file."""
    file: dict[str, Any] = {
        "agent_name": "builder",
        "display_name": "Builder",
        "version": "1.0.0",
        "engine": {"type": "command", "argv": ["sh", "-c", "cat payload.json > outputs/done.md"]},
        "payload_source": {"type": "manual", "manual": {"required_fields": required or ["title"]}},
        "triggers": {"board": {"enabled": True, **board}},
    }
    text = json.dumps(file)
    verdict = judge(text, "builder")
    assert verdict.file is not None, verdict.problems
    async with house.unit_of_work(actor) as tx:
        await agents.record_file(tx, "builder", text, verdict, source="test")


class Desk:
    """A served product whose board gives cards to Kenji, whose seat is the agent `builder`."""

    def __init__(self, town: Town) -> None:
        self.town = town
        starts = BoardStarts(town.house, SETTINGS)
        follower = Follower("test.board_starts.v1", KINDS, starts.handle)
        self.following = Following(follower, town.house.unit_of_work, town.house.wakes)

    async def ask(self, method: str, path: str, body: Any = None, key: str = "alice") -> Any:
        reply = await self.town.send(method, f"/api{path}", key=key, json=body)
        assert reply.status in (200, 201), reply.body
        return reply.body["data"]

    async def open(self, *, start_on_assign: bool) -> None:
        await self.ask("PATCH", "/agents/kenji", {"agent_name": "builder"})
        await self.ask("PATCH", "/board/settings", {"start_on_assign": start_on_assign})
        await self.following.begin()

    async def settle(self) -> None:
        while await self.following.advance():
            pass

    async def runs(self) -> list[dict[str, Any]]:
        return await self.ask("GET", "/runs?trigger=board")

    async def said(self, task_id: str) -> list[str]:
        return [c["content"] for c in await self.ask("GET", f"/tasks/{task_id}/comments")]


@pytest.fixture
async def desk(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Desk]:
    async with open_product(build_house, alice, bob) as town:
        await write_agent(town.house, town.alice)
        yield Desk(town)


async def test_a_card_given_to_an_agent_starts_its_run_once_and_says_so(desk: Desk) -> None:
    await desk.open(start_on_assign=True)
    task = await desk.ask("POST", "/tasks", {"title": "Build the page", "assigned_agent_id": "kenji"})
    await desk.settle()
    await desk.settle()
    (run,) = await desk.runs()
    assert run["agent_name"] == "builder"
    now = await desk.ask("GET", f"/tasks/{task['id']}")
    assert (now["run_id"], now["run_status"], now["status"]) == (run["id"], "CREATED", "in_progress")
    (said,) = await desk.said(task["id"])
    assert "Kenji" in said
    assert run["id"] in said


async def test_while_it_is_at_work_nothing_starts_again(desk: Desk) -> None:
    await desk.open(start_on_assign=True)
    task = await desk.ask("POST", "/tasks", {"title": "Build", "assigned_agent_id": "kenji"})
    await desk.settle()
    await desk.ask("PATCH", f"/tasks/{task['id']}", {"assigned_agent_id": None})
    await desk.ask("PATCH", f"/tasks/{task['id']}", {"assigned_agent_id": "kenji"})
    await desk.settle()
    assert len(await desk.runs()) == 1


async def test_nothing_starts_where_the_board_does_not_say_so(desk: Desk) -> None:
    await desk.open(start_on_assign=False)
    task = await desk.ask("POST", "/tasks", {"title": "Build", "assigned_agent_id": "kenji"})
    await desk.ask("POST", f"/tasks/{task['id']}/move", {"status": "in_progress"})
    await desk.settle()
    assert await desk.runs() == []
    assert await desk.said(task["id"]) == []


async def test_the_column_of_its_file_starts_it(desk: Desk) -> None:
    await write_agent(desk.town.house, desk.town.alice, trigger_status="in_progress")
    await desk.open(start_on_assign=False)
    task = await desk.ask("POST", "/tasks", {"title": "Build", "assigned_agent_id": "kenji"})
    await desk.settle()
    assert await desk.runs() == []
    await desk.ask("POST", f"/tasks/{task['id']}/move", {"status": "in_progress"})
    await desk.settle()
    assert len(await desk.runs()) == 1


async def test_missing_fields_are_all_named_on_the_card_which_is_blocked(desk: Desk) -> None:
    await write_agent(desk.town.house, desk.town.alice, required=["website_url", "client_id", "title"])
    await desk.open(start_on_assign=True)
    task = await desk.ask("POST", "/tasks", {"title": "Audit", "assigned_agent_id": "kenji"})
    preview = await desk.ask("POST", f"/tasks/{task['id']}/preview", {"assigned_agent_id": "kenji"})
    assert preview["effects"][0]["kind"] == "nothing"
    await desk.settle()
    now = await desk.ask("GET", f"/tasks/{task['id']}")
    assert now["status"] == "blocked"
    assert "website_url" in now["blocked_reason"]
    (said,) = await desk.said(task["id"])
    assert "website_url" in said
    assert "client_id" in said
    assert await desk.runs() == []


async def test_a_card_that_keeps_starting_is_stopped_for_the_day(desk: Desk) -> None:
    await desk.open(start_on_assign=True)
    task = await desk.ask("POST", "/tasks", {"title": "Build", "assigned_agent_id": "kenji"})
    for _ in range(5):
        await desk.settle()
        async with desk.town.house.unit_of_work(desk.town.alice) as tx:
            from tests.app.product_town import end_run

            for run in await runs.runs_of_ref(tx, "board", task["id"]):
                if not run.ended:
                    await end_run(tx, run.id)
        await desk.ask("PATCH", f"/tasks/{task['id']}", {"assigned_agent_id": None})
        await desk.ask("PATCH", f"/tasks/{task['id']}", {"assigned_agent_id": "kenji"})
    assert len(await desk.runs()) == SETTINGS.board_starts_a_day


async def test_the_preview_says_who_will_wake(desk: Desk) -> None:
    await desk.open(start_on_assign=True)
    task = await desk.ask("POST", "/tasks", {"title": "Build"})
    asked = await desk.ask("POST", f"/tasks/{task['id']}/preview", {"assigned_agent_id": "kenji"})
    assert [e["kind"] for e in asked["effects"]] == ["starts_run"]
    assert "Kenji wakes" in asked["effects"][0]["text"]
    nobody = await desk.ask("POST", f"/tasks/{task['id']}/preview", {"assigned_agent_id": "zara"})
    assert nobody["effects"][0]["kind"] == "nothing"
    strange = await desk.town.send("POST", f"/api/tasks/{task['id']}/preview", key="bob", json={})
    assert strange.status == 404


@asynccontextmanager
async def at_work(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Desk]:
    """The product with everything that works by itself."""

    def provide(house: House) -> None:
        house.provide(WorkspaceScope, WorkspaceScope(alice.scope))

    house = await build_house(ROOMS, settings=[QUICK], work=True, background=True, provide=provide)
    async with open_town(house, ROOMS, alice, bob) as town:
        await write_agent(house, town.alice)
        yield Desk(town)


async def test_from_the_assignment_to_work_that_waits_for_review(
    build_house: Any, alice: Actor, bob: Actor
) -> None:
    async with at_work(build_house, alice, bob) as desk:
        await desk.ask("POST", "/board/template", {"template": "build"})
        await desk.open(start_on_assign=True)
        body = {"title": "Build the page", "status": "ready", "assigned_agent_id": "kenji"}
        task = await desk.ask("POST", "/tasks", body)
        async with asyncio.timeout(40):
            while (now := await desk.ask("GET", f"/tasks/{task['id']}"))["status"] != "review":
                await asyncio.sleep(0.1)
        assert now["run_status"] == "DONE"
        said = await desk.said(task["id"])
        assert len(said) == 2
        assert "waits for review" in said[-1]
        assert "done.md" in said[-1]
