"""One nursery for all tests that kill the product; the long form is asked for with --full."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.durability.rig import Nursery
from tests.durability.rig import nursery as open_nursery


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    async with open_nursery() as one:
        yield one
