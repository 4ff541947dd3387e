"""Charts drawn as SVG on the server: the same on screen, on paper and without scripts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float | None
    note: str


def grade(score: float | None) -> str:
    """The class that colours a score."""
    if score is None:
        return "none"
    if score >= 80:
        return "good"
    return "fair" if score >= 50 else "poor"


def gauge(score: int | None) -> str:
    """A three-quarter ring, filled as far as the score goes."""
    radius, centre = 84, 100
    length = 2 * math.pi * radius * 0.75
    filled = length * (score or 0) / 100
    ring = f'cx="{centre}" cy="{centre}" r="{radius}" fill="none" stroke-width="15" stroke-linecap="round"'
    turn = f'transform="rotate(135 {centre} {centre})"'
    arc = ""
    if score:
        arc = f'<circle class="arc {grade(score)}" {ring} {turn} stroke-dasharray="{filled:.1f} 999"/>'
    number = "–" if score is None else str(score)
    label = "not scored" if score is None else f"{score} of 100"
    return (
        f'<svg class="gauge" viewBox="0 0 200 176" role="img" aria-label="Overall score: {label}">'
        f'<circle class="track" {ring} {turn} stroke-dasharray="{length:.1f} 999"/>{arc}'
        f'<text class="gauge-number" x="100" y="116" text-anchor="middle">{number}</text>'
        '<text class="gauge-of" x="100" y="144" text-anchor="middle">of 100</text></svg>'
    )


def bars(rows: Sequence[Bar], label: str) -> str:
    """Horizontal bars on a scale to 100; a row without a value says why it has none."""
    height, width, left = 54, 640, 0
    parts: list[str] = []
    for index, row in enumerate(rows):
        top = index * height
        parts.append(f'<text class="bar-label" x="{left}" y="{top + 22}">{escape(row.label)}</text>')
        value = "not checked" if row.value is None else f"{row.value:.0f}"
        parts.append(f'<text class="bar-value" x="{width}" y="{top + 22}" text-anchor="end">{value}</text>')
        parts.append(f'<rect class="track-fill" x="0" y="{top + 32}" width="{width}" height="10" rx="5"/>')
        if row.value:
            filled = max(10.0, width * row.value / 100)
            name = grade(row.value)
            parts.append(
                f'<rect class="fill {name}" x="0" y="{top + 32}" width="{filled:.1f}" height="10" rx="5">'
                f"<title>{escape(row.note)}</title></rect>"
            )
    total = len(rows) * height
    return (
        f'<svg class="bars" viewBox="0 0 {width} {total}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def severity_strip(counts: dict[str, int]) -> str:
    """One bar, divided by severity."""
    total = sum(counts.values())
    if not total:
        return ""
    width, gap = 640.0, 3.0
    shown = [(name, count) for name, count in counts.items() if count]
    room = width - gap * (len(shown) - 1)
    left = 0.0
    parts: list[str] = []
    for name, count in shown:
        part = room * count / total
        parts.append(
            f'<rect class="sev {name.lower()}" x="{left:.1f}" y="0" width="{part:.1f}" height="14" rx="4">'
            f"<title>{name}: {count}</title></rect>"
        )
        left += part + gap
    label = ", ".join(f"{count} {name}" for name, count in counts.items())
    return (
        '<svg class="strip" viewBox="0 0 640 14" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def small_bar(value: float, highest: float, *, own: bool) -> str:
    """A bar for one cell of a comparison table."""
    width = 0.0 if highest <= 0 else 100 * value / highest
    name = "own" if own else "other"
    return (
        '<svg class="small-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track-fill" width="100" height="6" rx="3"/>'
        f'<rect class="{name}" width="{width:.1f}" height="6" rx="3"/></svg>'
    )
