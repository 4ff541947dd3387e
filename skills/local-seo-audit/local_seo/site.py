"""A crawled website as the checks see it: pages, redirects, links between pages, what was left out."""

from dataclasses import dataclass, field
from functools import cached_property

from local_seo.crawl.robots import Robots
from local_seo.crawl.sitemap import Sitemaps
from local_seo.crawl.urls import site_key
from local_seo.page import Link, PageContent, PageRecord


@dataclass(slots=True)
class CrawlStats:
    requests: int = 0
    pages: int = 0
    wire_bytes: int = 0
    duration_s: float = 0.0
    stopped_by: str = ""
    blocked_by_robots: int = 0
    not_followed: int = 0


@dataclass
class Site:
    """`start` is where the website really begins, after redirects of the given address."""

    given: str
    start: str
    robots: Robots | None = None
    sitemaps: Sitemaps = field(default_factory=Sitemaps)
    records: dict[str, PageRecord] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    traps: dict[str, str] = field(default_factory=dict)
    missing_page_status: int | None = None
    missing_page_url: str = ""
    plain_http: PageRecord | None = None
    failure: str = ""
    stats: CrawlStats = field(default_factory=CrawlStats)

    @property
    def readable(self) -> bool:
        return bool(self.pages)

    def owns(self, url: str) -> bool:
        return site_key(url) == site_key(self.start)

    @cached_property
    def pages(self) -> list[PageRecord]:
        """Delivered HTML pages, in order of address: reports must not depend on who answered first."""
        return sorted((record for record in self.records.values() if record.is_page), key=lambda r: r.url)

    @cached_property
    def indexable(self) -> list[PageRecord]:
        """Pages that ask to be found: no noindex, and no canonical pointing elsewhere."""
        return [page for page in self.pages if not page.noindex and self._is_own_canonical(page)]

    def _is_own_canonical(self, page: PageRecord) -> bool:
        named = content_of(page).canonicals
        return not named or page.url in named

    @cached_property
    def home(self) -> PageRecord | None:
        page = self.records.get(self.start)
        return page if page is not None and page.is_page else None

    @cached_property
    def linked_from(self) -> dict[str, list[tuple[str, Link]]]:
        """For each own address, the pages that link to it."""
        sources: dict[str, list[tuple[str, Link]]] = {}
        own_key = site_key(self.start)
        keys: dict[str, bool] = {}
        for page in self.pages:
            for link in content_of(page).links:
                own = keys.get(link.url)
                if own is None:
                    own = keys[link.url] = site_key(link.url) == own_key
                if own and link.url != page.url:
                    sources.setdefault(link.url, []).append((page.url, link))
        return sources

    def sources_of(self, url: str, limit: int = 3) -> tuple[str, ...]:
        return tuple(source for source, _ in self.linked_from.get(url, [])[:limit])

    def redirect_path(self, url: str, limit: int = 12) -> tuple[list[str], bool]:
        """The addresses from `url` to where redirects end, and whether they run in a circle."""
        path = [url]
        while len(path) <= limit:
            record = self.records.get(path[-1])
            if record is None or record.redirect_to is None:
                return path, False
            if record.redirect_to in path:
                return [*path, record.redirect_to], True
            path.append(record.redirect_to)
        return path, False

    def final_of(self, url: str) -> str:
        return self.redirect_path(url)[0][-1]


def content_of(page: PageRecord) -> PageContent:
    """The content of a page known to be delivered."""
    if page.content is None:
        raise ValueError(f"{page.url} was not read as a page")
    return page.content
