"""The chapters of the HTML report: findings with evidence, matrix, keywords, comparison, open ends."""

from html import escape
from urllib.parse import unquote, urlsplit

from local_seo.audit_context import Audit
from local_seo.crawl.urls import path_of
from local_seo.findings import Evidence, Finding
from local_seo.report.charts import grade, small_bar
from local_seo.rules import EFFORT_WORDS
from local_seo.score import ModuleScore

_SHOWN = 6
_FOLDED = 60
_CELL_WORDS = {"page": "Own page", "support": "Related page", "mention": "Mention", "none": "Missing"}


def link(url: str, label: str) -> str:
    """A link for web addresses; plain text for anything else a page may have written there."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return escape(label)
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow">{escape(label)}</a>'


def _short(audit: Audit, url: str) -> str:
    """Own pages by their path, others with their host; percent signs read back for people."""
    text = path_of(url) if audit.site.owns(url) else f"{urlsplit(url).netloc}{path_of(url)}"
    readable = unquote(text)
    return readable if readable.isprintable() else text


def chapter(audit: Audit, score: ModuleScore) -> str:
    if score.score is None:
        points = '<span class="chapter-score none">not checked</span>'
    else:
        points = (
            f'<span class="chapter-score {grade(score.score)}">{score.score:.0f}<small> / 100</small></span>'
        )
    head = (
        f'<div class="chapter-head"><div><h2>{escape(score.module.title)}</h2>'
        f"<p>{escape(score.module.question)}</p></div>{points}</div>"
    )
    body = "".join(_finding(audit, finding) for finding in score.findings)
    if not body:
        text = f"Not checked: {score.reason}." if score.reason else "Nothing to report in this chapter."
        body = f'<p class="clear">{escape(text)}</p>'
    return f"<section>{head}{body}</section>"


def _finding(audit: Audit, finding: Finding) -> str:
    rule = finding.rule
    shown = "".join(_place(audit, place) for place in finding.evidence[:_SHOWN])
    folded = finding.evidence[_SHOWN : _SHOWN + _FOLDED]
    more = ""
    if folded:
        rest = finding.affected - _SHOWN - len(folded)
        tail = f"<li><span></span><span>and {rest} more in the data file</span></li>" if rest else ""
        places = "".join(_place(audit, place) for place in folded)
        more = (
            f'<details><summary>{len(folded)} more</summary><ul class="places">{places}{tail}</ul></details>'
        )
    count = f"{finding.affected} place{'s' if finding.affected != 1 else ''}"
    return (
        f'<article class="finding" id="{rule.id}">'
        f'<div><span class="badge {rule.severity.lower()}">{rule.severity}</span></div>'
        f'<div><div class="head"><h3>{escape(rule.title)}</h3>'
        f'<span class="meta">{rule.id} · {count} · {EFFORT_WORDS[rule.effort]}</span></div>'
        f'<p class="why">{escape(rule.why)}</p><p class="fix"><b>Fix</b>&ensp;{escape(rule.fix)}</p>'
        f'<ul class="places">{shown}</ul>{more}</div></article>'
    )


def _place(audit: Audit, place: Evidence) -> str:
    time = f" ({place.measured_ms} ms)" if place.measured_ms is not None else ""
    related = ""
    if place.related:
        links = ", ".join(link(url, _short(audit, url)) for url in place.related)
        related = f" <span>(see {links})</span>"
    label = _short(audit, place.url) or place.url
    return (
        f"<li><span>{link(place.url, label)}</span>"
        f'<span class="what">{escape(place.excerpt)}{time}{related}</span></li>'
    )


def coverage(audit: Audit) -> str:
    matrix = audit.coverage
    if not matrix.cities or not matrix.services:
        return ""
    head = "".join(f'<th scope="col">{escape(service)}</th>' for service in matrix.services)
    rows: list[str] = []
    for city in matrix.cities:
        cells = "".join(_cell(audit, city, service) for service in matrix.services)
        rows.append(f'<tr><th scope="row">{escape(city)}</th>{cells}</tr>')
    legend = "".join(
        f'<li><i style="background:var(--heat-{name})"></i>{words}</li>'
        for name, words in (
            ("page", "a page about both"),
            ("support", "on a page about one of them"),
            ("mention", "mentioned together somewhere"),
            ("none", "nowhere"),
        )
    )
    return (
        "<section><h2>Who finds you where</h2>"
        '<p class="lead">Each city of the service area against each service.</p>'
        f'<div class="card scroll"><table class="heat"><thead><tr><td></td>{head}</tr></thead>'
        f'<tbody>{"".join(rows)}</tbody></table></div><ul class="legend">{legend}</ul></section>'
    )


def _cell(audit: Audit, city: str, service: str) -> str:
    cell = audit.coverage.cells[city, service]
    words = _CELL_WORDS[cell.state]
    return f'<td class="{cell.state}">{link(cell.url, words) if cell.url else words}</td>'


def keywords(audit: Audit) -> str:
    if not audit.keywords:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(use.keyword)}</th><td>{_mark(audit, use.in_title)}</td>'
        f'<td>{_mark(audit, use.in_h1)}</td><td class="num">{use.in_text}</td></tr>'
        for use in audit.keywords
    )
    return (
        '<section><h2>Keywords</h2><p class="lead">Where the words of each keyword stand.</p>'
        '<div class="card scroll"><table><thead><tr><th>Keyword</th><th>In a title</th>'
        "<th>In a main heading</th>"
        f"<th>Pages with it in the text</th></tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _mark(audit: Audit, url: str) -> str:
    return link(url, _short(audit, url)) if url else '<span class="no">no</span>'


def competitors(audit: Audit) -> str:
    columns = audit.signals
    if len(columns) < 2:
        return ""
    head = "".join(
        f'<th scope="col"{_own(column.is_client)}>{escape(column.name)}<br>'
        f"{link(column.url, urlsplit(column.url).netloc)}</th>"
        for column in columns
    )
    rows: list[str] = []
    for signal in columns[0].values:
        values = [column.values.get(signal) for column in columns]
        highest = max((value for value in values if isinstance(value, int)), default=0)
        cells = "".join(
            f"<td{_own(column.is_client)}>{_signal(value, highest, own=column.is_client)}</td>"
            for column, value in zip(columns, values, strict=True)
        )
        rows.append(f'<tr><th scope="row">{escape(signal)}</th>{cells}</tr>')
    return (
        '<section><h2>Side by side</h2><p class="lead">The same signals, read the same way on each site.</p>'
        f'<div class="card scroll"><table class="versus"><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
        "</div></section>"
    )


def _own(is_client: bool) -> str:
    return ' class="own"' if is_client else ""


def _signal(value: str | int | None, highest: int, *, own: bool) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value}{small_bar(value, highest, own=own)}"
    name = value if value in {"yes", "no"} else ""
    return f'<span class="{name}">{escape(value)}</span>' if name else escape(value)


def not_checked(audit: Audit) -> str:
    if not audit.not_checked:
        return ""
    items = "".join(
        f"<li><b>{escape(entry.what)}</b><span>{escape(entry.reason)}</span></li>"
        for entry in audit.not_checked
    )
    return (
        "<section><h2>What was not checked</h2>"
        '<p class="lead">Named here so that silence is not taken for praise.</p>'
        f'<ul class="notes">{items}</ul></section>'
    )
