"""Results as Markdown tables: each figure beside its baseline of the same run, its target, and pass or "
"miss."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Figure:
    """One measured figure. Without a target it is only told; `ratio` is ours over the baseline."""

    what: str
    ours: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    baseline: float | None = None

    @property
    def verdict(self) -> str:
        if self.at_most is None and self.at_least is None:
            return ""
        low = self.at_least is None or self.ours >= self.at_least
        high = self.at_most is None or self.ours <= self.at_most
        return "pass" if low and high else "**miss**"

    def line(self) -> str:
        target = f"≤ {number(self.at_most)} {self.unit}" if self.at_most is not None else ""
        target = f"≥ {number(self.at_least)} {self.unit}" if self.at_least is not None else target
        target = (
            f"{number(self.at_most)} {self.unit}" if self.at_most == self.at_least is not None else target
        )
        beside = f"{number(self.baseline)} {self.unit}" if self.baseline is not None else ""
        ratio = f"{self.ours / self.baseline:.2f}" if self.baseline else ""
        cells = (self.what, f"{number(self.ours)} {self.unit}", beside, ratio, target, self.verdict)
        return f"| {' | '.join(c.strip() for c in cells)} |"


@dataclass
class Result:
    """What one benchmark found."""

    title: str
    how: str
    baseline: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def number(value: float | None) -> str:
    if value is None:
        return ""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def circumstances() -> str:
    """When and on what, with how busy the machine was before we began."""
    load = os.getloadavg()
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return (
        f"{when}, {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, "
        f"load average at the start {load[0]:.2f} (5 min: {load[1]:.2f})"
    )


def write(name: str, result: Result, taken: str) -> Path:
    """Rewrite the table of one benchmark."""
    lines = [f"# {result.title}", "", f"Taken: {taken}.", "", result.how, ""]
    lines += ["| figure | ours | baseline | ours ÷ baseline | target | |", "|---|---|---|---|---|---|"]
    lines += [figure.line() for figure in result.figures]
    lines += ["", f"Baseline: {result.baseline}", *(f"\n{note}" for note in result.notes)]
    path = RESULTS / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return path


def write_overview(order: Sequence[str]) -> None:
    """results/README.md: every table there is, in one page."""
    lines = [
        "# Benchmarks",
        "",
        (
            "Made by `make bench` (or `python -m bench [name …]`), each on loopback only, the product as a "
            "process"
        ),
        (
            "of its own. Where a baseline exists it was measured in the same run, so the ratio holds on any "
            "machine."
        ),
        "",
    ]
    others = sorted(p.stem for p in RESULTS.glob("*.md") if p.stem not in {*order, "README"})
    for name in [*order, *others]:
        path = RESULTS / f"{name}.md"
        if path.is_file():
            lines += _digest(path)
    (RESULTS / "README.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _digest(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8").splitlines()
    title = next((line[2:] for line in text if line.startswith("# ")), path.stem)
    taken = next((line for line in text if line.startswith("Taken: ")), "")
    tables = [line for line in text if line.startswith("|")]
    return [f"## [{title}]({path.name})", "", *([taken, ""] if taken else []), *tables, ""]
