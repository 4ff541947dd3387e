"""Settings of durable work: [durable] in opsroom.toml."""

from __future__ import annotations

from opsroom.kernel.shape import Shape


class DurableSettings(Shape):
    """How durable work is picked up and looked after."""

    poll_s: float = 0.5
    """Seconds between two looks of a queue when nobody rings. Orders of this house ring (ADR 0006)."""
    run_concurrency: int = 1000
    """Runs this process works on at once; each is a coroutine, not a thread."""
    work_concurrency: int = 64
    """Reactions, deliveries and other short work at once."""
    lease_s: float = 5.0
    """A process silent for this long is taken for dead and its work is taken over (PostgreSQL)."""
    clock_tolerance_s: float = 2.0
    """A process whose clock is further off the database's stops claiming work and says so."""
    retention_days: int = 30
    """Finished workflows are kept this long: their id is the key that makes a trigger count once."""
    suspect_apart_s: float = 10.0
    """After two deaths in a row, work that was in flight comes back in batches this many seconds apart;
    what has run this long is no longer suspected of having killed its process."""
