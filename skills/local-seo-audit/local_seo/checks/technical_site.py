"""Technical health of the site as a whole: reachability, robots.txt, sitemap, redirects, status, speed."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from local_seo.audit_context import Audit
from local_seo.crawl.limits import CrawlLimits
from local_seo.crawl.urls import path_of, site_key
from local_seo.findings import Evidence
from local_seo.page import PageRecord
from local_seo.payload import NotChecked
from local_seo.site import Site, content_of

_NOT_FOUND = re.compile(
    r"\b(?:404|page not found|not be found|does not exist|nothing found)\b", re.IGNORECASE
)
_HEAVY_HTML = 500_000
_WORTH_COMPRESSING = 2_000
_UNTIDY = re.compile(r"[A-Z_]|%20|\s")
_DEEP = 4
_ENDLESS = 10


def check(audit: Audit, limits: CrawlLimits) -> None:
    site = audit.site
    if not site.readable:
        reason = site.failure or "the home page may not be crawled or is no page"
        if site.robots is None or site.robots.allows(site.start):
            audit.findings.add("TECH-001", [Evidence(site.given, reason)])
        _robots(audit)
        return
    _transport(audit)
    _robots(audit)
    _sitemap(audit)
    _redirects(audit)
    _status(audit)
    _soft_404(audit)
    _links(audit)
    _delivery(audit, limits)


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _transport(audit: Audit) -> None:
    site, add = audit.site, audit.findings.add
    if site_key(site.given) != site_key(site.start):
        add("TECH-051", [Evidence(site.given, f"redirects to {site.start}")])
    if is_loopback(site.start):
        reason = "the site was read on this machine (loopback), where browsers need no certificate"
        audit.not_checked.append(NotChecked("HTTPS", reason, "technical"))
        return
    if site.start.startswith("http://"):
        add("TECH-002", [Evidence(site.start, "the home page is delivered over plain HTTP")])
    twin = site.plain_http
    if twin is not None and twin.status == 200:
        add("TECH-003", [Evidence(twin.url, "answers 200 over plain HTTP instead of redirecting")])
    elif twin is not None and twin.redirect_to and twin.redirect_to.startswith("http://"):
        add("TECH-003", [Evidence(twin.url, f"redirects to {twin.redirect_to}, still plain HTTP")])


def _robots(audit: Audit) -> None:
    site, robots, add = audit.site, audit.site.robots, audit.findings.add
    if robots is None:
        return
    if robots.state == "failing":
        answer = f"answers {robots.status}" if robots.status else "does not answer"
        add("TECH-004", [Evidence(robots.url, answer)])
    elif robots.state == "missing":
        add("TECH-006", [Evidence(robots.url, f"answers {robots.status}")])
    elif not robots.allows(site.start):
        add("TECH-005", [Evidence(robots.url, f"forbids {path_of(site.start)}")])
    blocked = [
        Evidence(url, "robots.txt forbids it, yet pages link to it", related=site.sources_of(url))
        for url in site.blocked
        if url in site.linked_from
    ]
    add("TECH-049", blocked, max(1, len(site.pages)))


def _sitemap(audit: Audit) -> None:
    site, sitemaps, add = audit.site, audit.site.sitemaps, audit.findings.add
    add("TECH-008", [Evidence(url, reason) for url, reason in sitemaps.problems.items()])
    if not sitemaps.files and not sitemaps.problems:
        add("TECH-007", [Evidence(site.start, "no sitemap in robots.txt and none at /sitemap.xml")])
    if not sitemaps.entries:
        return
    _sitemap_entries(audit)
    if site.stats.stopped_by:
        reason = f"the crawl stopped early ({site.stats.stopped_by}), so links may exist on pages not read"
        audit.not_checked.append(NotChecked("orphan pages", reason, "technical"))
        return
    reached = {site.final_of(url) for url in site.linked_from} | {site.start}
    orphans = [
        Evidence(page.url, f"no page links to it; listed in {path_of(sitemaps.entries[page.url])}")
        for page in site.pages
        if page.url in sitemaps.entries and page.url not in reached
    ]
    add("TECH-013", orphans, len(sitemaps.entries))
    absent = [p.url for p in site.indexable if p.url not in sitemaps.entries and "?" not in p.url]
    add("TECH-012", [Evidence(url, "in no sitemap") for url in absent], len(site.indexable))


def _sitemap_entries(audit: Audit) -> None:
    """Addresses the sitemap should not name."""
    site, add = audit.site, audit.findings.add
    dead, noindex, elsewhere = [], [], []
    for url, source in site.sitemaps.entries.items():
        record = site.records.get(url)
        if record is None:
            continue
        listed = f"listed in {path_of(source)}"
        if not record.is_page:
            dead.append(Evidence(url, f"{_answer(record)}; {listed}"))
        elif record.noindex:
            noindex.append(Evidence(url, f"noindex; {listed}"))
        elif content_of(record).canonicals and url not in content_of(record).canonicals:
            elsewhere.append(Evidence(url, f"canonical is {content_of(record).canonicals[0]}; {listed}"))
    total = len(site.sitemaps.entries)
    add("TECH-009", dead, total)
    add("TECH-010", noindex, total)
    add("TECH-011", elsewhere, total)


def _redirects(audit: Audit) -> None:
    site, add = audit.site, audit.findings.add
    redirecting = sorted(url for url, record in site.records.items() if record.redirect_to is not None)
    targets = {site.records[url].redirect_to for url in redirecting}
    chains: list[Evidence] = []
    loops: dict[str, Evidence] = {}
    stuck: set[str] = set()
    for url in redirecting:
        path, circle = site.redirect_path(url)
        if circle or len(path) > _ENDLESS:
            stuck.add(url)
            # A circle is one finding, wherever it was entered; so is a staircase without an end.
            head = min(path[path.index(path[-1]) :]) if circle else url
            loops.setdefault(head if circle else "endless", _redirect_evidence(site, head, path))
        elif len(path) > 2 and url not in targets:
            chains.append(_redirect_evidence(site, url, path))
    add("TECH-026", chains, len(site.records))
    add("TECH-027", loops.values(), len(site.records))
    linked = [
        Evidence(url, f"redirects to {site.records[url].redirect_to}", related=site.sources_of(url))
        for url in redirecting
        if url in site.linked_from and url not in stuck
    ]
    add("TECH-025", linked, len(site.linked_from))


def _redirect_evidence(site: Site, url: str, path: list[str]) -> Evidence:
    steps = " → ".join(path_of(step) if site.owns(step) else step for step in path)
    return Evidence(url, f"{len(path) - 1} redirects: {steps}", related=site.sources_of(url))


def _status(audit: Audit) -> None:
    site, add = audit.site, audit.findings.add
    broken, failing, unreadable = [], [], []
    for url, record in sorted(site.records.items()):
        sources = site.sources_of(url)
        if record.failure_kind == "encoding" or record.truncated:
            reason = record.failure or "larger than 5 MB; only the beginning was read"
            unreadable.append(Evidence(url, reason, related=sources))
        elif record.status >= 500 or record.status == 0:
            failing.append(Evidence(url, _answer(record), related=sources))
        elif 400 <= record.status < 500 and sources:
            label = site.linked_from[url][0][1].text
            text = f"answers {record.status}; linked as “{label}”" if label else f"answers {record.status}"
            broken.append(Evidence(url, text, related=sources))
    add("TECH-023", broken, len(site.linked_from))
    add("TECH-024", failing, len(site.records))
    add("TECH-050", unreadable, len(site.records))


def _answer(record: PageRecord) -> str:
    if record.redirect_to is not None:
        return f"redirects ({record.status}) to {record.redirect_to}"
    if record.failure:
        return record.failure
    return f"answers {record.status}" if record.status != 200 else f"is {record.content_type or 'no page'}"


def _soft_404(audit: Audit) -> None:
    site = audit.site
    places: list[Evidence] = []
    status = site.missing_page_status
    if status is not None and (status == 200 or 300 <= status < 400):
        places.append(Evidence(site.missing_page_url, f"an address that does not exist answers {status}"))
    for page in site.pages:
        content = content_of(page)
        for text in (content.title, content.first_h1()):
            if _NOT_FOUND.search(text):
                places.append(Evidence(page.url, f"answers 200 but says “{text}”"))
                break
    audit.findings.add("TECH-042", places, len(site.pages))


def _links(audit: Audit) -> None:
    site, add = audit.site, audit.findings.add
    nofollow = [
        Evidence(url, f"linked with rel=nofollow as “{link.text}”", related=(source,))
        for url, sources in site.linked_from.items()
        for source, link in sources[:1]
        if link.nofollow and all(other.nofollow for _, other in sources)
    ]
    add("TECH-046", nofollow, len(site.linked_from))
    add("TECH-043", [Evidence(url, f"pattern {pattern}") for pattern, url in site.traps.items()])
    deep = [
        Evidence(url, f"{depth} clicks from the home page")
        for url, depth in click_depths(site)
        if depth > _DEEP
    ]
    add("TECH-047", deep, len(site.pages))
    untidy = [Evidence(p.url, path_of(p.url)) for p in site.indexable if _UNTIDY.search(urlsplit(p.url).path)]
    add("TECH-048", untidy, len(site.pages))


def click_depths(site: Site) -> Iterator[tuple[str, int]]:
    """Pages with the number of clicks from the home page; pages no link leads to are left out."""
    level = [site.start]
    seen = {site.start}
    depth = 0
    while level:
        following: list[str] = []
        for url in level:
            page = site.records.get(site.final_of(url))
            if page is None or not page.is_page:
                continue
            yield page.url, depth
            for link in content_of(page).links:
                if link.url not in seen and link.url in site.records:
                    seen.add(link.url)
                    following.append(link.url)
        level, depth = following, depth + 1


def _delivery(audit: Audit, limits: CrawlLimits) -> None:
    site, add = audit.site, audit.findings.add
    slow = [
        Evidence(
            p.url, f"the first byte takes longer than {limits.slow_answer_ms} ms", measured_ms=p.first_byte_ms
        )
        for p in site.pages
        if p.first_byte_ms > limits.slow_answer_ms
    ]
    add("TECH-040", slow, len(site.pages))
    heavy = [
        Evidence(p.url, f"{p.body_bytes // 1024} KB of HTML")
        for p in site.pages
        if p.body_bytes > _HEAVY_HTML
    ]
    add("TECH-041", heavy, len(site.pages))
    plain = [
        Evidence(p.url, f"{p.body_bytes / 1024:.1f} KB sent uncompressed")
        for p in site.pages
        if not p.compressed and p.body_bytes > _WORTH_COMPRESSING
    ]
    add("TECH-044", plain, len(site.pages))
