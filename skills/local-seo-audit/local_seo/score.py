"""The score of 100. The formula stands in SKILL.md and in every report; change it there too."""

from dataclasses import dataclass

from local_seo.audit_context import Audit
from local_seo.findings import Finding
from local_seo.rules import MODULES, SEVERITIES, Module

# The share of what is left that a finding takes from its module when everything is affected.
FULL_SHARE = {"P1": 0.25, "P2": 0.10, "P3": 0.03}
# A finding in a single place still takes this part of its share.
SMALLEST_PART = 0.25
FORMULA = (
    "A module starts at 100 points and keeps, for each finding, 1 − share × (0.25 + 0.75 × affected ÷ "
    "checked); the share is 0.25 for P1, 0.10 for P2 and 0.03 for P3. The overall score is the mean of the "
    "modules, weighted technical 30, identity 25, coverage 20, content 15, competitors 10. A module that "
    "could not be checked is left out and its weight with it."
)


@dataclass(frozen=True, slots=True)
class ModuleScore:
    module: Module
    score: float | None
    reason: str
    counts: dict[str, int]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    overall: int | None
    modules: tuple[ModuleScore, ...]
    priorities: tuple[Finding, ...]


def kept(finding: Finding) -> float:
    """What part of its module's points a finding leaves standing."""
    part = SMALLEST_PART + (1 - SMALLEST_PART) * finding.spread
    return 1 - FULL_SHARE[finding.rule.severity] * part


def score(audit: Audit) -> Scores:
    modules = tuple(_module_score(audit, module) for module in MODULES)
    checked = [(m.module.weight, m.score) for m in modules if m.score is not None]
    weight = sum(w for w, _ in checked)
    overall = round(sum(w * points for w, points in checked) / weight) if weight else None
    return Scores(overall, modules, tuple(_by_weight(audit)[:3]))


def _module_score(audit: Audit, module: Module) -> ModuleScore:
    findings = audit.findings.of(module.name)
    counts = {name: sum(1 for f in findings if f.rule.severity == name) for name in SEVERITIES}
    reason = audit.unchecked_modules.get(module.name, "")
    if reason:
        return ModuleScore(module, None, reason, counts, tuple(findings))
    points = 100.0
    for finding in findings:
        points *= kept(finding)
    return ModuleScore(module, round(points, 1), "", counts, tuple(findings))


def _by_weight(audit: Audit) -> list[Finding]:
    """Severity first, then the points a finding costs overall, then the id: the same order every time."""
    weights = {module.name: module.weight for module in MODULES}
    return sorted(
        audit.findings.sorted(),
        key=lambda f: (f.rule.severity, -round((1 - kept(f)) * weights[f.rule.module], 6), f.rule.id),
    )
