"""The project's feed: a list with its number, then every run that changes, also after a broken line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.kernel.actor import Actor
from opsroom.runs import store
from opsroom.runs.changes import note
from tests.app.edge_town import Town
from tests.app.product_town import add_run, end_run, open_product
from tests.live.listening import Feed, Message, listen


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    async with open_product(build_house, alice, bob) as served:
        yield served


async def touch(town: Town, run_id: str, text: str = "x") -> None:
    async with town.house.unit_of_work(town.alice) as tx:
        await note(tx, run_id, "agent.message", {"text": text})


async def until_ready(feed: Feed) -> list[Message]:
    """What a feed tells before it is level with the present, and the message that says so."""
    told = [await feed.next()]
    while told[-1].event != "ready":
        told.append(await feed.next())
    return told


def runs_of(messages: list[Message]) -> list[str]:
    return [json.loads(m.data)["id"] for m in messages if m.event == "run"]


async def snapshot(town: Town) -> tuple[dict[str, int], int]:
    """Versions by id as the list shows them, and the number the list was read at."""
    reply = await town.send("GET", "/api/runs?limit=200", key="alice")
    return {r["id"]: r["version"] for r in reply.body["data"]}, reply.body["meta"]["seq"]


async def test_after_the_list_the_feed_shows_each_run_that_changes(town: Town) -> None:
    run = await add_run(town.house, town.alice)
    versions, seq = await snapshot(town)
    assert set(versions) == {run.id}
    async with listen(town, "/api/feed", after=seq) as feed:
        await until_ready(feed)
        await touch(town, run.id)
        message = await feed.next()
        assert json.loads(message.data)["version"] > versions[run.id]
        other = await add_run(town.house, town.alice)
        assert runs_of([await feed.next()]) == [other.id]


async def test_from_now_on_means_nothing_old(town: Town) -> None:
    await add_run(town.house, town.alice)
    async with listen(town, "/api/feed") as feed:
        assert runs_of(await until_ready(feed)) == []
        fresh = await add_run(town.house, town.alice)
        assert runs_of([await feed.next()]) == [fresh.id]


async def test_what_was_missed_is_told_first(town: Town) -> None:
    old = [await add_run(town.house, town.alice) for _ in range(4)]
    async with listen(town, "/api/feed", after=(await snapshot(town))[1]) as feed:
        cursor = int((await until_ready(feed))[-1].id or 0)
    # The line is broken: a state changes, a run begins, and of one only the log grows.
    async with town.house.unit_of_work(town.alice) as tx:
        await end_run(tx, old[0].id)
    begun = await add_run(town.house, town.alice)
    await touch(town, old[1].id)
    latest, _ = await snapshot(town)
    async with listen(town, "/api/feed", after=cursor) as feed:
        told = await until_ready(feed)
    shown = {json.loads(m.data)["id"]: json.loads(m.data)["version"] for m in told if m.event == "run"}
    for run_id in (old[0].id, old[1].id, begun.id):
        assert shown[run_id] == latest[run_id]
    assert len(runs_of(told)) == len(set(runs_of(told)))
    # Cut off before the last of them, a reader would begin before all of them again.
    assert {m.id for m in told if m.event == "run"} <= {None, told[-1].id}


async def test_a_reader_of_list_and_feed_ends_with_the_truth(town: Town) -> None:
    """Any number of broken lines: what the reader holds in the end is what the rows say."""
    runs = [await add_run(town.house, town.alice) for _ in range(8)]
    held, seq = await snapshot(town)

    async def work() -> None:
        for n in range(80):
            await touch(town, runs[n * 7 % 8].id, str(n))
            await asyncio.sleep(0.003)

    working = asyncio.create_task(work())
    cursor = seq
    for take in (1, 3, 2, 8, 1, 12, 5):
        async with listen(town, "/api/feed", after=cursor) as feed:
            for _ in range(take):
                message = await feed.next()
                cursor = int(message.id) if message.id else cursor
                if message.event == "run":
                    run = json.loads(message.data)
                    held[run["id"]] = max(held[run["id"]], run["version"])
    await working
    async with listen(town, "/api/feed", after=cursor) as feed:
        for message in await until_ready(feed):
            if message.event == "run":
                held[json.loads(message.data)["id"]] = json.loads(message.data)["version"]
    assert held == (await snapshot(town))[0]


async def test_a_change_that_was_under_way_at_the_last_look_is_told(town: Town) -> None:
    """A row carries the time its unit of work began; the reader connects before it commits."""
    run = await add_run(town.house, town.alice)
    _, seq = await snapshot(town)
    async with town.house.unit_of_work(town.alice) as tx:
        await store.update_run(tx, run.id, client_name="Late")
        feed_of = listen(town, "/api/feed", after=seq)
        feed = await feed_of.__aenter__()
        await until_ready(feed)
    try:
        message = await feed.next()
        while json.loads(message.data)["client_name"] != "Late":
            message = await feed.next()
    finally:
        await feed_of.__aexit__(None, None, None)


async def test_more_runs_than_a_look_takes_at_once(town: Town) -> None:
    runs = [await add_run(town.house, town.alice, events=0) for _ in range(3)]
    _, seq = await snapshot(town)
    async with town.house.unit_of_work(town.alice) as tx:
        row = await store.run_row(tx, runs[0].id)
        assert row is not None
        computed = ("id", "organization_id", "instance_id", "project_id", "created_at", "updated_at")
        values = {k: v for k, v in row.items() if k not in (*computed, "total_cost_usd", "dedupe_key")}
        for n in range(330):
            await store.insert_run(tx, {**values, "id": f"run_many_{n:03}"})
        tx.wake(f"runs:{town.alice.scope.project_id}")
    async with listen(town, "/api/feed", after=seq) as feed:
        told = runs_of(await until_ready(feed))
    assert {f"run_many_{n:03}" for n in range(330)} <= set(told)
    assert len(told) == len(set(told))


async def test_the_feed_of_a_tenant_holds_nothing_of_the_other(town: Town) -> None:
    async with listen(town, "/api/feed", after=0, key="bob") as feed:
        await until_ready(feed)
        foreign = await add_run(town.house, town.alice)
        own = await add_run(town.house, town.bob)
        await touch(town, foreign.id)
        assert runs_of([await feed.next()]) == [own.id]
