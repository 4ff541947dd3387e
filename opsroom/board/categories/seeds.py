"""The six categories a new board begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Seed:
    """A category as a new board has it. `icon` is a name of the front-end's icon set."""

    id: str
    name: str
    color: str
    icon: str


SEEDS: Final = (
    Seed("development", "Development", "#10b981", "code"),
    Seed("content", "Content", "#f59e0b", "file-text"),
    Seed("revenue", "Revenue", "#ec4899", "dollar-sign"),
    Seed("infrastructure", "Infrastructure", "#8b5cf6", "server"),
    Seed("research", "Research", "#06b6d4", "search"),
    Seed("operations", "Operations", "#6366f1", "settings"),
)
