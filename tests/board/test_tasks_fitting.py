"""Filters that mean the same every day, filters by custom fields, and which tasks fit, told at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from opsroom.kernel.actor import Actor
from tests.board.furniture_kit import Board, open_board
from tests.board.test_tasks_life import new
from tests.board.test_tasks_lists import found, stocked


@pytest.fixture
async def board(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Board]:
    async with open_board(build_house, alice, bob) as opened:
        yield opened


async def fitting(board: Board, **asked: object) -> set[str]:
    """The titles of the tasks that fit, as the board would find them by their ids."""
    told = await board.ask("POST", "/tasks/fitting", asked)
    titles = {t["id"]: t["title"] for t in await board.ask("GET", "/tasks?limit=200&archived=include")}
    assert not told["more"]
    return {titles[i] for i in told["ids"]}


async def test_days_are_said_by_the_calendar(board: Board) -> None:
    today = date.fromisoformat((await new(board, "none"))["created_at"][:10])
    monday = today - timedelta(days=today.weekday())
    days = {
        "before": monday - timedelta(days=1),
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "next": monday + timedelta(days=7),
        "last of next": monday + timedelta(days=13),
        "later": monday + timedelta(days=14),
    }
    for title, day in days.items():
        await new(board, title, due_date=day.isoformat())
    await new(board, "done", due_date=days["before"].isoformat(), status="done")

    def within(first: date, last: date) -> list[str]:
        return sorted(title for title, day in days.items() if first <= day <= last)

    week = within(monday, days["sunday"])
    late = within(date(2000, 1, 1), today - timedelta(days=1))
    assert sorted(await found(board, "due=overdue")) == late
    assert sorted(await found(board, "due=today")) == within(today, today)
    assert sorted(await found(board, "due=tomorrow")) == within(days["tomorrow"], days["tomorrow"])
    assert sorted(await found(board, "due=this_week")) == week
    assert sorted(await found(board, "due=next_week")) == within(days["next"], days["last of next"])
    assert await found(board, "due=later") == ["later"]
    assert await found(board, "due=none") == ["none"]
    assert sorted(await found(board, "due=this_week,overdue,none")) == sorted({*week, *late, "none"})
    assert await fitting(board, due="this_week,overdue,none") == {*week, *late, "none"}
    status, _, errors = await board.refused("GET", "/tasks?due=someday")
    assert (status, errors.keys()) == (422, {"due.0"})


async def test_custom_fields_are_filtered_by_value(board: Board) -> None:
    for field in (
        {"name": "Tier", "kind": "choice", "options": ["Gold, 24 k", "Tin"]},
        {"name": "Paid", "kind": "checkbox"},
        {"name": "Seats", "kind": "number"},
    ):
        await board.ask("POST", "/board/fields", field)
    await new(board, "gold", custom={"tier": "Gold, 24 k", "paid": True, "seats": 3})
    await new(board, "tin", custom={"tier": "Tin", "paid": False, "seats": 3.5})
    await new(board, "bare")
    gold = quote("tier:" + quote("Gold, 24 k"))  # written for the filter, then for the address
    assert await found(board, f"custom={gold}") == ["gold"]
    for asked, titles in {
        "tier:Tin": ["tin"],
        "tier:none": ["bare"],
        "tier:none,tier:Tin": ["bare", "tin"],
        "paid:true": ["gold"],
        "paid:false,paid:none": ["bare", "tin"],
        "seats:3": ["gold"],
        "seats:3.5": ["tin"],
        "tier:Tin,paid:true": [],
        "nowhere:x": [],
    }.items():
        assert await found(board, f"custom={asked}") == titles, asked
        assert await fitting(board, custom=asked) == set(titles), asked
    status, _, errors = await board.refused("GET", "/tasks?custom=tier")
    assert (status, errors.keys()) == (422, {"custom"})


async def test_what_fits_is_what_the_list_finds(board: Board) -> None:
    helper = await board.member("helper", kind="agent")
    await stocked(board, helper)
    for asked in (
        {"watcher": "me"},
        {"created_by": "me", "label": "y"},
        {"search": "whole"},
        {"search": "#2"},
        {"overdue": True},
        {"archived": "include"},
        {},
    ):
        query = "&".join(f"{name}={quote(str(value))}" for name, value in asked.items())
        assert await fitting(board, **asked) == set(await found(board, query)), asked
    assert (await board.of("bob").ask("POST", "/tasks/fitting", {"label": "x"}))["ids"] != []
    mine = {t["id"] for t in await board.ask("GET", "/tasks")}
    foreign = (await board.of("bob").ask("POST", "/tasks/fitting", {}))["ids"]
    assert mine.isdisjoint(foreign)
    assert (await board.refused("POST", "/tasks/fitting", {"colour": "red"}))[0] == 422


async def test_what_is_grouped_stands_together(board: Board) -> None:
    await stocked(board, await board.member("helper", kind="agent"))
    for name in ("assigned", "accountable", "category", "sprint", "brand", "client"):
        for way in ("asc", "desc"):
            reply = await board.send("GET", f"/tasks?sort={name}:{way},number&limit=200")
            field = {"assigned": "assigned_agent_id", "brand": "brand"}.get(name, f"{name}_id")
            keys = [t[field] for t in reply.body["data"]]
            assert len(set(keys)) > 1, name
            assert len([k for n, k in enumerate(keys) if n == 0 or keys[n - 1] != k]) == len(set(keys)), keys
            assert keys[-1] is None, name  # what has none comes last, whichever way
