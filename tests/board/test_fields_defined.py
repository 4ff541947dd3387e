"""Custom fields: defined once, their kind stands, their values outlive them."""

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


async def test_fields_are_defined_changed_placed_and_brought_back(board: Board) -> None:
    await board.ask("POST", "/board/fields", {"name": "Go live", "kind": "date"})
    channel = {"name": "Channel", "kind": "choice", "options": ["SEO", "Ads"], "position": 0}
    made = await board.ask("POST", "/board/fields", channel)
    assert (made["key"], made["options"]) == ("channel", ["SEO", "Ads"])
    assert [f["key"] for f in await board.ask("GET", "/board/fields")] == ["channel", "go_live"]
    changed = await board.ask(
        "PATCH", "/board/fields/channel", {"options": ["SEO"], "position": 1, "version": 1}
    )
    assert (changed["options"], changed["version"]) == (["SEO"], 2)
    assert [f["key"] for f in await board.ask("GET", "/board/fields")] == ["go_live", "channel"]
    await board.ask("DELETE", "/board/fields/channel")
    assert [f["key"] for f in await board.ask("GET", "/board/fields")] == ["go_live"]
    assert (await board.refused("POST", "/board/fields", {"key": "channel", "name": "C", "kind": "text"}))[
        0
    ] == 409
    back = await board.ask("POST", "/board/fields", channel)
    assert back["key"] == "channel"
    assert await board.of("bob").ask("GET", "/board/fields") == []


MISFITS: list[tuple[Any, Any]] = [
    ({"name": "A", "kind": "choice"}, {"options"}),
    ({"name": "A", "kind": "choice", "options": ["x", "x"]}, {"options"}),
    ({"name": "A", "kind": "text", "options": ["x"]}, {"options"}),
    ({"name": "", "kind": "colour", "key": "9Bad"}, {"name", "kind", "key"}),
]


async def test_definitions_that_do_not_fit(board: Board) -> None:
    for body, paths in MISFITS:
        status, _, errors = await board.refused("POST", "/board/fields", body)
        assert (status, errors.keys()) == (422, paths)


async def test_a_kind_stands_and_fields_are_the_tenants_own(board: Board) -> None:
    await board.ask("POST", "/board/fields", {"key": "only_a", "name": "Only A", "kind": "text"})
    assert (await board.refused("PATCH", "/board/fields/only_a", {"kind": "date"}))[0] == 422
    assert (await board.refused("POST", "/board/fields", {"key": "only_a", "name": "B", "kind": "text"}))[
        0
    ] == 409
    bob, user = board.of("bob"), await board.member("reader")
    assert (await bob.refused("PATCH", "/board/fields/only_a", {"name": "x"}))[0] == 404
    assert (await bob.refused("DELETE", "/board/fields/only_a"))[0] == 404
    assert (await user.refused("DELETE", "/board/fields/only_a"))[0] == 403
    for n in range(49):
        await board.ask("POST", "/board/fields", {"name": f"F {n}", "kind": "checkbox"})
    assert (await board.refused("POST", "/board/fields", {"name": "One too many", "kind": "text"}))[0] == 422


async def test_a_field_says_how_many_tasks_hold_a_value(board: Board) -> None:
    await board.ask("POST", "/board/fields", {"key": "go_live", "name": "Go live", "kind": "text"})
    assert (await board.ask("GET", "/board/fields/go_live"))["task_count"] == 0
    await board.put_task(custom={"go_live": "soon"})
    await board.put_task(custom={"go_live": None, "other": '"go_live":'})
    await board.put_task(custom={"goxlive": "soon"})
    assert (await board.ask("GET", "/board/fields/go_live"))["task_count"] == 1
    assert (await board.of("bob").refused("GET", "/board/fields/go_live"))[0] == 404


async def test_options_have_colours(board: Board) -> None:
    new = {
        "name": "Channel",
        "kind": "choice",
        "options": ["SEO", "Ads"],
        "option_colors": {"SEO": "#22c365"},
    }
    made = await board.ask("POST", "/board/fields", new)
    assert (made["options"], made["option_colors"]) == (["SEO", "Ads"], {"SEO": "#22c365"})
    turned = await board.ask("PATCH", "/board/fields/channel", {"options": ["Ads", "SEO"]})
    assert (turned["options"], turned["option_colors"]) == (["Ads", "SEO"], {"SEO": "#22c365"})
    await board.ask("PATCH", "/board/fields/channel", {"option_colors": {"Ads": "#dd3c3c"}})
    event = await board.last("board_arranged")
    await board.ask("POST", f"/activity/{event}/undo", {})
    (field,) = await board.ask("GET", "/board/fields")
    assert field["option_colors"] == {"SEO": "#22c365"}
    for colors in ({"Post": "#22c365"}, {"SEO": "green"}):
        refused = await board.refused("PATCH", "/board/fields/channel", {"option_colors": colors})
        assert (refused[0], [path.split(".")[0] for path in refused[2]]) == (422, ["option_colors"])
