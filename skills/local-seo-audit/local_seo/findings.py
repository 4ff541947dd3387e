"""Findings: a rule, and the places where it is broken. Nothing is reported without evidence."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from local_seo.rules import SEVERITIES, Rule, catalogue

_MAX_EXCERPT = 240


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place. `subject` tells several at one address apart (a city, a keyword, a phone number)."""

    url: str
    excerpt: str
    subject: str = ""
    measured_ms: int | None = None
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """`eligible` is how many places were looked at, so that 2 of 3 weighs more than 2 of 300."""

    rule: Rule
    key: str
    evidence: tuple[Evidence, ...]
    eligible: int

    @property
    def affected(self) -> int:
        return len(self.evidence)

    @property
    def headline(self) -> str:
        return self.rule.headline(self.affected)

    @property
    def spread(self) -> float:
        return min(1.0, self.affected / max(1, self.eligible))


class Findings:
    """Collects findings. Keys depend on client and rule alone, so that audits can be compared over time."""

    def __init__(self, client_id: str) -> None:
        self._client_id = client_id
        self._found: dict[str, Finding] = {}

    def add(self, rule_id: str, evidence: Iterable[Evidence], eligible: int = 1) -> None:
        """Report the rule with all its places at once; without a place there is no finding."""
        places = tuple(
            sorted((_clipped(place) for place in evidence), key=lambda e: (e.url, e.subject, e.excerpt))
        )
        if not places:
            return
        if rule_id in self._found:
            raise ValueError(f"{rule_id} was reported twice")
        rule = catalogue()[rule_id]
        self._found[rule_id] = Finding(rule, short_hash(self._client_id, rule_id), places, eligible)

    def sorted(self) -> list[Finding]:
        """By severity, then by rule."""
        order = {name: index for index, name in enumerate(SEVERITIES)}
        return sorted(self._found.values(), key=lambda f: (order[f.rule.severity], f.rule.id))

    def of(self, module: str) -> list[Finding]:
        return [finding for finding in self.sorted() if finding.rule.module == module]


def short_hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _clipped(place: Evidence) -> Evidence:
    text = " ".join("".join(char if char.isprintable() else " " for char in place.excerpt).split())
    if len(text) > _MAX_EXCERPT:
        text = text[: _MAX_EXCERPT - 1] + "…"
    return Evidence(place.url, text, place.subject, place.measured_ms, place.related)
