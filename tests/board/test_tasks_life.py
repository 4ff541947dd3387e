"""A task from its making to its end: what is kept, what is told, what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

from opsroom.board.workflow import store as workflow
from tests.board.furniture_kit import Board


async def new(board: Board, title: str = "Fix sitemap", **more: Any) -> Any:
    return await board.ask("POST", "/tasks", {"title": title, **more})


async def test_a_task_keeps_everything_it_was_given(board: Board) -> None:
    await board.ask("POST", "/board/fields", {"name": "Budget", "kind": "number"})
    sprint = await board.ask(
        "POST", "/sprints", {"name": "One", "start_date": "2026-11-01", "end_date": "2026-11-14"}
    )
    parent, first = await new(board, "Whole"), await new(board, "First")
    said = {
        "title": "Fix sitemap",
        "description": "It is **wrong** <script>alert(1)</script>",
        "status": "blocked",
        "blocked_reason": "No access",
        "priority": "p1",
        "assigned_agent_id": "kenji",
        "accountable_id": "per_alice",
        "category_id": "development",
        "sprint_id": sprint["id"],
        "parent_id": parent["id"],
        "start_date": "2026-11-02",
        "due_date": "2026-11-09",
        "estimate": 2.5,
        "labels": ["seo", "urgent", "seo"],
        "custom": {"budget": 1200.5},
        "depends_on": [first["id"], first["id"]],
        "client_id": "maple-plumbing",
        "brand": "Maple",
        "subscription": "seo",
        "client_visible": True,
    }
    task = await board.ask("POST", "/tasks", said)
    assert (
        task
        == await board.ask("GET", f"/tasks/{task['id']}")
        == await board.ask("GET", f"/tasks/{task['number']}")
    )
    kept = {name: task[name] for name in said.keys() - {"labels", "depends_on"}}
    assert kept == {name: said[name] for name in kept}
    assert task["labels"] == ["seo", "urgent"]
    assert [t["id"] for t in task["depends_on"]] == [first["id"]]
    assert task["assigned_agent"]["name"] == "Kenji"
    assert (task["category"]["name"], task["accountable"]) == (
        "Development",
        {"id": "per_alice", "name": "Alice"},
    )
    assert (task["number"], task["version"], task["watchers"]) == (3, 1, ["per_alice"])
    assert task["started_at"] is not None
    assert task["completed_at"] is None
    assert (await board.ask("GET", f"/tasks/{first['id']}"))["blocks"][0]["id"] == task["id"]
    whole = await board.ask("GET", f"/tasks/{parent['id']}")
    assert (whole["subtask_count"], whole["subtasks"][0]["number"]) == (1, 3)
    event = (await board.events("task_created"))[-1]
    assert event["actor_id"] == "per_alice"
    assert event["body"]["task"]["client_visible"] is True


async def test_a_task_with_a_title_alone_goes_on_top_of_the_first_column(board: Board) -> None:
    tasks = [await new(board, f"T{n}") for n in range(3)]
    assert [t["sort_order"] for t in tasks] == [0, 0, 0]
    assert {t["status"] for t in tasks} == {"todo"}
    assert [t["number"] for t in tasks] == [1, 2, 3]
    below = await new(board, "Below", after_id=tasks[2]["id"])
    assert below["sort_order"] == 1
    assert (await new(board, "Last", sort_order=99))["sort_order"] == 4


async def test_numbers_are_never_given_twice(board: Board) -> None:
    made = await asyncio.gather(*(new(board, f"T{n}") for n in range(25)))
    assert sorted(t["number"] for t in made) == list(range(1, 26))
    assert (await new(board.of("bob")))["number"] == 1


async def test_everything_wrong_with_a_new_task_is_told_at_once(board: Board) -> None:
    theirs = await new(board.of("bob"), "Theirs")
    body = {
        "title": "T",
        "status": "nowhere",
        "assigned_agent_id": "nobody",
        "accountable_id": "per_bob",
        "category_id": "none-such",
        "sprint_id": "sprint_x",
        "parent_id": theirs["id"],
        "start_date": "2026-11-09",
        "due_date": "2026-11-02",
        "custom": {"nix": 1},
        "depends_on": [theirs["id"]],
        "watchers": ["per_bob"],
        "labels": ["ok"],
    }
    status, _, errors = await board.refused("POST", "/tasks", body)
    assert status == 422
    wanted = "status assigned_agent_id accountable_id category_id sprint_id parent_id due_date custom.nix"
    assert errors.keys() == {*wanted.split(), "depends_on.0", "watchers.0"}
    assert await board.events("task_created") == []
    assert (await board.send("GET", "/tasks")).body["meta"]["total"] == 0


BAD: list[tuple[Any, set[str]]] = [
    ({}, {"title"}),
    ({"title": ""}, {"title"}),
    ({"title": "  "}, {"title"}),
    ({"title": "x" * 100_000}, {"title"}),
    ({"title": 7}, {"title"}),
    ({"title": "T", "colour": "red"}, {"colour"}),
    ({"title": "T", "due_date": "2026-02-30"}, {"due_date"}),
    ({"title": "T", "due_date": 86400, "start_date": "86400"}, {"due_date", "start_date"}),
    ({"title": "T", "due_date": "2026-11-09T00:00:00Z"}, {"due_date"}),
    ({"title": "T", "priority": "p9", "estimate": -1, "labels": [""]}, {"priority", "estimate", "labels.0"}),
    ({"title": "T", "estimate": "many"}, {"estimate"}),
    ({"title": "T", "labels": ["x"] * 51}, {"labels"}),
    ({"title": "T", "status": "done; drop table tasks"}, {"status"}),
    ({"title": "T", "status": "blocked"}, {"blocked_reason"}),
    ({"title": "T", "blocked_reason": "Why"}, {"blocked_reason"}),
    ({"title": "T", "before_id": "task_x"}, {"before_id"}),
    ({"title": "T", "description": "x" * 100_001}, {"description"}),
]


async def test_bad_input_is_refused_by_field(board: Board) -> None:
    for body, paths in BAD:
        status, _, errors = await board.refused("POST", "/tasks", body)
        assert (status, errors.keys()) == (422, paths)
    task = await new(board)
    for body, paths in [
        ({"expected_updated_at": "2026-11-25T10:00:00", "title": "X"}, {"expected_updated_at"}),
        ({"version": 0}, {"version"}),
        ({"version": "new"}, {"version"}),
        ({"blocked_reason": "It is not"}, {"blocked_reason"}),
        ({"due_date": "2026-02-30"}, {"due_date"}),
        ({"number": 7}, {"number"}),
    ]:
        status, _, errors = await board.refused("PATCH", f"/tasks/{task['id']}", body)
        assert (status, errors.keys()) == (422, paths)
    many = {"ids": [str(n) for n in range(100_000)], "action": "delete"}
    assert (await board.send("POST", "/tasks/bulk", many)).status in (413, 422)


async def test_no_text_gets_in_that_a_database_cannot_keep(board: Board) -> None:
    task = await new(board)
    for text in ("nul \x00 here", "half \ud83d a pair"):
        for method, path, body in [
            ("POST", "/tasks", {"title": text}),
            ("PATCH", f"/tasks/{task['id']}", {"description": text, "labels": [text]}),
            ("POST", f"/tasks/{task['id']}/move", {"status": "blocked", "blocked_reason": text}),
        ]:
            reply = await board.send(method, path, body)
            assert reply.status in (400, 422), reply.body


async def test_custom_values_obey_their_fields(board: Board) -> None:
    for name, kind in [
        ("Txt", "text"),
        ("Num", "number"),
        ("Day", "date"),
        ("Who", "person"),
        ("Url", "url"),
    ]:
        await board.ask("POST", "/board/fields", {"name": name, "kind": kind})
    await board.ask("POST", "/board/fields", {"name": "Pick", "kind": "choice", "options": ["A", "B"]})
    await board.ask("POST", "/board/fields", {"name": "Yes", "kind": "checkbox"})
    good = {"txt": "x", "num": 1.5, "day": "2026-11-30", "who": "per_alice", "url": "https://a.example/x?y"}
    task = await new(board, custom=good | {"pick": "A", "yes": False})
    assert task["custom"] == good | {"pick": "A", "yes": False}
    wrong: dict[str, list[Any]] = {
        "txt": [1, ["x"]],
        "num": ["1", True, 1e300],
        "day": ["2026-02-30", "2026-W01-1", 5, "tomorrow"],
        "who": ["per_bob", {"id": "per_alice"}],
        "url": ["javascript:alert(1)", "ftp://a", "http://", "https://a b", "x" * 3000, 4],
        "pick": ["C", ["A"]],
        "yes": ["true", 1],
    }
    for key, values in wrong.items():
        for value in values:
            status, _, errors = await board.refused("PATCH", f"/tasks/{task['id']}", {"custom": {key: value}})
            assert (status, errors.keys()) == (422, {f"custom.{key}"}), value
    changed = await board.ask("PATCH", f"/tasks/{task['id']}", {"custom": {"num": None, "txt": "y"}})
    assert changed["custom"] == {k: v for k, v in task["custom"].items() if k != "num"} | {"txt": "y"}
    assert (await board.ask("PATCH", f"/tasks/{task['id']}", {"custom": None}))["custom"] == {}


async def test_absent_keeps_and_null_empties(board: Board) -> None:
    task = await new(board, description="D", due_date="2026-11-09", labels=["a"], assigned_agent_id="neo")
    nothing = await board.ask("PATCH", f"/tasks/{task['id']}", {})
    assert nothing == task
    empty = {
        "description": None,
        "due_date": None,
        "labels": None,
        "assigned_agent_id": None,
        "watchers": None,
    }
    changed = await board.ask("PATCH", f"/tasks/{task['id']}", empty)
    assert [changed[name] for name in empty] == ["", None, [], None, []]
    assert (changed["title"], changed["version"]) == ("Fix sitemap", 2)
    status, _, errors = await board.refused(
        "PATCH",
        f"/tasks/{task['id']}",
        {"title": None, "status": None, "priority": None, "client_visible": None},
    )
    assert (status, errors.keys()) == (422, {"title", "status", "priority", "client_visible"})
    told = (await board.events("task_changed"))[-1]["body"]
    assert told["changes"]["due_date"] == ["2026-11-09", None]
    assert told["version"] == 2


async def test_what_a_task_holds_already_is_not_questioned(board: Board) -> None:
    task = await new(board, assigned_agent_id="neo", labels=["a"])
    await board.ask("DELETE", "/agents/neo")
    body = {"assigned_agent_id": "neo", "labels": ["a", "b"]}
    assert (await board.ask("PATCH", f"/tasks/{task['id']}", body))["labels"] == ["a", "b"]
    _, _, errors = await board.refused("POST", "/tasks", {"title": "T", "assigned_agent_id": "neo"})
    assert errors.keys() == {"assigned_agent_id"}


async def test_showing_a_task_to_the_client_is_a_recorded_decision(board: Board) -> None:
    task = await new(board)
    assert task["client_visible"] is False
    agent = await board.member("helper", kind="agent")
    await agent.ask("PATCH", f"/tasks/{task['id']}", {"client_visible": True})
    event = (await board.events("task_changed"))[-1]
    assert event["body"]["changes"] == {"client_visible": [False, True]}
    assert event["actor_id"] != "per_alice"


async def test_deleted_and_archived_tasks_come_back(board: Board) -> None:
    task = await new(board)
    path = f"/tasks/{task['id']}"
    for _ in range(2):  # twice is once
        assert (await board.ask("POST", f"{path}/archive"))["archived_at"]
    for _ in range(2):
        assert (await board.ask("DELETE", path))["deleted_at"]
    assert (await board.send("GET", path)).status == 404
    assert (await board.send("PATCH", path, {"title": "X"})).status == 404
    assert (await board.ask("GET", "/board"))["cards"] == []
    back = await board.ask("POST", f"{path}/restore")
    assert (back["deleted_at"], back["archived_at"] is None) == (None, False)
    assert (await board.ask("POST", f"{path}/restore"))["archived_at"] is None
    assert [c["id"] for c in (await board.ask("GET", "/board"))["cards"]] == [task["id"]]
    kinds = [e["kind"].split(".")[1] for e in await board.events()]
    assert kinds == ["task_created", "task_archived", "task_deleted", "task_restored", "task_restored"]


async def test_another_tenant_finds_nothing_and_learns_nothing(board: Board) -> None:
    theirs, mine = await new(board.of("bob"), "Theirs"), await new(board)
    bob = board.of("bob")
    for method, path, body in [
        ("GET", "", None),
        ("PATCH", "", {"title": "X"}),
        ("DELETE", "", None),
        ("POST", "/move", {"status": "done"}),
        ("POST", "/restore", {}),
        ("POST", "/archive", {}),
        ("POST", "/duplicate", {}),
    ]:
        reply = await board.send(method, f"/tasks/{theirs['id']}{path}", body)
        absent = await board.send(method, f"/tasks/task_{'0' * 26}{path}", body)
        assert (reply.status, absent.status) == (404, 404)
        assert reply.body["title"] == absent.body["title"]
    status, _, errors = await board.refused(
        "POST", "/tasks/bulk", {"ids": [mine["id"], theirs["id"]], "action": "delete"}
    )
    assert (status, list(errors)) == (422, [f"tasks.{theirs['id']}"])
    _, _, errors = await board.refused("POST", f"/tasks/{mine['id']}/move", {"before_id": theirs["id"]})
    assert errors.keys() == {"before_id"}
    assert (await bob.ask("GET", f"/tasks/{theirs['id']}"))["version"] == 1
    assert (await board.ask("GET", f"/tasks/{mine['id']}"))["deleted_at"] is None
    assert [c["title"] for c in (await bob.ask("GET", "/board"))["cards"]] == ["Theirs"]


async def test_tasks_do_not_wait_for_themselves(board: Board) -> None:
    a, b, c = [(await new(board, name))["id"] for name in "abc"]
    await board.ask("PATCH", f"/tasks/{b}", {"depends_on": [a]})
    await board.ask("PATCH", f"/tasks/{c}", {"depends_on": [b]})
    for waits in ([c], [a], [b, c]):
        status, _, errors = await board.refused("PATCH", f"/tasks/{a}", {"depends_on": waits})
        assert (status, errors.keys()) == (422, {"depends_on"})
    await board.ask("PATCH", f"/tasks/{b}", {"parent_id": a})
    for parent in (a, b):
        status, _, errors = await board.refused("PATCH", f"/tasks/{a}", {"parent_id": parent})
        assert (status, errors.keys()) == (422, {"parent_id"})


async def test_two_halves_of_a_circle_at_once_make_no_circle(board: Board) -> None:
    for _ in range(4):
        a, b = [(await new(board, name))["id"] for name in "ab"]
        replies = await asyncio.gather(
            board.send("PATCH", f"/tasks/{a}", {"depends_on": [b]}),
            board.send("PATCH", f"/tasks/{b}", {"depends_on": [a]}),
        )
        assert sorted(r.status for r in replies) == [200, 422]


async def test_cards_say_what_they_wait_for(board: Board) -> None:
    first = await new(board, "First")
    second = await new(board, "Second", depends_on=[first["id"]])

    async def waits() -> bool:
        cards = {c["id"]: c for c in (await board.ask("GET", "/board"))["cards"]}
        listed = await board.ask("GET", "/tasks?waiting=true")
        assert [t["id"] for t in listed] == [second["id"]][: len(listed)]
        assert bool(listed) == cards[second["id"]].get("waiting", False)
        return bool(listed)

    assert await waits()
    await board.ask("POST", f"/tasks/{first['id']}/move", {"status": "done"})
    assert not await waits()
    await board.ask("POST", f"/tasks/{first['id']}/move", {"status": "todo"})
    assert await waits()
    await board.ask("DELETE", f"/tasks/{first['id']}")
    assert not await waits()


async def test_a_card_that_names_nobody_is_the_default_persons(board: Board) -> None:
    assert (await board.ask("GET", "/board/settings"))["default_accountable_id"] is None
    assert (await new(board))["accountable_id"] is None
    status, _, problems = await board.refused(
        "PATCH", "/board/settings", {"default_accountable_id": "per_bob"}
    )
    assert (status, list(problems)) == (422, ["default_accountable_id"])
    helper = await board.member("helper")
    helper_id = (await helper.ask("GET", "/me"))["actor"]["id"]
    await board.ask("PATCH", "/board/settings", {"default_accountable_id": helper_id})
    set_by = await board.last("board_arranged")
    made = await new(board)
    assert made["accountable"] == {"id": helper_id, "name": "Helper"}
    assert (await new(board, accountable_id="per_alice"))["accountable_id"] == "per_alice"
    assert (await new(board, accountable_id=None))["accountable_id"] is None  # said: nobody
    assert (await board.of("bob").ask("POST", "/tasks", {"title": "Theirs"}))["accountable_id"] is None

    await board.ask("POST", f"/activity/{set_by}/undo", {})
    assert (await board.ask("GET", "/board/settings"))["default_accountable_id"] is None
    assert (await new(board))["accountable_id"] is None


async def test_a_default_person_who_left_stops_no_new_cards(board: Board) -> None:
    async with board.house.unit_of_work(board.actor) as tx:
        await workflow.change_settings(tx, {"default_accountable_id": "per_gone"})
    assert (await new(board))["accountable_id"] is None
