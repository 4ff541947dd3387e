"""A sandbox for each test that wants one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from opsroom.sandbox.api import Sandbox, SandboxConfig, start_sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    one = await start_sandbox(SandboxConfig())
    try:
        yield one
    finally:
        await one.stop()
