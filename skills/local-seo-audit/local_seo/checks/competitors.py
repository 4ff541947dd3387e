"""Competitors: the same signals from their sites, side by side, and where they are ahead."""

from statistics import median

from local_seo.audit_context import Audit, RivalSignals, services_of
from local_seo.checks.coverage import pages_about, pages_about_city
from local_seo.checks.identity import business_entries
from local_seo.checks.technical_site import is_loopback
from local_seo.findings import Evidence
from local_seo.payload import NotChecked
from local_seo.site import Site, content_of

# What makes a business entry richer, with the words for people.
PROPERTIES = {
    "openingHours": "opening hours",
    "geo": "coordinates",
    "aggregateRating": "rating",
    "priceRange": "price range",
    "areaServed": "service area",
    "sameAs": "profiles",
}
_MUCH_LESS = 0.6
_TYPICAL_SHARE = 0.5


def check(audit: Audit) -> None:
    readable = [rival for rival in audit.rivals if rival.site is not None and rival.site.readable]
    for rival in audit.rivals:
        if rival not in readable:
            audit.not_checked.append(NotChecked(f"competitor {rival.url}", rival.reason, "competitors"))
    audit.signals.append(signals_of(audit, audit.site, audit.client.name or "This website", is_client=True))
    if not readable:
        reason = "no competitor could be read" if audit.rivals else "the payload names no competitors"
        audit.skip_module("competitors", reason)
        return
    sites = [rival.site for rival in readable if rival.site is not None]
    for rival, site in zip(readable, sites, strict=True):
        audit.signals.append(signals_of(audit, site, rival.name, is_client=False))
    _cities(audit, sites)
    _keywords(audit, sites)
    _properties(audit, sites)
    _depth(audit, sites)
    _requests(audit, sites)


def properties_of(site: Site) -> dict[str, str]:
    """The rich properties a site's business entries carry, with a page that has it."""
    found: dict[str, str] = {}
    for page, entity in business_entries(site):
        for name in PROPERTIES:
            if entity.get(name) or (name == "openingHours" and entity.get("openingHoursSpecification")):
                found.setdefault(name, page.url)
    return found


def signals_of(audit: Audit, site: Site, name: str, *, is_client: bool) -> RivalSignals:
    client = audit.client
    pages = site.pages
    secure: str | None = "yes" if site.start.startswith("https://") else "no"
    if is_loopback(site.start):
        secure = None
    values: dict[str, str | int | None] = {
        "Pages read": len(pages),
        "Words per page (median)": _median_words(site),
        "Cities with a page": sum(1 for city in client.cities if pages_about_city(site, city))
        if client.cities
        else None,
        "Services with a page": _count(site, services_of(client)),
        "Keywords in title or heading": _count(site, client.keywords),
        "Business entry (LocalBusiness)": "yes" if business_entries(site) else "no",
        "Facts in the entry": ", ".join(PROPERTIES[name] for name in properties_of(site)) or "none",
        "Tap-to-call": _yes(any(phone.clickable for page in pages for phone in content_of(page).phones)),
        "Request or booking form": _yes(any(content_of(page).has_form for page in pages)),
        "Map or directions": _yes(any(content_of(page).has_map for page in pages)),
        "Sitemap": _yes(bool(site.sitemaps.files)),
        "HTTPS": secure,
    }
    return RivalSignals(name, site.start, is_client, values)


def _yes(condition: bool) -> str:
    return "yes" if condition else "no"


def _count(site: Site, subjects: tuple[str, ...]) -> int | None:
    return sum(1 for subject in subjects if pages_about(site, subject)) if subjects else None


def _median_words(site: Site) -> int:
    return int(median([content_of(page).words for page in site.pages])) if site.pages else 0


def _cities(audit: Audit, sites: list[Site]) -> None:
    places: list[Evidence] = []
    for city in audit.client.cities:
        if audit.coverage.city_pages.get(city):
            continue
        theirs = [pages[0] for site in sites if (pages := pages_about_city(site, city))]
        if theirs:
            places.append(
                Evidence(
                    theirs[0],
                    f"a page about {city}; this website has none",
                    subject=city,
                    related=tuple(theirs[1:]),
                )
            )
    audit.findings.add("COMP-001", places, max(1, len(audit.client.cities)))


def _keywords(audit: Audit, sites: list[Site]) -> None:
    places: list[Evidence] = []
    for use in audit.keywords:
        if use.best_url:
            continue
        theirs = [pages[0] for site in sites if (pages := pages_about(site, use.keyword))]
        if theirs:
            text = f"“{use.keyword}” in title or main heading; not on this website"
            places.append(Evidence(theirs[0], text, subject=use.keyword, related=tuple(theirs[1:])))
    audit.findings.add("COMP-002", places, max(1, len(audit.client.keywords)))


def _properties(audit: Audit, sites: list[Site]) -> None:
    ours = properties_of(audit.site)
    theirs = [properties_of(site) for site in sites]
    places: list[Evidence] = []
    for name, words in PROPERTIES.items():
        having = [found[name] for found in theirs if name in found]
        if name not in ours and having and len(having) / len(sites) >= _TYPICAL_SHARE:
            text = f"{words} ({name}): {len(having)} of {len(sites)} competitors publish it"
            places.append(Evidence(having[0], text, subject=name))
    audit.findings.add("COMP-003", places, len(PROPERTIES))


def _depth(audit: Audit, sites: list[Site]) -> None:
    ours, theirs = _median_words(audit.site), int(median(_median_words(site) for site in sites))
    if ours < theirs * _MUCH_LESS:
        text = f"{ours} words per page (median) against {theirs}"
        audit.findings.add("COMP-004", [Evidence(audit.home_url, text)])


def _requests(audit: Audit, sites: list[Site]) -> None:
    if any(content_of(page).has_form for page in audit.site.pages):
        return
    theirs = [page.url for site in sites for page in site.pages if content_of(page).has_form]
    if theirs:
        text = "a request form; this website has none"
        audit.findings.add("COMP-005", [Evidence(theirs[0], text, related=tuple(theirs[1:3]))])
