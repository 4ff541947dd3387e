"""Categories: named once, deleted only when it is said where their tasks go."""

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


async def test_the_six_are_there_and_more_can_be_added(board: Board) -> None:
    found = await board.ask("GET", "/categories")
    assert [c["name"] for c in found] == [
        "Development",
        "Content",
        "Revenue",
        "Infrastructure",
        "Research",
        "Operations",
    ]
    added = await board.ask("POST", "/categories", {"name": "Häuser & Co", "icon": "home"})
    assert (added["id"], added["sort_order"], added["icon"]) == ("hauser-co", 7, "home")
    changed = await board.ask("PATCH", "/categories/hauser-co", {"sort_order": 0, "icon": None, "version": 1})
    assert (changed["icon"], changed["version"]) == (None, 2)
    assert (await board.ask("GET", "/categories"))[0]["id"] == "hauser-co"
    assert [c["id"] for c in await board.ask("GET", "/categories?limit=2&offset=1")] == [
        "development",
        "content",
    ]
    assert len(await board.of("bob").ask("GET", "/categories")) == 6


async def test_a_category_in_use_goes_only_when_its_tasks_have_a_place(board: Board) -> None:
    tasks = [await board.put_task(category_id="content") for _ in range(2)]
    theirs = await board.put_task(category_id="content", actor=board.town.bob)
    status, detail, _ = await board.refused("DELETE", "/categories/content")
    assert (status, "2 tasks are" in detail) == (409, True)
    status, _, errors = await board.refused("DELETE", "/categories/content?move_to=nowhere")
    assert (status, errors.keys()) == (422, {"query.move_to"})
    await board.ask("DELETE", "/categories/content?move_to=research")
    assert [(await board.task(t))["category_id"] for t in tasks] == ["research"] * 2
    assert (await board.task(theirs))["category_id"] == "content"
    assert [(e["subject"], e["body"]["changes"]) for e in await board.events("task_changed")] == [
        (t, {"category_id": ["content", "research"]}) for t in sorted(tasks)
    ]
    assert "content" not in [c["id"] for c in await board.ask("GET", "/categories")]
    assert (await board.refused("DELETE", "/categories/content"))[0] == 404
    await board.ask("DELETE", "/categories/research?move_to=none")
    assert [(await board.task(t))["category_id"] for t in tasks] == [None, None]
    await board.ask("DELETE", "/categories/revenue")


async def test_names_and_ids_are_taken_once_and_users_may_only_look(board: Board) -> None:
    assert (await board.refused("POST", "/categories", {"name": "content"}))[0] == 409
    assert (await board.refused("POST", "/categories", {"id": "content", "name": "Texts"}))[0] == 409
    assert (await board.refused("PATCH", "/categories/content", {"name": "RESEARCH"}))[0] == 409
    status, _, errors = await board.refused(
        "POST", "/categories", {"name": "", "color": "#12", "icon": "<b>", "sort_order": "x"}
    )
    assert (status, errors.keys()) == (422, {"name", "color", "icon", "sort_order"})
    await board.ask("PATCH", "/categories/content", {"name": "Texts"})
    stale = await board.refused("PATCH", "/categories/content", {"name": "Words", "version": 1})
    assert stale[0] == 409
    await board.ask("POST", "/categories", {"id": "only-a", "name": "Only A"})
    bob, user = board.of("bob"), await board.member("reader")
    assert (await bob.refused("PATCH", "/categories/only-a", {"name": "x"}))[0] == 404
    assert (await bob.refused("DELETE", "/categories/only-a"))[0] == 404
    for method, path, body in (
        ("POST", "", {"name": "x"}),
        ("PATCH", "/content", {}),
        ("DELETE", "/content", None),
    ):
        assert (await user.refused(method, f"/categories{path}", body))[0] == 403
