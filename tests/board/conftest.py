"""The served board of two tenants that tests of the board stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from opsroom.kernel.actor import Actor
from tests.board.furniture_kit import Board, open_board


@pytest.fixture
async def board(build_house: Any, alice: Actor, bob: Actor) -> AsyncIterator[Board]:
    """Alice's board (tenant A); `board.of("bob")` is tenant B's."""
    async with open_board(build_house, alice, bob) as opened:
        yield opened
