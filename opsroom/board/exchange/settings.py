"""How much an import may be."""

from __future__ import annotations

from pydantic import Field

from opsroom.kernel.shape import Shape


class ExchangeSettings(Shape):
    """Ceilings of imports."""

    max_import_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    """Largest text an import takes. In memory it is about ten times as large while it is read."""
