"""Sprints: planned, begun one at a time, completed with what is open carried over in the same commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.kernel.actor import Actor
from tests.board.furniture_kit import Board, open_board


@pytest.fixture
async def board(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Board]:
    async with open_board(build_house, alice, bob) as opened:
        yield opened


Q1 = {"name": "Q1", "goal": "Ship", "start_date": "2026-01-05", "end_date": "2026-01-16"}
Q2 = {"name": "Q2", "start_date": "2026-01-19", "end_date": "2026-01-30"}


async def test_a_sprint_is_planned_changed_and_counted(board: Board) -> None:
    made = await board.ask("POST", "/sprints", {"id": "sprint-2026-q1", **Q1})
    assert (made["id"], made["status"], made["task_count"]) == ("sprint-2026-q1", "planned", 0)
    await board.put_task(sprint_id=made["id"], estimate=2.5)
    await board.put_task(sprint_id=made["id"], estimate=1, status="done")
    await board.put_task(sprint_id=made["id"], actor=board.town.bob)
    found = await board.ask("GET", f"/sprints/{made['id']}")
    assert [found[k] for k in ("task_count", "done_count", "estimate", "done_estimate")] == [2, 1, 3.5, 1.0]
    changed = await board.ask("PATCH", f"/sprints/{made['id']}", {"end_date": "2026-01-17", "version": 1})
    assert (changed["end_date"], changed["version"]) == ("2026-01-17", 2)
    assert (await board.events("sprint_changed"))[0]["body"]["changes"] == {
        "end_date": ["2026-01-16", "2026-01-17"]
    }
    later = await board.ask("POST", "/sprints", Q2)
    assert later["id"].startswith("sprint_")
    page = await board.send("GET", "/sprints?limit=1&offset=1")
    assert ([s["id"] for s in page.body["data"]], page.body["meta"]["total"]) == ([later["id"]], 2)
    assert await board.of("bob").ask("GET", "/sprints") == []


async def test_one_sprint_is_going_on_at_a_time(board: Board) -> None:
    one, two = [(await board.ask("POST", "/sprints", s))["id"] for s in (Q1, Q2)]
    started = await board.ask("POST", f"/sprints/{one}/start")
    assert (started["status"], started["started_at"] is not None) == ("active", True)
    assert (await board.ask("POST", f"/sprints/{one}/start"))["version"] == started["version"]
    status, detail, _ = await board.refused("POST", f"/sprints/{two}/start")
    assert (status, "Q1 is going on" in detail) == (409, True)
    assert [s["id"] for s in await board.ask("GET", "/sprints?status=active")] == [one]
    assert len(await board.events("sprint_started")) == 1


async def test_two_who_start_at_once_do_not_start_two(board: Board) -> None:
    ids = [(await board.ask("POST", "/sprints", s))["id"] for s in (Q1, Q2, Q1, Q2)]
    replies = await asyncio.gather(*[board.send("POST", f"/sprints/{i}/start") for i in ids])
    assert sorted(r.status for r in replies) == [200, 409, 409, 409]
    assert len(await board.ask("GET", "/sprints?status=active")) == 1


async def test_completing_carries_over_what_is_not_done(board: Board) -> None:
    one, two = [(await board.ask("POST", "/sprints", s))["id"] for s in (Q1, Q2)]
    open_task = await board.put_task("Open", sprint_id=one)
    blocked = await board.put_task("Blocked", sprint_id=one, status="blocked")
    done = await board.put_task("Done", sprint_id=one, status="done")
    elsewhere = await board.put_task("Elsewhere")
    assert (await board.refused("POST", f"/sprints/{one}/complete", {"carry_to": two}))[0] == 409
    await board.ask("POST", f"/sprints/{one}/start")
    for carry_to in (one, "sprint_nobody"):
        status, _, errors = await board.refused("POST", f"/sprints/{one}/complete", {"carry_to": carry_to})
        assert (status, errors.keys()) == (422, {"carry_to"})
    assert (await board.refused("POST", f"/sprints/{one}/complete", {}))[0] == 422
    ended = await board.ask("POST", f"/sprints/{one}/complete", {"carry_to": two})
    assert (ended["status"], ended["task_count"], ended["done_count"]) == ("completed", 1, 1)
    assert [(await board.task(t))["sprint_id"] for t in (open_task, blocked, done, elsewhere)] == [
        two,
        two,
        one,
        None,
    ]
    event = (await board.events("sprint_completed"))[0]
    assert event["body"] | {"carried_tasks": None} == {
        "name": "Q1",
        "done": 1,
        "carried": 2,
        "carried_to": two,
        "carried_tasks": None,
    }
    moved = await board.events("task_changed")
    assert {e["subject"] for e in moved} == {open_task, blocked}
    assert {e["correlation_id"] for e in moved} == {event["correlation_id"]}
    await board.ask("POST", f"/sprints/{two}/start")
    await board.ask("POST", f"/sprints/{two}/complete", {"carry_to": "backlog"})
    assert (await board.task(open_task))["sprint_id"] is None
    assert (await board.refused("POST", f"/sprints/{two}/start"))[0] == 409
    assert (await board.refused("PATCH", f"/sprints/{two}", {"end_date": "2026-02-01"}))[0] == 409
    assert (await board.ask("PATCH", f"/sprints/{two}", {"goal": "Was fine"}))["goal"] == "Was fine"


async def test_deleting_sends_tasks_to_the_backlog(board: Board) -> None:
    one = (await board.ask("POST", "/sprints", Q1))["id"]
    task = await board.put_task(sprint_id=one)
    await board.ask("DELETE", f"/sprints/{one}")
    assert (await board.task(task))["sprint_id"] is None
    assert (await board.refused("GET", f"/sprints/{one}"))[0] == 404
    assert await board.ask("GET", "/sprints") == []


MISFITS: list[tuple[Any, Any]] = [
    (Q1 | {"end_date": "2026-02-30", "name": "x" * 121}, {"end_date", "name"}),
    (Q1 | {"end_date": "2026-01-04"}, {"end_date"}),
    (Q1 | {"start_date": "1999-12-31", "end_date": "2101-01-01"}, {"start_date", "end_date"}),
    (Q1 | {"end_date": "2028-01-16"}, {"end_date"}),
    (Q1 | {"start_date": 1769904000, "end_date": None}, {"start_date", "end_date"}),
    (Q1 | {"goal": "x" * 5001, "status": "active"}, {"goal", "status"}),
    ({}, {"name", "start_date", "end_date"}),
]


async def test_days_and_names_that_do_not_fit(board: Board) -> None:
    for body, paths in MISFITS:
        status, _, errors = await board.refused("POST", "/sprints", body)
        assert (status, errors.keys() & paths) == (422, paths)


async def test_sprints_of_others_are_not_there(board: Board) -> None:
    one = (await board.ask("POST", "/sprints", Q1))["id"]
    bob = board.of("bob")
    own = (await bob.ask("POST", "/sprints", Q1))["id"]
    await bob.ask("POST", f"/sprints/{own}/start")
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("POST", "/start", None),
        ("POST", "/complete", {"carry_to": "backlog"}),
    ):
        for sprint in (one, "sprint_nobody"):
            assert (await bob.refused(method, f"/sprints/{sprint}{path}", body))[0] == 404
    status, detail, errors = await bob.refused("POST", f"/sprints/{own}/complete", {"carry_to": one})
    absent = await bob.refused("POST", f"/sprints/{own}/complete", {"carry_to": "sprint_0"})
    assert (status, detail, errors) == absent
