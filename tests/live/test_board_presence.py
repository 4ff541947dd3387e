"""Who is there: told soon, told rarely enough, and true across processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from opsroom.kernel.actor import Actor
from opsroom.live.board import store
from opsroom.live.board.settings import LiveSettings
from tests.app.edge_town import Town
from tests.live.board_sockets import Client, Frame, add_task, greeted, open_sockets
from tests.live.test_board_resume import other_process


@pytest.fixture
async def town(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Town]:
    async with open_sockets(build_house, alice, bob) as served:
        yield served


def there(count: int) -> Any:
    return lambda frame: frame["type"] == "presence" and len(frame["data"]) == count


async def test_coming_looking_and_leaving_are_told(town: Town) -> None:
    async with greeted(town) as (one, hello):
        await one.until(there(1))
        async with greeted(town) as (other, theirs):
            for client in (one, other):
                seen = await client.until(there(2))
                assert {e["connectionId"] for e in seen["data"]} == {
                    hello["connectionId"],
                    theirs["connectionId"],
                }
            await other.say(type="viewing_task", taskId="task_1")
            looks = {"agentId": town.alice.id, "name": "Alice", "kind": "person", "viewingTask": "task_1"}
            seen = await one.until(lambda f: f["type"] == "presence" and "task_1" in str(f))
            assert looks | {"connectionId": theirs["connectionId"]} in seen["data"]
            await other.say(type="viewing_task", taskId=None)
            await one.until(lambda f: f["type"] == "presence" and "task_1" not in str(f))
        assert (await one.until(there(1)))["total"] == 1


async def test_pointers_are_told_to_others_only_and_not_more_than_twenty_times_a_second(town: Town) -> None:
    async with greeted(town) as (one, hello), greeted(town) as (other, _):
        clock = asyncio.get_running_loop().time
        began = clock()

        async def wave() -> None:
            for n in range(50):
                await one.say(type="cursor_move", x=n / 50, y=0.123456, column="todo" if n % 2 else None)
                await asyncio.sleep(0.01)
            await one.say(type="cursor_move", x=1, y=1, column="done")

        waving = asyncio.create_task(wave())
        seen: list[Frame] = []
        while not seen or seen[-1]["x"] != 1:
            seen.append(await other.next("cursor_move"))
        took = clock() - began
        await waving
        assert len(seen) <= took * 20 + 2
        assert seen[-1] == {
            "type": "cursor_move",
            "connectionId": hello["connectionId"],
            "agentId": town.alice.id,
            "name": "Alice",
            "x": 1,
            "y": 1,
            "column": "done",
        }
        await add_task(town)
        mine = []
        while (frame := await one.next())["type"] != "task_update":
            mine.append(frame["type"])
        assert "cursor_move" not in mine


async def test_lists_are_told_at_most_five_times_a_second_and_name_so_many(
    build_house: Any, alice: Actor, bob: Actor
) -> None:
    async with (
        open_sockets(build_house, alice, bob, live=LiveSettings(presence_at_most=3)) as town,
        greeted(town) as (one, _),
        greeted(town) as (two, _),
    ):
        clock = asyncio.get_running_loop().time
        began = clock()
        for n in range(50):
            await two.say(type="viewing_task", taskId=f"task_{n}")
            await asyncio.sleep(0.01)
        lists = 1
        while "task_49" not in str(await one.next("presence")):
            lists += 1
        assert lists <= (clock() - began) * 5 + 2
        async with greeted(town), greeted(town), greeted(town):
            seen = await one.until(lambda f: f["type"] == "presence" and f["total"] == 5)
            assert len(seen["data"]) == 3
            # Who looks at a card is named first.
            assert seen["data"][0]["viewingTask"] == "task_49"


async def test_other_processes_are_seen_and_dead_ones_forgotten(build_house: Any, town: Town) -> None:
    if town.house.database.is_sqlite:
        pytest.skip("one process owns a SQLite file")
    async with other_process(build_house, town) as elsewhere, greeted(town) as (one, hello):
        async with greeted(elsewhere) as (other, theirs):
            await one.until(there(2))
            await other.until(there(2))
            await other.say(type="viewing_task", taskId="task_9")
            await one.until(lambda f: f["type"] == "presence" and "task_9" in str(f))
            await other.say(type="cursor_move", x=0.25, y=0.75, column="todo")
            pointer = await one.next("cursor_move")
            assert (pointer["connectionId"], pointer["x"]) == (theirs["connectionId"], 0.25)
            async with greeted(elsewhere, "bob") as (bob, _):
                assert [e["agentId"] for e in (await bob.next("presence"))["data"]] == [town.bob.id]
        # Whoever leaves properly is gone at once; of a dead process only an old row is left.
        await one.until(there(1))
        ghost = {"list": [{"connectionId": "conn_ghost", "name": "Ghost"}], "total": 1}
        async with town.house.unit_of_work(town.alice) as tx:
            tx.now -= timedelta(seconds=4)
            await store.put_presence(tx, "proc_dead", ghost, [])
            tx.wake(f"live:{town.alice.scope.project_id}")
        assert "Ghost" in str(await one.until(there(2)))
        await one.until(there(1))
        assert (await _listed(one, town))["data"][0]["connectionId"] == hello["connectionId"]


async def _listed(client: Client, town: Town) -> Frame:
    await client.say(type="viewing_task", taskId="task_now")
    return await client.until(lambda f: f["type"] == "presence" and "task_now" in str(f))


async def test_two_processes_feed_every_client(build_house: Any, town: Town) -> None:
    if town.house.database.is_sqlite:
        pytest.skip("one process owns a SQLite file")
    async with (
        other_process(build_house, town) as elsewhere,
        greeted(town) as (here, _),
        greeted(elsewhere) as (there_, _),
    ):
        one, two = await add_task(town, "here"), await add_task(elsewhere, "there")
        for client in (here, there_):
            seen = [await client.next("task_update") for _ in range(2)]
            assert [frame["task"]["id"] for frame in seen] == [one["id"], two["id"]]
