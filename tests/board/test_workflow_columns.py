"""Columns: cards are never lost with them, a board always has a beginning and an end."""

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


async def keys(board: Board) -> list[str]:
    return [c["key"] for c in await board.ask("GET", "/board/columns")]


async def test_columns_are_added_renamed_and_placed(board: Board) -> None:
    made = await board.ask("POST", "/board/columns", {"name": "In review", "kind": "review", "position": 2})
    assert (made["key"], made["kind"], made["wip_limit"]) == ("in_review", "review", None)
    assert await keys(board) == ["todo", "in_progress", "in_review", "done", "blocked"]
    changed = await board.ask(
        "PATCH", "/board/columns/in_review", {"name": "Checking", "wip_limit": 3, "position": 0, "version": 1}
    )
    assert (changed["key"], changed["name"], changed["wip_limit"]) == ("in_review", "Checking", 3)
    assert (await keys(board))[0] == "in_review"
    assert (await board.ask("PATCH", "/board/columns/in_review", {"wip_limit": None}))["wip_limit"] is None
    assert len(await keys(board.of("bob"))) == 4
    said = [(e["body"]["noun"], e["body"]["what"]) for e in await board.events("board_arranged")]
    assert said == [("column", "created"), ("column", "changed"), ("column", "changed")]


async def test_a_column_goes_only_when_its_cards_have_a_place(board: Board) -> None:
    first = await board.put_task("First", status="in_progress", rank="Vb")
    second = await board.put_task("Second", status="in_progress", rank="Vc")
    away = await board.put_task("Archived", status="in_progress", rank="Va")
    there = await board.put_task("There", status="todo", rank="Vz")
    theirs = await board.put_task("Theirs", status="in_progress", actor=board.town.bob)
    async with board.house.unit_of_work(board.actor) as tx:
        from opsroom.board.tasks import api as tasks

        await tasks.archive_task(tx, away)
    status, detail, _ = await board.refused("DELETE", "/board/columns/in_progress")
    assert (status, "2 cards stand in In progress" in detail) == (409, True)
    for wrong in ("in_progress", "nowhere"):
        status, _, errors = await board.refused("DELETE", f"/board/columns/in_progress?move_to={wrong}")
        assert (status, errors.keys()) == (422, {"query.move_to"})
    await board.ask("DELETE", "/board/columns/in_progress?move_to=todo")
    rows = [await board.task(t) for t in (there, away, first, second)]
    assert {row["status"] for row in rows} == {"todo"}
    ranks = [row["rank"] for row in rows]
    assert ranks == sorted(set(ranks))
    assert (await board.task(theirs))["status"] == "in_progress"
    moved = await board.events("task_moved")
    assert [e["subject"] for e in moved] == [away, first, second]
    assert moved[1]["body"]["changes"] == {"status": ["in_progress", "todo"]}
    assert moved[1]["body"]["version"] == rows[2]["version"] == 2


async def test_a_beginning_and_an_end_remain(board: Board) -> None:
    for method, path, body in (
        ("DELETE", "/board/columns/todo", None),
        ("DELETE", "/board/columns/done?move_to=todo", None),
        ("PATCH", "/board/columns/todo", {"kind": "active"}),
        ("PATCH", "/board/columns/done", {"kind": "review"}),
    ):
        status, _, errors = await board.refused(method, path, body)
        assert (status, len(errors)) == (422, 1)
    await board.ask("POST", "/board/columns", {"name": "Later", "kind": "todo"})
    await board.ask("DELETE", "/board/columns/todo")
    assert await keys(board) == ["in_progress", "done", "blocked", "later"]


async def test_two_who_delete_at_once_leave_a_beginning(board: Board) -> None:
    for name in ("Next", "Later"):
        await board.ask("POST", "/board/columns", {"name": name, "kind": "todo"})
    todos = ("todo", "next", "later")
    replies = await asyncio.gather(*[board.send("DELETE", f"/board/columns/{key}") for key in todos])
    assert sorted(r.status for r in replies) == [200, 200, 422]
    assert "todo" in [c["kind"] for c in await board.ask("GET", "/board/columns")]


async def test_a_column_of_another_kind_begins_and_ends_its_cards(board: Board) -> None:
    await board.ask("POST", "/board/columns", {"key": "shipped", "name": "Shipped", "kind": "active"})
    task = await board.put_task(status="shipped")
    await board.ask("PATCH", "/board/columns/shipped", {"kind": "done"})
    row = await board.task(task)
    assert (row["status"], row["completed_at"] is not None) == ("shipped", True)
    await board.ask("PATCH", "/board/columns/shipped", {"kind": "blocked"})
    row = await board.task(task)
    assert (row["completed_at"], "Shipped" in row["blocked_reason"]) == (None, True)
    kinds = [(e["body"]["from_kind"], e["body"]["to_kind"]) for e in await board.events("task_moved")]
    assert kinds == [("active", "done"), ("done", "blocked")]


async def test_ways_follow_the_columns(board: Board) -> None:
    ways = {"todo": ["in_progress", "todo"], "in_progress": ["todo", "done"]}
    settings = await board.ask("PATCH", "/board/settings", {"transitions": ways, "wip_policy": "refuse"})
    assert settings["transitions"] == {"todo": ["in_progress"], "in_progress": ["todo", "done"]}
    await board.ask("POST", "/board/columns", {"name": "Review", "kind": "review"})
    settings = await board.ask("GET", "/board/settings")
    assert settings["transitions"] == {
        "todo": ["in_progress", "review"],
        "in_progress": ["todo", "done", "review"],
    }
    await board.ask("DELETE", "/board/columns/in_progress")
    assert (await board.ask("GET", "/board/settings"))["transitions"] == {"todo": ["review"]}


async def test_what_does_not_fit_is_refused_and_named(board: Board) -> None:
    body = {"name": "", "kind": "purple", "color": "blue", "wip_limit": 0, "key": "A", "position": -1}
    status, _, errors = await board.refused("POST", "/board/columns", body)
    assert (status, errors.keys()) == (422, body.keys())
    assert (await board.refused("POST", "/board/columns", {"key": "todo", "name": "X"}))[0] == 409
    assert (await board.refused("POST", "/board/columns", {"name": "to DO"}))[0] == 409
    assert (await board.refused("PATCH", "/board/columns/todo", {"name": "Done"}))[0] == 409
    assert (await board.refused("PATCH", "/board/columns/todo", {"key": "x"}))[0] == 422
    await board.ask("PATCH", "/board/columns/todo", {"name": "Next"})
    assert (await board.refused("PATCH", "/board/columns/todo", {"name": "Later", "version": 1}))[0] == 409
    for n in range(36):
        await board.ask("POST", "/board/columns", {"name": f"C {n}"})
    assert (await board.refused("POST", "/board/columns", {"name": "Too many"}))[0] == 422


async def test_settings_are_checked_whole(board: Board) -> None:
    bad = {"time_zone": "Mars/Base", "transitions": {"nowhere": [], "todo": ["gone", "done"]}}
    status, _, errors = await board.refused("PATCH", "/board/settings", bad)
    assert (status, errors.keys()) == (422, {"time_zone", "transitions.nowhere", "transitions.todo"})
    for zone in ("../../etc/passwd", "localtime", "utc", "Europe"):
        assert (await board.refused("PATCH", "/board/settings", {"time_zone": zone}))[0] == 422
    good = {"time_zone": "Europe/Amsterdam", "auto_assign": True, "start_on_assign": True, "version": 1}
    changed = await board.ask("PATCH", "/board/settings", good)
    assert changed | good == changed | {"version": 1}
    assert (await board.refused("PATCH", "/board/settings", {"time_zone": "UTC", "version": 1}))[0] == 409
    assert (await board.of("bob").ask("GET", "/board/settings"))["time_zone"] == "UTC"
    user = await board.member("reader")
    for method, path, body in (
        ("PATCH", "/board/settings", {}),
        ("POST", "/board/columns", {"name": "x"}),
        ("DELETE", "/board/columns/todo", None),
        ("POST", "/board/template", {"template": "build"}),
    ):
        assert (await user.refused(method, path, body))[0] == 403


async def test_foreign_columns_are_not_there(board: Board) -> None:
    await board.ask("POST", "/board/columns", {"key": "only_a", "name": "Only A"})
    bob = board.of("bob")
    await bob.put_task(status="todo")
    for method, path, body in (
        ("PATCH", "/board/columns/{}", {"name": "x"}),
        ("DELETE", "/board/columns/{}", None),
    ):
        assert [(await bob.refused(method, path.format(k), body))[0] for k in ("only_a", "nobody")] == [
            404,
            404,
        ]
    await bob.ask("POST", "/board/columns", {"name": "Later", "kind": "todo"})
    assert (await bob.refused("DELETE", "/board/columns/todo?move_to=only_a"))[0] == 422


async def test_templates_are_previewed_and_switched(board: Board) -> None:
    offered = await board.ask("GET", "/board/templates")
    assert [t["key"] for t in offered] == ["simple", "build", "client_delivery"]
    assert [c["key"] for c in offered[1]["columns"]] == [
        "intake", "clarification", "ready", "in_progress", "review", "blocked", "merged", "error",
    ]  # fmt: skip
    tasks = {s: await board.put_task(s, status=s) for s in ("todo", "in_progress", "done", "blocked")}
    theirs = await board.put_task(actor=board.town.bob)
    await board.ask("PATCH", "/board/columns/in_progress", {"wip_limit": 7})
    preview = await board.ask("POST", "/board/template?dry_run=true", {"template": "build"})
    assert (preview["dry_run"], preview["settings"]["template"]) == (True, "build")
    ways = {r["from_column"]: (r["to_column"], r["cards"]) for r in preview["relocations"]}
    assert ways == {
        "todo": ("intake", 1),
        "in_progress": ("in_progress", 1),
        "done": ("merged", 1),
        "blocked": ("blocked", 1),
    }
    assert (await keys(board), await board.events("task_moved")) == (
        ["todo", "in_progress", "done", "blocked"],
        [],
    )

    done = await board.ask("POST", "/board/template", {"template": "build", "mapping": {"todo": "ready"}})
    assert done["dry_run"] is False
    assert await keys(board) == [c["key"] for c in preview["columns"]] == [c["key"] for c in done["columns"]]
    limits = {c["key"]: c["wip_limit"] for c in await board.ask("GET", "/board/columns")}
    assert (limits["in_progress"], limits["ready"]) == (7, None)
    assert {(await board.task(t))["status"] for t in tasks.values()} == {
        "ready",
        "in_progress",
        "merged",
        "blocked",
    }
    assert {e["body"]["to_status"] for e in await board.events("task_moved")} == {"ready", "merged"}
    settings = await board.ask("GET", "/board/settings")
    assert (settings["template"], settings["transitions"]["merged"]) == ("build", ["review"])
    assert ((await board.task(theirs))["status"], len(await keys(board.of("bob")))) == ("todo", 4)

    back = await board.ask("POST", "/board/template", {"template": "client_delivery"})
    assert {r["from_column"]: r["to_column"] for r in back["relocations"]} == {
        "intake": "backlog",
        "clarification": "backlog",
        "ready": "backlog",
        "in_progress": "in_progress",
        "review": "internal_review",
        "blocked": "on_hold",
        "merged": "delivered",
        "error": "on_hold",
    }


async def test_a_column_may_take_cards_and_give_away_its_own(board: Board) -> None:
    todo = await board.put_task("A", status="todo")
    busy = await board.put_task("B", status="in_progress")
    body = {"template": "build", "mapping": {"todo": "in_progress", "in_progress": "review"}}
    await board.ask("POST", "/board/template", body)
    assert [(await board.task(t))["status"] for t in (todo, busy)] == ["in_progress", "review"]


async def test_going_over_to_the_template_that_stands_puts_it_back_in_order(board: Board) -> None:
    await board.ask("PATCH", "/board/columns/todo", {"name": "Next", "position": 3, "wip_limit": 5})
    done = await board.ask("POST", "/board/template", {"template": "simple"})
    assert (done["columns"][0]["name"], done["columns"][0]["wip_limit"]) == ("To do", 5)
    assert await keys(board) == ["todo", "in_progress", "done", "blocked"]


async def test_templates_that_do_not_fit(board: Board) -> None:
    status, _, errors = await board.refused("POST", "/board/template", {"template": "nothing"})
    assert (status, errors.keys()) == (422, {"template"})
    body = {"template": "build", "mapping": {"nowhere": "ready", "todo": "gone"}}
    status, _, errors = await board.refused("POST", "/board/template", body)
    assert (status, errors.keys()) == (422, {"mapping.nowhere", "mapping.todo"})
    assert (await board.refused("POST", "/board/template", {"template": "build", "version": 9}))[0] == 409
