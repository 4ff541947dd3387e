"""What happens on a board shows on every screen of the project, and on no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.board import api as board
from opsroom.board.documents.events import DocumentSaved
from opsroom.board.events import BoardArranged, CommentAdded, SprintStarted
from opsroom.kernel.actor import Actor
from opsroom.triggers.events import CardRunShown
from tests.app.edge_town import Town
from tests.live.board_sockets import add_task, ask, greeted, open_sockets


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    async with open_sockets(build_house, alice, bob) as served:
        yield served


async def test_a_card_shows_on_other_screens_with_who_did_it(town: Town) -> None:
    async with greeted(town) as (one, hello), greeted(town) as (other, _):
        assert hello["you"] == {"id": town.alice.id, "name": "Alice"}
        task = await add_task(town, "Fix the sitemap", priority="p1")
        for client in (one, other):
            frame = await client.next("task_update")
            assert frame["action"] == "created"
            assert frame["task"]["title"] == "Fix the sitemap"
            assert (frame["triggeredBy"], frame["triggeredByName"]) == (town.alice.id, "Alice")
            assert frame["seq"] > hello["seq"]
            assert "due_date" not in frame["task"]  # empty fields are left out, as in the snapshot
        await ask(town, "POST", f"/tasks/{task['id']}/move", status="in_progress")
        moved = await one.next("task_update")
        assert (moved["action"], moved["task"]["status"]) == ("moved", "in_progress")
        await ask(town, "PATCH", f"/tasks/{task['id']}", title="Fix both sitemaps")
        assert (await one.next("task_update"))["task"]["title"] == "Fix both sitemaps"
        for path, action in (("archive", "archived"), ("restore", "restored")):
            await ask(town, "POST", f"/tasks/{task['id']}/{path}")
            assert (await one.next("task_update"))["action"] == action
        await ask(town, "DELETE", f"/tasks/{task['id']}")
        assert (await one.next("task_update"))["action"] == "deleted"
        seqs = [frame["seq"] for frame in await other.quiet()]
        assert seqs == sorted(set(seqs))
        assert len(seqs) == 5


async def test_two_tenants_never_see_each_others_boards(town: Town) -> None:
    async with greeted(town) as (alice, _), greeted(town, "bob") as (bob, _):
        await alice.say(type="viewing_task", taskId="task_secret")
        await alice.say(type="cursor_move", x=0.5, y=0.5)
        await add_task(town, "Secret of Alice")
        own = await add_task(town, "Of Bob", key="bob")
        frame = await bob.next("task_update")
        assert frame["task"]["id"] == own["id"]
        assert await bob.quiet() == []
        assert [f["task"]["title"] for f in await alice.quiet()] == ["Secret of Alice"]
    # Nor when catching up from the beginning of the log.
    async with greeted(town, "bob", since=0) as (bob, _):
        told = str(await bob.quiet())
        assert "Of Bob" in told
        assert "Secret" not in told
        assert town.alice.id not in told


async def test_comments_sprints_furniture_and_documents_are_told(town: Town) -> None:
    task = await add_task(town)
    async with greeted(town) as (client, _):
        async with town.house.unit_of_work(town.alice) as tx:
            tx.record(CommentAdded(comment_id="c_1", title="t", excerpt="e"), subject=task["id"])
            tx.record(SprintStarted(name="S", tasks=1, estimate=2), subject="sprint_1")
            tx.record(BoardArranged(noun="column", name="x", what="added", changes={}), subject="x")
            tx.record(DocumentSaved(name="spec.md", path="p", revision="r", message="m"), subject=task["id"])
        heard = await client.quiet()
    # A card changes by task_update alone, also when something that hangs on it is what happened.
    derived = [f for f in heard if f.get("derived")]
    assert [(f["type"], f["task"]["id"]) for f in derived] == [("task_update", task["id"])] * 2
    comment, sprint, furniture, document = [f for f in heard if f not in derived]
    assert [f["seq"] for f in derived] == [comment["seq"] - 1, document["seq"] - 1]
    assert (comment["type"], comment["action"], comment["commentId"]) == ("comment", "created", "c_1")
    assert comment["taskId"] == document["task"]["id"] == task["id"]
    assert (sprint["type"], sprint["action"], sprint["sprintId"]) == ("sprint_update", "started", "sprint_1")
    assert (furniture["type"], furniture["noun"], furniture["what"]) == ("board_update", "column", "added")
    assert (document["type"], document["what"]) == ("document_update", "document_saved")
    assert all({"seq", "eventId", "triggeredBy"} <= frame.keys() for frame in (comment, sprint, furniture))


async def test_cards_that_count_another_are_told_beside_it(town: Town) -> None:
    """A parent's share of done parts and a card that waits change with another's."""
    parent = await add_task(town, "Parent")
    part = await add_task(town, "Part", parent_id=parent["id"])
    waiting = await add_task(town, "Waiting", depends_on=[part["id"]])
    async with greeted(town) as (client, _):
        await ask(town, "POST", f"/tasks/{part['id']}/move", status="done")
        frames = await client.quiet()
    beside = {f["task"]["id"]: f for f in frames[:-1]}
    assert beside.keys() == {parent["id"], waiting["id"]}
    assert beside[parent["id"]]["task"]["subtask_done_count"] == 1
    assert "waiting" not in beside[waiting["id"]]["task"]
    assert all(f["derived"] for f in beside.values())
    # Who is cut off before the event's own frame hears the cards beside it again.
    assert frames[-1]["action"] == "moved"
    async with greeted(town, since=frames[0]["seq"]) as (client, _):
        assert [f["task"]["id"] for f in await client.quiet()] == [f["task"]["id"] for f in frames]
    async with greeted(town, since=frames[-1]["seq"]) as (client, _):
        assert await client.quiet() == []


async def test_what_changes_in_the_archive_does_not_come_back_to_the_board(town: Town) -> None:
    task = await add_task(town)
    await ask(town, "POST", f"/tasks/{task['id']}/archive")
    async with greeted(town) as (client, _):
        await ask(town, "PATCH", f"/tasks/{task['id']}", priority="p1")
        assert [f["action"] for f in await client.quiet()] == ["archived"]


async def test_a_card_shows_what_its_run_is_at(town: Town) -> None:
    task = await add_task(town)
    async with greeted(town) as (client, _):
        async with town.house.unit_of_work(town.alice) as tx:
            await board.note_run(tx, task["id"], "run_1", "STREAMING")
            tx.record(CardRunShown(run_id="run_1", status="STREAMING"), subject=task["id"])
        (shown,) = await client.quiet()
    assert (shown["type"], shown["action"], shown["task"]["run_status"]) == (
        "task_update",
        "updated",
        "STREAMING",
    )
