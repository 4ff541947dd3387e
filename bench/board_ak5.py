"""The baseline of the board: ak5, a Kanban server from the registry, on SQLite with as many tickets."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Baseline:
    """What was measured beside us: p50 in ms by kind of request, as far as the other board has the kind."""

    what: str
    p50: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


async def measured(folder: Path, *, tasks: int, count: int) -> Baseline:
    """Measure the other board in the same way."""
    del folder, tasks, count
    return Baseline("none yet.")
