"""The audit as one HTML page: self-contained, without scripts, on screen and on paper.

Everything that comes from a website or from the payload passes through `escape`; addresses become links only
when they are http or https. The page asks nothing from the network.
"""

from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from local_seo import VERSION
from local_seo.audit_context import Audit
from local_seo.report.charts import Bar, bars, gauge, severity_strip
from local_seo.report.sections import chapter, competitors, coverage, keywords, link, not_checked
from local_seo.rules import SEVERITIES
from local_seo.score import FORMULA, Scores

_STYLE = Path(__file__).with_name("report.css")
_MEANING = {"P1": "cost customers or visibility now", "P2": "hold the site back", "P3": "are polish"}
# Belt and braces: should anything slip through, the browser still runs and loads nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def audit_page(audit: Audit, scores: Scores, generated_at: str) -> str:
    name = escape(audit.client.name or audit.client.client_id)
    style = _STYLE.read_text(encoding="utf-8")
    chapters = "".join(chapter(audit, score) + _extra(audit, score.module.name) for score in scores.modules)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
        f"<title>Local SEO audit · {name}</title><style>{style}</style></head><body>"
        f"{_cover(audit, name, generated_at)}<main>{_summary(audit, scores)}"
        f"{_scores(audit, scores)}{chapters}{not_checked(audit)}{_method()}</main>"
        f"<footer>Local SEO audit {VERSION} · {escape(generated_at)} · every finding can be "
        "repeated from the evidence beside it</footer></body></html>\n"
    )


def _extra(audit: Audit, module: str) -> str:
    sections = {"coverage": coverage, "content": keywords, "competitors": competitors}
    return sections[module](audit) if module in sections else ""


def _cover(audit: Audit, name: str, generated_at: str) -> str:
    site = audit.site
    day = datetime.fromisoformat(generated_at)
    facts = [f"<b>{site.stats.pages}</b> pages read", f"<b>{len(site.sitemaps.entries)}</b> sitemap entries"]
    if audit.client.cities:
        facts.append(f"<b>{len(audit.client.cities)}</b> cities")
    if audit.client.keywords:
        facts.append(f"<b>{len(audit.client.keywords)}</b> keywords")
    if len(audit.signals) > 1:
        facts.append(f"<b>{len(audit.signals) - 1}</b> competitors")
    where = link(site.start, urlsplit(site.start).netloc) if site.start else "no website given"
    place = f" · {escape(audit.client.address)}" if audit.client.address else ""
    return (
        '<header class="cover"><div class="cover-inner">'
        f'<p class="eyebrow">Local SEO audit · {day.day} {day:%B %Y}</p><h1>{name}</h1>'
        f'<p class="where">{where}{place}</p>'
        f'<ul class="facts">{"".join(f"<li>{fact}</li>" for fact in facts)}</ul></div></header>'
    )


def _summary(audit: Audit, scores: Scores) -> str:
    items = "".join(
        f'<li><span class="badge {f.rule.severity.lower()}">{f.rule.severity}</span><div>'
        f'<a class="text" href="#{f.rule.id}">{escape(f.headline)}</a>'
        f'<p class="why">{escape(f.rule.why)}</p></div></li>'
        for f in scores.priorities
    )
    listing = f"<ol>{items}</ol>" if items else '<p class="lead">Nothing urgent was found.</p>'
    return (
        f'<div class="card summary"><div class="score">{gauge(scores.overall)}'
        f"<p>{_verdict(audit, scores)}</p></div>"
        f'<div class="priorities"><h2>What to do first</h2>{listing}</div></div>'
    )


def _verdict(audit: Audit, scores: Scores) -> str:
    if scores.overall is None:
        return "Not scored: there was nothing that could be read."
    urgent = sum(1 for finding in audit.findings.sorted() if finding.rule.severity == "P1")
    total = len(audit.findings.sorted())
    if not total:
        return "No finding at all. Well done."
    return f"{total} finding{'s' if total != 1 else ''}, {urgent} of them urgent."


def _scores(audit: Audit, scores: Scores) -> str:
    rows = [
        Bar(entry.module.title, entry.score, entry.reason or f"weighs {entry.module.weight} of 100")
        for entry in scores.modules
    ]
    counts = {name: sum(1 for f in audit.findings.sorted() if f.rule.severity == name) for name in SEVERITIES}
    listing = "".join(
        f"<li><b>{count}</b><span>{name} {_MEANING[name]}</span></li>" for name, count in counts.items()
    )
    return (
        '<section><h2>Where the site stands</h2><p class="lead">Five chapters, each from 0 to 100. '
        "A chapter that could not be looked at is left out of the score.</p>"
        f'<div class="two"><div class="card panel"><h3>Score by chapter</h3>{bars(rows, "Score by chapter")}'
        "</div>"
        f'<div class="card panel"><h3>Findings by urgency</h3>{severity_strip(counts)}'
        f'<ul class="counts">{listing}</ul></div></div></section>'
    )


def _method() -> str:
    return f'<section><h2>How the score is made</h2><p class="lead">{escape(FORMULA)}</p></section>'
