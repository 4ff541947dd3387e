"""Counters of the HTTP side, in a registry of our own that other parts may add to."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.process_collector import ProcessCollector

from opsroom.kernel.errors import Fault
from opsroom.kernel.room import House

disable_created_metrics()  # a second series per counter, of no use to anybody here

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def registry_of(house: House) -> CollectorRegistry:
    """The registry the house provides, or a fresh one."""
    try:
        return house.need(CollectorRegistry)
    except Fault:
        registry = CollectorRegistry(auto_describe=True)
        house.provide(CollectorRegistry, registry)
        return registry


class HttpMetrics:
    """Requests by method, route and status; seconds by method and route; how many are under way."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "opsroom_http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "opsroom_http_request_seconds",
            "Seconds from the first byte to the last.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._under_way = Gauge("opsroom_http_under_way", "Requests being answered.", registry=registry)

    def began(self) -> None:
        self._under_way.inc()

    def finished(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. Unknown methods go under one name: labels must stay few."""
        method = method if method in _METHODS else "OTHER"
        self._under_way.dec()
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
