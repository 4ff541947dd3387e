"""The list of a project's imports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.kernel.actor import Actor
from tests.board.exchange_kit import Exchange, open_exchange
from tests.board.test_import import body_of, bring


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
