"""The client as the task describes it. Task fields are text typed by people: lists come in every shape."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from local_seo.crawl.urls import BadUrl, normalize, with_scheme
from local_seo.page import JsonValue

_STATE: Final = re.compile(r"^[A-Z]{2}(?:\s+\d{5})?$|^(?:USA?|United States|Ohio)$", re.IGNORECASE)
_WEB_ADDRESS: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?[\w\[][\w.:\[\]-]*(?:[/?#]\S*)?$", re.IGNORECASE)
_MAX_ITEMS: Final = 100
_MAX_COMPETITORS: Final = 5
_MAX_FIELD: Final = 500
_WHAT_IS_LOST: Final = {
    "client_name": "the business name on the pages and in the structured data was not compared",
    "business_address": "the address on the pages and in the structured data was not compared",
    "gbp_url": "whether the site links the Google Business Profile was not checked",
    "website_url": "nothing could be audited",
    "service_area_cities": "the coverage of cities was not checked",
    "seed_keywords": "the coverage of keywords was not checked",
    "competitors": "there is no comparison with competitors",
}


class BadPayload(ValueError):
    """The payload cannot be used at all; the text says what to correct."""


@dataclass(frozen=True, slots=True)
class NotChecked:
    what: str
    reason: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    max_pages: int = 2000
    competitor_pages: int = 40
    keep_html: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    client_id: str
    name: str
    address: str
    phone: str
    gbp_url: str
    website_url: str
    cities: tuple[str, ...]
    keywords: tuple[str, ...]
    competitors: tuple[str, ...]
    services: tuple[str, ...]
    usps: tuple[str, ...]
    options: Options = field(default_factory=Options)


def read_payload(raw: JsonValue) -> tuple[Client, list[NotChecked]]:
    """The client, and for each missing or unusable field what therefore cannot be checked."""
    if not isinstance(raw, dict):
        raise BadPayload("payload.json must hold one JSON object with the fields of the client.")
    missing = [
        NotChecked(name, f"the payload has no {name}; {lost}")
        for name, lost in _WHAT_IS_LOST.items()
        if not _items(raw.get(name))
    ]
    website, competitors, unusable = _addresses(raw)
    name = _text(raw.get("client_name"))
    client = Client(
        client_id=_text(raw.get("client_id")) or name or "client",
        name=name,
        address=_text(raw.get("business_address")),
        phone=_text(raw.get("phone") or raw.get("business_phone")),
        gbp_url=_text(raw.get("gbp_url")),
        website_url=website,
        cities=cities_of(raw.get("service_area_cities")),
        keywords=_items(raw.get("seed_keywords")),
        competitors=competitors,
        services=_items(raw.get("priority_services_ranked")),
        usps=_items(raw.get("business_usps")),
        options=_options(raw),
    )
    if not _text(raw.get("client_id")):
        missing.append(
            NotChecked("client_id", "the payload has no client_id; files are named after the client")
        )
    return client, missing + unusable


def _addresses(raw: Mapping[str, JsonValue]) -> tuple[str, tuple[str, ...], list[NotChecked]]:
    unusable: list[NotChecked] = []
    website = _text(raw.get("website_url"))
    if website:
        try:
            website = normalize(with_scheme(website))
        except BadUrl as error:
            unusable.append(NotChecked("website_url", f"{website[:120]!r} is no web address: {error}"))
            website = ""
    competitors: list[str] = []
    for text in _items(raw.get("competitors")):
        try:
            competitors.append(_competitor(text))
        except BadUrl as error:
            unusable.append(NotChecked(f"competitor {text[:80]}", f"not compared: {error}", "competitors"))
    for text in competitors[_MAX_COMPETITORS:]:
        reason = f"only the first {_MAX_COMPETITORS} competitors are compared"
        unusable.append(NotChecked(f"competitor {text}", reason, "competitors"))
    return website, tuple(dict.fromkeys(competitors))[:_MAX_COMPETITORS], unusable


def _competitor(text: str) -> str:
    """A name such as "Joe's Detailing" is welcome in a task field, but there is nothing to visit."""
    if not _WEB_ADDRESS.match(text) or not re.search(r"[.:]", text):
        raise BadUrl("it is not a web address")
    return normalize(with_scheme(text))


def _options(raw: Mapping[str, JsonValue]) -> Options:
    given = raw.get("audit_options")
    options = given if isinstance(given, dict) else {}
    defaults = Options()
    return Options(
        max_pages=_whole(options.get("max_pages"), defaults.max_pages, 1, 20_000),
        competitor_pages=_whole(options.get("competitor_pages"), defaults.competitor_pages, 1, 500),
        keep_html=str(options.get("keep_html", "")).lower() in {"true", "yes", "1"},
    )


def _whole(value: JsonValue, default: int, low: int, high: int) -> int:
    if isinstance(value, bool) or value is None:
        return default
    try:
        return max(low, min(high, int(str(value))))
    except ValueError:
        return default


def _text(value: JsonValue) -> str:
    """A field as one line. ClickUp's location field arrives as an object with formatted_address."""
    if isinstance(value, dict):
        for name in ("formatted_address", "url", "website", "name", "value"):
            if name in value:
                return _text(value[name])
        return ""
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    if value is None or isinstance(value, bool):
        return ""
    return " ".join(str(value).replace("\x00", " ").split())[:_MAX_FIELD]


def _items(value: JsonValue) -> tuple[str, ...]:
    """A list field: a JSON list, or text with one item a line, or separated by semicolons or commas."""
    if isinstance(value, list):
        found = [_text(item) for item in value]
    elif isinstance(value, str):
        separators = r"[\n;|]" if re.search(r"[\n;|]", value) else r","
        found = [_text(part).lstrip("-•* ").strip() for part in re.split(separators, value)]
    else:
        found = [_text(value)]
    unique = {item.casefold(): item for item in reversed(found) if item}
    return tuple(reversed(unique.values()))[:_MAX_ITEMS]


def cities_of(value: JsonValue) -> tuple[str, ...]:
    """City names without their state: "Dublin, OH" is Dublin; a lone "OH" from a comma list is nothing."""
    names = [item.partition(",")[0].strip() for item in _items(value)]
    names = [re.sub(r"\s+[A-Z]{2}$", "", name) for name in names if not _STATE.match(name)]
    unique = {name.casefold(): name for name in reversed(names) if name}
    return tuple(reversed(unique.values()))
