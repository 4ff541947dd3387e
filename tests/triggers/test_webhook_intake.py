"""Bursts of webhooks: each change of status counts once, whatever comes twice, late or forged."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from opsroom.agents import api as agents
from opsroom.agents.rules import judge
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Unavailable
from opsroom.triggers.intake import Arrival, Intake
from opsroom.triggers.settings import TriggersSettings
from opsroom.triggers.sources.clickup.rules import Transition, sign, trigger_key
from opsroom.triggers.tables import TRIGGER_KEYS, WEBHOOK_DELIVERIES
from tests.app.edge_town import Town
from tests.app.product_town import agent_file, open_product

SECRET = "SECRET-OF-THE-WEBHOOK"
SETTINGS = TriggersSettings(clickup_webhook_secret=SecretStr(SECRET), reconcile_s=0)


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    async with open_product(build_house, alice, bob, settings=[SETTINGS]) as served:
        file = json.loads(agent_file("scout-a"))
        file["triggers"]["clickup_webhook"] = {"enabled": True, "list_id": "9001", "trigger_status": "ready"}
        file["payload_source"] = {"type": "clickup_task", "clickup": {"required_fields": ["client_id"]}}
        text = json.dumps(file)
        async with served.house.unit_of_work(served.alice) as tx:
            verdict = judge(text, "scout-a")
            assert verdict.file is not None, verdict.problems
            await agents.record_file(tx, "scout-a", text, verdict, source="test")
        yield served


def body_of(task: str, date: str = "1700000000000") -> bytes:
    item = {"field": "status", "date": date, "before": {"status": "to do"}, "after": {"status": "ready"}}
    return json.dumps({"event": "taskStatusUpdated", "task_id": task, "history_items": [item]}).encode()


async def post(town: Town, body: bytes, signature: str) -> tuple[int, str]:
    reply = await town.send("POST", "/webhook/scout-a", data=body, headers={"X-Signature": signature})
    return reply.status, reply.body.get("verdict", "")


async def rows(town: Town, table: sa.Table) -> list[Any]:
    async with town.house.unit_of_work.reading(town.alice) as tx:
        return list((await tx.conn.execute(sa.select(table))).mappings().all())


async def test_five_hundred_at_once_leave_exactly_the_keys_there_are(town: Town) -> None:
    """500 deliveries, of them 40 % again and 5 % forged, in no order."""
    dice = random.Random(20261121)
    genuine = [f"task_{n}" for n in range(275)]
    again = dice.sample(genuine, 200)
    forged = [f"forged_{n}" for n in range(25)]
    sent = [(t, SECRET) for t in [*genuine, *again]] + [(t, "guessed") for t in forged]
    dice.shuffle(sent)
    results = await asyncio.gather(*(post(town, body_of(t), sign(body_of(t), secret)) for t, secret in sent))
    verdicts = [verdict for _, verdict in results]
    assert {status for status, _ in results} == {200, 403}
    assert {v: verdicts.count(v) for v in set(verdicts)} == {
        "accepted": 275,
        "duplicate": 200,
        "refused": 25,
    }
    keys = {row["trigger_key"] for row in await rows(town, TRIGGER_KEYS)}
    assert keys == {trigger_key("scout-a", task, "1700000000000") for task in genuine}
    assert len(await rows(town, WEBHOOK_DELIVERIES)) == 500


async def test_a_second_move_of_the_same_task_counts_again(town: Town) -> None:
    for date, verdict in (("1700000000000", "accepted"), ("1700000000001", "accepted")):
        for wanted in (verdict, "duplicate"):
            body = body_of("t1", date)
            assert await post(town, body, sign(body, SECRET)) == (200, wanted)


def arrival(task: str) -> Arrival:
    return Arrival(
        agent="scout-a",
        headers={},
        body=body_of(task),
        remote=None,
        verdict="accepted",
        status_code=200,
        reason="",
        transition=Transition(task, "1700000000000", "ready", "to do"),
    )


async def test_what_could_not_be_stored_is_not_accepted_and_holds_nobody_up(town: Town) -> None:
    intake, scope = town.house.need(Intake), town.alice.scope
    answer = await intake.take(scope, arrival("same"))
    twin = arrival("other")
    twin.delivery_id = answer.delivery_id  # the row is there already: this commit fails
    failing = asyncio.create_task(intake.take(scope, twin))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    # Arrives while the other is under way, and nothing arrives after it.
    waiting = asyncio.create_task(intake.take(scope, arrival("next")))
    with pytest.raises(Unavailable):
        await failing
    async with asyncio.timeout(3):
        try:
            assert (await waiting).verdict == "accepted"
        except Unavailable:  # it shared the commit that failed; then it may be sent again
            assert (await intake.take(scope, arrival("next"))).verdict == "accepted"


@pytest.mark.sqlite_only
async def test_a_locked_database_is_a_503_before_the_sender_gives_up(town: Town) -> None:
    path = make_url(town.house.database.url).database or ""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    bodies = [body_of(f"locked_{n}") for n in range(5)]
    try:
        began = time.monotonic()
        results = await asyncio.gather(*(post(town, body, sign(body, SECRET)) for body in bodies))
        assert time.monotonic() - began < 2.5
        assert {status for status, _ in results} == {503}
        began = time.monotonic()
        assert (await post(town, bodies[0], sign(bodies[0], SECRET)))[0] == 503
        assert time.monotonic() - began < 2.5
    finally:
        other.execute("ROLLBACK")
        other.close()
    for body in bodies:
        for _ in range(40):  # the commit that was stuck may still be on its way
            status, verdict = await post(town, body, sign(body, SECRET))
            if status == 200:
                break
            await asyncio.sleep(0.1)
        assert (status, verdict) in ((200, "accepted"), (200, "duplicate"))
    assert len({row["trigger_key"] for row in await rows(town, TRIGGER_KEYS)}) == 5
