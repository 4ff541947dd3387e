"""Saved views: hold only what the list takes, private to their owner unless shared."""

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


async def test_views_are_saved_changed_and_placed(board: Board) -> None:
    query = {
        "status": ["todo", "blocked"],
        "overdue": True,
        "assigned": "me,none",
        "sort": "priority,due_date:desc",
    }
    made = await board.ask("POST", "/board/views", {"name": "Mine", "query": query, "layout": "list"})
    assert made["query"] == {
        "status": "todo,blocked",
        "overdue": "true",
        "assigned": "me,none",
        "sort": "priority,due_date:desc",
    }
    assert (made["owner_id"], made["shared"]) == (board.town.alice.id, False)
    other = await board.ask("POST", "/board/views", {"name": "Other", "shared": True, "position": 0})
    assert [v["id"] for v in await board.ask("GET", "/board/views")] == [other["id"], made["id"]]
    changed = await board.ask(
        "PATCH", f"/board/views/{made['id']}", {"query": {"kind": "active"}, "position": 0, "version": 1}
    )
    assert (changed["query"], changed["version"]) == ({"kind": "active"}, 2)
    assert [v["id"] for v in await board.ask("GET", "/board/views")] == [made["id"], other["id"]]
    await board.ask("DELETE", f"/board/views/{made['id']}")
    assert [v["id"] for v in await board.ask("GET", "/board/views")] == [other["id"]]
    # Private views leave no trace where everybody reads.
    assert [e["body"]["name"] for e in await board.events("board_arranged")] == ["Other"]


async def test_a_private_view_is_its_owners_alone_and_a_shared_one_its_owners_to_change(board: Board) -> None:
    nora, omar = await board.member("nora"), await board.member("omar")
    private = await nora.ask("POST", "/board/views", {"name": "Private"})
    shared = await nora.ask("POST", "/board/views", {"name": "Shared", "shared": True})
    for key in (omar, board):
        assert [v["name"] for v in await key.ask("GET", "/board/views")] == ["Shared"]
        assert (await key.refused("PATCH", f"/board/views/{private['id']}", {"name": "x"}))[0] == 404
    assert (await omar.refused("PATCH", f"/board/views/{shared['id']}", {"name": "x"}))[0] == 403
    assert (await omar.refused("DELETE", f"/board/views/{shared['id']}"))[0] == 403
    assert (await board.refused("PATCH", f"/board/views/{shared['id']}", {"shared": False}))[0] == 403
    assert (await board.ask("PATCH", f"/board/views/{shared['id']}", {"name": "Admin's"}))[
        "name"
    ] == "Admin's"
    bob = board.of("bob")
    for view in (shared["id"], "view_0"):
        assert (await bob.refused("PATCH", f"/board/views/{view}", {"name": "x"}))[0] == 404
        assert (await bob.refused("DELETE", f"/board/views/{view}"))[0] == 404
    assert await bob.ask("GET", "/board/views") == []


MISFITS: list[tuple[Any, Any]] = [
    ({"colour": "red", "limit": 5}, {"query.colour", "query.limit"}),
    ({"due_from": "2026-02-30", "archived": "maybe"}, {"query.due_from", "query.archived"}),
    ({"status": {"not": "todo"}, "label": [1]}, {"query.status", "query.label"}),
    ({"sort": "beauty,title:up"}, {"query.sort"}),
    ({"search": "x" * 2001}, {"query.search"}),
]


async def test_a_query_the_list_would_refuse_is_refused(board: Board) -> None:
    for query, paths in MISFITS:
        status, _, errors = await board.refused("POST", "/board/views", {"name": "V", "query": query})
        assert (status, errors.keys()) == (422, paths)
        made = await board.ask("POST", "/board/views", {"name": "V"})
        status, _, errors = await board.refused("PATCH", f"/board/views/{made['id']}", {"query": query})
        assert (status, errors.keys()) == (422, paths)


async def test_a_view_says_how_it_looks_and_comes_back(board: Board) -> None:
    query = {"due": "this_week,overdue", "custom": "tier:Gold", "group": "agent", "columns": "number,cf:tier"}
    made = await board.ask("POST", "/board/views", {"name": "Week", "query": query})
    assert made["query"] == query
    for wrong in ({"group": "a b"}, {"columns": "a,,b"}, {"columns": "<b>"}):
        status, _, errors = await board.refused("POST", "/board/views", {"name": "V", "query": wrong})
        assert (status, errors.keys()) == (422, {f"query.{name}" for name in wrong})
    omar = await board.member("omar")
    assert (await omar.refused("POST", f"/board/views/{made['id']}/restore"))[0] == 404
    await board.ask("DELETE", f"/board/views/{made['id']}")
    assert await board.ask("GET", "/board/views") == []
    assert (await board.of("bob").refused("POST", f"/board/views/{made['id']}/restore"))[0] == 404
    back = await board.ask("POST", f"/board/views/{made['id']}/restore")
    assert (back["id"], back["query"]) == (made["id"], query)
    assert await board.ask("POST", f"/board/views/{made['id']}/restore") == back  # asked twice, done once
