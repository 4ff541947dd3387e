"""Notifications at work: who hears of what, once, in the inbox; and what they chose."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from opsroom.board.comments import api as comments
from opsroom.board.comments.shapes import CommentEdit, NewComment
from opsroom.board.errors import NotYours, StaleThing
from opsroom.board.notifications import api, reactions
from opsroom.board.notifications.shapes import MarkRead, Preferences
from opsroom.board.shapes import Move, TaskChange
from opsroom.board.sprints import api as sprints
from opsroom.board.sprints.shapes import NewSprint
from opsroom.board.tasks import api as tasks
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.errors import Invalid
from opsroom.kernel.events import Recorded
from opsroom.kernel.room import House
from tests.board.automation_kit import (
    NOON,
    add_task,
    colleague,
    events_of,
    followings,
    last,
    open_board,
    settle,
    told,
)

NOTHING_MISSING: dict[Any, str | None] = {}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
async def house(build_house: Any, alice: Actor, bob: Actor, clock: FakeClock) -> House:
    return await open_board(build_house, alice, bob, clock=clock)


async def say(house: House, actor: Actor, task_id: str, text: str) -> str:
    async with house.unit_of_work(actor) as tx:
        return (await comments.add_comment(tx, task_id, NewComment(content=text))).id


async def prefer(house: House, actor: Actor, **wanted: Any) -> None:
    async with house.unit_of_work(actor) as tx:
        await api.set_preferences(tx, Preferences.model_validate(wanted), NOTHING_MISSING)


async def test_a_day_on_the_board_tells_each_what_concerns_them(
    house: House, alice: Actor, bob: Actor
) -> None:
    zoe, yan = await colleague(house, alice, "Zoe"), await colleague(house, alice, "Yan")
    task = await add_task(house, alice, "Fix it", accountable_id=zoe.id, watchers=(yan.id,))
    await say(house, zoe, task.id, "Look at this @yan, please")
    async with house.unit_of_work(zoe) as tx:
        await tasks.move_task(tx, task.id, Move(status="in_progress"))
    async with house.unit_of_work(yan) as tx:
        await tasks.change_task(tx, task.id, TaskChange(accountable_id=alice.id))
    async with house.unit_of_work(alice) as tx:
        sprint = await sprints.plan_sprint(
            tx, NewSprint.model_validate({"name": "S1", "start_date": "2026-06-08", "end_date": "2026-06-20"})
        )
        await sprints.start_sprint(tx, sprint.id)
    await settle(house)
    card = f"#{task.number} Fix it"
    assert await told(house, zoe) == [
        ("assigned", f"Alice made you accountable for {card}"),
        ("sprint_started", "Alice started S1"),
    ]
    assert await told(house, yan) == [
        ("mentioned", f"Zoe mentioned you on {card}"),
        ("status_changed", f"Zoe moved {card} from To do to In progress"),
        ("sprint_started", "Alice started S1"),
    ]
    assert await told(house, alice) == [
        ("comment", f"Zoe commented on {card}"),
        ("status_changed", f"Zoe moved {card} from To do to In progress"),
        ("assigned", f"Yan made you accountable for {card}"),
    ]
    assert await told(house, bob) == []


async def test_one_event_is_told_once_however_often_it_is_taken(house: House, alice: Actor) -> None:
    zoe = await colleague(house, alice, "Zoe")
    task = await add_task(house, alice, watchers=(zoe.id,))
    await say(house, alice, task.id, "@zoe @zoe you watch this and are mentioned")
    await asyncio.gather(*(f.advance() for f in followings(house) * 3))
    await settle(house)
    (row,) = await events_of(house, alice, "comment_added")
    async with house.unit_of_work(house.system_actor(alice.scope)) as tx:
        await reactions.tell_of(tx, Recorded.model_validate(dict(row)))
    assert [kind for kind, _ in await told(house, zoe)] == ["mentioned"]


async def test_telling_is_no_event_so_nothing_goes_round(house: House, alice: Actor) -> None:
    zoe = await colleague(house, alice, "Zoe")
    task = await add_task(house, alice, watchers=(zoe.id,))
    await say(house, alice, task.id, "hello")
    before = await last(house)
    await settle(house)
    assert await last(house) == before
    assert len(await told(house, zoe)) == 1


async def test_an_edit_tells_only_whom_it_added(house: House, alice: Actor) -> None:
    zoe, yan = await colleague(house, alice, "Zoe"), await colleague(house, alice, "Yan")
    task = await add_task(house, alice)
    comment_id = await say(house, alice, task.id, "@zoe")
    async with house.unit_of_work(alice) as tx:
        await comments.edit_comment(tx, comment_id, CommentEdit(content="@zoe @yan"))
    await settle(house)
    assert [kind for kind, _ in await told(house, zoe)] == ["mentioned"]
    assert [kind for kind, _ in await told(house, yan)] == ["mentioned"]


async def test_programs_and_strangers_are_not_told(house: House, alice: Actor, bob: Actor) -> None:
    from opsroom.identity import api as identity
    from opsroom.identity.shapes import NewActor

    async with house.unit_of_work(alice) as tx:
        bot = await identity.create_actor(tx, NewActor(kind="agent", slug="kenji-bot", name="Bot"))
    task = await add_task(house, alice, watchers=(bot.id,))
    zoe = await colleague(house, alice, "Zoe")
    await say(house, zoe, task.id, "@bot @bob")
    await settle(house)
    async with house.unit_of_work.reading(alice.model_copy(update={"id": bot.id})) as tx:
        assert (await api.inbox(tx))[1] == 0
    assert await told(house, bob) == []


async def test_the_inbox_pages_counts_and_is_one_s_own(
    house: House, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    zoe = await colleague(house, alice, "Zoe")
    task = await add_task(house, alice, "T", watchers=(zoe.id,))
    for n in range(5):
        clock.advance(timedelta(minutes=1))
        await say(house, alice, task.id, f"comment {n}")
    await settle(house)
    with house.wakes.listen(api.inbox_topic(zoe.id)) as bell:
        async with house.unit_of_work(zoe) as tx:
            found, total = await api.inbox(tx, limit=2)
            assert (found.unread, total, len(found.notifications)) == (5, 5, 2)
            assert [n.text for n in found.notifications] == ["comment 4", "comment 3"]
            assert found.notifications[0].task is not None
            assert found.notifications[0].task.number == task.number
            marked = await api.mark_read(tx, MarkRead(ids=(found.notifications[0].id,)))
            assert (marked.changed, marked.unread) == (1, 4)
            assert (await api.mark_read(tx, MarkRead(ids=(found.notifications[0].id,)))).changed == 0
            assert (await api.inbox(tx, unread=True))[1] == 4
            assert (await api.inbox(tx, kinds=("assigned",)))[1] == 0
        assert await bell.wait(1.0)
    for other in (alice, bob, zoe.model_copy(update={"scope": bob.scope})):
        async with house.unit_of_work(other) as tx:
            assert (
                await api.mark_read(tx, MarkRead(ids=tuple(n.id for n in found.notifications)))
            ).changed == 0
            assert (await api.mark_read(tx, MarkRead(all=True))).changed == 0
    async with house.unit_of_work(zoe) as tx:
        assert (await api.mark_read(tx, MarkRead(all=True))).unread == 0
        assert (await api.mark_read(tx, MarkRead(all=True, read=False))).unread == 5
        with pytest.raises(Invalid):
            await api.mark_read(tx, MarkRead())


async def test_what_one_does_not_want_is_not_in_the_inbox(house: House, alice: Actor) -> None:
    zoe = await colleague(house, alice, "Zoe")
    await prefer(house, zoe, choices={"comment": {"in_app": "off"}})
    task = await add_task(house, alice, watchers=(zoe.id,))
    await say(house, alice, task.id, "hello")
    async with house.unit_of_work(alice) as tx:
        await tasks.move_task(tx, task.id, Move(status="done"))
    await settle(house)
    async with house.unit_of_work.reading(zoe) as tx:
        found, _ = await api.inbox(tx)
    assert [n.kind for n in found.notifications] == ["status_changed"]


async def test_preferences_are_checked_versioned_and_for_people(
    house: House, alice: Actor, bob: Actor
) -> None:
    async with house.unit_of_work(alice) as tx:
        first = await api.preferences(tx, {"email": "no server"})
        assert (first.version, first.time_zone, first.channels["email"], first.channels["slack"]) == (
            0,
            "UTC",
            "no server",
            None,
        )
        wanted = {
            "time_zone": "Mars/One",
            "choices": {"comment": {"slack": "now", "discord": "digest", "in_app": "digest"}},
        }
        with pytest.raises(Invalid) as refused:
            await api.set_preferences(tx, Preferences.model_validate(wanted), NOTHING_MISSING)
        assert {p.path for p in refused.value.problems} == {
            "time_zone",
            "choices.comment.in_app",
            "slack_id",
            "discord_id",
        }
        kept = await api.set_preferences(
            tx,
            Preferences.model_validate({"quiet_hours": {"start": "22:00", "end": "07:00"}, "version": 0}),
            NOTHING_MISSING,
        )
        assert (kept.version, kept.quiet_hours and kept.quiet_hours.start) == (1, "22:00")
        with pytest.raises(StaleThing) as stale:
            await api.set_preferences(tx, Preferences(version=0), NOTHING_MISSING)
        assert stale.value.theirs["version"] == 1
        again = await api.set_preferences(tx, Preferences(digest_hour=6), NOTHING_MISSING)
        assert (again.version, again.quiet_hours, again.digest_hour) == (2, None, 6)
    async with house.unit_of_work(alice.model_copy(update={"kind": "app"})) as tx:
        with pytest.raises(NotYours):
            await api.set_preferences(tx, Preferences(), NOTHING_MISSING)
    async with house.unit_of_work.reading(bob) as tx:
        assert (await api.preferences(tx, NOTHING_MISSING)).version == 0
