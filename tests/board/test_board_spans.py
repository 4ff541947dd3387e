"""What a timeline shows beside the cards: when they were made, begun and done, and what they wait for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from opsroom.board.tasks.cards import api as cards
from tests.board.furniture_kit import Board


async def spans(board: Board, query: str = "") -> dict[str, Any]:
    return {span.pop("id"): span for span in await board.ask("GET", f"/board/spans{query}")}


async def test_days_are_those_of_the_project(board: Board) -> None:
    late = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    made = await board.put_task(created_at=late, started_at=late)
    assert await spans(board) == {made: {"created": "2026-03-31", "started": "2026-03-31"}}
    settings = await board.ask("GET", "/board/settings")
    change = {"time_zone": "Europe/Amsterdam", "version": settings["version"]}
    await board.ask("PATCH", "/board/settings", change)
    assert await spans(board) == {made: {"created": "2026-04-01", "started": "2026-04-01"}}
    assert await spans(board.of("bob")) == {}


async def test_begun_done_and_waited_for(board: Board) -> None:
    first, second = await board.create("First"), await board.create("Second")
    away = await board.create("Archived")
    await board.change(second, depends_on=(first,))
    await board.move(first, "in_progress")
    await board.move(first, "done")
    await board.ask("POST", f"/tasks/{away}/archive", {})
    found = await spans(board)
    assert found.keys() == {first, second}
    today = found[second]["created"]
    assert found[first] == {"created": today, "started": today, "completed": today}
    assert found[second] == {"created": today, "depends_on": [first]}
    assert await spans(board, f"?ids={second},{away}") == {second: found[second]}
    assert await spans(board, f"?ids={first}") == {first: found[first]}
    assert await spans(board.of("bob"), f"?ids={first}") == {}
    assert await spans(board, "?ids=") == {}


async def test_of_a_done_column_those_of_the_snapshot(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "DONE_SHOWN", 2)
    for n in range(4):
        await board.put_task(f"Done {n}", status="done")
    await board.put_task("Open")
    snapshot = await board.ask("GET", "/board")
    assert len(snapshot["cards"]) == 3
    assert (await spans(board)).keys() == {card["id"] for card in snapshot["cards"]}
