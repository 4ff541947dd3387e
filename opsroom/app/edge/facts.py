"""The port through which the rest of the product tells /health about itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class HealthFacts(Protocol):
    """Provided by the composition. Not asked while the database is away."""

    async def facts(self) -> Mapping[str, object]:
        """Fields for /health, such as `agents_loaded` and `workers`; they may replace the edge's own."""
        ...
