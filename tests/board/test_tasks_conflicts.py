"""Two people, one task: what merges by itself, what is refused with both sides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.board.tasks.rules import changed_since, changes_between, merge
from tests.board.furniture_kit import Board
from tests.board.test_tasks_life import new


async def seen_and_changed(board: Board, **theirs: Any) -> Any:
    """The task as the slower one saw it, before somebody else changed it."""
    task = await new(board, labels=["a", "b"], description="D")
    await board.ask("PATCH", f"/tasks/{task['id']}", theirs)
    return task


@pytest.mark.parametrize("guard", ["version", "expected_updated_at", "milliseconds"])
async def test_different_fields_merge_and_the_same_is_refused(board: Board, guard: str) -> None:
    task = await seen_and_changed(board, title="Theirs", priority="p1")
    seen = {"version": task["version"]} if guard == "version" else {"expected_updated_at": task["updated_at"]}
    if guard == "milliseconds":  # what is left of a time in many clients
        seen = {"expected_updated_at": task["updated_at"][:23] + "Z"}
    path = f"/tasks/{task['id']}"
    reply = await board.send("PATCH", path, {"description": "Mine", **seen})
    assert (reply.status, reply.body["meta"]["merged"]) == (200, ["priority", "title"])
    merged = reply.body["data"]
    assert (merged["title"], merged["description"], merged["version"]) == ("Theirs", "Mine", 3)
    assert (await board.events("task_changed"))[-1]["body"]["merged"] is True
    reply = await board.send("PATCH", path, {"title": "Mine", "priority": "p3", "estimate": 3, **seen})
    assert reply.status == 409
    assert reply.body["yours"] == {"title": "Mine", "priority": "p3"}
    current = reply.body["current"]
    assert (current["title"], current["priority"], current["version"]) == ("Theirs", "p1", 3)
    assert {e["path"] for e in reply.body["errors"]} == {"title", "priority"}
    after = await board.ask("GET", path)
    assert (after["title"], after["estimate"], after["version"]) == ("Theirs", None, 3)
    chosen = await board.send("PATCH", path, {"title": "Mine", "version": current["version"]})
    assert (chosen.status, chosen.body["meta"]["merged"]) == (200, None)


async def test_who_wants_the_same_does_not_contradict(board: Board) -> None:
    task = await seen_and_changed(board, title="Same")
    reply = await board.send("PATCH", f"/tasks/{task['id']}", {"title": "Same", "version": 1})
    assert (reply.status, reply.body["data"]["version"]) == (200, 2)


async def test_a_change_without_a_version_stands_as_it_is(board: Board) -> None:
    task = await seen_and_changed(board, title="Theirs")
    assert (await board.ask("PATCH", f"/tasks/{task['id']}", {"title": "Mine"}))["title"] == "Mine"


async def test_sets_and_custom_fields_merge_by_element(board: Board) -> None:
    for name in ("One", "Two"):
        await board.ask("POST", "/board/fields", {"name": name, "kind": "text"})
    first = (await new(board, "First"))["id"]
    task = await seen_and_changed(board, labels=["b", "theirs"], custom={"one": "theirs"}, depends_on=[first])
    second = (await new(board, "Second"))["id"]
    helper = await board.member("helper")
    me = (await board.send("GET", "/board")).body["data"]["people"]
    helper_id = next(p["id"] for p in me if p["name"] == "Helper")
    mine = {"labels": ["a", "b", "mine"], "custom": {"two": "mine"}, "depends_on": [second], "version": 1}
    merged = await helper.ask("PATCH", f"/tasks/{task['id']}", mine | {"watchers": ["per_alice", helper_id]})
    assert sorted(merged["labels"]) == ["b", "mine", "theirs"]
    assert merged["custom"] == {"one": "theirs", "two": "mine"}
    assert {t["id"] for t in merged["depends_on"]} == {first, second}
    assert sorted(merged["watchers"]) == sorted(["per_alice", helper_id])
    reply = await board.send("PATCH", f"/tasks/{task['id']}", {"custom": {"one": "mine"}, "version": 1})
    assert (reply.status, reply.body["yours"]) == (409, {"custom": {"one": "mine"}})


async def test_a_move_meets_a_change_and_a_move(board: Board) -> None:
    task = await seen_and_changed(board, title="Theirs")
    path = f"/tasks/{task['id']}"
    reply = await board.send("POST", f"{path}/move", {"status": "in_progress", "version": 1})
    assert (reply.status, reply.body["meta"]["merged"]) == (200, ["title"])
    reply = await board.send("POST", f"{path}/move", {"status": "done", "version": 1})
    assert (reply.status, reply.body["yours"]) == (409, {"status": "done"})
    assert reply.body["current"]["status"] == "in_progress"
    reply = await board.send("PATCH", path, {"status": "done", "version": 2})
    assert (reply.status, reply.body["yours"]) == (409, {"status": "done"})
    await board.ask("POST", f"{path}/move", {"status": "in_progress", "version": 1})  # there already
    reply = await board.send("POST", f"{path}/move", {"sort_order": 0, "version": 1})  # its place alone
    assert reply.status == 200
    await new(board, "Above", status="in_progress")
    await board.ask("POST", f"{path}/move", {"sort_order": 0})  # a place is no field: nothing contradicts
    assert (await board.send("PATCH", path, {"estimate": 1, "version": 3})).body["meta"]["merged"] is None


async def test_what_happened_beside_fields_is_in_nobodys_way(board: Board) -> None:
    task = await new(board)
    path = f"/tasks/{task['id']}"
    await board.ask("POST", f"{path}/archive")
    await board.ask("POST", f"{path}/restore")
    await board.ask("POST", f"{path}/comments", {"content": "Hello"})
    reply = await board.send("PATCH", path, {"title": "Mine", "version": 1})
    assert (reply.status, reply.body["data"]["version"], reply.body["meta"]["merged"]) == (200, 4, None)


NAMES = st.sampled_from(["title", "priority", "labels", "custom"])
VALUES = {
    "title": st.sampled_from(["x", "y", "z"]),
    "priority": st.sampled_from(["p1", "p2", "p3"]),
    "labels": st.lists(st.sampled_from("abcd"), unique=True, max_size=4).map(tuple),
    "custom": st.dictionaries(st.sampled_from("kl"), st.sampled_from([1, 2]), max_size=2),
}
CHANGES = st.dictionaries(NAMES, st.none(), max_size=4).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)
WHOLE = st.fixed_dictionaries(VALUES)


@given(WHOLE, st.lists(CHANGES, max_size=3), CHANGES)
def test_a_merge_loses_nothing_of_either_side(base: Any, theirs: list[Any], mine: Any) -> None:
    now = dict(base)
    bodies: list[Any] = []
    for change in theirs:
        bodies.append({"changes": changes_between(now, change)})
        now |= change
    since = changed_since(bodies)
    merged = merge(mine, now, since)
    for name in mine:
        if name in merged.contradictions:
            assert name in since
            assert now[name] != mine[name]
            continue
        result = merged.values[name]
        if name == "labels":
            added = (set(now[name]) | set(mine[name])) - set(base[name])
            kept = set(base[name]) & set(now[name]) & set(mine[name])
            assert set(map(str, result if isinstance(result, tuple | list) else ())) == added | kept or tuple(
                mine[name]
            ) == tuple(now[name])
        else:
            assert result == mine[name]
    if not since:
        assert not merged.contradictions
