"""Moves: into their place, by the workflow's rules, one order for all."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from tests.board.furniture_kit import Board
from tests.board.test_tasks_life import new


async def column(board: Board, status: str = "todo") -> list[str]:
    """Titles of a column from top to bottom, the same by list and by snapshot."""
    listed = await board.ask("GET", f"/tasks?status={status}&sort=sort_order&limit=200")
    cards = [c for c in (await board.ask("GET", "/board"))["cards"] if c["status"] == status]
    assert [t["id"] for t in listed] == [c["id"] for c in cards]
    return [t["title"] for t in listed]


async def test_cards_go_where_they_are_put(board: Board) -> None:
    ids: dict[str, str] = {}
    for name in "edcba":
        ids[name] = (await new(board, name))["id"]

    async def move(name: str, **where: Any) -> Any:
        return await board.ask("POST", f"/tasks/{ids[name]}/move", where)

    assert await column(board) == list("abcde")
    assert (await move("e", sort_order=0))["sort_order"] == 0
    assert await column(board) == list("eabcd")
    assert (await move("e", sort_order=2))["sort_order"] == 2
    assert await column(board) == list("abecd")
    await move("a", sort_order=99)
    assert await column(board) == list("becda")
    await move("a", before_id=ids["e"])
    assert await column(board) == list("baecd")
    await move("b", after_id=ids["d"])
    assert await column(board) == list("aecdb")
    await move("d", after_id=ids["a"], before_id=ids["e"])
    assert await column(board) == list("adecb")
    moved = await move("c", status="in_progress")
    assert (moved["status"], moved["sort_order"], moved["started_at"] is not None) == ("in_progress", 0, True)
    await move("e", status="in_progress", sort_order=1)
    assert (await column(board), await column(board, "in_progress")) == (list("adb"), list("ce"))
    events = len(await board.events("task_moved"))
    still = await board.ask("GET", f"/tasks/{ids['d']}")
    for where in ({}, {"sort_order": 1}, {"status": "todo"}, {"after_id": ids["a"]}, {"before_id": ids["b"]}):
        assert await move("d", **where) == still  # where it stands already: nothing happens
    assert len(await board.events("task_moved")) == events


async def test_times_follow_the_kind_of_column(board: Board) -> None:
    task = await new(board)

    async def move(status: str, **more: Any) -> Any:
        return await board.ask("POST", f"/tasks/{task['id']}/move", {"status": status, **more})

    began = (await move("in_progress"))["started_at"]
    done = await move("done")
    assert (done["started_at"], done["completed_at"]) == (began, done["moved_at"])
    again = await move("todo")
    assert (again["started_at"], again["completed_at"]) == (began, None)
    straight = await new(board, status="done")
    assert straight["completed_at"] is not None


async def test_a_blocked_card_has_a_reason_while_it_is_blocked(board: Board) -> None:
    task = await new(board)
    path = f"/tasks/{task['id']}"
    for method, where, body in [
        ("POST", f"{path}/move", {"status": "blocked"}),
        ("POST", f"{path}/move", {"status": "blocked", "blocked_reason": "  "}),
        ("PATCH", path, {"status": "blocked"}),
    ]:
        status, _, errors = await board.refused(method, where, body)
        assert (status, errors) == (422, {"blocked_reason": "say why it is blocked"})
    body = {"status": "blocked", "blocked_reason": "No access", "title": "Stuck"}
    blocked = await board.ask("PATCH", path, body)
    assert (blocked["blocked_reason"], blocked["title"], blocked["version"]) == ("No access", "Stuck", 3)
    assert [t["id"] for t in await board.ask("GET", "/tasks?blocked=true")] == [task["id"]]
    assert (await board.refused("PATCH", path, {"blocked_reason": None}))[2].keys() == {"blocked_reason"}
    changed = await board.ask("PATCH", path, {"blocked_reason": "No password"})
    assert changed["blocked_reason"] == "No password"
    assert (await board.ask("POST", f"{path}/move", {"status": "todo"}))["blocked_reason"] is None
    moves = [e["body"] for e in await board.events("task_moved")]
    assert [m["blocked_reason"] for m in moves] == ["No access", None]
    assert moves[0]["changes"]["blocked_reason"] == [None, "No access"]


async def test_moves_obey_workflow_and_limits(board: Board) -> None:
    await board.ask("PATCH", "/board/settings", {"transitions": {"todo": ["in_progress"]}})
    await board.ask("PATCH", "/board/columns/in_progress", {"wip_limit": 1})
    first, second = await new(board, "First"), await new(board, "Second")
    path = f"/tasks/{first['id']}"
    for method, where in [("POST", f"{path}/move"), ("PATCH", path)]:
        status, _, errors = await board.refused(method, where, {"status": "done"})
        assert (status, errors) == (422, {"status": "from todo the workflow leads to: in_progress"})
        status, _, errors = await board.refused(method, where, {"status": "elsewhere"})
        assert (status, "is no column" in errors["status"]) == (422, True)
    await board.ask("POST", f"{path}/move", {"status": "in_progress"})
    over = await board.ask("PATCH", f"/tasks/{second['id']}", {"status": "in_progress"})  # warned of, allowed
    await board.ask("POST", f"/tasks/{over['id']}/move", {"status": "todo"})
    await board.ask("PATCH", "/board/settings", {"wip_policy": "refuse"})
    for method, where, body in [
        ("POST", f"/tasks/{second['id']}/move", {"status": "in_progress"}),
        ("PATCH", f"/tasks/{second['id']}", {"status": "in_progress", "title": "X"}),
        ("POST", "/tasks", {"title": "New", "status": "in_progress"}),
    ]:
        status, _, errors = await board.refused(method, where, body)
        assert (status, errors) == (
            422,
            {"status": "In progress is full: 1 of 1. Move a card out of it first."},
        )
    assert (await board.ask("GET", f"/tasks/{second['id']}"))["title"] == "Second"
    await board.ask("POST", f"{path}/move", {"sort_order": 0})  # within the full column
    await board.ask("POST", f"{path}/move", {"status": "done"})
    await board.ask("POST", f"/tasks/{second['id']}/move", {"status": "in_progress"})


async def test_two_at_once_for_the_last_place_of_a_column(board: Board) -> None:
    await board.ask("PATCH", "/board/columns/in_progress", {"wip_limit": 1})
    await board.ask("PATCH", "/board/settings", {"wip_policy": "refuse"})
    tasks = [await new(board, f"T{n}") for n in range(6)]
    replies = await asyncio.gather(
        *(board.send("POST", f"/tasks/{t['id']}/move", {"status": "in_progress"}) for t in tasks)
    )
    assert sorted(r.status for r in replies) == [200, *[422] * 5]


async def test_fifty_clients_in_one_column_end_in_one_order(board: Board) -> None:
    titles = [f"T{n:02d}" for n in range(50)]
    body = {"title": "T"}
    ids = [(await board.ask("POST", "/tasks", body | {"title": t, "sort_order": 99}))["id"] for t in titles]
    assert await column(board) == titles
    rng = random.Random(7)
    others = [await board.member(f"app-{n}") for n in range(3)]

    async def client(number: int) -> None:
        who = others[number % 3]
        for _ in range(3):
            task, other = rng.sample(ids, 2)
            where = rng.choice(
                [
                    {"sort_order": rng.randint(0, 49)},
                    {"before_id": other},
                    {"after_id": other},
                    {"sort_order": 0},
                ]
            )
            reply = await who.send("POST", f"/tasks/{task}/move", where)
            assert reply.status == 200, reply.body

    await asyncio.gather(*(client(n) for n in range(50)))
    assert sorted(await column(board)) == titles
    rows = [await board.task(task_id) for task_id in ids]
    assert len({row["rank"] for row in rows}) == 50
    # Whoever follows the events alone comes to the same order.
    ranks = {row["id"]: None for row in rows}
    for event in await board.events("task_moved"):
        ranks[event["subject"]] = event["body"]["to_rank"]
    assert all(ranks[row["id"]] in (None, row["rank"]) for row in rows)


async def test_a_column_whose_ranks_grew_long_is_numbered_anew(board: Board) -> None:
    moving = [(await new(board, f"m{n}"))["id"] for n in range(2)]
    low = await board.put_task("low", rank="V00000V")
    await board.put_task("high", rank="V00000W")
    twins = [await board.put_task(f"twin {n}", rank="k") for n in range(3)]
    for turn in range(80):  # each goes right below the same card: ranks grow without an end
        await board.ask("POST", f"/tasks/{moving[turn % 2]}/move", {"after_id": low})
        assert len((await board.task(moving[turn % 2]))["rank"]) <= 60
    await board.ask("POST", f"/tasks/{moving[0]}/move", {"after_id": low, "before_id": moving[1]})
    order = await column(board)
    assert order[:4] == ["low", "m0", "m1", "high"] or order[:4] == ["low", "m1", "m0", "high"]
    middle = sorted(twins)[1]
    await board.ask("POST", f"/tasks/{low}/move", {"sort_order": 5})  # between cards of one rank
    ids = [t["id"] for t in await board.ask("GET", "/tasks?status=todo&sort=sort_order")]
    assert ids[4] == middle or low in ids[3:6]


async def test_bulk_is_all_or_nothing(board: Board) -> None:
    a, b, c = [(await new(board, name))["id"] for name in "abc"]
    x = (await new(board, "x", status="in_progress"))["id"]
    moved = await board.ask(
        "POST", "/tasks/bulk", {"ids": [a, c, a], "move": {"status": "in_progress", "after_id": x}}
    )
    assert [t["id"] for t in moved] == [a, c]
    assert await column(board, "in_progress") == ["x", "a", "c"]
    await board.ask("POST", "/tasks/bulk", {"ids": [b, c], "move": {"status": "in_progress", "before_id": x}})
    assert await column(board, "in_progress") == ["b", "c", "x", "a"]
    await board.ask("POST", "/tasks/bulk", {"ids": [x, a], "move": {"sort_order": 0}})
    assert await column(board, "in_progress") == ["x", "a", "b", "c"]
    changed = await board.ask(
        "POST", "/tasks/bulk", {"ids": [a, b], "change": {"priority": "p1", "labels": ["now"]}}
    )
    assert {(t["priority"], *t["labels"]) for t in changed} == {("p1", "now")}
    before = len(await board.events())
    refused = {"ids": [a, "task_none", c], "change": {"title": "All the same", "sprint_id": "sprint_none"}}
    status, _, errors = await board.refused("POST", "/tasks/bulk", refused)
    assert (status, errors.keys()) == (
        422,
        {f"tasks.{a}.sprint_id", "tasks.task_none", f"tasks.{c}.sprint_id"},
    )
    for body in ({"ids": [a]}, {"ids": [], "action": "delete"}, {"ids": [a], "action": "explode"}):
        assert (await board.send("POST", "/tasks/bulk", body)).status == 422
    assert len(await board.events()) == before
    gone = await board.ask("POST", "/tasks/bulk", {"ids": [a, b, c], "action": "delete"})
    assert all(t["deleted_at"] for t in gone)
    assert await column(board, "in_progress") == ["x"]
    await board.ask("POST", "/tasks/bulk", {"ids": [a, b, c], "action": "restore"})
    assert await column(board, "in_progress") == ["x", "a", "b", "c"]


async def test_many_people_moving_many_cards_wait_for_each_other(board: Board) -> None:
    ids = [(await new(board, f"T{n}"))["id"] for n in range(12)]
    bodies = [
        {
            "ids": ids if n % 2 else ids[::-1],
            "move": {"status": ("todo", "in_progress")[n % 2], "sort_order": 0},
        }
        for n in range(8)
    ]
    replies = await asyncio.gather(
        *(board.send("POST", "/tasks/bulk", body) for body in bodies),
        *(board.send("POST", "/tasks", {"title": "N"}) for _ in range(6)),
    )
    assert {r.status for r in replies} == {200, 201}
    assert len(await column(board)) + len(await column(board, "in_progress")) == 18


async def test_a_copy_is_a_task_of_its_own(board: Board) -> None:
    await board.ask("POST", "/board/fields", {"name": "Budget", "kind": "number"})
    old = await board.ask("POST", "/board/fields", {"name": "Old", "kind": "text"})
    first = (await new(board, "First"))["id"]
    whole = await new(
        board,
        "Whole",
        depends_on=[first],
        custom={"budget": 3, "old": "x"},
        labels=["a"],
        assigned_agent_id="neo",
    )
    one = await new(board, "One", parent_id=whole["id"])
    two = await new(board, "Two", parent_id=whole["id"], depends_on=[one["id"], first])
    await new(board, "Deep", parent_id=two["id"])
    await board.ask("DELETE", f"/board/fields/{old['key']}")
    await board.ask("DELETE", "/agents/neo")
    plain = await board.ask("POST", f"/tasks/{whole['id']}/duplicate", {})
    assert (plain["title"], plain["custom"], plain["labels"]) == ("Whole (copy)", {"budget": 3}, ["a"])
    assert (plain["assigned_agent_id"], plain["subtask_count"]) == (None, 0)
    assert [t["id"] for t in plain["depends_on"]] == [first]
    copy = await board.ask("POST", f"/tasks/{whole['id']}/duplicate", {"subtasks": True})
    parts = {t["title"]: await board.ask("GET", f"/tasks/{t['id']}") for t in copy["subtasks"]}
    assert parts.keys() == {"One", "Two"}
    assert {t["id"] for t in parts["Two"]["depends_on"]} == {parts["One"]["id"], first}
    assert [t["title"] for t in parts["Two"]["subtasks"]] == ["Deep"]
    assert len({copy["id"], whole["id"], plain["id"], one["id"], parts["One"]["id"]}) == 5
    await board.ask("POST", f"/tasks/{whole['id']}/move", {"status": "done"})
    assert (await board.ask("POST", f"/tasks/{whole['id']}/duplicate", {}))["status"] == "todo"
