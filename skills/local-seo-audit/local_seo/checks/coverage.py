"""Service-area coverage: is there a page for every city and service, and do they meet?"""

from local_seo.audit_context import Audit, Cell, Coverage, services_of
from local_seo.checks.identity import business_entries
from local_seo.checks.technical_site import click_depths
from local_seo.crawl.urls import path_of, slug_words
from local_seo.findings import Evidence
from local_seo.page import PageRecord
from local_seo.payload import NotChecked
from local_seo.site import Site, content_of
from local_seo.words import (
    contains_all,
    contains_near,
    contains_phrase,
    find_twins,
    plain,
    plain_of,
    sketch_of,
    subject_stems,
    tokens,
)

_COPY = 0.7
_MIN_WORDS = 40
_BURIED = 2


def check(audit: Audit) -> None:
    client, site = audit.client, audit.site
    services = services_of(client)
    if not client.cities and not services:
        audit.skip_module("coverage", "the payload names neither cities nor keywords nor services")
        return
    audit.coverage = cover(site, client.cities, services)
    _cities(audit)
    _services(audit)
    _gaps(audit)
    _copies(audit)
    _structured_area(audit)


def cover(site: Site, cities: tuple[str, ...], services: tuple[str, ...]) -> Coverage:
    """Which pages are about which city and service, and how each pair is covered."""
    city_pages = {city: pages_about_city(site, city) for city in cities}
    service_pages = {service: pages_about(site, service) for service in services}
    cells = {
        (city, service): _cell(site, city, service, city_pages[city], service_pages[service])
        for city in cities
        for service in services
    }
    return Coverage(cities, services, city_pages, service_pages, cells)


def pages_about_city(site: Site, city: str) -> tuple[str, ...]:
    """Pages with the city in title, main heading or address; those with it in the heading first."""
    name = tokens(city)
    found: list[tuple[int, str]] = []
    for page in site.indexable:
        content = content_of(page)
        in_slug = f" {' '.join(name)} " in f" {slug_words(page.url)} "
        in_heading = contains_phrase(plain(content.first_h1()), name) or contains_phrase(
            plain(content.title), name
        )
        if in_slug or in_heading:
            found.append((-2 * in_slug - in_heading, page.url))
    return tuple(url for _, url in sorted(found))


def pages_about(site: Site, subject: str) -> tuple[str, ...]:
    """Pages with all the words of a service or keyword in title or main heading."""
    wanted = subject_stems(subject)
    return tuple(
        page.url
        for page in site.indexable
        if contains_all(content_of(page).title, wanted) or contains_all(content_of(page).first_h1(), wanted)
    )


def _cell(
    site: Site, city: str, service: str, about_city: tuple[str, ...], about_service: tuple[str, ...]
) -> Cell:
    both = [url for url in about_city if url in about_service]
    if both:
        return Cell("page", both[0])
    name, wanted = tokens(city), subject_stems(service)
    for url in about_city:
        if contains_near(_text(site, url), wanted):
            return Cell("support", url)
    for url in about_service:
        if contains_phrase(_text(site, url), name):
            return Cell("support", url)
    for page in site.indexable:
        text = content_of(page).plain
        if contains_phrase(text, name) and contains_near(text, wanted):
            return Cell("mention", page.url)
    return Cell("none")


def _text(site: Site, url: str) -> str:
    return content_of(site.records[url]).plain


def _cities(audit: Audit) -> None:
    coverage, site, add = audit.coverage, audit.site, audit.findings.add
    if not coverage.cities:
        audit.not_checked.append(NotChecked("cities", "the payload names no service_area_cities", "coverage"))
        return
    without, silent = [], []
    for city in coverage.cities:
        if coverage.city_pages[city]:
            continue
        name = tokens(city)
        mention = next((page for page in site.pages if contains_phrase(_whole(page), name)), None)
        if mention is not None:
            text = f"{city}: mentioned on {path_of(mention.url)}, but no page is about it"
            without.append(Evidence(audit.home_url, text, subject=city))
        else:
            silent.append(
                Evidence(audit.home_url, f"{city}: on none of {len(site.pages)} pages", subject=city)
            )
    add("AREA-001", without, len(coverage.cities))
    add("AREA-002", silent, len(coverage.cities))
    clicks = dict(click_depths(site))
    buried = [
        Evidence(pages[0], f"{clicks[pages[0]]} clicks from the home page", subject=city)
        for city, pages in coverage.city_pages.items()
        if pages and min(clicks.get(url, 0) for url in pages) > _BURIED
    ]
    add("AREA-007", buried, len(coverage.cities))


def _whole(page: PageRecord) -> str:
    return plain_of(tokens(content_of(page).text))


def _services(audit: Audit) -> None:
    coverage = audit.coverage
    places = [
        Evidence(audit.home_url, f"{service}: in no title and no main heading", subject=service)
        for service in coverage.services
        if not coverage.service_pages[service] and audit.client.services
    ]
    audit.findings.add("AREA-004", places, max(1, len(coverage.services)))


def _gaps(audit: Audit) -> None:
    """Cities that have a page on which the most important service is not spoken of."""
    coverage = audit.coverage
    if not coverage.services:
        return
    service = coverage.services[0]
    places = [
        Evidence(coverage.city_pages[city][0], f"“{service}” and {city} meet on no page", subject=city)
        for city in coverage.cities
        if coverage.city_pages[city] and coverage.cells[city, service].state == "none"
    ]
    audit.findings.add("AREA-005", places, max(1, len(coverage.cities)))


def city_of_page(audit: Audit, page: PageRecord) -> str | None:
    """The one city this page is about; None for pages about several or none."""
    about = audit.coverage.cities_by_page.get(page.url, ())
    return about[0] if len(about) == 1 else None


def _copies(audit: Audit) -> None:
    """City pages compared with the names of all cities taken out: what remains should differ."""
    names = [tokens(city) for city in audit.client.cities]
    pages = [
        (page, city)
        for page in audit.site.indexable
        if content_of(page).words >= _MIN_WORDS and (city := city_of_page(audit, page)) is not None
    ]
    sketches = [sketch_of(_masked(content_of(page).main_text, names)) for page, _ in pages]
    places: list[Evidence] = []
    for index, others in find_twins(sketches, _COPY).items():
        page, city = pages[index]
        twins = tuple(pages[other][0].url for other in others if pages[other][1] != city)[:3]
        if twins:
            text = f"the text is that of {', '.join(map(path_of, twins))} with the city exchanged"
            places.append(Evidence(page.url, text, subject=city, related=twins))
    audit.findings.add("AREA-003", places, max(1, len(pages)))


def _masked(text: str, names: list[list[str]]) -> list[str]:
    padded = f" {' '.join(tokens(text))} "
    for name in sorted(names, key=len, reverse=True):
        padded = padded.replace(f" {' '.join(name)} ", " city ")
    return padded.split()


def _structured_area(audit: Audit) -> None:
    entries = business_entries(audit.site)
    if entries and not any(entity.get("areaServed") or entity.get("serviceArea") for _, entity in entries):
        audit.findings.add("AREA-006", [Evidence(entries[0][0].url, "no areaServed")])
