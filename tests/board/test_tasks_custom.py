"""Filters by custom fields of every kind, and values with a comma in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from opsroom.board.shapes import CustomField
from opsroom.board.tasks.listing.custom import fits, questions
from opsroom.board.tasks.listing.filters import TaskFilter, joined, parted
from opsroom.kernel.actor import Actor
from tests.board.furniture_kit import Board, open_board
from tests.board.test_tasks_fitting import fitting
from tests.board.test_tasks_life import new
from tests.board.test_tasks_lists import found

KINDS = {"notes": "text", "site": "url", "budget": "number", "launch": "date", "paid": "checkbox"}
TASKS: dict[str, dict[str, object]] = {
    "small": {
        "notes": "Für MÜNCHEN, 100% [new]",
        "site": "https://Example.org/a?b=*",
        "budget": 100,
        "launch": "2026-11-30",
    },
    "large": {"notes": "a_b\\c\nEnd.", "site": "http://b.example", "budget": 499.5, "launch": "2026-12-01"},
    "minus": {"notes": "ΑΘΉΝΑ 100x", "budget": -3, "launch": "2027-01-01", "paid": True},
    "bare": {},
}
ASKED: list[tuple[dict[str, str], list[str]]] = [
    ({"custom_contains": "notes:münchen"}, ["small"]),
    ({"custom_contains": "notes:FÜR"}, ["small"]),
    ({"custom_contains": "notes:αθή"}, ["minus"]),
    ({"custom_contains": "notes:100"}, ["minus", "small"]),
    ({"custom_contains": "notes:" + quote("100%")}, ["small"]),
    ({"custom_contains": "notes:" + quote(", 100% [N")}, ["small"]),
    ({"custom_contains": "notes:[a-z]"}, []),
    ({"custom_contains": "notes:a_b"}, ["large"]),
    ({"custom_contains": "notes:" + quote("B\\C\nend.")}, ["large"]),
    ({"custom_contains": "notes:münchen,notes:end"}, ["large", "small"]),
    ({"custom_contains": "site:EXAMPLE"}, ["large", "small"]),
    ({"custom_contains": "site:" + quote("?b=*")}, ["small"]),
    ({"custom_contains": "site:example,notes:end"}, ["large"]),
    ({"custom": "notes:none"}, ["bare"]),
    ({"custom": "notes:any"}, ["large", "minus", "small"]),
    ({"custom": "site:none"}, ["bare", "minus"]),
    ({"custom": "site:http://b.example"}, ["large"]),
    ({"custom": "budget:100.0"}, ["small"]),
    ({"custom": "budget:100,budget:-3"}, ["minus", "small"]),
    ({"custom": "budget:none,budget:499.50"}, ["bare", "large"]),
    ({"custom": "budget:any"}, ["large", "minus", "small"]),
    ({"custom_from": "budget:100"}, ["large", "small"]),
    ({"custom_to": "budget:100"}, ["minus", "small"]),
    ({"custom_from": "budget:-3", "custom_to": "budget:99.5"}, ["minus"]),
    ({"custom_from": "launch:2026-12-01"}, ["large", "minus"]),
    ({"custom_to": "launch:2026-11-30"}, ["small"]),
    ({"custom_from": "launch:2026-12-01,budget:0", "custom_to": "launch:2026-12-31"}, ["large"]),
    ({"custom": "launch:2026-12-01"}, ["large"]),
    ({"custom": "launch:none"}, ["bare"]),
    ({"custom": "launch:any"}, ["large", "minus", "small"]),
    ({"custom": "paid:any"}, ["minus"]),
    ({"custom": "nowhere:any"}, []),
]
WRONG: list[tuple[dict[str, str], set[str]]] = [
    (
        {"custom": "budget:much,launch:soon", "custom_from": "budget:1e9"},
        {"custom.budget", "custom.launch", "custom_from.budget"},
    ),
    ({"custom_from": "launch:2026-02-30", "custom_to": "notes:a"}, {"custom_from.launch", "custom_to.notes"}),
    ({"custom_contains": "budget:1,paid:t"}, {"custom_contains.budget", "custom_contains.paid"}),
    ({"custom_from": "budget:1,budget:2"}, {"custom_from.budget"}),
    ({"custom_to": "nowhere:1"}, {"custom_to.nowhere"}),
    ({"custom_to": "budget:" + "9" * 15 + "0"}, {"custom_to.budget"}),
    ({"custom_contains": "notes"}, {"custom_contains"}),
    ({"custom_contains": "notes:a%00"}, {"custom_contains"}),
]


@pytest.fixture
async def board(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Board]:
    async with open_board(build_house, alice, bob) as opened:
        yield opened


async def stocked(board: Board) -> None:
    for key, kind in KINDS.items():
        await board.ask("POST", "/board/fields", {"name": key.title(), "key": key, "kind": kind})
    for title, custom in TASKS.items():
        await new(board, title, custom=custom)


def query_of(asked: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value)}" for name, value in asked.items())


async def test_every_kind_of_field_is_filtered(board: Board) -> None:
    await stocked(board)
    for asked, titles in ASKED:
        assert sorted(await found(board, query_of(asked))) == titles, asked
        assert await fitting(board, **asked) == set(titles), asked
    agent = await board.ask("POST", "/agents", {"name": "Kenji"})
    task = await new(board, "given", assigned_agent_id=agent["id"], custom={"budget": 7})
    await new(board, "given too", assigned_agent_id=agent["id"], custom={"budget": 9})
    of_agent = await board.ask("GET", f"/agents/{agent['id']}/tasks?custom_to=budget:8")
    assert [each["id"] for each in of_agent] == [task["id"]]
    # What others have is not found, and their fields are none of this board.
    bob = board.of("bob")
    assert (await bob.refused("GET", "/tasks?custom_from=budget:1"))[0] == 422
    assert await bob.ask("GET", "/tasks?custom=budget:any") == []


async def test_what_a_field_cannot_be_asked_is_refused_under_its_name(board: Board) -> None:
    await stocked(board)
    for asked, paths in WRONG:
        status, _, errors = await board.refused("GET", f"/tasks?{query_of(asked)}")
        assert (status, errors.keys()) == (422, paths), asked
        status, _, errors = await board.refused("POST", "/tasks/fitting", asked)
        assert (status, errors.keys()) == (422, paths), asked
        status, _, errors = await board.refused("POST", "/board/views", {"name": "V", "query": asked})
        assert (status, errors.keys()) == (422, {f"query.{path}" for path in paths}), asked
    for asked, _ in ASKED:
        made = await board.ask("POST", "/board/views", {"name": "V", "query": asked})
        assert made["query"] == asked
    # A view goes on when its field is deleted: its values still stand in the tasks.
    await board.ask("DELETE", "/board/fields/budget")
    assert sorted(await found(board, "custom_from=budget:100")) == ["large", "small"]


async def test_a_value_may_hold_a_comma(board: Board) -> None:
    for label in ("Berlin, Mitte", "Berlin", "Mitte", "back\\slash"):
        await new(board, label, labels=[label])
    for text, titles in {
        "Berlin, Mitte": ["Berlin", "Mitte"],
        "Berlin\\, Mitte": ["Berlin, Mitte"],
        "Berlin\\, Mitte,Mitte": ["Berlin, Mitte", "Mitte"],
        "back\\slash": ["back\\slash"],
        "back\\\\slash": ["back\\slash"],
    }.items():
        assert sorted(await found(board, f"label={quote(text)}")) == titles, text
        assert await fitting(board, label=text) == set(titles), text
    query = {"label": ["Berlin, Mitte", "back\\slash"]}
    made = await board.ask("POST", "/board/views", {"name": "Of Mitte", "query": query})
    assert made["query"] == {"label": "Berlin\\, Mitte,back\\\\slash"}
    kept = quote(made["query"]["label"])
    assert sorted(await found(board, f"label={kept}")) == ["Berlin, Mitte", "back\\slash"]


def test_values_are_joined_and_parted_again() -> None:
    for values in (("a",), ("a,b", "c"), ("\\", "\\,", ",\\"), ("a\\b", "x, y"), ()):
        assert parted(joined(values)) == values
    assert parted(" a , ,b,a") == ("a", "b")
    assert parted("a\\") == ("a\\",)


def test_a_rule_asks_as_the_list_does() -> None:
    fields = [
        CustomField.model_validate(
            {"key": key, "name": key, "kind": kind, "options": (), "position": 0, "version": 1}
        )
        for key, kind in KINDS.items()
    ]
    for asked, titles in ASKED:
        wanted, problems = questions(TaskFilter.model_validate(asked), fields)
        assert problems == ()
        fitting = [
            title
            for title, custom in TASKS.items()
            if all(fits(each, custom.get(each.key)) for each in wanted)
        ]
        assert sorted(fitting) == titles, asked
