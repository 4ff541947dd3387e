"""Activity: the one event log told to people, paged, filtered, and summed up by the day of the project."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from opsroom.board.activity.sentences import KINDS, sentence
from opsroom.board.activity.shapes import Names
from opsroom.board.events import TaskChanged
from opsroom.board.tasks import api as tasks
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.events import Event
from tests.board.furniture_kit import Board, open_board


@pytest.fixture
async def board(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Board]:
    async with open_board(build_house, alice, bob) as opened:
        yield opened


async def texts(board: Board, path: str = "/activity") -> list[str]:
    return [a["text"] for a in await board.ask("GET", path)]


async def test_what_happened_reads_like_a_sentence(board: Board) -> None:
    sprint = (
        await board.ask(
            "POST", "/sprints", {"name": "Q1", "start_date": "2026-01-05", "end_date": "2026-01-16"}
        )
    )["id"]
    task = await board.create("Fix sitemap")
    await board.move(task, "in_progress")
    await board.change(task, assigned_agent_id="kenji")
    await board.change(task, priority="p1", due_date="2026-02-20", sprint_id=sprint, labels=("seo", "urgent"))
    await board.change(task, title="Fix *the* [sitemap](javascript:x)", description="Long", due_date=None)
    await board.move(task, "blocked", blocked_reason="No access")
    await board.move(task, "done")
    await board.ask("POST", f"/tasks/{task}/comments", {"content": "Done, @neo"})
    await board.ask("PATCH", "/board/columns/todo", {"name": "Next"})
    await board.ask("PATCH", "/board/settings", {"time_zone": "Europe/Amsterdam"})
    await board.ask("DELETE", "/agents/maya")
    await board.act(tasks.archive_task, task)
    await board.act(tasks.restore_task, task)
    await board.act(tasks.delete_task, task)
    title = "*Fix \\*the\\* \\[sitemap\\](javascript:x)*"
    assert (await texts(board))[::-1] == [
        "Alice planned the sprint *Q1*",
        "Alice created *Fix sitemap* in Next",
        "Alice moved *Fix sitemap* from Next to In progress",
        "Alice assigned *Fix sitemap* to Kenji",
        (
            "Alice set the priority of *Fix sitemap* to P1, put it into the sprint Q1, "
            "set the due date of it to 20 Feb 2026 and added seo and urgent to the labels of it"
        ),
        (
            f"Alice renamed *Fix sitemap* to {title}, rewrote the description of it "
            "and removed the due date of it, 20 Feb 2026"
        ),
        f"Alice moved {title} from In progress to Blocked: No access",
        f"Alice moved {title} from Blocked to Done",
        f"Alice commented on {title}: Done, @neo",
        "Alice renamed the column *To do* to *Next*",
        "Alice changed the board's settings: time zone",
        "Alice retired the agent *Maya*",
        f"Alice archived {title}",
        f"Alice brought {title} out of the archive",
        f"Alice deleted {title}",
    ]
    newest = (await board.ask("GET", "/activity?limit=1"))[0]
    assert (newest["action"], newest["actor"]["name"], newest["task"]["number"]) == ("deleted", "Alice", 1)
    assert await texts(board.of("bob")) == []


def test_every_event_of_the_board_has_a_sentence() -> None:
    import opsroom.board.documents.events
    import opsroom.board.events  # noqa: F401 - so that every class is there

    def kinds(kind: type[Event]) -> list[str]:
        return [k for sub in kind.__subclasses__() for k in [getattr(sub, "KIND", ""), *kinds(sub)]]

    said = {k.split(".")[1] for k in kinds(Event) if k.startswith("board.") and "probe" not in k}
    assert said <= set(KINDS)
    for kind in KINDS:
        assert sentence(f"board.{kind}.v1", "Ann", {}, Names())
    assert sentence("board.moon_rose.v1", "Ann", {"title": "<b>"}, Names()) == "Ann: moon rose *\\<b\\>*"


async def test_the_feed_is_filtered_and_paged_by_number(board: Board) -> None:
    nora = await board.member("nora")
    one, two = await board.create("One"), await board.create("Two")
    for n in range(5):
        await nora.ask("POST", f"/tasks/{one}/comments", {"content": f"c{n}"})
    await board.move(two, "done")
    assert len(await board.ask("GET", f"/activity?task={one}")) == 6
    assert len(await board.ask("GET", f"/tasks/{one}/activity?kind=commented")) == 5
    assert await texts(board, "/activity?actor=nora&kind=created,task_moved") == []
    assert len(await board.ask("GET", "/activity?actor=nora")) == 5
    assert len(await board.ask("GET", f"/activity?actor=me,{board.actor.id}")) == 3
    assert len(await board.ask("GET", "/activity?kind=moved,board.task_created.v1")) == 3
    seen: list[int] = []
    path = "/activity?limit=3"
    while page := await board.ask("GET", path):
        seen += [a["seq"] for a in page]
        path = f"/activity?limit=3&before={seen[-1]}"
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 8
    reply = await board.send("GET", "/activity?limit=1")
    assert reply.body["meta"]["seq"] >= seen[0]
    bob = board.of("bob")
    for path in ("/activity?task={}", "/tasks/{}/activity"):
        assert [(await bob.refused("GET", path.format(t)))[0] for t in (one, "task_0")] == [404, 404]
    status, _, errors = await board.refused("GET", "/activity?kind=sneezed")
    assert (status, errors.keys()) == (422, {"query.kind"})
    assert (await board.refused("GET", "/activity?from=2026-02-30"))[0] in (400, 422)


async def test_a_page_does_not_carry_whole_descriptions(board: Board) -> None:
    task = await board.create(description="x" * 50_000)
    await board.change(task, description="y" * 50_000)
    reply = await board.send("GET", "/activity")
    assert len(str(reply.body)) < 10_000


async def test_days_are_the_projects_own(build_house: Any, alice: Actor, bob: Actor) -> None:
    # 23:30 in Amsterdam on the 28th of March, the night the clocks go forward.
    clock = FakeClock(datetime(2026, 3, 28, 22, 30, tzinfo=UTC))
    async with open_board(build_house, alice, bob, clock=clock) as board:
        board.house.database.clock_offset_s = 0.0
        await board.ask("PATCH", "/board/settings", {"time_zone": "Europe/Amsterdam"})
        first = await board.create("First", assigned_agent_id="kenji")
        await board.of("bob").create("Not ours")
        clock.advance(timedelta(hours=1))  # 00:30 on the 29th
        second = await board.create("Second", due_date="2026-03-28")
        kenji = await board.member("kenji", kind="agent")
        await kenji.ask("POST", f"/tasks/{first}/comments", {"content": "On it"})
        await board.move(first, "done")
        await board.move(first, "in_progress")
        await board.move(first, "done")
        await board.move(second, "done")
        await board.move(second, "blocked", blocked_reason="No")
        clock.advance(timedelta(hours=22))  # 23:30 on the 29th, summer time
        await board.create("Late")
        clock.advance(timedelta(hours=1))  # the 30th
        await board.create("Next day")

        def day(d: str) -> str:
            return f"/activity?from={d}&to={d}&kind=created"

        assert await texts(board, day("2026-03-28")) == ["Alice created *First* in To do"]
        assert [t.split("*")[1] for t in await texts(board, day("2026-03-29"))] == ["Late", "Second"]
        assert [t.split("*")[1] for t in await texts(board, "/activity?from=2026-03-30&kind=created")] == [
            "Next day"
        ]
        summary = await board.ask("GET", "/activity/daily?date=2026-03-29")
        assert summary["counts"] == {"created": 2, "completed": 1, "moved": 5, "commented": 1}
        assert (summary["time_zone"], [t["title"] for t in summary["completed"]]) == (
            "Europe/Amsterdam",
            ["First"],
        )
        assert [
            (d["name"], d["counts"]["completed"], d["counts"]["commented"]) for d in summary["by_actor"]
        ] == [
            ("Alice", 1, 0),
            ("Kenji", 0, 1),
        ]
        assert [(d["name"], d["counts"]["completed"], d["counts"]["moved"]) for d in summary["by_agent"]] == [
            ("Kenji", 1, 3)
        ]
        assert (summary["blocked_count"], summary["overdue_count"]) == (1, 1)
        assert [t["title"] for t in (*summary["blocked"], *summary["overdue"])] == ["Second", "Second"]
        today = await board.ask("GET", "/activity/daily")
        assert (today["date"], today["counts"]["created"]) == ("2026-03-30", 1)
        theirs = await board.of("bob").ask("GET", "/activity/daily?date=2026-03-28")
        assert (theirs["counts"]["created"], theirs["blocked_count"], theirs["overdue_count"]) == (1, 0, 0)


async def test_the_days_of_a_long_log_are_found(board: Board) -> None:
    """The log has no index by time: days are found by halving."""
    from opsroom.board.activity import store

    task = await board.create()
    async with board.house.unit_of_work(board.actor) as tx:
        for n in range(300):
            tx.now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n)
            tx.record(TaskChanged(title="T", changes={"estimate": (n, n + 1)}), subject=task)
    async with board.house.unit_of_work.reading(board.actor) as tx:
        since = datetime(2026, 1, 3, tzinfo=UTC)
        found = await store.events(tx, since=since, until=since + timedelta(days=1), limit=500)
        assert len(found) == 24
        assert found[0].at == since + timedelta(hours=23)
        assert await store.events(tx, since=since + timedelta(days=9000), limit=5) == []
