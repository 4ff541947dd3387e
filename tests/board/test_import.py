"""Imports from end to end: preview, confirmation, durable work, report; once, whatever dies and repeats."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from opsroom.board.comments.tables import TASK_COMMENTS
from opsroom.board.exchange.settings import ExchangeSettings
from opsroom.board.exchange.tables import IMPORT_ITEMS, IMPORT_LINKS
from opsroom.board.exchange.workflows import Importer
from opsroom.board.shapes import Task, TaskChange
from opsroom.board.tasks import api as tasks
from opsroom.board.tasks.tables import TASKS
from opsroom.kernel.actor import Actor
from opsroom.kernel.uow import events_after
from tests.board.exchange_kit import Exchange, open_exchange

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
async def room(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Exchange]:
    async with open_exchange(build_house, alice, bob) as opened:
        yield opened


def body_of(name: str, **more: Any) -> dict[str, Any]:
    data = (FIXTURES / name).read_bytes()
    return {"content_base64": base64.b64encode(data).decode(), **more}


async def bring(room: Exchange, body: dict[str, Any]) -> Any:
    """Order an import and carry it out; its report."""
    order = await room.ask("POST", "/imports", body)
    await room.house.need(Importer).run(room.actor.scope.model_dump(), order["id"])
    report = await room.ask("GET", f"/imports/{order['id']}?limit=1000")
    assert report["order"]["status"] == "done", report
    return report


async def board_of(room: Exchange) -> dict[str, Task]:
    """Every live or archived task of the tenant by title."""
    async with room.house.unit_of_work.reading(room.actor) as tx:
        mine = TASKS.c.project_id == room.actor.scope.project_id
        query = sa.select(TASKS.c.id).where(mine, TASKS.c.deleted_at.is_(None)).order_by(TASKS.c.rank)
        ids = (await tx.conn.execute(query)).scalars().all()
        found = [await tasks.get_task(tx, task_id) for task_id in ids]
    return {task.title: task for task in found}


async def said_about(room: Exchange, task_id: str) -> list[Any]:
    async with room.house.unit_of_work.reading(room.actor) as tx:
        query = sa.select(TASK_COMMENTS).where(TASK_COMMENTS.c.task_id == task_id)
        return list((await tx.conn.execute(query.order_by(TASK_COMMENTS.c.created_at))).mappings())


async def test_the_preview_shows_what_would_become_of_it_and_writes_nothing(room: Exchange) -> None:
    seen = await room.ask("POST", "/imports/preview", body_of("trello.json"))
    assert (seen["source"], seen["name"]) == ("trello", "Harbour Coffee relaunch")
    assert seen["counts"] == {
        "tasks": 7,
        "sub_tasks": 2,
        "archived": 2,
        "comments": 2,
        "links": 1,
        "dependencies": 0,
        "labels": 2,
        "already_here": 0,
    }
    columns = {one["name"]: seen["mapping"]["columns"][one["key"]] for one in seen["columns"]}
    assert columns["To Do"] == {"key": "todo", "create": False, "name": None, "kind": None}
    assert columns["Waiting for client"]["create"] is True
    people = {one["name"]: seen["mapping"]["people"][one["key"]] for one in seen["people"]}
    assert people["Kenji"]["agent_id"] == "kenji"
    assert people["Alice"]["person_id"] == "per_alice"
    assert people["Noor Haddad"] == {"agent_id": None, "person_id": None}
    card = next(task for task in seen["tasks"] if task["title"] == "Move the site")
    assert (card["status"], card["assigned_agent_id"], card["accountable_id"]) == (
        "todo",
        "kenji",
        "per_alice",
    )
    assert card["custom"] == {"budget": 1200.5, "phase": "Beta", "signed_off": True, "launch": "2026-04-01"}
    assert seen["problems"] == []
    assert any("nobody here" in misfit["message"] for misfit in seen["misfits"])
    assert await board_of(room) == {}


async def test_trello_lands_whole(room: Exchange) -> None:
    report = await bring(room, body_of("trello.json"))
    order = report["order"]
    assert (order["created"], order["total"], order["landed"], order["failed"]) == (7, 7, 7, 0)
    messages = [misfit["message"] for misfit in report["misfits"]]
    assert len(messages) == order["misfits"] == 3
    board = await board_of(room)
    card = board["Move the site"]
    assert (card.status, card.assigned_agent_id, card.accountable_id) == ("todo", "kenji", "per_alice")
    assert (str(card.start_date), str(card.due_date)) == ("2026-03-02", "2026-03-09")
    assert card.labels == ("SEO",)
    assert card.custom == {"budget": 1200.5, "phase": "Beta", "signed_off": True, "launch": "2026-04-01"}
    assert "[plan \\[v2\\].pdf](<https://trello.com/1/cards/x/plan.pdf>)" in card.description
    assert "javascript" not in card.description
    assert {one.title for one in card.subtasks or ()} == {"Redirects", "Sitemap"}
    assert (board["Sitemap"].status, board["Sitemap"].completed_at is not None) == ("done", True)
    assert board["Ask for photos"].status == "waiting_for_client"
    assert board["Buy domain"].archived_at is not None
    todo = [title for title, task in board.items() if task.status == "todo" and task.archived_at is None]
    assert todo == ["Move the site", "Redirects", "Choose a font"], "the order of the list is kept"
    said = await said_about(room, card.id)
    assert [(one["author_name"], one["author_id"], one["content"]) for one in said] == [
        ("Noor Haddad (Trello)", "import_trello", "First word"),
        ("Alice (Trello)", "per_alice", "Second word"),
    ]
    assert said[0]["created_at"].isoformat() == "2026-02-10T08:00:00+00:00"
    assert card.comment_count == 2
    numbers = sorted(task.number for task in board.values())
    assert numbers == list(range(1, 8))


async def test_brought_again_everything_is_there_once(room: Exchange) -> None:
    await bring(room, body_of("trello.json"))
    again = await bring(room, body_of("trello.json"))
    assert (again["order"]["created"], again["order"]["skipped"]) == (0, 7)
    board = await board_of(room)
    assert len(board) == 7
    assert len(await said_about(room, board["Move the site"].id)) == 2
    seen = await room.ask("POST", "/imports/preview", body_of("trello.json"))
    assert seen["counts"]["already_here"] == 7


async def test_brought_again_to_update_what_changed_is_changed(room: Exchange) -> None:
    data = json.loads((FIXTURES / "trello.json").read_text())
    data["cards"] = [one for one in data["cards"] if "again" not in one["name"]]
    await bring(room, {"content": json.dumps(data)})
    card = next(one for one in data["cards"] if one["name"] == "Move the site")
    card |= {
        "name": "Move the whole site",
        "due": "2026-05-01T10:00:00.000Z",
        "idList": data["lists"][1]["id"],
    }
    data["actions"].insert(
        0,
        {
            "id": "c" * 24,
            "type": "commentCard",
            "date": "2026-03-01T00:00:00.000Z",
            "data": {"text": "Third word", "card": {"id": card["id"]}},
            "memberCreator": {"id": "x", "fullName": "Zed"},
        },
    )
    report = await bring(room, {"content": json.dumps(data), "on_repeat": "update"})
    assert (report["order"]["updated"], report["order"]["skipped"], report["order"]["failed"]) == (1, 6, 0), (
        report
    )
    print(await board_of(room))
    task = (await board_of(room))["Move the whole site"]
    assert (task.status, str(task.due_date), task.comment_count) == ("in_progress", "2026-05-01", 3)
    assert [one["content"] for one in await said_about(room, task.id)] == [
        "First word",
        "Second word",
        "Third word",
    ]
    same = await bring(room, {"content": json.dumps(data), "on_repeat": "update"})
    assert same["order"]["skipped"] == 7


async def test_what_was_deleted_here_stays_deleted(room: Exchange) -> None:
    await bring(room, body_of("trello.json"))
    card = (await board_of(room))["Choose a font"]
    async with room.house.unit_of_work(room.actor) as tx:
        await tasks.delete_task(tx, card.id)
    data = (FIXTURES / "trello.json").read_text().replace("Serif?", "Sans!")
    report = await bring(room, {"content": data, "on_repeat": "update"})
    assert any("deleted here" in misfit["message"] for misfit in report["misfits"])
    assert "Choose a font" not in await board_of(room)


async def test_asana_clickup_and_linear_land(room: Exchange) -> None:
    for name, count in (("asana.json", 5), ("clickup.json", 6), ("linear.json", 3), ("linear.csv", 2)):
        report = await bring(room, body_of(name))
        assert (report["order"]["created"], report["order"]["failed"]) == (count, 0), name
    board = await board_of(room)
    waits = {
        title: [one.title for one in task.depends_on or ()]
        for title, task in board.items()
        if task.depends_on
    }
    assert waits == {
        "Write brief": ["Agree on budget"],
        "Circle A": ["Circle B"],
        "Fix login": ["Rotate keys"],
        "Tell users": ["Fix login"],
        "Announce": ["Speed up"],
    }
    assert board["Agree on budget"].status == "done", "Asana says done apart from the section"
    assert board["Circle B"].status == "legal_review"
    assert board["Write brief"].custom == {"hours": 6.5, "channel": "Mail"}
    assert board["Fix login"].custom["severity"] == "Major"
    assert board["Speed up"].estimate == 5
    assert board["Speed up"].labels == ("perf", "Technical SEO"), "no category is called so: a label"
    sprints = {one["name"]: one["id"] for one in await room.ask("GET", "/sprints")}
    assert board["Speed up"].sprint_id == sprints["Cycle 4"]
    assert board['Ship the "new" site'].sprint_id == sprints["Cycle 7"]
    assert board["Cache headers"].parent_id == board["Speed up"].id
    assert board["On Safari"].parent_id == board["Write test"].id


async def test_the_mapping_decides(room: Exchange) -> None:
    seen = await room.ask("POST", "/imports/preview", body_of("trello.json"))
    keys = {one["name"]: one["key"] for one in seen["columns"]}
    who = {one["name"]: one["key"] for one in seen["people"]}
    fields = {one["name"]: one["key"] for one in seen["fields"]}
    other = next(agent for agent in await agents(room) if agent != "kenji")
    mapping = {
        "columns": {keys["Waiting for client"]: {"key": "in_progress"}},
        "people": {who["Kenji"]: {"agent_id": other}, who["Noor Haddad"]: {"person_id": "per_alice"}},
        "fields": {fields["Budget"]: {"key": None}},
        "labels": {"SEO": {"label": "search"}, "red": {"label": None}},
    }
    await bring(room, body_of("trello.json", mapping=mapping))
    board = await board_of(room)
    assert board["Ask for photos"].status == "in_progress"
    assert board["Ask for photos"].accountable_id == "per_alice"
    assert board["Move the site"].assigned_agent_id == other
    assert board["Move the site"].labels == ("search",)
    assert board["Choose a font"].labels == ()
    assert "budget" not in board["Move the site"].custom


async def agents(room: Exchange) -> list[str]:
    from opsroom.board.roster import api as roster

    async with room.house.unit_of_work.reading(room.actor) as tx:
        return [agent.id for agent in await roster.roster(tx)]


async def test_a_mapping_that_names_what_is_not_there_is_refused_whole(room: Exchange) -> None:
    mapping = {
        "columns": {"nowhere": {"key": "todo"}},
        "people": {"x": {"agent_id": "nobody"}},
        "sprints": {"y": {"sprint_id": "none"}},
    }
    status, problems = await room.refused("POST", "/imports", body_of("trello.json", mapping=mapping))
    assert status == 422
    assert set(problems) >= {"mapping.columns.nowhere", "mapping.people.x", "mapping.sprints.y"}
    assert await board_of(room) == {}


async def test_others_neither_see_an_import_nor_are_touched_by_it(room: Exchange) -> None:
    report = await bring(room, body_of("trello.json"))
    bob = room.of("bob")
    assert (await bob.refused("GET", f"/imports/{report['order']['id']}"))[0] == 404
    assert await board_of(bob) == {}
    own = await bring(bob, body_of("trello.json"))
    assert own["order"]["created"] == 7, "what Alice brought is not there for Bob"


async def test_a_step_that_is_repeated_does_nothing_twice(room: Exchange) -> None:
    rows = "\n".join(f"{n},Task {n},{n - 1 if n % 2 else ''}" for n in range(1, 451))
    order = await room.ask("POST", "/imports", {"content": "id,title,depends on\n" + rows})
    importer, scope = room.house.need(Importer), room.actor.scope.model_dump()
    for _ in range(2):
        await importer.unpack(scope, order["id"])
    for start in (0, 200, 0, 200, 400, 400):
        await importer.land(scope, order["id"], start)
    halfway = await room.ask("GET", f"/imports/{order['id']}")
    assert (halfway["order"]["status"], halfway["order"]["landed"]) == ("running", 450)
    for start in (0, 200, 400, 0):
        await importer.connect(scope, order["id"], start)
    for _ in range(2):
        await importer.finish(scope, order["id"], None)
    report = await room.ask("GET", f"/imports/{order['id']}")
    assert (report["order"]["created"], report["order"]["status"]) == (450, "done")
    async with room.house.unit_of_work.reading(room.actor) as tx:
        assert len(await events_after(tx, 0, kinds=["board.task_created.v1"], limit=1000)) == 450
        assert len(await events_after(tx, 0, kinds=["board.import_finished.v1"])) == 1
        assert (await tx.conn.execute(sa.select(sa.func.count()).select_from(IMPORT_ITEMS))).scalar() == 0
        assert (await tx.conn.execute(sa.select(sa.func.count()).select_from(IMPORT_LINKS))).scalar() == 450


async def test_what_breaks_on_the_way_ends_in_a_report(room: Exchange) -> None:
    order = await room.ask("POST", "/imports", body_of("trello.json"))
    importer, scope = room.house.need(Importer), room.actor.scope.model_dump()
    await importer.unpack(scope, order["id"])
    await importer.finish(scope, order["id"], "The disk is full.")
    report = await room.ask("GET", f"/imports/{order['id']}")
    assert (report["order"]["status"], report["order"]["error"]) == ("failed", "The disk is full.")
    await importer.land(scope, order["id"], 0)
    again = await bring(room, body_of("trello.json"))
    assert again["order"]["created"] == 7


async def test_it_is_carried_out_by_itself(build_house: Any, alice: Actor, bob: Actor) -> None:
    async with open_exchange(build_house, alice, bob, work=True) as room:
        order = await room.ask("POST", "/imports", body_of("asana.json"))
        async with asyncio.timeout(15):
            while (report := await room.ask("GET", f"/imports/{order['id']}"))["order"][
                "finished_at"
            ] is None:
                await asyncio.sleep(0.02)
        assert (report["order"]["status"], report["order"]["created"]) == ("done", 5)


async def test_an_update_the_board_refuses_is_told_of_and_the_rest_goes_on(room: Exchange) -> None:
    rows = "id,title,status,depends on\n1,A,Todo,\n2,B,Todo,\n"
    await bring(room, {"content": rows})
    board = await board_of(room)
    async with room.house.unit_of_work(room.actor) as tx:  # here B waits for A meanwhile
        await tasks.change_task(tx, board["B"].id, TaskChange(depends_on=(board["A"].id,)))
    changed = "id,title,status,depends on\n1,A2,Todo,2\n2,B2,Todo,\n"
    report = await bring(room, {"content": changed, "on_repeat": "update"})
    assert set(await board_of(room)) == {"A2", "B2"}
    assert [m["field"] for m in report["misfits"]] == ["depends_on"]
    assert "waits for this task" in report["misfits"][0]["message"]


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({}, 422, "content"),
        ({"content": "a", "content_base64": "YQ=="}, 422, "content"),
        ({"content": "  \n"}, 422, "content"),
        ({"content_base64": "***"}, 400, "content_base64"),
        ({"content": '{"lists": [], "cards": ['}, 400, "content"),
        ({"content": '{"lists": [], "cards": []}'}, 422, "content"),
        ({"content": "title\nA\n", "source": "trello"}, 400, "content"),
        ({"content": "title\nA\n", "source": "excel"}, 422, "source"),
        (
            {"content": "title\nA\n", "mapping": {"headings": {"title": "colour"}}},
            422,
            "mapping.headings.title",
        ),
        (
            {"content": "title,name\nA,B\n", "mapping": {"headings": {"title": "title", "name": "title"}}},
            422,
            "mapping.headings",
        ),
        ({"content": "title\nA\n", "nonsense": 1}, 422, "nonsense"),
    ],
)
async def test_bad_orders(room: Exchange, body: dict[str, Any], status: int, path: str) -> None:
    found, problems = await room.refused("POST", "/imports", body)
    assert (found, path in problems) == (status, True), problems
    assert await board_of(room) == {}


async def test_too_much_is_refused_by_its_size(build_house: Any, alice: Actor, bob: Actor) -> None:
    small = ExchangeSettings(max_import_bytes=2048)
    async with open_exchange(build_house, alice, bob, settings=[small]) as room:
        status, _ = await room.refused("POST", "/imports/preview", {"content": "title\n" + "x" * 3000})
        assert status == 413
        huge = io.BytesIO(b'{"content": "' + b"x" * 2_000_000 + b'"}')
        headers = {"Content-Type": "application/json"}
        reply = await room.town.send("POST", "/api/imports/preview", key="alice", data=huge, headers=headers)
        assert reply.status == 413


async def test_titles_too_long_and_none_and_texts_no_database_takes(room: Exchange) -> None:
    row = {
        "gid": "1",
        "name": "x" * 100_000,
        "notes": "n\u0000ul \ud800 half",
        "tags": [{"name": "t" * 99}] * 60,
    }
    other = {
        "gid": "2",
        "name": "  ",
        "notes": "y" * 200_000,
        "start_on": "2026-05-02",
        "due_on": "2026-05-01",
    }
    content = base64.b64encode(json.dumps({"data": [row, other]}).encode()).decode()
    report = await bring(room, {"content_base64": content})
    assert report["order"]["created"] == 2
    board = await board_of(room)
    assert "Untitled" in board
    assert len(board["Untitled"].description) == 100_000
    assert (board["Untitled"].start_date, str(board["Untitled"].due_date)) == (None, "2026-05-01")
    fields = {misfit["field"] for misfit in report["misfits"]}
    assert fields >= {"title", "description", "labels", "start"}


async def test_nobody_but_admins_imports(room: Exchange) -> None:
    made = await room.town.send(
        "POST", "/api/actors", key="alice", json={"kind": "app", "slug": "u", "name": "U", "role": "user"}
    )
    issued = await room.town.send(
        "POST", "/api/keys", key="alice", json={"label": "k", "actor_id": made.body["data"]["id"]}
    )
    user = room.of(issued.body["data"]["secret"])
    assert (await user.refused("POST", "/imports", body_of("trello.json")))[0] == 403
