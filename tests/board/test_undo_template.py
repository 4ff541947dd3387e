"""Going over to another template, taken back and done again: columns, ways, and every card in its place."""

from __future__ import annotations

from typing import Any

from tests.board.furniture_kit import Board


async def undo(board: Board, event_id: str) -> Any:
    return await board.ask("POST", f"/activity/{event_id}/undo", {})


async def workflow(board: Board) -> Any:
    """Columns and settings, but for their versions."""
    columns = [
        {k: v for k, v in c.items() if k != "version"} for c in await board.ask("GET", "/board/columns")
    ]
    settings = await board.ask("GET", "/board/settings")
    return columns, {k: v for k, v in settings.items() if k != "version"}


async def places(board: Board, *ids: str) -> list[Any]:
    rows = [await board.task(each) for each in ids]
    names = ("status", "rank", "blocked_reason")
    # What ended or began by the switch did so once more: that it did is looked at, not when.
    times = ("started_at", "completed_at")
    return [(*(row[name] for name in names), *(row[name] is not None for name in times)) for row in rows]


async def test_a_switch_is_undone_and_done_again(board: Board) -> None:
    await board.ask("PATCH", "/board/columns/todo", {"name": "Next", "color": "#123456", "wip_limit": 9})
    await board.ask("POST", "/board/columns", {"name": "Parked", "kind": "blocked", "position": 1})
    await board.ask("PATCH", "/board/settings", {"transitions": {"todo": ["in_progress", "parked"]}})
    first, second = await board.create("A"), await board.create("B")
    busy = await board.create("C", status="in_progress")
    parked = await board.create("D", status="parked", blocked_reason="Waits")
    ended = await board.create("E", status="done")
    cards = (first, second, busy, parked, ended)
    before, stood = await workflow(board), await places(board, *cards)
    theirs = await workflow(board.of("bob"))

    await board.ask(
        "POST", "/board/template", {"template": "client_delivery", "mapping": {"done": "on_hold"}}
    )
    switched, after = await board.last("board_arranged"), await workflow(board)
    moved = await places(board, *cards)
    assert [row[0] for row in moved] == ["backlog", "backlog", "in_progress", "on_hold", "on_hold"]
    (told,) = await board.ask("GET", "/activity?kind=board_arranged&limit=1")
    assert told["can_undo"] is True

    undone = await undo(board, switched)
    assert await workflow(board) == before
    assert await places(board, *cards) == stood
    assert "template" in undone["text"]
    await undo(board, undone["id"])
    assert await workflow(board) == after
    assert await places(board, *cards) == moved
    assert await workflow(board.of("bob")) == theirs


async def test_cards_that_are_new_or_were_moved_since_find_a_column(board: Board) -> None:
    stays, goes_on = await board.create("Stays"), await board.create("Goes on")
    await board.ask("POST", "/board/template", {"template": "build", "mapping": {"todo": "ready"}})
    switched = await board.last("board_arranged")
    await board.move(goes_on, "in_progress")
    fresh, reviewed = (
        await board.create("New", status="ready"),
        await board.create("Reviewed", status="review"),
    )
    await undo(board, switched)
    found = {t: (await board.task(t))["status"] for t in (stays, goes_on, fresh, reviewed)}
    assert found == {stays: "todo", goes_on: "in_progress", fresh: "todo", reviewed: "in_progress"}


async def test_a_workflow_that_was_changed_since_stands(board: Board) -> None:
    await board.ask("POST", "/board/template", {"template": "build"})
    switched = await board.last("board_arranged")
    await board.ask("PATCH", "/board/columns/review", {"name": "Second look"})
    status, detail, problems = await board.refused("POST", f"/activity/{switched}/undo", {})
    assert (status, list(problems)) == (409, ["columns"])
    assert "changed since" in detail
    assert len(await board.ask("GET", "/board/columns")) == 8
