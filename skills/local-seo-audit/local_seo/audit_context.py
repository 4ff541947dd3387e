"""What every check is given: the client, the site, the competitors, and where to put what it finds."""

from dataclasses import dataclass, field
from functools import cached_property

from local_seo.findings import Findings
from local_seo.payload import Client, NotChecked
from local_seo.site import Site
from local_seo.words import subject_stems, tokens


@dataclass(frozen=True, slots=True)
class Rival:
    """A competitor's site, read or not."""

    url: str
    name: str
    site: Site | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """How the site covers one service in one city: page, support, mention or none."""

    state: str
    url: str = ""


@dataclass(frozen=True)
class Coverage:
    cities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    city_pages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    service_pages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)

    @cached_property
    def cities_by_page(self) -> dict[str, tuple[str, ...]]:
        """For each page about cities, which ones."""
        found: dict[str, tuple[str, ...]] = {}
        for city, urls in self.city_pages.items():
            for url in urls:
                found[url] = (*found.get(url, ()), city)
        return found


@dataclass(frozen=True, slots=True)
class KeywordUse:
    keyword: str
    in_title: str
    in_h1: str
    in_text: int
    best_url: str


@dataclass(frozen=True, slots=True)
class RivalSignals:
    """One column of the comparison."""

    name: str
    url: str
    is_client: bool
    values: dict[str, str | int | None]


@dataclass
class Audit:
    client: Client
    site: Site
    findings: Findings
    not_checked: list[NotChecked]
    rivals: list[Rival] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    keywords: list[KeywordUse] = field(default_factory=list)
    signals: list[RivalSignals] = field(default_factory=list)
    phone: str = ""
    phone_source: str = ""
    unchecked_modules: dict[str, str] = field(default_factory=dict)

    def skip_module(self, module: str, reason: str) -> None:
        """Nothing of this module could be looked at: it does not count in the score."""
        self.unchecked_modules[module] = reason
        self.not_checked.append(NotChecked(f"module {module}", reason, module))

    @property
    def home_url(self) -> str:
        return self.site.start


def services_of(client: Client) -> tuple[str, ...]:
    """The services to look for: the ranked ones, or what is left of the keywords without place and filler."""
    if client.services:
        return client.services
    places = {token for city in client.cities for token in tokens(city)} | {"oh", "ohio"}
    found: dict[tuple[str, ...], str] = {}
    for keyword in client.keywords:
        kept = [token for token in tokens(keyword) if token not in places]
        stems = tuple(stem for stem in subject_stems(keyword) if stem not in places)
        if stems:
            found.setdefault(stems, " ".join(_without_filler(kept)))
    return tuple(found.values())


def _without_filler(words: list[str]) -> list[str]:
    text = " ".join(words).removesuffix(" near me").removesuffix(" in").removeprefix("best ")
    return text.split()
