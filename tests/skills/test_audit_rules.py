"""Rules the sample site has no room for, and the small readers underneath, each on input made for it."""

import json
from typing import Any

import pytest
from audit_kit import SKILL
from local_seo.addresses import find_addresses, parse_address
from local_seo.audit_context import Audit
from local_seo.checks import content, coverage, identity, technical_pages, technical_site
from local_seo.crawl.limits import CrawlLimits
from local_seo.crawl.urls import BadUrl, looks_endless, normalize, resolve, site_key
from local_seo.extract import Extractor
from local_seo.file_names import safe_stem
from local_seo.findings import Findings
from local_seo.page import PageRecord
from local_seo.payload import BadPayload, cities_of, read_payload
from local_seo.phones import digits_of, find_phones
from local_seo.rules import MODULES, SEVERITIES, catalogue, catalogue_markdown
from local_seo.site import Site
from local_seo.words import (
    contains_all,
    contains_near,
    find_twins,
    plain,
    reading_ease,
    sketch_of,
    subject_stems,
    tokens,
)

HOME = "https://acme.example/"


def audited(pages: dict[str, str], **client: Any) -> dict[str, set[str]]:
    """Check pages that were never fetched; gives the evidence addresses by rule."""
    site = Site(HOME, HOME)
    extractor = Extractor()
    for path, markup in pages.items():
        url = HOME + path
        record = PageRecord(url, 200, 1, "text/html", body_bytes=len(markup))
        record.content = extractor.read(url, markup.encode(), "text/html; charset=utf-8")
        site.records[url] = record
    given, missing = read_payload({"client_id": "acme", "client_name": "Acme", "website_url": HOME} | client)
    audit = Audit(given, site, Findings("acme"), missing)
    technical_site.check(audit, CrawlLimits())
    technical_pages.check(audit)
    identity.check(audit)
    coverage.check(audit)
    content.check(audit)
    return {found.rule.id: {place.url for place in found.evidence} for found in audit.findings.sorted()}


def html(head: str = "", body: str = "") -> str:
    return f'<html lang="en"><head>{head}</head><body>{body}</body></html>'


def test_catalogue_is_complete_and_its_document_fresh() -> None:
    rules = catalogue()
    assert {rule.module for rule in rules.values()} == {module.name for module in MODULES}
    assert {rule.severity for rule in rules.values()} == set(SEVERITIES)
    assert len({rule.slug for rule in rules.values()}) == len(rules)
    assert sum(module.weight for module in MODULES) == 100
    for rule in rules.values():
        assert rule.effort in {"S", "M", "L"}
        assert "{" not in rule.headline(1) + rule.headline(2)
    assert (SKILL / "RULES.md").read_text(encoding="utf-8") == catalogue_markdown()


def test_every_rule_is_reported_somewhere() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (SKILL / "local_seo" / "checks").glob("*.py"))
    assert [rule for rule in catalogue() if f'"{rule}"' not in code] == []


def test_mixed_content_on_a_secure_page() -> None:
    found = audited(
        {"": html(body='<img src="http://acme.example/a.png" alt=""><a href="http://x.example/">x</a>')}
    )
    assert found["TECH-034"] == {HOME}


def test_canonical_chain_and_hreflang_without_a_way_back() -> None:
    canonical = '<link rel="canonical" href="{}">'
    found = audited(
        {
            "a": html(canonical.format("/b")),
            "b": html(canonical.format("/c")),
            "c": html(canonical.format("/c") + '<link rel="alternate" hreflang="es-US" href="/d">'),
            "d": html(),
        }
    )
    assert found["TECH-031"] == {HOME + "a"}
    assert found["TECH-038"] == {HOME + "c"}


def test_home_page_with_noindex_by_header() -> None:
    site = Site(HOME, HOME)
    record = PageRecord(HOME, 200, 0, "text/html", x_robots="googlebot: noindex, nofollow")
    record.content = Extractor().read(HOME, html().encode(), "text/html")
    site.records[HOME] = record
    assert record.noindex
    assert site.indexable == []


def test_microdata_counts_as_structured_data() -> None:
    body = """<div itemscope itemtype="https://schema.org/Plumber"><span itemprop="name">Acme</span>
    <a itemprop="telephone" href="tel:+19375550199">call</a>
    <div itemprop="address" itemscope itemtype="https://schema.org/PostalAddress">
    <span itemprop="streetAddress">12 Main St</span><span itemprop="addressLocality">Springfield</span>
    <span itemprop="addressRegion">OH</span><span itemprop="postalCode">45501</span></div></div>"""
    found = audited(
        {"": html(body=body)}, phone="937-555-0101", business_address="12 Main Street, Springfield, OH 45501"
    )
    assert "NAP-006" not in found
    assert "NAP-008" not in found
    assert "NAP-010" not in found
    assert found["NAP-009"] == {HOME}


@pytest.mark.parametrize(
    ("hours", "fine"),
    [
        ({"openingHours": "Mo-Fr 08:00-18:00"}, True),
        ({"openingHours": ["Mo,We 8:00-12:00", "Sa 09:00-13:00"]}, True),
        ({"openingHours": "9 to 5"}, False),
        ({"openingHoursSpecification": {"dayOfWeek": "Monday", "opens": "8am", "closes": "18:00"}}, False),
        ({"openingHoursSpecification": [{"opens": "08:00", "closes": "18:00"}]}, False),
    ],
)
def test_opening_hours(hours: dict[str, Any], fine: bool) -> None:
    entity = {"@context": "https://schema.org", "@graph": [{"@type": ["Plumber"], "name": "Acme"} | hours]}
    found = audited({"": html(f'<script type="application/ld+json">{json.dumps(entity)}</script>')})
    assert ("NAP-019" not in found) is fine
    assert "NAP-012" not in found


def test_large_group_of_city_copies_is_found() -> None:
    cities = [f"Town{letter}{other}" for letter in "abcdefg" for other in "abcdefgh"]
    sentence = "We wash, polish and protect every car in {0} with soft towels and a lot of patience. "
    tail = " ".join(f"word{number} thing{number}" for number in range(60))
    pages = {
        city: html(f"<title>Car wash in {city}</title>", sentence.format(city) * 2 + tail) for city in cities
    }
    found = audited(pages, service_area_cities=cities)
    assert len(found["AREA-003"]) == len(cities)
    assert "CONT-006" not in found


def test_hard_text_is_measured_on_sentences() -> None:
    hard = (
        "Notwithstanding considerable organizational complexity, communication necessitates standardization. "
        * 20
    )
    easy = "We wash cars. We do it well. You will like it. Call us now. " * 12
    assert audited({"": html(body=f"<p>{hard}</p>")})["CONT-010"] == {HOME}
    assert "CONT-010" not in audited({"": html(body=f"<p>{easy}</p>")})
    assert reading_ease("Too short.") is None


def test_numbers_that_are_phones_and_numbers_that_are_not() -> None:
    text = "Call (614) 555-0142, 614.555.0143 or +1 614 555 0144. Order 6145550142123, ISBN 978-614-555-0145"
    assert [phone.digits for phone in find_phones(text, [])] == ["6145550142", "6145550143", "6145550144"]
    assert digits_of("+1-614-555-0142;ext=3") == "6145550142"
    assert digits_of("12345") == ""


def test_addresses_agree_whatever_their_spelling() -> None:
    wanted = parse_address("1480 Olentangy River Road, Suite 4, Columbus, OH 43212")
    assert wanted is not None
    for text in (
        "Visit us: 1480 Olentangy River Rd., Columbus, OH 43212-1234.",
        "1480 Olentangy River Rd Columbus OH 43212",
        "at 1480 Olentangy River Road, Ste. 4, Columbus, Ohio",
    ):
        found = find_addresses(text)
        assert [address.agrees_with(wanted) for address in found] == [True], text
    assert find_addresses("In 2011 We drove 300 miles down the road to Columbus, a city.") == []
    assert not find_addresses("22 N. High St., Columbus, OH 43215")[0].agrees_with(wanted)


def test_one_page_has_one_address() -> None:
    assert (
        normalize("HTTP://WWW.Acme.example:80/a/../b/./c?utm_source=x&q=1#top")
        == "http://www.acme.example/b/c?q=1"
    )
    assert resolve("https://acme.example/a/b", "../c d") == "https://acme.example/c%20d"
    assert resolve("https://acme.example/", "mailto:x@y.example") is None
    assert site_key("https://www.acme.example/") == site_key("http://acme.example/x")
    assert site_key("http://acme.example:8080/") != site_key("http://acme.example/")
    assert looks_endless("https://acme.example/x/a/x/b/x/") is not None
    for bad in ("javascript:alert(1)", "http://", "https://user@acme.example/", "http://[", "x" * 3000):
        with pytest.raises(BadUrl):
            normalize(bad)


def test_fields_as_people_type_them() -> None:
    assert cities_of("Columbus, OH\nDublin, OH; Grove City") == ("Columbus", "Dublin", "Grove City")
    assert cities_of("Columbus, OH, Dublin, OH") == ("Columbus", "Dublin")
    assert cities_of(["Hilliard OH", "hilliard", ""]) == ("Hilliard",)
    client, _ = read_payload(
        {
            "website_url": "acme.example",
            "business_address": {"location": {"lat": 1}, "formatted_address": "12 Main St"},
            "seed_keywords": "- drain cleaning\n- water heaters\n",
            "competitors": [{"name": "Rival", "url": "rival.example/home"}],
            "audit_options": {"max_pages": "1e9", "keep_html": "yes"},
        }
    )
    assert client.website_url == "https://acme.example/"
    assert client.address == "12 Main St"
    assert client.keywords == ("drain cleaning", "water heaters")
    assert client.competitors == ("https://rival.example/home",)
    assert client.options.max_pages == 2000
    assert client.options.keep_html
    with pytest.raises(BadPayload):
        read_payload(["not", "an", "object"])


def test_words_are_met_in_their_forms() -> None:
    assert subject_stems("best car detailing near me") == ("car", "detailing")
    assert contains_all("Cars & Trucks: Detailing Packages", subject_stems("car detailing package"))
    assert contains_near(plain("We fit new water tanks and heaters in a day."), subject_stems("water heater"))
    assert not contains_near(
        "Water is wet. " + "And so on. " * 20 + "Heaters are warm.", subject_stems("water heater")
    )
    assert tokens("Joe’s “Café”—open 24/7") == ["joes", "café", "open", "24", "7"]


def test_sketches_tell_copies_from_others() -> None:
    one = tokens(" ".join(f"alpha{number} beta{number}" for number in range(150)))
    near = [*one[:280], *tokens("some other words at the very end of this text here now")]
    other = tokens(" ".join(f"gamma{number} delta{number}" for number in range(150)))
    assert find_twins([sketch_of(words) for words in (one, near, other)], 0.85) == {0: [1], 1: [0]}


def test_file_names() -> None:
    assert safe_stem("shamrock-detailing-columbus") == "shamrock-detailing-columbus"
    hostile = ["../x", "/x", "x", "X.", "con", "", "..", "a" * 500, "ü"]
    stems = [safe_stem(text) for text in hostile]
    assert len({stem.lower() for stem in stems}) == len(hostile)
    assert all("/" not in stem and "." not in stem and 0 < len(stem) <= 80 for stem in stems)
