"""Local business identity: name, address and phone, on the pages, in structured data and in the payload."""

import re
from collections import Counter

from local_seo.addresses import Address, find_addresses, parse_address
from local_seo.audit_context import Audit
from local_seo.crawl.urls import resolve, slug_words
from local_seo.findings import Evidence
from local_seo.page import JsonValue, PageRecord
from local_seo.payload import NotChecked
from local_seo.phones import digits_of, shown
from local_seo.site import Site, content_of
from local_seo.structured import address_text, is_business, text_of, texts_of
from local_seo.words import contains_phrase, plain_of, tokens

_TIME = re.compile(r"^(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?:[+-]\d\d:\d\d|Z)?$")
_HOURS_TEXT = re.compile(
    r"^(?:(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:\s*[-,]\s*(?:Mo|Tu|We|Th|Fr|Sa|Su))*\s+)?\d{1,2}:\d\d\s*-\s*\d{1,2}:\d\d$"
)
_COMPANY_FORM = re.compile(r"[,\s]+(?:llc|l\.l\.c\.|inc|co|corp|ltd)\.?$", re.IGNORECASE)

Business = tuple[PageRecord, dict[str, JsonValue]]


def business_entries(site: Site) -> list[Business]:
    """Every LocalBusiness of the site with the page it stands on."""
    return [
        (page, entity) for page in site.pages for entity in content_of(page).structured if is_business(entity)
    ]


def check(audit: Audit) -> None:
    entries = business_entries(audit.site)
    _settle_phone(audit, entries)
    _phones(audit)
    _addresses(audit)
    _name(audit)
    _structured(audit, entries)
    _structured_against_payload(audit, entries)
    _profile(audit, entries)
    _contact(audit)


def _settle_phone(audit: Audit, entries: list[Business]) -> None:
    """The number to compare with: the payload's, else the structured data's, else the most frequent."""
    audit.phone, audit.phone_source = digits_of(audit.client.phone), "payload"
    if audit.phone:
        return
    if audit.client.phone:
        reason = f"{audit.client.phone!r} is no ten-digit North American number"
        audit.not_checked.append(NotChecked("phone of the payload", reason, "identity"))
    named = Counter(
        digits for _, entity in entries if (digits := digits_of(text_of(entity.get("telephone"))))
    )
    written = Counter(phone.digits for page in audit.site.pages for phone in content_of(page).phones)
    for source, numbers in (
        ("structured data of the site", named),
        ("most frequent number of the site", written),
    ):
        if numbers:
            audit.phone = min(numbers, key=lambda digits: (-numbers[digits], digits))
            audit.phone_source = source
            break
    reason = (
        f"the payload has no phone; compared with the {audit.phone_source}"
        if audit.phone
        else "no phone known"
    )
    audit.not_checked.append(NotChecked("phone against the payload", reason, "identity"))


def _phones(audit: Audit) -> None:
    pages, add, wanted = audit.site.pages, audit.findings.add, audit.phone
    if not wanted:
        add("NAP-001", [Evidence(audit.home_url, "no phone number on any page")])
        return
    others: list[Evidence] = []
    untappable: list[Evidence] = []
    with_number = 0
    for page in pages:
        for phone in content_of(page).phones:
            if phone.digits != wanted:
                text = f"shows {phone.written}; the business number is {shown(wanted)}"
                others.append(Evidence(page.url, text, subject=shown(phone.digits)))
                continue
            with_number += 1
            if not phone.clickable:
                untappable.append(Evidence(page.url, f"{phone.written} is plain text"))
    if not with_number:
        add("NAP-001", [Evidence(audit.home_url, f"{shown(wanted)} is on none of {len(pages)} pages")])
    add("NAP-002", others, len(pages))
    add("NAP-017", untappable, max(1, with_number))


def _addresses(audit: Audit) -> None:
    wanted = parse_address(audit.client.address)
    if wanted is None:
        if audit.client.address:
            reason = f"{audit.client.address!r} does not begin with a house number and a street"
            audit.not_checked.append(NotChecked("business_address", reason, "identity"))
        return
    pages = audit.site.pages
    others: list[Evidence] = []
    found = False
    for page in pages:
        for address in find_addresses(content_of(page).text):
            if address.agrees_with(wanted):
                found = True
            else:
                text = f"shows “{address.written}”; the business address is “{wanted.written}”"
                others.append(Evidence(page.url, text, subject=f"{address.number} {address.street}"))
    if not found and not any(_mentions_street(content_of(page).text, wanted) for page in pages):
        text = f"“{wanted.written}” is on none of {len(pages)} pages"
        audit.findings.add("NAP-003", [Evidence(audit.home_url, text)])
    audit.findings.add("NAP-004", others, len(pages))


def _mentions_street(text: str, wanted: Address) -> bool:
    """The street without city and state also counts as being there."""
    street = wanted.street.split()
    words = [token for token in tokens(text) if token]
    return any(
        words[index] == wanted.number and words[index + 1 : index + 2] == street[:1]
        for index in range(len(words) - 1)
    )


def _name(audit: Audit) -> None:
    name = _plain_name(audit.client.name)
    if not name:
        return
    for page in audit.site.pages:
        content = content_of(page)
        if contains_phrase(plain_of(tokens(f"{content.title} | {content.text}")), name):
            return
    text = f"“{audit.client.name}” is on none of {len(audit.site.pages)} pages"
    audit.findings.add("NAP-005", [Evidence(audit.home_url, text)])


def _plain_name(name: str) -> list[str]:
    """The name's words without the form of the company, which websites usually leave out."""
    return tokens(_COMPANY_FORM.sub("", name.replace("&amp;", "&")))


def _structured(audit: Audit, entries: list[Business]) -> None:
    site, add = audit.site, audit.findings.add
    broken = [Evidence(p.url, text) for p in site.pages for text in content_of(p).broken_json[:1]]
    add("NAP-007", broken, len(site.pages))
    if not entries:
        add("NAP-006", [Evidence(audit.home_url, f"on none of {len(site.pages)} pages")])
        return
    incomplete: list[Evidence] = []
    malformed: list[Evidence] = []
    for page, entity in entries:
        missing = [name for name in ("name", "telephone") if not text_of(entity.get(name))]
        if not address_text(entity):
            missing.append("address")
        if missing:
            incomplete.append(Evidence(page.url, f"without {', '.join(missing)}"))
        problem = _hours_problem(entity)
        if problem:
            malformed.append(Evidence(page.url, problem))
    add("NAP-008", incomplete, len(entries))
    add("NAP-019", malformed, len(entries))
    first = entries[0][0].url
    entities = [entity for _, entity in entries]
    if not any(entity.get("openingHours") or entity.get("openingHoursSpecification") for entity in entities):
        add("NAP-012", [Evidence(first, "neither openingHours nor openingHoursSpecification")])
    if not any(entity.get("geo") for entity in entities):
        add("NAP-013", [Evidence(first, "no geo")])
    if not any(entity.get("sameAs") for entity in entities):
        add("NAP-014", [Evidence(first, "no sameAs")])


def _hours_problem(entity: dict[str, JsonValue]) -> str:
    for text in texts_of(entity.get("openingHours")):
        if not _HOURS_TEXT.match(text):
            return f"openingHours “{text}” cannot be read"
    raw = entity.get("openingHoursSpecification")
    for item in raw if isinstance(raw, list) else [raw]:
        if not isinstance(item, dict):
            continue
        opens, closes = text_of(item.get("opens")), text_of(item.get("closes"))
        if not _TIME.match(opens) or not _TIME.match(closes):
            return f"opens “{opens}”, closes “{closes}” are not times as HH:MM"
        if not item.get("dayOfWeek"):
            return "a specification without dayOfWeek"
    return ""


def _structured_against_payload(audit: Audit, entries: list[Business]) -> None:
    add, client = audit.findings.add, audit.client
    wanted_address = parse_address(client.address)
    wanted_name = _plain_name(client.name)
    phones, addresses, names = [], [], []
    for page, entity in entries:
        phone = text_of(entity.get("telephone"))
        if phone and audit.phone and digits_of(phone) != audit.phone:
            phones.append(
                Evidence(page.url, f"telephone “{phone}”; the business number is {shown(audit.phone)}")
            )
        address = address_text(entity)
        parsed = parse_address(address)
        if (
            wanted_address is not None
            and address
            and (parsed is None or not parsed.agrees_with(wanted_address))
        ):
            text = f"address “{address}”; the business address is “{wanted_address.written}”"
            addresses.append(Evidence(page.url, text))
        name = text_of(entity.get("name"))
        if wanted_name and name and _plain_name(name) != wanted_name:
            names.append(Evidence(page.url, f"name “{name}”; the business is “{client.name}”"))
    add("NAP-009", phones, max(1, len(entries)))
    add("NAP-010", addresses, max(1, len(entries)))
    add("NAP-011", names, max(1, len(entries)))


def _profile(audit: Audit, entries: list[Business]) -> None:
    gbp = resolve(audit.home_url, audit.client.gbp_url) if audit.client.gbp_url else None
    reason = "what the profile itself says needs access to it; only the link from the site was looked at"
    audit.not_checked.append(NotChecked("Google Business Profile", reason, "identity"))
    if gbp is None:
        return
    linked = any(link.url == gbp for page in audit.site.pages for link in content_of(page).links)
    named = any(
        resolve(p.url, text) == gbp for p, entity in entries for text in texts_of(entity.get("sameAs"))
    )
    if not linked and not named:
        audit.findings.add("NAP-015", [Evidence(audit.home_url, f"no page links {gbp}")])


def _contact(audit: Audit) -> None:
    pages = audit.site.pages
    if not any(content_of(page).has_map for page in pages):
        audit.findings.add("NAP-016", [Evidence(audit.home_url, "no map and no directions link on any page")])
    for page in pages:
        words = f"{slug_words(page.url)} {content_of(page).title} {content_of(page).first_h1()}"
        if "contact" in words.lower():
            return
    audit.findings.add("NAP-018", [Evidence(audit.home_url, "no page is called contact")])
