"""Content and keywords: are the searched words there, and is the text worth finding?"""

import re

from local_seo.audit_context import Audit, KeywordUse
from local_seo.checks.coverage import city_of_page, pages_about
from local_seo.checks.technical_pages import duplicates
from local_seo.crawl.urls import path_of
from local_seo.findings import Evidence
from local_seo.page import PageContent, PageRecord
from local_seo.payload import NotChecked
from local_seo.phones import shown
from local_seo.site import content_of
from local_seo.words import (
    contains_all,
    contains_near,
    contains_phrase,
    find_twins,
    plain,
    reading_ease,
    stem,
    subject_stems,
    tokens,
)

_THIN_WORDS = 150
_COMPARABLE_WORDS = 50
_NEAR = 0.85
_HARD_READING = 30
_USP_SHARE = 0.75
_CALL = re.compile(
    r"\b(?:book|booking|quote|estimate|schedule|appointment|call (?:now|us|today)|order now"
    r"|get started|request)\b",
    re.IGNORECASE,
)
_PLACEHOLDERS = ("lorem ipsum", "dolor sit amet", "your text here", "insert text here", "insert name here")
_BLANK = re.compile(r"\[(?:city|phone|name|address)\]|\{\{\s*\w+\s*\}\}")
_NO_PAGE_OF_SUBSTANCE = re.compile(r"/(?:privacy|terms|legal|imprint|cookie|thank)", re.IGNORECASE)


def check(audit: Audit) -> None:
    _keywords(audit)
    _home(audit)
    _substance(audit)
    _copies(audit)
    _calls(audit)
    _selling_points(audit)


def _keywords(audit: Audit) -> None:
    site, add = audit.site, audit.findings.add
    absent, untargeted = [], []
    for keyword in audit.client.keywords:
        use = _use_of(audit, keyword)
        audit.keywords.append(use)
        if not use.in_text and not use.best_url:
            text = f"“{keyword}”: on none of {len(site.pages)} pages"
            absent.append(Evidence(audit.home_url, text, subject=keyword))
        elif not use.best_url:
            text = f"“{keyword}”: in the text of {use.in_text} page(s), in no title and no main heading"
            untargeted.append(Evidence(audit.home_url, text, subject=keyword))
    add("CONT-001", absent, max(1, len(audit.client.keywords)))
    add("CONT-002", untargeted, max(1, len(audit.client.keywords)))


def _use_of(audit: Audit, keyword: str) -> KeywordUse:
    wanted = subject_stems(keyword)
    in_title = in_h1 = ""
    in_text = 0
    for page in audit.site.indexable:
        content = content_of(page)
        if not in_title and contains_all(content.title, wanted):
            in_title = page.url
        if not in_h1 and contains_all(content.first_h1(), wanted):
            in_h1 = page.url
        in_text += contains_near(content.plain, wanted)
    targeting = pages_about(audit.site, keyword)
    return KeywordUse(keyword, in_title, in_h1, in_text, targeting[0] if targeting else "")


def _home(audit: Audit) -> None:
    home, cities = audit.site.home, audit.client.cities
    if home is None or not cities:
        return
    content = content_of(home)
    name = tokens(cities[0])
    if not contains_phrase(plain(content.title), name) and not contains_phrase(
        plain(content.first_h1()), name
    ):
        text = f"title “{content.title}”, heading “{content.first_h1()}”: no {cities[0]}"
        audit.findings.add("CONT-011", [Evidence(home.url, text)])


def _substance(audit: Audit) -> None:
    pages, add = audit.site.indexable, audit.findings.add
    texts = [page for page in pages if not _NO_PAGE_OF_SUBSTANCE.search(page.url)]
    thin = [
        Evidence(p.url, f"{content_of(p).words} words") for p in texts if content_of(p).words < _THIN_WORDS
    ]
    add("CONT-004", thin, len(texts))
    add("CONT-003", duplicates(pages, PageContent.first_h1, "heading"), len(pages))
    hard, unfinished = [], []
    for page in texts:
        ease = reading_ease(content_of(page).prose)
        if ease is not None and ease < _HARD_READING:
            hard.append(Evidence(page.url, f"reading ease {ease:.0f} of 100; 60 and more is easy"))
        left_over = _placeholder(content_of(page).main_text.lower())
        if left_over:
            unfinished.append(Evidence(page.url, f"“{left_over}”"))
    add("CONT-010", hard, len(texts))
    add("CONT-012", unfinished, len(texts))


def _placeholder(text: str) -> str:
    for phrase in _PLACEHOLDERS:
        if phrase in text:
            return phrase
    match = _BLANK.search(text)
    return match.group() if match else ""


def _copies(audit: Audit) -> None:
    pages = [page for page in audit.site.indexable if content_of(page).words >= _COMPARABLE_WORDS]
    same: dict[int, list[PageRecord]] = {}
    for page in pages:
        same.setdefault(content_of(page).fingerprint, []).append(page)
    places: list[Evidence] = []
    for group in same.values():
        for page in group:
            others = tuple(other.url for other in group if other is not page)[:3]
            if others:
                places.append(
                    Evidence(page.url, f"same text as {', '.join(map(path_of, others))}", related=others)
                )
    audit.findings.add("CONT-005", places, len(pages))
    near = _near_copies(audit, [group[0] for group in same.values()])
    audit.findings.add("CONT-006", near, len(pages))


def _near_copies(audit: Audit, pages: list[PageRecord]) -> list[Evidence]:
    places: list[Evidence] = []
    for index, others in find_twins([content_of(page).sketch for page in pages], _NEAR).items():
        urls = tuple(
            pages[other].url for other in others if not _are_city_pages(audit, pages[index], pages[other])
        )[:3]
        if urls:
            text = f"nearly the text of {', '.join(map(path_of, urls))}"
            places.append(Evidence(pages[index].url, text, related=urls))
    return places


def _are_city_pages(audit: Audit, one: PageRecord, other: PageRecord) -> bool:
    """Copies among city pages are the coverage module's finding, not a second one here."""
    cities = {city_of_page(audit, one), city_of_page(audit, other)}
    return None not in cities and len(cities) == 2


def _calls(audit: Audit) -> None:
    pages, add = audit.site.indexable, audit.findings.add
    if audit.phone:
        hidden = [
            Evidence(p.url, f"{shown(audit.phone)} is not on the page")
            for p in pages
            if all(phone.digits != audit.phone for phone in content_of(p).phones)
        ]
        add("CONT-007", hidden, len(pages))
    passive = [
        Evidence(p.url, "no tel: link, no form, no booking or quote link") for p in pages if not _asks(p)
    ]
    add("CONT-008", passive, len(pages))


def _asks(page: PageRecord) -> bool:
    content = content_of(page)
    if content.has_form or any(phone.clickable for phone in content.phones):
        return True
    return any(_CALL.search(text) for text in (*content.buttons, *(link.text for link in content.links)))


def _selling_points(audit: Audit) -> None:
    if not audit.client.usps:
        audit.not_checked.append(NotChecked("selling points", "the payload has no business_usps", "content"))
        return
    words = [set(map(stem, tokens(content_of(page).text))) for page in audit.site.pages]
    places: list[Evidence] = []
    for usp in audit.client.usps:
        wanted = subject_stems(usp)
        best = max((len(found.intersection(wanted)) for found in words), default=0)
        if wanted and best / len(wanted) < _USP_SHARE:
            places.append(Evidence(audit.home_url, f"“{usp}”: on no page", subject=usp))
    audit.findings.add("CONT-009", places, max(1, len(audit.client.usps)))
