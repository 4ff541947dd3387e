"""A running sandbox, the vendors' own clients pointed at it, and their published specifications."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from anthropic import AsyncAnthropic

from opsroom.sandbox.api import Sandbox, SandboxConfig, start_sandbox

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "contracts" / "specs"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    box = await start_sandbox(SandboxConfig(files_lag_s=0.0))
    yield box
    await box.stop()


@pytest.fixture
async def claude(sandbox: Sandbox) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(base_url=sandbox.urls.anthropic, api_key="test-key", max_retries=0) as client:
        yield client


@pytest.fixture
def spec() -> Callable[[str], dict[str, Any]]:
    """A published specification by file name; the test is skipped where it is not beside the checkout."""

    def load(name: str) -> dict[str, Any]:
        path = SPECS / name
        if not path.exists():
            pytest.skip(f"{name} is not beside this checkout (looked in ../shared/contracts/specs)")
        return json.loads(path.read_text(encoding="utf-8"))

    return load
