"""Rate limits per address, in memory: a fair share for everybody, not a wall (the firewall is the wall)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from opsroom.identity.api import address_group
from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import Limited

_REMEMBERED: Final = 20_000


class Rate:
    """A bucket per address that refills at `per_s` up to `burst`."""

    def __init__(self, clock: Clock, *, per_s: float, burst: float, what: str) -> None:
        self._clock, self._per_s, self._burst, self._what = clock, per_s, burst, what
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """One request from `address`. Raises Limited with the time until the next may come."""
        group, now = address_group(address), self._clock.monotonic()
        left, at = self._left.pop(group, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_s)
        allowed = left >= 1
        self._left[group] = (left - 1 if allowed else left, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        if not allowed:
            raise Limited(f"Too many {self._what} from your address.", retry_after_s=(1 - left) / self._per_s)
