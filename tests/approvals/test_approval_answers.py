"""Questions and answers: bound to what was shown, given once, by people, in time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from opsroom.approvals import api
from opsroom.approvals.errors import AlreadyAnswered, NoSuchApproval, NotForAgents
from opsroom.approvals.room import ROOM, expire_overdue
from opsroom.approvals.shapes import Approval, Question
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.events import EVENTS
from opsroom.kernel.room import House

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
async def house(build_house: Any, clock: FakeClock) -> House:
    built: House = await build_house([ROOM], work=False, clock=clock)
    # The clock of a test rules the rows, whatever the database's own says.
    built.database.clock_offset_s = 0.0
    return built


def question(n: int = 1, *, run_id: str = "run_1", minutes: int = 60, **arguments: object) -> Question:
    return Question(
        run_id=run_id,
        agent_name="scout",
        tool_use_id=f"tu_{n}",
        tool_name="send_email",
        input={"to": "a@b.example", **arguments},
        expires_at=NOON + timedelta(minutes=minutes),
    )


async def ask(house: House, actor: Actor, asked: Question) -> Approval:
    async with house.unit_of_work(actor) as tx:
        return await api.ask(tx, asked)


async def decide(house: House, actor: Actor, approval_id: str, allow: bool, **more: Any) -> Approval:
    async with house.unit_of_work(actor) as tx:
        return await api.decide(tx, approval_id, allow=allow, **more)


async def look(house: House, actor: Actor, approval_id: str) -> Approval:
    async with house.unit_of_work.reading(actor) as tx:
        return await api.get(tx, approval_id)


async def events(house: House, actor: Actor) -> list[tuple[str, str]]:
    """(kind, status) of what the log says of approvals, in order."""
    async with house.unit_of_work.reading(actor) as tx:
        rows = (await tx.conn.execute(sa.select(EVENTS).order_by(EVENTS.c.seq))).mappings().all()
    return [(r["kind"].split(".")[1], r["body"].get("status", "")) for r in rows]


async def test_a_question_is_put_once_per_tool_call(house: House, alice: Actor) -> None:
    first = await ask(house, alice, question(1))
    again = await ask(house, alice, question(1, to="somebody@else.example"))
    other = await ask(house, alice, question(2))
    assert again == first
    assert other.id != first.id
    assert first.input == {"to": "a@b.example"}
    assert first.status == "pending"
    assert await events(house, alice) == [("approval_asked", ""), ("approval_asked", "")]


async def test_the_same_tool_call_of_two_runs_are_two_questions(house: House, alice: Actor) -> None:
    one = await ask(house, alice, question(1, run_id="run_1"))
    two = await ask(house, alice, question(1, run_id="run_2"))
    assert one.id != two.id


async def test_of_twenty_answers_at_once_exactly_one_counts(house: House, alice: Actor) -> None:
    asked = await ask(house, alice, question())
    people = [alice.model_copy(update={"id": f"per_{n}", "name": f"P{n}"}) for n in range(20)]
    answers = [decide(house, p, asked.id, n % 2 == 0, message=p.name) for n, p in enumerate(people)]
    results = await asyncio.gather(*answers, return_exceptions=True)
    won = [r for r in results if isinstance(r, Approval)]
    lost = [r for r in results if not isinstance(r, Approval)]
    assert len(won) == 1
    assert all(isinstance(r, AlreadyAnswered) for r in lost), lost
    settled = await look(house, alice, asked.id)
    assert settled == won[0]
    assert settled.message == settled.decided_by_name
    told = lost[0]
    assert isinstance(told, AlreadyAnswered)
    assert told.theirs == {"status": settled.status, "decided_by": settled.decided_by_name}
    assert await events(house, alice) == [("approval_asked", ""), ("approval_decided", settled.status)]


async def test_the_same_answer_of_the_same_person_changes_nothing(house: House, alice: Actor) -> None:
    asked = await ask(house, alice, question())
    first = await decide(house, alice, asked.id, True, message="go")
    assert await decide(house, alice, asked.id, True, message="go again") == first
    with pytest.raises(AlreadyAnswered, match="already allowed by Alice"):
        await decide(house, alice, asked.id, False)
    assert len(await events(house, alice)) == 2


async def test_an_agent_never_answers_whatever_its_role(house: House, alice: Actor) -> None:
    asked = await ask(house, alice, question())
    agent = alice.model_copy(update={"kind": "agent", "role": "super_admin"})
    for allow in (True, False):
        with pytest.raises(NotForAgents):
            await decide(house, agent, asked.id, allow)
    assert (await look(house, alice, asked.id)).status == "pending"


async def test_an_answer_holds_for_the_arguments_that_were_shown(house: House, alice: Actor) -> None:
    asked = await ask(house, alice, question(amount=10, text="naïve ✓"))
    assert asked.input_sha256 == api.sha256_of({"text": "naïve ✓", "amount": 10, "to": "a@b.example"})
    for wrong in (api.sha256_of({"amount": 11}), "", asked.input_sha256.upper()):
        with pytest.raises(AlreadyAnswered, match="not the ones you were shown"):
            await decide(house, alice, asked.id, True, input_sha256=wrong)
    assert (await look(house, alice, asked.id)).status == "pending"
    done = await decide(house, alice, asked.id, True, input_sha256=asked.input_sha256)
    assert (done.status, done.decided_by, done.decided_at) == ("allowed", alice.id, NOON)


async def test_nothing_expires_before_its_time_and_nobody_answers_after_it(
    house: House, alice: Actor, clock: FakeClock
) -> None:
    asked = await ask(house, alice, question(minutes=10))
    clock.advance(timedelta(minutes=9, seconds=59))
    async with house.unit_of_work(alice) as tx:
        await api.expire(tx, asked.id)
    assert await expire_overdue(house) == 0
    assert (await look(house, alice, asked.id)).status == "pending"
    clock.advance(timedelta(seconds=1))
    with pytest.raises(AlreadyAnswered, match="expired at 2026-11-21 12:10 UTC"):
        await decide(house, alice, asked.id, True)


async def test_the_sweep_ends_what_is_overdue_in_every_project_once(
    house: House, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    overdue = await ask(house, alice, question(1, minutes=5))
    theirs = await ask(house, bob, question(1, run_id="run_b", minutes=6))
    answered = await ask(house, alice, question(2, minutes=7))
    later = await ask(house, alice, question(3, minutes=90))
    await decide(house, alice, answered.id, True)
    clock.advance(timedelta(minutes=30))
    assert await expire_overdue(house) == 2
    assert await expire_overdue(house) == 0
    ended = await look(house, alice, overdue.id)
    assert (ended.status, ended.decided_by_name, ended.message) == (
        "expired",
        "the clock",
        "Nobody answered in time.",
    )
    assert (await look(house, bob, theirs.id)).status == "expired"
    assert (await look(house, alice, answered.id)).status == "allowed"
    assert (await look(house, alice, later.id)).status == "pending"
    decided = [e for e in await events(house, alice) if e[0] == "approval_decided"]
    assert sorted(decided) == [
        ("approval_decided", "allowed"),
        ("approval_decided", "expired"),
        ("approval_decided", "expired"),
    ]
    async with house.unit_of_work.reading(bob) as tx:
        rows = (await tx.conn.execute(sa.select(EVENTS).where(EVENTS.c.subject == theirs.id))).mappings()
    assert {r["project_id"] for r in rows.all()} == {bob.scope.project_id}


async def test_an_answer_and_the_clock_at_once_leave_one_of_them(
    house: House, alice: Actor, clock: FakeClock
) -> None:
    asked = [await ask(house, alice, question(n, minutes=5)) for n in range(6)]
    answers = [decide(house, alice, a.id, True) for a in asked[:3]]
    await asyncio.gather(*answers)
    clock.advance(timedelta(minutes=5))
    await asyncio.gather(*(expire_overdue(house) for _ in range(4)))
    statuses = [(await look(house, alice, a.id)).status for a in asked]
    assert statuses == ["allowed"] * 3 + ["expired"] * 3
    assert len([e for e in await events(house, alice) if e[0] == "approval_decided"]) == 6


async def test_a_run_that_ends_takes_its_open_questions_back(house: House, alice: Actor) -> None:
    mine = [await ask(house, alice, question(n)) for n in range(3)]
    other = await ask(house, alice, question(1, run_id="run_2"))
    await decide(house, alice, mine[0].id, False, message="no")
    async with house.unit_of_work(alice) as tx:
        await api.withdraw(tx, "run_1")
    assert [(await look(house, alice, a.id)).status for a in mine] == ["denied", "withdrawn", "withdrawn"]
    assert (await look(house, alice, other.id)).status == "pending"
    with pytest.raises(AlreadyAnswered, match="already withdrawn"):
        await decide(house, alice, mine[1].id, True)
    # Nobody decided: a run that has ended must not be set going again by an event.
    assert [e for e in await events(house, alice) if e[0] == "approval_decided"] == [
        ("approval_decided", "denied")
    ]


async def test_questions_of_another_tenant_do_not_exist(house: House, alice: Actor, bob: Actor) -> None:
    asked = await ask(house, alice, question())
    theirs = await ask(house, bob, question(run_id="run_b"))
    for verb in (look(house, bob, asked.id), decide(house, bob, asked.id, True)):
        with pytest.raises(NoSuchApproval, match=asked.id):
            await verb
    async with house.unit_of_work(bob) as tx:
        await api.withdraw(tx, "run_1")
        assert await api.list_approvals(tx, run_id="run_1") == ([], 0)
        found, total = await api.list_approvals(tx)
    assert ([a.id for a in found], total) == ([theirs.id], 1)
    assert (await look(house, alice, asked.id)).status == "pending"


async def test_the_list_is_newest_first_and_pages(house: House, alice: Actor, clock: FakeClock) -> None:
    asked = []
    for n in range(7):
        asked.append((await ask(house, alice, question(n))).id)
        clock.advance(timedelta(seconds=1))
    await decide(house, alice, asked[2], True)
    async with house.unit_of_work.reading(alice) as tx:
        first, total = await api.list_approvals(tx, status="pending", limit=4)
        rest, _ = await api.list_approvals(tx, status="pending", limit=4, offset=4)
    assert total == 6
    assert [a.id for a in [*first, *rest]] == [i for i in reversed(asked) if i != asked[2]]


async def test_those_who_wait_for_questions_are_woken(house: House, alice: Actor) -> None:
    with house.wakes.listen("approvals") as listener:
        asked = await ask(house, alice, question())
        assert await listener.wait(0.5)
        await decide(house, alice, asked.id, True)
        assert await listener.wait(0.5)
