"""The list of a project's imports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.board.exchange.api import MOST_PUT_AWAY
from opsroom.board.exchange.workflows import Importer
from opsroom.board.shapes import NewTask
from opsroom.board.tasks import api as tasks
from opsroom.board.workflow.api import writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.uow import events_after
from tests.board.exchange_kit import Exchange, open_exchange
from tests.board.test_import import FIXTURES, board_of, body_of, bring


@pytest.fixture
async def room(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Exchange]:
    async with open_exchange(build_house, alice, bob) as opened:
        yield opened


async def test_imports_are_listed_the_newest_first(room: Exchange) -> None:
    assert await room.ask("GET", "/imports") == []
    first = await bring(room, body_of("trello.json"))
    second = await bring(room, body_of("linear.csv"))
    listed = await room.ask("GET", "/imports")
    assert [one["id"] for one in listed] == [second["order"]["id"], first["order"]["id"]]
    assert listed[1] == first["order"]
    assert [one["id"] for one in await room.ask("GET", "/imports?limit=1&offset=1")] == [first["order"]["id"]]
    assert await room.of("bob").ask("GET", "/imports") == []


async def test_what_an_import_made_is_put_away_in_one_go(room: Exchange) -> None:
    async with writing(room.house, room.actor) as tx:
        own = await tasks.create_task(tx, NewTask(title="Was here before"))
    first = (await bring(room, body_of("asana.json")))["order"]
    second = (await bring(room, body_of("clickup.json")))["order"]
    board = await board_of(room)
    stale = {title for title, task in board.items() if task.archived_at is not None}  # as at the source
    changed = (FIXTURES / "asana.json").read_text().replace("Write brief", "Write the whole brief")
    await bring(room, {"content": changed, "on_repeat": "update"})

    # The third import only brought up to date what the first one made.
    address = f"/imports/{first['id']}/archive"
    status, _ = await room.of("bob").refused("POST", address)
    assert status == 404
    done = await room.ask("POST", address)
    assert (len(done["archived"]), done["left"]) == (first["created"], 0)
    archived = {title for title, task in (await board_of(room)).items() if task.archived_at is not None}
    archived -= stale
    assert "Write the whole brief" in archived
    assert len(archived) == first["created"]
    assert own.title not in archived
    assert await room.ask("POST", address) == {"archived": [], "left": 0}
    rest = (await room.ask("POST", f"/imports/{second['id']}/archive"))["archived"]
    assert len(rest) == second["created"] - len(stale)
    assert len(board) == first["created"] + second["created"] + 1
    async with room.house.unit_of_work.reading(room.actor) as tx:
        (told, _) = await events_after(tx, 0, kinds=["board.import_put_away.v1"])
        assert (told.subject, told.body["tasks"]) == (first["id"], first["created"])
        assert len(await events_after(tx, 0, kinds=["board.task_archived.v1"])) == len(board) - 1 - len(stale)


async def test_many_cards_are_put_away_call_by_call_and_none_of_an_import_under_way(room: Exchange) -> None:
    table = "\n".join(["id,title", *(f"{n},Card {n}" for n in range(MOST_PUT_AWAY + 5))])
    waiting = await room.ask("POST", "/imports", {"content": table})
    address = f"/imports/{waiting['id']}/archive"
    assert (await room.refused("POST", address))[0] == 409
    await room.house.need(Importer).run(room.actor.scope.model_dump(), waiting["id"])
    told = [await room.ask("POST", address) for _ in range(3)]
    assert [(len(one["archived"]), one["left"]) for one in told] == [(MOST_PUT_AWAY, 5), (5, 0), (0, 0)]
