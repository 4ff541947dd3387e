"""Agent files to begin from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SEED = Path(__file__).parent / "fixtures" / "seed_sentinel.json"


@pytest.fixture
def seed_text() -> str:
    """The first agent file ever written, comments removed."""
    return SEED.read_text(encoding="utf-8")


@pytest.fixture
def seed(seed_text: str) -> dict[str, Any]:
    """The same, to be spoilt by a test."""
    return json.loads(seed_text)


@pytest.fixture
def small() -> dict[str, Any]:
    """About the least an agent needs."""
    return {
        "agent_name": "small",
        "display_name": "Small",
        "version": "1.0.0",
        "engine": {"type": "command", "argv": ["true"]},
    }
