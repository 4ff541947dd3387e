"""Undo: takes back what an event did unless the same was changed since, and can itself be undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.board.tasks import api as tasks
from opsroom.board.tasks import store as task_rows
from opsroom.kernel.actor import Actor
from tests.board.furniture_kit import Board, open_board


@pytest.fixture
async def board(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Board]:
    async with open_board(build_house, alice, bob) as opened:
        yield opened


Q1 = {"name": "Q1", "start_date": "2026-01-05", "end_date": "2026-01-16"}
Q2 = {"name": "Q2", "start_date": "2026-01-19", "end_date": "2026-01-30"}


async def undo(board: Board, event_id: str) -> Any:
    return await board.ask("POST", f"/activity/{event_id}/undo", {})


async def test_a_change_is_taken_back_and_brought_again(board: Board) -> None:
    other = await board.create("Other")
    task = await board.create(labels=("a",), estimate=1)
    await board.change(
        task,
        title="New",
        priority="p1",
        due_date="2026-02-20",
        labels=("b", "a"),
        assigned_agent_id="kenji",
        depends_on=(other,),
        client_visible=True,
    )
    changed = await board.last("task_changed")
    told = await undo(board, changed)
    assert (told["action"], told["task"]["id"], told["can_undo"]) == ("changed", task, True)
    row = await board.task(task)
    assert (row["title"], row["priority"], row["due_date"]) == ("Fix sitemap", "p2", None)
    assert (row["labels"], row["assigned_agent_id"], row["client_visible"]) == (["a"], None, False)
    async with board.house.unit_of_work.reading(board.actor) as tx:
        assert await task_rows.depends_on(tx, task) == ()
    again = await undo(board, told["id"])
    row = await board.task(task)
    assert (row["title"], row["due_date"], sorted(row["labels"])) == ("New", "2026-02-20", ["a", "b"])
    assert again["id"] != told["id"]


async def test_what_was_changed_since_stands_and_is_named(board: Board) -> None:
    task = await board.create()
    await board.change(task, title="Mine", priority="p1", estimate=3)
    mine = await board.last("task_changed")
    await board.change(task, priority="p3", estimate=4)
    theirs = await board.last("task_changed")
    status, detail, errors = await board.refused("POST", f"/activity/{mine}/undo")
    assert (status, errors.keys()) == (409, {"priority", "estimate"})
    assert "changed since: estimate, priority" in detail
    assert (await board.task(task))["title"] == "Mine"
    offered = {a["id"]: a["can_undo"] for a in await board.ask("GET", f"/tasks/{task}/activity")}
    assert (offered[mine], offered[theirs]) == (False, True)
    # Another field that changed since is in nobody's way.
    await board.change(task, description="More")
    await undo(board, theirs)
    await undo(board, mine)
    row = await board.task(task)
    assert (row["title"], row["priority"], row["estimate"], row["description"]) == (
        "Fix sitemap",
        "p2",
        None,
        "More",
    )
    assert (await board.refused("POST", f"/activity/{mine}/undo"))[0] == 409


async def test_custom_values_are_taken_back_key_by_key(board: Board) -> None:
    for key in ("one", "two"):
        await board.ask("POST", "/board/fields", {"key": key, "name": key, "kind": "text"})
    task = await board.create(custom={"one": "1"})
    await board.change(task, custom={"one": "x", "two": "y"})
    both = await board.last("task_changed")
    await undo(board, both)
    assert (await board.task(task))["custom"] == {"one": "1"}


async def test_a_move_is_taken_back_to_its_very_place_whatever_the_workflow_says(board: Board) -> None:
    ids = [await board.create(f"T{n}") for n in range(3)]
    before = [(await board.task(i))["rank"] for i in ids]
    await board.move(ids[1], "in_progress")
    moved = await board.last("task_moved")
    ways = {"in_progress": ["done"]}
    await board.ask("PATCH", "/board/settings", {"transitions": ways, "wip_policy": "refuse"})
    await board.ask("PATCH", "/board/columns/todo", {"wip_limit": 1})
    told = await undo(board, moved)
    row = await board.task(ids[1])
    assert (row["status"], row["rank"], row["started_at"]) == ("todo", before[1], None)
    assert told["text"] == "Alice moved *T1* from In progress to To do"
    await undo(board, told["id"])
    assert (await board.task(ids[1]))["status"] == "in_progress"
    status, _, errors = await board.refused("POST", f"/activity/{told['id']}/undo")
    assert (status, errors.keys()) == (409, {"status"})


async def test_a_place_and_a_reason_come_back(board: Board) -> None:
    one, two = await board.create("One"), await board.create("Two")
    rank = (await board.task(one))["rank"]
    await board.move(one, "todo", before_id=two)
    await undo(board, await board.last("task_moved"))
    assert (await board.task(one))["rank"] == rank
    await board.move(one, "blocked", blocked_reason="No access")
    await board.move(one, "todo")
    await undo(board, await board.last("task_moved"))
    row = await board.task(one)
    assert (row["status"], row["blocked_reason"]) == ("blocked", "No access")
    await board.move(two, "done")
    await board.act(tasks.delete_task, two)
    status, detail, _ = await board.refused("POST", f"/activity/{await board.last('task_moved')}/undo")
    assert (status, "deleted since" in detail) == (409, True)


async def test_creating_deleting_archiving_and_restoring(board: Board) -> None:
    task = await board.create()
    created = await board.last("task_created")
    await undo(board, created)
    assert (await board.task(task))["deleted_at"] is not None
    assert (await board.refused("POST", f"/activity/{created}/undo"))[0] == 409
    await undo(board, await board.last("task_deleted"))
    assert (await board.task(task))["deleted_at"] is None
    await undo(board, await board.last("task_restored"))
    assert (await board.task(task))["deleted_at"] is not None
    await board.act(tasks.restore_task, task)
    await board.act(tasks.archive_task, task)
    archived = await board.last("task_archived")
    await undo(board, archived)
    assert (await board.task(task))["archived_at"] is None
    await undo(board, await board.last("task_restored"))
    assert (await board.task(task))["archived_at"] is not None


async def test_comments(board: Board) -> None:
    task = await board.create()
    nora = await board.member("nora")
    said = await nora.ask("POST", f"/tasks/{task}/comments", {"content": "One"})
    await nora.ask("PATCH", f"/comments/{said['id']}", {"content": "Two"})
    first = await board.last("comment_changed")
    await nora.ask("PATCH", f"/comments/{said['id']}", {"content": "Three"})
    assert (await nora.refused("POST", f"/activity/{first}/undo"))[0] == 409
    await undo(nora, await board.last("comment_changed"))
    assert (await board.ask("GET", f"/tasks/{task}/comments"))[0]["content"] == "Two"
    omar = await board.member("omar")
    assert (await omar.refused("POST", f"/activity/{await board.last('comment_added')}/undo"))[0] == 403
    await undo(nora, await board.last("comment_added"))
    assert await board.ask("GET", f"/tasks/{task}/comments") == []
    await undo(nora, await board.last("comment_changed"))
    assert (await board.task(task))["comment_count"] == 1


async def test_sprints(board: Board) -> None:
    one, two = [(await board.ask("POST", "/sprints", s))["id"] for s in (Q1, Q2)]
    task = await board.create(sprint_id=one)
    other = await board.create(sprint_id=one)
    await board.ask("PATCH", f"/sprints/{one}", {"end_date": "2026-01-17", "goal": "Ship"})
    await undo(board, await board.last("sprint_changed"))
    assert (await board.ask("GET", f"/sprints/{one}"))["end_date"] == "2026-01-16"
    await board.ask("POST", f"/sprints/{one}/start")
    started = await board.last("sprint_started")
    await undo(board, started)
    assert (await board.ask("GET", f"/sprints/{one}"))["status"] == "planned"
    assert (await board.refused("POST", f"/activity/{started}/undo"))[0] == 409
    await undo(board, await board.last("sprint_changed"))
    assert (await board.ask("GET", f"/sprints/{one}"))["status"] == "active"
    await board.ask("POST", f"/sprints/{one}/complete", {"carry_to": two})
    await board.change(other, sprint_id=None)  # filed elsewhere meanwhile: it stays there
    told = await undo(board, await board.last("sprint_completed"))
    assert told["text"] == "Alice reopened the sprint *Q1*"
    assert (await board.ask("GET", f"/sprints/{one}"))["status"] == "active"
    assert [(await board.task(t))["sprint_id"] for t in (task, other)] == [one, None]
    await board.ask("DELETE", f"/sprints/{one}")
    await undo(board, await board.last("sprint_changed"))
    assert (await board.task(task))["sprint_id"] == one
    await undo(board, await board.last("sprint_created"))
    assert [s["id"] for s in await board.ask("GET", "/sprints")] == [one]


async def test_furniture_comes_back_with_what_stood_in_it(board: Board) -> None:
    stays, moves = await board.create(status="in_progress"), await board.create(status="in_progress")
    rank = (await board.task(stays))["rank"]
    await board.ask("PATCH", "/board/settings", {"transitions": {"in_progress": ["done"]}})
    await board.ask("DELETE", "/board/columns/in_progress?move_to=todo")
    deleted = await board.last("board_arranged")
    await board.move(moves, "done")
    await undo(board, deleted)
    columns = await board.ask("GET", "/board/columns")
    assert [c["key"] for c in columns] == ["todo", "in_progress", "done", "blocked"]
    row = await board.task(stays)
    assert ((row["status"], row["rank"]), (await board.task(moves))["status"]) == (
        ("in_progress", rank),
        "done",
    )
    assert (await board.ask("GET", "/board/settings"))["transitions"] == {"in_progress": ["done"]}

    task = await board.create(category_id="content")
    await board.ask("DELETE", "/categories/content?move_to=none")
    await undo(board, await board.last("board_arranged"))
    assert (await board.task(task))["category_id"] == "content"
    for method, path, body in (
        ("PATCH", "/agents/kenji", {"name": "Ken", "skills": ["x"], "capacity": 2}),
        ("DELETE", "/agents/maya", None),
        ("PATCH", "/board/columns/todo", {"name": "Next", "wip_limit": 4, "position": 2}),
        ("PATCH", "/categories/research", {"name": "Studies", "icon": None}),
        ("PATCH", "/board/settings", {"time_zone": "Europe/Paris", "auto_assign": True}),
    ):
        listed = [
            await board.ask("GET", p) for p in ("/agents", "/board/columns", "/categories", "/board/settings")
        ]
        await board.ask(method, path, body)
        await undo(board, await board.last("board_arranged"))
        after = [
            await board.ask("GET", p) for p in ("/agents", "/board/columns", "/categories", "/board/settings")
        ]
        assert _without_versions(after) == _without_versions(listed), path


def _without_versions(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_versions(v) for v in value]
    if isinstance(value, dict):
        return {k: _without_versions(v) for k, v in value.items() if k not in ("version", "open_tasks")}
    return value


async def test_what_is_made_is_unmade_and_what_cannot_be_is_refused(board: Board) -> None:
    await board.ask("POST", "/board/columns", {"name": "Extra"})
    extra = await board.last("board_arranged")
    task = await board.create(status="extra")
    assert (await board.refused("POST", f"/activity/{extra}/undo"))[0] == 409
    await board.move(task, "done")
    await undo(board, extra)
    assert "extra" not in [c["key"] for c in await board.ask("GET", "/board/columns")]
    for path, body in (
        ("/agents", {"name": "Yuki"}),
        ("/categories", {"name": "Yard"}),
        ("/board/fields", {"name": "Yield", "kind": "number"}),
        ("/board/views", {"name": "Yours", "shared": True}),
    ):
        await board.ask("POST", path, body)
        made = await board.last("board_arranged")
        undone = await undo(board, made)
        assert body["name"] not in str(await board.ask("GET", path)), path
        await undo(board, undone["id"])
        assert body["name"] in str(await board.ask("GET", path)), path


async def test_only_ones_own_board_and_only_what_one_may(board: Board) -> None:
    await board.create()
    created = await board.last("task_created")
    for event in (created, "ev_0"):
        status, detail, _ = await board.of("bob").refused("POST", f"/activity/{event}/undo")
        assert (status, detail.replace(event, "x")) == (404, "There is no event 'x' on this board.")
    await board.ask("PATCH", "/board/settings", {"auto_assign": True})
    arranged = await board.last("board_arranged")
    user = await board.member("reader")
    assert (await user.refused("POST", f"/activity/{arranged}/undo"))[0] == 403
    assert [a["can_undo"] for a in await user.ask("GET", "/activity?kind=board_arranged")] == [False]
    assert [a["can_undo"] for a in await board.ask("GET", "/activity?kind=board_arranged")] == [True]
    await undo(user, created)
