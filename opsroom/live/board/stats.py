"""What the live board counts, and how /metrics reads it: plain numbers, for they change with every frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily


@dataclass(slots=True, eq=False)
class Stats:
    """Of one process. A collector of the metrics registry."""

    connections: int = 0
    rooms: int = 0
    sent: int = 0
    dropped: int = 0
    received: int = 0
    ended: Counter[int] = field(default_factory=Counter)

    def collect(self) -> Iterator[Metric]:
        """Called by the registry whenever somebody reads the metrics."""
        yield GaugeMetricFamily("opsroom_live_connections", "Open sockets of the board.", self.connections)
        yield GaugeMetricFamily("opsroom_live_boards", "Boards somebody looks at.", self.rooms)
        yield CounterMetricFamily("opsroom_live_frames_sent", "Frames sent to clients.", self.sent)
        yield CounterMetricFamily(
            "opsroom_live_frames_dropped", "Frames a slow client was spared for a snapshot.", self.dropped
        )
        yield CounterMetricFamily("opsroom_live_messages", "Messages of clients.", self.received)
        ended = CounterMetricFamily(
            "opsroom_live_ended", "Sockets that ended, by code; 0: by the client.", labels=["code"]
        )
        for code, count in self.ended.items():
            ended.add_metric([str(code)], count)
        yield ended
