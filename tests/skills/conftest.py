"""Fixtures for the tests of the shipped skills."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).resolve().parent
# The skill is a program with a package of its own, not part of opsroom; its tests import both by name.
for folder in (_HERE, _HERE.parents[1] / "skills" / "local-seo-audit"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@pytest.fixture
def payload_for() -> Callable[..., dict[str, Any]]:
    def build(origin: str, **changes: Any) -> dict[str, Any]:
        base: dict[str, Any] = {
            "client_id": "acme",
            "client_name": "Acme Plumbing",
            "business_address": "12 Main St, Springfield, OH 45501",
            "phone": "(937) 555-0101",
            "gbp_url": "https://www.google.com/maps?cid=1",
            "website_url": origin,
            "service_area_cities": "Springfield\nUrbana",
            "seed_keywords": "drain cleaning, water heater repair",
            "competitors": "",
        }
        return base | changes

    return build
