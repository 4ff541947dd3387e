"""How outgoing webhooks behave."""

from __future__ import annotations

from pydantic import Field

from opsroom.kernel.shape import Shape


class HookSettings(Shape):
    """Targets, patience and memory of outgoing webhooks."""

    allow_private: bool = False
    """Allow targets on this machine's own network, and plain http. The cloud's metadata service never is."""
    answer_within_s: float = Field(default=15.0, gt=0, le=60)
    """A receiver must have answered within this time."""
    disable_after_days: float = Field(default=5.0, gt=0)
    """A hook that has failed for so long, without a success between, is disabled."""
    keep_days: int = Field(default=30, ge=1)
    """How long the log of deliveries is kept."""
    most_hooks: int = Field(default=50, ge=1)
    """Hooks that one project may have."""
