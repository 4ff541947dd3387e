"""Comments: who said what to whom, whose it is to change, and that the card counts them right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from opsroom.board.comments.rules import mentioned
from opsroom.board.tasks.tables import TASK_WATCHERS
from opsroom.kernel.actor import Actor
from tests.board.furniture_kit import Board, open_board


@pytest.fixture
async def board(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Board]:
    async with open_board(build_house, alice, bob) as opened:
        yield opened


async def watchers(board: Board, task_id: str) -> set[str]:
    async with board.house.unit_of_work.reading(board.actor) as tx:
        query = sa.select(TASK_WATCHERS.c.actor_id).where(TASK_WATCHERS.c.task_id == task_id)
        return set((await tx.conn.execute(query)).scalars())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@kenji please, and @Alice.", ["kenji", "alice"]),
        ("(@kenji) @kenji **@neo**", ["kenji", "neo"]),
        ("mail a@kenji.example or npm @scope/pkg? yes: @scope", ["scope"]),
        ("`@kenji` and\n```\n@neo\n```\n~~~~\n@maya\n~~~\n~~~~\n@zara", ["zara"]),
        ("``a ` @kenji`` @dr-elena", ["dr-elena"]),
        ("@", []),
        ("@@kenji and @-x", []),
        (" ".join(f"@n{i}" for i in range(60)), [f"n{i}" for i in range(50)]),
    ],
)
def test_who_is_mentioned(text: str, names: list[str]) -> None:
    assert mentioned(text) == names


async def test_a_comment_tells_those_it_mentions_and_makes_a_watcher(board: Board) -> None:
    task = await board.put_task()
    nora = await board.member("nora")
    text = "@kenji look, @alice too; not @bob, not `@neo`.\n<script>alert(1)</script>"
    said = await nora.ask("POST", f"/tasks/{task}/comments", {"content": text})
    assert said["content"] == text
    assert said["mentions"] == ["kenji", board.town.alice.id]
    assert (said["author"]["name"], said["author_kind"], said["agent_id"]) == ("Nora", "app", None)
    assert (await board.task(task))["comment_count"] == 1
    assert await watchers(board, task) == {said["author"]["id"]}
    event = (await board.events("comment_added"))[0]
    assert (event["subject"], event["body"]["mentions"]) == (task, said["mentions"])
    assert event["body"]["excerpt"].startswith("@kenji look")
    assert (await board.task(task))["version"] == 1


async def test_an_agent_speaks_from_its_seat(board: Board) -> None:
    task = await board.put_task()
    kenji = await board.member("kenji", kind="agent")
    said = await kenji.ask("POST", f"/tasks/{task}/comments", {"content": "On it."})
    assert (said["agent_id"], said["author_kind"]) == ("kenji", "agent")
    await board.ask("PATCH", "/agents/neo", {"agent_name": "planner"})
    planner = await board.member("planner", kind="agent")
    assert (await planner.ask("POST", f"/tasks/{task}/comments", {"content": "Plan."}))["agent_id"] == "neo"
    # A name is not a proof: an app called like an agent speaks as itself.
    app = await board.member("maya", kind="app")
    assert (await app.ask("POST", f"/tasks/{task}/comments", {"content": "Hi"}))["agent_id"] is None


async def test_a_comment_is_its_authors_or_an_admins_to_change(board: Board) -> None:
    task = await board.put_task()
    nora, omar = await board.member("nora"), await board.member("omar")
    said = await nora.ask("POST", f"/tasks/{task}/comments", {"content": "First"})
    path = f"/comments/{said['id']}"
    for method, at, body in (
        ("PATCH", path, {"content": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/restore", None),
    ):
        status, detail, _ = await omar.refused(method, at, body)
        assert (status, "Nora's" in detail) == (403, True)
    edited = await nora.ask("PATCH", path, {"content": "Second @neo", "version": 1})
    assert (edited["content"], edited["mentions"], edited["version"]) == ("Second @neo", ["neo"], 2)
    assert edited["edited_at"] is not None
    stale = await nora.send("PATCH", path, {"content": "Third", "version": 1})
    assert (stale.status, stale.body["current"]["content"]) == (409, "Second @neo")
    deleted = await board.ask("DELETE", path)
    assert (deleted["deleted"], deleted["content"]) == (True, "")
    assert (await board.task(task))["comment_count"] == 0
    await board.ask("DELETE", path)
    assert (await nora.refused("PATCH", path, {"content": "x"}))[0] == 409
    assert await board.ask("GET", f"/tasks/{task}/comments") == []
    back = await nora.ask("POST", f"{path}/restore")
    assert (back["content"], (await board.task(task))["comment_count"]) == ("Second @neo", 1)
    changed = [
        (e["body"]["what"], e["body"]["before"], e["body"]["mentions"])
        for e in await board.events("comment_changed")
    ]
    assert changed == [("edited", "First", ["neo"]), ("deleted", None, []), ("restored", None, [])]


async def test_many_at_once_are_all_counted_and_listed_in_order(board: Board) -> None:
    task = await board.put_task()
    send = [board.ask("POST", f"/tasks/{task}/comments", {"content": f"c{n}"}) for n in range(12)]
    await asyncio.gather(*send)
    assert (await board.task(task))["comment_count"] == 12
    page = await board.send("GET", f"/tasks/{task}/comments?limit=5&offset=10")
    assert (len(page.body["data"]), page.body["meta"]["total"]) == (2, 12)
    oldest = [c["id"] for c in await board.ask("GET", f"/tasks/{task}/comments")]
    newest = [c["id"] for c in await board.ask("GET", f"/tasks/{task}/comments?sort=newest")]
    assert newest == oldest[::-1]


async def test_what_does_not_fit_and_what_is_others_is_refused(board: Board) -> None:
    task = await board.put_task()
    path = f"/tasks/{task}/comments"
    for content in ("", "  \n ", "x" * 20_001, 5, None):
        status, _, errors = await board.refused("POST", path, {"content": content})
        assert (status, errors.keys()) == (422, {"content"})
    assert (await board.refused("POST", path, {"content": "NUL \x00"}))[0] == 400
    assert len((await board.ask("POST", path, {"content": "x" * 20_000}))["content"]) == 20_000
    said = await board.ask("POST", path, {"content": "Ours"})
    bob = board.of("bob")
    for method, foreign, absent, body in (
        ("GET", path, "/tasks/task_0/comments", None),
        ("POST", path, "/tasks/task_0/comments", {"content": "x"}),
        ("PATCH", f"/comments/{said['id']}", "/comments/comment_0", {"content": "x"}),
        ("DELETE", f"/comments/{said['id']}", "/comments/comment_0", None),
        ("POST", f"/comments/{said['id']}/restore", "/comments/comment_0/restore", None),
    ):
        assert [(await bob.refused(method, p, body))[0] for p in (foreign, absent)] == [404, 404]
    theirs = await board.put_task(actor=board.town.bob)
    assert (await board.refused("POST", f"/tasks/{theirs}/comments", {"content": "x"}))[0] == 404
