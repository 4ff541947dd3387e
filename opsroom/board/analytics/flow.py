"""The cumulative flow: how many tasks stood where at the end of each day. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from opsroom.board.analytics.ledger import Ledger
from opsroom.board.analytics.rules import ANY, days_of, fits
from opsroom.board.analytics.shapes import Among, CumulativeFlow, FlowColumn, FlowDay


def cumulative_flow(
    ledger: Ledger, first: date, last: date, columns: Mapping[str, str], among: Among = ANY
) -> CumulativeFlow:
    """Tasks in each column at the end of each day. `columns` are names by key in the board's order.

    A column that is gone is shown, after the others, as long as tasks stood in it.
    """
    flow = ledger.flow if among == ANY else _flow_of(ledger, among)
    standing: dict[str, int] = {}
    for day in sorted(flow):
        if day < first.toordinal():
            _add(standing, flow[day])
    seen = {key for key, count in standing.items() if count}
    days: list[tuple[date, dict[str, int]]] = []
    for day in days_of(first, last):
        moves = flow.get(day.toordinal())
        if moves:
            _add(standing, moves)
            seen |= {key for key, count in standing.items() if count}
        days.append((day, dict(standing)))
    keys = [*columns, *sorted(seen - columns.keys())]
    return CumulativeFlow(
        columns=tuple(FlowColumn(key=key, name=columns.get(key, key)) for key in keys),
        days=tuple(
            FlowDay(day=day, counts=tuple(counts.get(key, 0) for key in keys)) for day, counts in days
        ),
    )


def _flow_of(ledger: Ledger, among: Among) -> dict[int, dict[str, int]]:
    """The way some tasks went, by whose they are now: the differences of each day."""
    flow: dict[int, dict[str, int]] = {}
    for book in ledger.tasks.values():
        if not fits(book, among):
            continue
        before: str | None = None
        for day, column in ledger.stood(book):
            moves = flow.setdefault(day, {})
            for key, times in ((before, -1), (column, 1)):
                if key is not None:
                    moves[key] = moves.get(key, 0) + times
            before = column
    return flow


def _add(standing: dict[str, int], moves: Mapping[str, int]) -> None:
    for key, count in moves.items():
        standing[key] = standing.get(key, 0) + count
