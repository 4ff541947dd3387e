"""Technical health of single pages: titles, descriptions, headings, canonicals, images, language, phones."""

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from local_seo.audit_context import Audit
from local_seo.crawl.urls import path_of, site_key
from local_seo.findings import Evidence
from local_seo.page import PageContent, PageRecord
from local_seo.site import Site, content_of

_TITLE_LENGTH = range(15, 66)
_DESCRIPTION_LENGTH = range(70, 161)
_LANGUAGE = re.compile(
    r"^(?:x-default|[a-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?)$", re.IGNORECASE
)


def check(audit: Audit) -> None:
    if not audit.site.readable:
        return
    _titles(audit)
    _descriptions(audit)
    _headings(audit)
    _canonicals(audit)
    _markup(audit)
    _hreflang(audit)


def duplicates(
    pages: Iterable[PageRecord], text_of: Callable[[PageContent], str], label: str
) -> list[Evidence]:
    """Every page that shares a text with another one, naming the others."""
    groups: dict[str, list[PageRecord]] = {}
    for page in pages:
        text = text_of(content_of(page))
        if text:
            groups.setdefault(text.casefold(), []).append(page)
    places: list[Evidence] = []
    for group in groups.values():
        if len(group) < 2:
            continue
        urls = [page.url for page in group]
        for page in group:
            others = tuple(url for url in urls if url != page.url)[:3]
            text = f"{label} “{text_of(content_of(page))}” also on {', '.join(map(path_of, others))}"
            places.append(Evidence(page.url, text, related=others))
    return places


def _titles(audit: Audit) -> None:
    pages, add = audit.site.indexable, audit.findings.add
    missing = [Evidence(p.url, "no <title>, or an empty one") for p in pages if not content_of(p).title]
    add("TECH-014", missing, len(pages))
    add("TECH-015", duplicates(pages, lambda c: c.title, "title"), len(pages))
    odd = [
        Evidence(p.url, f"{len(content_of(p).title)} characters: “{content_of(p).title}”")
        for p in pages
        if content_of(p).title and len(content_of(p).title) not in _TITLE_LENGTH
    ]
    add("TECH-016", odd, len(pages))


def _descriptions(audit: Audit) -> None:
    pages, add = audit.site.indexable, audit.findings.add
    missing = [Evidence(p.url, "no meta description") for p in pages if not content_of(p).description]
    add("TECH-017", missing, len(pages))
    add("TECH-018", duplicates(pages, lambda c: c.description, "description"), len(pages))
    odd = [
        Evidence(p.url, f"{len(content_of(p).description)} characters: “{content_of(p).description}”")
        for p in pages
        if content_of(p).description and len(content_of(p).description) not in _DESCRIPTION_LENGTH
    ]
    add("TECH-019", odd, len(pages))


def _headings(audit: Audit) -> None:
    pages, add = audit.site.indexable, audit.findings.add
    add("TECH-020", [Evidence(p.url, "no <h1>") for p in pages if not content_of(p).first_h1()], len(pages))
    several: list[Evidence] = []
    skipped: list[Evidence] = []
    for page in pages:
        headings = content_of(page).headings
        main = [text for level, text in headings if level == 1]
        if len(main) > 1:
            several.append(
                Evidence(page.url, f"{len(main)} <h1>: {' · '.join(f'“{text}”' for text in main[:3])}")
            )
        for (level, text), (following, below) in pairwise(headings):
            if following > level + 1:
                skipped.append(
                    Evidence(page.url, f"<h{level}> “{text}” is followed by <h{following}> “{below}”")
                )
                break
    add("TECH-021", several, len(pages))
    add("TECH-022", skipped, len(pages))


def _canonicals(audit: Audit) -> None:
    site, add = audit.site, audit.findings.add
    if site.home is not None and site.home.noindex:
        add("TECH-033", [Evidence(site.home.url, content_of(site.home).robots_meta or site.home.x_robots)])
    none = [
        Evidence(p.url, 'no <link rel="canonical">') for p in site.indexable if not content_of(p).canonicals
    ]
    add("TECH-028", none, len(site.indexable))
    foreign, dead, chained, conflicting = [], [], [], []
    for page in site.pages:
        named = content_of(page).canonicals
        if len(named) > 1:
            conflicting.append(Evidence(page.url, " and ".join(named[:3])))
            continue
        for target in named:
            if site_key(target) != site_key(page.url):
                foreign.append(Evidence(page.url, f"canonical is {target}"))
            elif (problem := _target_problem(site, target)) is not None:
                dead.append(Evidence(page.url, f"canonical {target} {problem}"))
            elif (third := _canonical_after(site, target)) is not None and target != page.url:
                chained.append(Evidence(page.url, f"canonical {target} names {third} in turn"))
    total = len(site.pages)
    add("TECH-029", foreign, total)
    add("TECH-030", dead, total)
    add("TECH-031", chained, total)
    add("TECH-032", conflicting, total)


def _target_problem(site: Site, target: str) -> str | None:
    record = site.records.get(target)
    if record is None or record.is_page:
        return None
    if record.redirect_to is not None:
        return f"redirects to {record.redirect_to}"
    return record.failure or f"answers {record.status}"


def _canonical_after(site: Site, target: str) -> str | None:
    record = site.records.get(target)
    if record is None or not record.is_page:
        return None
    named = content_of(record).canonicals
    return named[0] if named and target not in named else None


def _markup(audit: Audit) -> None:
    pages, add = audit.site.pages, audit.findings.add
    total = len(pages)
    mixed, images = [], []
    for page in pages:
        content = content_of(page)
        if content.insecure:
            mixed.append(Evidence(page.url, ", ".join(content.insecure[:3])))
        if content.images_without_alt:
            bare = content.images_without_alt
            text = f"{len(bare)} of {content.images} images: {', '.join(bare[:3])}"
            images.append(Evidence(page.url, text))
    add("TECH-034", mixed, total)
    add("TECH-035", images, total)
    add("TECH-036", [Evidence(p.url, "<html> has no lang") for p in pages if not content_of(p).lang], total)
    unfit = [Evidence(p.url, "no viewport") for p in pages if "width" not in content_of(p).viewport]
    add("TECH-037", unfit, total)
    garbled = [
        Evidence(p.url, "neither header nor meta tag") for p in pages if not content_of(p).charset_declared
    ]
    add("TECH-045", garbled, total)


def _hreflang(audit: Audit) -> None:
    site = audit.site
    places: list[Evidence] = []
    with_alternates = [page for page in site.pages if content_of(page).hreflangs]
    for page in with_alternates:
        for code, target in content_of(page).hreflangs:
            problem = _alternate_problem(site, page, code, target)
            if problem is not None:
                places.append(Evidence(page.url, problem, subject=code))
    audit.findings.add("TECH-038", places, len(with_alternates))


def _alternate_problem(site: Site, page: PageRecord, code: str, target: str) -> str | None:
    if not _LANGUAGE.match(code):
        return f"“{code}” is no language code"
    other = site.records.get(target)
    if other is None or target == page.url:
        return None
    if not other.is_page:
        return f"the {code} alternate {target} answers {other.status}"
    if page.url not in [address for _, address in content_of(other).hreflangs]:
        return f"the {code} alternate {target} does not link back"
    return None
