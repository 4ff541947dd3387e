"""The audit as Markdown: for task comments, mail and version control. Page content is escaped."""

import re

from local_seo.audit_context import Audit
from local_seo.findings import Finding
from local_seo.rules import EFFORT_WORDS
from local_seo.score import FORMULA, Scores

_SHOWN = 10
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~<>])")
_STATES = {"page": "own page", "support": "on a related page", "mention": "mentioned", "none": "—"}


def escaped(text: str) -> str:
    """Text of strangers as literal text: no links, no tags, no tables of their own."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """An address as code: nothing in it can become a link or markup."""
    return "`" + " ".join(text.split()).replace("`", "%60").replace("|", "%7C") + "`"


def audit_markdown(audit: Audit, scores: Scores, generated_at: str) -> str:
    parts = [
        _head(audit, scores, generated_at),
        _modules(scores),
        *(_chapter(audit, score.module.name, score.module.title) for score in scores.modules),
        _coverage(audit),
        _keywords(audit),
        _competitors(audit),
        _not_checked(audit),
        f"## How the score is made\n\n{FORMULA}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(audit: Audit, scores: Scores, generated_at: str) -> str:
    name = audit.client.name or audit.client.client_id
    result = f"**{scores.overall} of 100**" if scores.overall is not None else "**not scored**"
    read = f"{audit.site.stats.pages} pages of {code(audit.site.start)} read"
    lines = [
        f"# Local SEO audit: {escaped(name)}",
        "",
        f"Overall score: {result} · {read} · {generated_at[:10]}",
        "",
        "## Top priorities",
        "",
    ]
    for number, finding in enumerate(scores.priorities, 1):
        lines.append(f"{number}. **{finding.rule.severity}** {finding.headline} ({finding.rule.id})")
    if not scores.priorities:
        lines.append("Nothing urgent was found.")
    return "\n".join(lines)


def _modules(scores: Scores) -> str:
    lines = ["## Scores", "", "| module | score | P1 | P2 | P3 |", "|---|---|---|---|---|"]
    for entry in scores.modules:
        points = f"{entry.score:g}" if entry.score is not None else f"not checked: {escaped(entry.reason)}"
        counts = " | ".join(str(entry.counts[name]) for name in ("P1", "P2", "P3"))
        lines.append(f"| {entry.module.title} | {points} | {counts} |")
    return "\n".join(lines)


def _chapter(audit: Audit, module: str, title: str) -> str:
    findings = audit.findings.of(module)
    if not findings:
        return ""
    return "\n\n".join([f"## {title}", *(_finding(finding) for finding in findings)])


def _finding(finding: Finding) -> str:
    rule = finding.rule
    lines = [
        f"### {rule.id} · {rule.severity} · {escaped(rule.title)} ({finding.affected})",
        "",
        f"{escaped(rule.why)} **Fix** ({EFFORT_WORDS[rule.effort]}): {escaped(rule.fix)}",
        "",
    ]
    for place in finding.evidence[:_SHOWN]:
        time = f" ({place.measured_ms} ms)" if place.measured_ms is not None else ""
        lines.append(f"- {code(place.url)}: {escaped(place.excerpt)}{time}")
        if place.related:
            lines.append(f"  - see {', '.join(code(url) for url in place.related)}")
    if finding.affected > _SHOWN:
        lines.append(f"- and {finding.affected - _SHOWN} more in the JSON file")
    return "\n".join(lines)


def _coverage(audit: Audit) -> str:
    coverage = audit.coverage
    if not coverage.cities or not coverage.services:
        return ""
    lines = [
        "## Service-area matrix",
        "",
        "| city | " + " | ".join(escaped(service) for service in coverage.services) + " |",
        "|---" * (len(coverage.services) + 1) + "|",
    ]
    for city in coverage.cities:
        states = (_STATES[coverage.cells[city, service].state] for service in coverage.services)
        lines.append(f"| {escaped(city)} | " + " | ".join(states) + " |")
    return "\n".join(lines)


def _keywords(audit: Audit) -> str:
    if not audit.keywords:
        return ""
    lines = ["## Keywords", "", "| keyword | in title | in heading | pages with it |", "|---|---|---|---|"]
    for use in audit.keywords:
        title, heading = ("yes" if url else "no" for url in (use.in_title, use.in_h1))
        lines.append(f"| {escaped(use.keyword)} | {title} | {heading} | {use.in_text} |")
    return "\n".join(lines)


def _competitors(audit: Audit) -> str:
    if len(audit.signals) < 2:
        return ""
    lines = [
        "## Competitors",
        "",
        "| signal | " + " | ".join(escaped(column.name) for column in audit.signals) + " |",
        "|---" * (len(audit.signals) + 1) + "|",
    ]
    for signal in audit.signals[0].values:
        values = (column.values.get(signal) for column in audit.signals)
        lines.append(
            f"| {signal} | " + " | ".join("–" if v is None else escaped(str(v)) for v in values) + " |"
        )
    return "\n".join(lines)


def _not_checked(audit: Audit) -> str:
    if not audit.not_checked:
        return ""
    lines = ["## Not checked", ""]
    lines += [f"- {escaped(entry.what)}: {escaped(entry.reason)}" for entry in audit.not_checked]
    return "\n".join(lines)
