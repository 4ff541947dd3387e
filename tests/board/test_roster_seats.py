"""The roster: who can be assigned, how loaded they are, and that nobody is forgotten who ever worked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.kernel.actor import Actor
from tests.board.furniture_kit import Board, open_board


@pytest.fixture
async def board(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Board]:
    async with open_board(build_house, alice, bob) as opened:
        yield opened


async def test_the_twelve_are_there_with_their_load(board: Board) -> None:
    await board.put_task(assigned_agent_id="kenji")
    await board.put_task(assigned_agent_id="kenji", status="in_progress")
    await board.put_task(assigned_agent_id="kenji", status="done")
    agents = await board.ask("GET", "/agents")
    assert [a["id"] for a in agents][:4] == ["neo", "marcus", "sofia", "kenji"]
    assert len(agents) == 12
    kenji = await board.ask("GET", "/agents/kenji")
    assert (kenji["emoji"], kenji["open_tasks"], kenji["retired"]) == ("💻", 2, False)
    assert (await board.of("bob").ask("GET", "/agents/kenji"))["open_tasks"] == 0
    page = await board.send("GET", "/agents?limit=5&offset=10")
    assert [a["id"] for a in page.body["data"]] == ["zara", "sarah"]
    assert page.body["meta"]["total"] == 12


async def test_an_agent_is_added_changed_moved_and_retired(board: Board) -> None:
    added = await board.ask(
        "POST",
        "/agents",
        {
            "name": "Yuki Tanaka",
            "skills": ["SEO", "seo", "Audits"],
            "agent_name": "local-seo-audit",
            "position": 0,
        },
    )
    assert (added["id"], added["skills"], added["capacity"]) == ("yuki-tanaka", ["seo", "audits"], None)
    assert (await board.ask("GET", "/agents"))[0]["id"] == "yuki-tanaka"
    again = await board.ask("POST", "/agents", {"name": "Yuki Tanaka"})
    assert again["id"] == "yuki-tanaka-2"
    changed = await board.ask(
        "PATCH", "/agents/yuki-tanaka", {"name": "Yuki", "capacity": 3, "position": 2, "version": 1}
    )
    assert (changed["name"], changed["capacity"], changed["version"]) == ("Yuki", 3, 2)
    assert [a["id"] for a in await board.ask("GET", "/agents")][:3] == ["neo", "marcus", "yuki-tanaka"]
    emptied = await board.ask("PATCH", "/agents/yuki-tanaka", {"capacity": None})
    assert emptied["capacity"] is None

    task = await board.put_task(assigned_agent_id="yuki-tanaka")
    retired = await board.ask("DELETE", "/agents/yuki-tanaka")
    assert (retired["retired"], retired["open_tasks"]) == (True, 1)
    assert (await board.task(task))["assigned_agent_id"] == "yuki-tanaka"
    assert "yuki-tanaka" not in [a["id"] for a in await board.ask("GET", "/agents")]
    assert "yuki-tanaka" in [a["id"] for a in await board.ask("GET", "/agents?retired=true")]
    assert (await board.ask("DELETE", "/agents/yuki-tanaka"))["version"] == retired["version"]
    back = await board.ask("PATCH", "/agents/yuki-tanaka", {"retired": False})
    assert back["retired"] is False
    assert [e["body"]["what"] for e in await board.events("board_arranged")] == [
        "created",
        "created",
        "changed",
        "changed",
        "retired",
        "brought back",
    ]


async def test_what_does_not_fit_is_refused_and_named(board: Board) -> None:
    body = {"name": " ", "color": "red", "skills": ["x" * 61], "capacity": -1, "cats": 1, "agent_name": "A b"}
    status, _, errors = await board.refused("POST", "/agents", body)
    assert status == 422
    assert errors.keys() == {"name", "color", "skills.0", "capacity", "cats", "agent_name"}
    assert (await board.refused("POST", "/agents", {"id": "kenji", "name": "K"}))[0] == 409
    status, _, errors = await board.refused("PATCH", "/agents/kenji", {"name": None, "skills": None})
    assert (status, errors.keys()) == (422, {"name", "skills"})
    await board.ask("PATCH", "/agents/kenji", {"name": "Kenji 2", "version": 1})
    stale = await board.send("PATCH", "/agents/kenji", {"name": "Kenji 3", "version": 1})
    assert stale.status == 409
    assert stale.body["current"] == {"name": "Kenji 2", "version": 2}
    assert stale.body["yours"] == {"name": "Kenji 3", "version": 1}
    same = await board.ask("PATCH", "/agents/kenji", {"name": "Kenji 2", "version": 1})
    assert same["version"] == 2


async def test_agents_of_others_are_not_there_and_users_may_only_look(board: Board) -> None:
    await board.ask("POST", "/agents", {"id": "only-a", "name": "Only A"})
    bob = board.of("bob")
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        foreign, absent = [await bob.refused(method, f"/agents/{i}", body) for i in ("only-a", "nobody")]
        assert foreign[0] == absent[0] == 404
    await bob.ask("POST", "/agents", {"id": "only-a", "name": "Bob's own"})
    assert (await board.ask("GET", "/agents/only-a"))["name"] == "Only A"
    user = await board.member("reader")
    assert len(await user.ask("GET", "/agents")) == 13
    assert (await user.refused("POST", "/agents", {"name": "x"}))[0] == 403
    assert (await user.refused("DELETE", "/agents/kenji"))[0] == 403


async def test_skills_have_levels_that_go_with_them(board: Board) -> None:
    new = {"name": "Yuki", "skills": ["SEO", "audits"], "skill_levels": {"seo": 3, "audits": 2, "gone": 1}}
    made = await board.ask("POST", "/agents", new)
    assert (made["skills"], made["skill_levels"]) == (["seo", "audits"], {"seo": 3})
    listed = {agent["id"]: agent for agent in await board.ask("GET", "/agents")}
    assert (listed["yuki"]["skill_levels"], listed["kenji"]["skill_levels"]) == ({"seo": 3}, {})
    learning = await board.ask("PATCH", "/agents/yuki", {"skill_levels": {"audits": 1}})
    assert (learning["skills"], learning["skill_levels"]) == (["seo", "audits"], {"audits": 1})
    event = await board.last("board_arranged")
    await board.ask("POST", f"/activity/{event}/undo", {})
    assert (await board.ask("GET", "/agents/yuki"))["skill_levels"] == {"seo": 3}
    fewer = await board.ask("PATCH", "/agents/yuki", {"skills": ["audits"]})
    assert (fewer["skills"], fewer["skill_levels"]) == (["audits"], {})
    refused = await board.refused("PATCH", "/agents/yuki", {"skill_levels": {"audits": 4}})
    assert (refused[0], list(refused[2])) == (422, ["skill_levels.audits"])
