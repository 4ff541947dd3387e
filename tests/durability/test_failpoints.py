"""The product is killed at each place of a run's life and started again; nothing is lost or done twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.durability.ledgers import violations
from tests.durability.rig import READY, Life, Nursery, Rig, rig

pytestmark = pytest.mark.durability

# The last place of a run's life first: what a life leaves unfinished is past the next life's place, so
# each run dies about once, and one chain of lives tries them all.
LIFE_OF_A_RUN = (
    "run.finish.closed",
    "run.finish.before",
    "outbox.confirmed:5",
    "outbox.confirmed",
    "outbox.sent:6",
    "outbox.sent:4",
    "outbox.sent:2",
    "outbox.sent",
    "outbox.begun:3",
    "outbox.begun",
    "outbox.holding",
    "outbox.planned",
    "run.hand_over.ordered",
    "run.hand_over.before",
    "run.fetch.recorded",
    "run.fetch.stored:2",
    "run.fetch.listed",
    "run.follow.moved",
    "run.follow.stopped",
    "run.log.copied:3",
    "run.log.committed:3",
    "run.log.committed",
    "run.open.recorded",
    "run.open.called",
    "run.open.begun",
    "run.request.committed",
)


async def chain(one: Rig, places: tuple[str, ...], agent: str) -> None:
    """One life per place, each killed there by a run of `agent`; every few of them a life that ends all.

    Without those a run would meet more deaths in a row than may be met, and rightly be given up.
    """
    await one.birth()
    await one.loaded()
    for number, place in enumerate(places):
        await one.kill()
        life = await one.birth(place)
        if not life.ended.is_set():
            await one.place(one.new_order(agent))
        await one.death()
        if number % 4 == 3 or place == places[-1]:
            await one.birth()
            await one.settle()


GATE = (
    "run.answer.recorded",
    "run.answer.sent",
    "run.answer.begun",
    "run.continue.ordered",
    "run.ask.parked",
    "run.follow.moved",
)
TROUBLE = ("run.conclude.ended", "run.conclude.stopped", "run.conclude.before_stop")
WEBHOOK = (
    "trigger.start.requested",
    "trigger.start.read",
    "trigger.intake.committed",
    "trigger.intake.before",
)


async def healthy(one: Rig) -> None:
    assert not (broken := await violations(one)), "\n".join(broken)


async def test_a_run_killed_at_every_place_of_its_life(nursery: Nursery, tmp_path: Path) -> None:
    async with rig(nursery, tmp_path) as one:
        await chain(one, LIFE_OF_A_RUN, "sentinel")
        await healthy(one)


async def test_a_run_killed_around_the_gate_where_people_decide(nursery: Nursery, tmp_path: Path) -> None:
    """One question, one answer passed on, whether the death was before, at or after the decision."""
    async with rig(nursery, tmp_path) as one:
        await one.birth()
        await one.loaded()
        for place in GATE:
            await one.kill()
            life = await one.birth(place)
            await answered(one, "asker", until_dead=life)
            await one.birth()
            await answered(one)
        # Killed with nothing under way but a parked run, twice.
        order = one.new_order("asker")
        await one.place(order)
        for _ in range(2):
            async with asyncio.timeout(60):
                while not await one.has_state(order, "AWAITING_HUMAN"):
                    await asyncio.sleep(0.05)
            await one.kill()
            await one.birth()
        await answered(one)
        await healthy(one)


async def answered(one: Rig, agent: str = "", until_dead: Life | None = None) -> None:
    """Allow whatever is asked until the product dies, or until every run has ended."""
    if agent and until_dead and not until_dead.ended.is_set():
        await one.place(one.new_order(agent))
    settling = None if until_dead else asyncio.create_task(one.settle())
    async with asyncio.timeout(90):
        while not (until_dead.ended.is_set() if until_dead else settling and settling.done()):
            await one.answer_questions()
            await asyncio.sleep(0.05)
    if settling:
        await settling


async def test_a_run_killed_while_it_is_being_stopped(nursery: Nursery, tmp_path: Path) -> None:
    async with rig(nursery, tmp_path) as one:
        await chain(one, TROUBLE, "spender")
        await healthy(one)


async def test_a_webhook_answered_with_2xx_is_never_lost_and_never_counts_twice(
    nursery: Nursery, tmp_path: Path
) -> None:
    async with rig(nursery, tmp_path) as one:
        await webhooks(one, WEBHOOK)
        await healthy(one)


async def webhooks(one: Rig, places: tuple[str, ...]) -> None:
    if one.life is None:
        await one.birth()
        await one.loaded()
    for place in ("", *places):
        await one.kill()
        life = await one.birth(place)
        order = one.new_order("walker")
        order.by_webhook = True
        one.sandbox.clickup.change_status(one.sandbox.clickup.tasks[order.task_id], READY)
        status = await one.hook(order) if not life.ended.is_set() else 0
        if place:
            assert status in (0, 200)
        else:
            assert status == 200
            await one.kill()  # at once: whatever the 2xx promised must be on the disk already
        await one.death()
        await one.birth()
        assert status == 200 or await one.hook(order) == 200  # ClickUp sends again what was not answered
        assert await one.hook(order) == 200
        await one.settle()


async def test_deaths_on_postgresql(nursery: Nursery, tmp_path: Path, database_url: str) -> None:
    """A worker that starts again is another worker there: the dead one's work is taken over."""
    if database_url.startswith("sqlite"):
        pytest.skip("all of the above")
    async with rig(nursery, tmp_path, database_url) as one:
        await chain(
            one, ("outbox.sent", "run.fetch.recorded", "run.log.committed:3", "run.open.called"), "sentinel"
        )
        await webhooks(one, ("trigger.intake.committed",))
        await healthy(one)
