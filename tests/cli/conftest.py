"""A workspace with a server announced in it, as `opsroom up` leaves it."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli.scripted_server import KEY, ScriptedServer, scripted_server


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, server: ScriptedServer) -> Path:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "sentinel.json").write_text("{}")
    data = tmp_path / "var"
    data.mkdir()
    (data / "cli.key").write_text(KEY + "\n")
    (data / "server.json").write_text(json.dumps({"url": server.url, "pid": os.getpid()}))
    return tmp_path
