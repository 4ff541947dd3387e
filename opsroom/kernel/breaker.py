"""Circuit breakers: stop calling what is down, and ask once before calling again.

Our own instead of purgatory: that one lets every waiting call through when it half-opens (a service
that just rose is knocked down again), and reads the wall clock, so a clock that is set back keeps it
open. Here one probe decides, on the monotonic clock that was handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import AdapterError

BreakerState = Literal["closed", "open", "half_open"]

_MAX_COOLDOWN_S: Final = 300.0


class BreakerOpen(AdapterError):
    """The service failed several times in a row; it is left alone until `retry_after_s` is over."""

    title = "An outside service is down"


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call. Hand it back with what came of it."""

    round: int


class Breaker:
    """For one service: closed, until `threshold` failures in a row open it for `cooldown_s`.

    Then one call may probe. If it succeeds the breaker closes; if it fails the breaker opens again for
    twice as long, up to five minutes.
    """

    def __init__(self, adapter: str, host: str, clock: Clock, *, threshold: int, cooldown_s: float) -> None:
        self.adapter = adapter
        self.host = host
        self._clock = clock
        self._threshold = threshold
        self._first_cooldown_s = cooldown_s
        self._cooldown_s = cooldown_s
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False
        # Calls of an earlier round have no say: they began before what is known now.
        self._round = 0

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return "closed"
        return "half_open" if self._remaining_s() <= 0 else "open"

    def enter(self) -> Permit:
        """Ask before a call. Raises BreakerOpen while the service is left alone."""
        if self._opened_at is not None:
            remaining_s = self._remaining_s()
            if remaining_s > 0 or self._probing:
                raise BreakerOpen(
                    f"{self.adapter} ({self.host}) failed {self._failures} times in a row "
                    "and is left alone for now.",
                    adapter=self.adapter,
                    permanent=False,
                    retry_after_s=max(1.0, round(remaining_s, 1)),
                )
            self._probing = True
            self._round += 1
        return Permit(self._round)

    def succeeded(self, permit: Permit) -> None:
        if permit.round == self._round:
            self._failures = 0
            self._cooldown_s = self._first_cooldown_s
            self._opened_at = None
            self._probing = False

    def failed(self, permit: Permit) -> bool:
        """Count a failure. True if it opened the breaker."""
        if permit.round != self._round or (self._opened_at is not None and not self._probing):
            return False
        self._failures += 1
        if self._probing:
            self._cooldown_s = min(self._cooldown_s * 2, _MAX_COOLDOWN_S)
        elif self._failures < self._threshold:
            return False
        self._opened_at = self._clock.monotonic()
        self._probing = False
        return True

    def abandoned(self, permit: Permit) -> None:
        """The call ended without telling anything about the service (cancelled, refused by us)."""
        if permit.round == self._round:
            self._probing = False

    def _remaining_s(self) -> float:
        assert self._opened_at is not None  # noqa: S101
        return self._opened_at + self._cooldown_s - self._clock.monotonic()


class Breakers:
    """One breaker for each service we call; shared by the clients of a process."""

    def __init__(self, clock: Clock, *, threshold: int = 5, cooldown_s: float = 15.0) -> None:
        self._clock = clock
        self._threshold = threshold
        self._cooldown_s = cooldown_s
        self._breakers: dict[tuple[str, str], Breaker] = {}

    def of(self, adapter: str, host: str) -> Breaker:
        breaker = self._breakers.get((adapter, host))
        if breaker is None:
            breaker = Breaker(
                adapter, host, self._clock, threshold=self._threshold, cooldown_s=self._cooldown_s
            )
            self._breakers[(adapter, host)] = breaker
        return breaker

    def states(self) -> dict[tuple[str, str], BreakerState]:
        """For /health and /metrics."""
        return {key: breaker.state for key, breaker in self._breakers.items()}
