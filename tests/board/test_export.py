"""Exports: everything comes out, comes back as it was, and does no harm in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from opsroom.board.categories import api as categories
from opsroom.board.comments import api as comments
from opsroom.board.comments.shapes import NewComment
from opsroom.board.exchange.export import PAGE, json_export
from opsroom.board.fields import api as fields
from opsroom.board.fields.shapes import NewField
from opsroom.board.shapes import NewTask
from opsroom.board.sprints import api as sprints
from opsroom.board.sprints.shapes import NewSprint
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow import api as workflow
from opsroom.kernel.actor import Actor
from tests.board.exchange_kit import Exchange, open_exchange
from tests.board.test_import import bring


@pytest.fixture
async def room(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Exchange]:
    async with open_exchange(build_house, alice, bob) as opened:
        yield opened


async def fill(room: Exchange) -> dict[str, str]:
    """A board with everything a task can carry; ids by title."""
    async with workflow.writing(room.house, room.actor) as tx:
        await fields.define_field(tx, NewField(key="budget", name="Budget", kind="number"))
        await fields.define_field(tx, NewField(key="phase", name="Phase", kind="choice", options=("A", "B")))
        days = {"start_date": date(2026, 3, 2), "end_date": date(2026, 3, 13)}
        sprint = await sprints.plan_sprint(tx, NewSprint(name="Sprint 9", **days))
        category = (await categories.categories(tx))[0].id
        whole = {
            "description": '# Head\n\n*text* with "quotes", commas\r\nand lines',
            "priority": "p1",
            "assigned_agent_id": "kenji",
            "category_id": category,
            "sprint_id": sprint.id,
            "start_date": date(2026, 3, 2),
            "due_date": date(2026, 3, 9),
            "estimate": 2.5,
            "labels": ("a", "b c"),
            "custom": {"budget": 12.5, "phase": "B"},
            "client_id": "acme",
            "brand": "Acme Ü",
            "subscription": "gold",
            "client_visible": True,
        }
        first = await tasks.create_task(tx, NewTask(title="Everything", **whole))
        await comments.add_comment(tx, first.id, NewComment(content="Said **so**"))
        part = await tasks.create_task(tx, NewTask(title="=2+5 part", parent_id=first.id, status="done"))
        waits = await tasks.create_task(tx, NewTask(title="Waits", depends_on=(first.id,)))
        stuck = {"status": "blocked", "blocked_reason": "No key"}
        known = {column.key: column.kind for column in await workflow.columns(tx)}
        if "blocked" in known.values():
            stuck["status"] = next(key for key, kind in known.items() if kind == "blocked")
            await tasks.create_task(tx, NewTask(title="Stuck", **stuck))
        old = await tasks.create_task(tx, NewTask(title="Old"))
        await tasks.archive_task(tx, old.id)
        gone = await tasks.create_task(tx, NewTask(title="Gone"))
        await tasks.delete_task(tx, gone.id)
    return {"first": first.id, "part": part.id, "waits": waits.id, "old": old.id}


async def exported(room: Exchange) -> Any:
    reply = await room.send("GET", "/export")
    assert reply.headers["content-type"] == "application/json"
    return reply.body


def comparable(board: Any) -> dict[str, Any]:
    """What must be the same on both sides: all but ids, numbers and the moment of the import."""
    titles = {task["id"]: task["title"] for task in board["tasks"]}
    names = {sprint["id"]: sprint["name"] for sprint in board["sprints"]}
    own = (
        "id",
        "number",
        "updated_at",
        "moved_at",
        "version",
        "watchers",
        "rank",
        "created_by",
        "created_by_name",
    )
    found = {}
    for task in board["tasks"]:
        kept = {name: value for name, value in task.items() if name not in own}
        kept["parent_id"] = titles.get(task["parent_id"])
        kept["depends_on"] = [titles[other] for other in task["depends_on"]]
        kept["sprint_id"] = names.get(task["sprint_id"])
        kept["archived_at"] = task["archived_at"] is not None
        kept["comments"] = [
            (said["author"]["name"], said["content"], said["created_at"]) for said in task["comments"]
        ]
        found[task["title"]] = kept
    return found


async def test_what_goes_out_comes_back_as_it_was(room: Exchange) -> None:
    await fill(room)
    out = await exported(room)
    assert (out["format"], out["complete"]) == ("opsroom.board.v1", True)
    assert "Gone" not in str(out)
    bob = room.of("bob")
    report = await bring(bob, {"content": json.dumps(out)})
    assert report["order"]["failed"] == 0
    back = await exported(bob)
    assert comparable(back) == comparable(out)
    assert {one["key"] for one in back["fields"]} == {"budget", "phase"}
    # And brought into the same project again, nothing doubles.
    again = await bring(bob, {"content": json.dumps(out)})
    assert again["order"]["created"] == 0


async def test_the_csv_is_rfc_4180_and_harmless(room: Exchange) -> None:
    ids = await fill(room)
    reply = await room.send("GET", "/export?format=csv")
    assert reply.headers["content-type"].startswith("text/csv")
    assert "attachment" in reply.headers["content-disposition"]
    text = reply.body.removeprefix("\ufeff")
    assert "\r\n" in text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    by_id = {row["id"]: row for row in rows}
    first = by_id[ids["first"]]
    assert first["description"] == '# Head\n\n*text* with "quotes", commas\r\nand lines'
    assert (first["assignee"], first["labels"], first["Budget"], first["Phase"]) == (
        "Kenji",
        "a, b c",
        "12.5",
        "B",
    )
    assert first["comments"].startswith("Alice, ")
    assert by_id[ids["part"]]["title"] == "'=2+5 part"
    assert by_id[ids["waits"]]["depends_on"] == ids["first"]
    assert not any(
        value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for value in row.values()
    )


async def test_the_csv_comes_back_too(room: Exchange) -> None:
    await fill(room)
    text = (await room.send("GET", "/export?format=csv")).body
    bob = room.of("bob")
    report = await bring(bob, {"content": text})
    assert report["order"]["failed"] == 0
    back = {task["title"]: task for task in (await exported(bob))["tasks"]}
    assert back["=2+5 part"]["parent_id"] == back["Everything"]["id"]
    assert back["Waits"]["depends_on"] == [back["Everything"]["id"]]
    assert (back["Everything"]["due_date"], back["Everything"]["labels"]) == ("2026-03-09", ["a", "b c"])
    assert back["Old"]["archived_at"] is not None


async def test_an_export_holds_nothing_of_others(room: Exchange) -> None:
    await fill(room)
    for form in ("json", "csv"):
        assert "Everything" not in str((await room.of("bob").send("GET", f"/export?format={form}")).body)
    status, _ = await room.refused("GET", "/export?format=xml")
    assert status in (400, 422)


async def test_it_is_read_page_by_page(room: Exchange) -> None:
    rows = "\n".join(f"{n},Task {n}" for n in range(1, 2 * PAGE + 12))
    await bring(room, {"content": "id,title\n" + rows})
    pieces = [piece async for piece in json_export(room.house, room.actor)]
    board = json.loads(b"".join(pieces))
    assert [task["title"] for task in board["tasks"]] == [f"Task {n}" for n in range(1, 2 * PAGE + 12)]
    assert len(pieces) == 5, "the head, three pages, the end"


async def test_a_cut_off_export_is_not_taken_for_a_whole_one(room: Exchange) -> None:
    await fill(room)
    text = json.dumps(await exported(room))
    status, problems = await room.of("bob").refused("POST", "/imports", {"content": text[: len(text) // 2]})
    assert (status, "cut off" in problems["content"]) == (400, True)
