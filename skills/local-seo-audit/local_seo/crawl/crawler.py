"""The crawl: level by level from the home page, politely, within limits, with the same result each time.

Pages of one level are asked for side by side, but the next level is put together in the order in which
links stand on the pages, not in the order in which answers arrive. So a limit on pages always cuts at the
same place.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from local_seo.crawl.fetch import Answer, Fetcher
from local_seo.crawl.limits import CrawlLimits
from local_seo.crawl.robots import Robots, read_robots
from local_seo.crawl.sitemap import read_sitemaps
from local_seo.crawl.urls import is_asset, looks_endless, normalize, origin, resolve, site_key, trap_pattern
from local_seo.crawl.warc import WarcWriter
from local_seo.extract import Extractor
from local_seo.page import PageRecord
from local_seo.site import Site

Progress = Callable[[int, int, str], None]
_UNLIKELY_PATH = "/opsroom-audit-this-page-does-not-exist-7f3a"


def _quiet(_done: int, _total: int, _note: str) -> None:
    return None


class Crawler:
    def __init__(
        self,
        fetcher: Fetcher,
        limits: CrawlLimits,
        *,
        progress: Progress = _quiet,
        store: WarcWriter | None = None,
    ) -> None:
        self._fetcher = fetcher
        self._limits = limits
        self._progress = progress
        self._store = store
        self._extractor = Extractor()
        self._patterns: dict[str, int] = {}
        self._known: set[str] = set()
        self._hops: dict[str, int] = {}
        self._keys: dict[str, bool] = {}
        self._fetched = 0
        self._last_request = 0.0
        self._turn = asyncio.Lock()

    async def crawl(self, website_url: str, *, probe: bool = True) -> Site:
        """Read the site that `website_url` leads to. `probe`: also ask for what a healthy site refuses."""
        started = time.monotonic()
        deadline = started + self._limits.deadline_s
        site = await self._arrive(normalize(website_url))
        if not site.failure:
            robots = await read_robots(self._fetcher, origin(site.start), self._limits)
            site.robots = robots
            site.sitemaps = await read_sitemaps(
                self._fetcher, origin(site.start), robots.sitemaps, self._limits
            )
            await self._levels(site, robots, deadline)
            if probe and site.readable:
                await self._probe(site)
        site.stats.requests = self._fetcher.requests
        site.stats.wire_bytes = self._fetcher.wire_bytes
        site.stats.pages = len(site.pages)
        site.stats.duration_s = time.monotonic() - started
        return site

    async def _arrive(self, given: str) -> Site:
        """Follow the redirects of the given address to where the website begins."""
        url = given
        site = Site(given, given)
        for _ in range(self._limits.max_redirects + 1):
            answer = await self._fetcher.get(url)
            target = resolve(url, answer.location) if answer.location else None
            if target is None:
                site.start = url
                if answer.status == 0:
                    site.failure = answer.failure
                elif answer.status >= 400:
                    site.failure = f"answers {answer.status}"
                elif not answer.is_html:
                    site.failure = f"answers {answer.content_type or 'something'} instead of a page"
                return site
            site.records[url] = self._record(answer, 0, target)
            if target in site.records:
                site.failure = "redirects in a circle"
                return site
            url = target
        site.failure = f"redirects more than {self._limits.max_redirects} times"
        return site

    async def _levels(self, site: Site, robots: Robots, deadline: float) -> None:
        level = self._admit(site, robots, [site.start])
        depth = 0
        waiting = list(site.sitemaps.entries)
        while level and depth <= self._limits.max_depth:
            room = self._limits.max_pages - self._fetched
            if room <= 0 or time.monotonic() >= deadline:
                break
            batch = level[:room]
            if len(batch) < len(level):
                site.stats.stopped_by = "max_pages"
            await self._fetch_level(site, batch, depth, deadline)
            level = self._admit(site, robots, self._links_of(site, batch))
            depth += 1
            if not level and waiting:
                # What no page links to, the sitemap may still name; its links count as one more level.
                level = self._admit(site, robots, waiting)
                waiting = []
        if level and not site.stats.stopped_by:
            site.stats.stopped_by = self._why_stopped(depth, deadline)
        site.stats.not_followed += len(level)

    def _why_stopped(self, depth: int, deadline: float) -> str:
        if time.monotonic() >= deadline:
            return "deadline"
        return "max_depth" if depth > self._limits.max_depth else "max_pages"

    async def _fetch_level(self, site: Site, batch: list[str], depth: int, deadline: float) -> None:
        queue = iter(batch)

        async def work() -> None:
            for url in queue:
                if time.monotonic() >= deadline:
                    site.stats.stopped_by = "deadline"
                    return
                answer = await self._polite_get(site, url)
                site.records[url] = self._take(answer, depth)
                self._fetched += 1
                self._progress(self._fetched, len(self._known), url)

        # With a crawl delay one connection is all a polite visitor needs.
        workers = 1 if site.robots and site.robots.crawl_delay_s else self._limits.concurrency
        await asyncio.gather(*(work() for _ in range(min(workers, len(batch)))))

    async def _polite_get(self, site: Site, url: str) -> Answer:
        delay = site.robots.crawl_delay_s if site.robots else 0.0
        if delay:
            async with self._turn:
                await asyncio.sleep(max(0.0, self._last_request + delay - time.monotonic()))
                self._last_request = time.monotonic()
        return await self._fetcher.get(url)

    def _take(self, answer: Answer, depth: int) -> PageRecord:
        target = resolve(answer.url, answer.location) if answer.location else None
        record = self._record(answer, depth, target)
        if answer.status and not answer.failure and answer.is_html and target is None:
            content_type = answer.headers.get("content-type", "")
            if self._store is not None:
                self._store.write(answer.url, content_type, answer.body)
            if answer.status == 200:
                record.content = self._extractor.read(answer.url, answer.body, content_type)
        return record

    def _record(self, answer: Answer, depth: int, target: str | None) -> PageRecord:
        return PageRecord(
            url=answer.url,
            status=answer.status,
            depth=depth,
            content_type=answer.content_type,
            first_byte_ms=answer.first_byte_ms,
            wire_bytes=answer.wire_bytes,
            body_bytes=len(answer.body),
            compressed=bool(answer.headers.get("content-encoding", "")),
            truncated=answer.truncated,
            failure=answer.failure,
            failure_kind=answer.failure_kind,
            redirect_to=target,
            x_robots=answer.headers.get("x-robots-tag", ""),
        )

    def _links_of(self, site: Site, batch: Iterable[str]) -> Iterable[str]:
        for url in batch:
            record = site.records.get(url)
            if record is None:
                continue
            if record.redirect_to is not None:
                hops = self._hops.get(url, 0) + 1
                if hops <= self._limits.max_redirects:
                    self._hops.setdefault(record.redirect_to, hops)
                    yield record.redirect_to
            elif record.content is not None:
                for link in record.content.links:
                    yield link.url
                yield from record.content.canonicals

    def _admit(self, site: Site, robots: Robots, urls: Iterable[str]) -> list[str]:
        """Which of these addresses to fetch: own, new, allowed, and not part of an endless pattern."""
        admitted: list[str] = []
        for url in urls:
            if url in self._known:
                continue
            self._known.add(url)
            if not self._is_own(site, url) or is_asset(url):
                continue
            if not robots.allows(url):
                site.blocked[url] = "robots.txt"
                site.stats.blocked_by_robots += 1
                continue
            if self._is_trap(site, url):
                site.stats.not_followed += 1
                continue
            admitted.append(url)
        return admitted

    def _is_own(self, site: Site, url: str) -> bool:
        head = url[: url.find("/", 8)]
        own = self._keys.get(head)
        if own is None:
            own = self._keys[head] = site_key(url) == site_key(site.start)
        return own

    def _is_trap(self, site: Site, url: str) -> bool:
        reason = looks_endless(url)
        if reason is not None:
            site.traps.setdefault(f"{urlsplit(url).path.split('/')[1]}: {reason}", url)
            return True
        pattern = trap_pattern(url)
        if pattern is None:
            return False
        self._patterns[pattern] = self._patterns.get(pattern, 0) + 1
        if self._patterns[pattern] <= self._limits.max_urls_per_pattern:
            return False
        site.traps.setdefault(pattern, url)
        return True

    async def _probe(self, site: Site) -> None:
        """Ask for a page that cannot exist, for the insecure twin of the start, and again for slow pages."""
        missing = f"{origin(site.start)}{_UNLIKELY_PATH}"
        if site.robots is None or site.robots.allows(missing):
            answer = await self._polite_get(site, missing)
            site.missing_page_status, site.missing_page_url = answer.status, missing
        if site.start.startswith("https://"):
            twin = "http://" + site.start.removeprefix("https://")
            answer = await self._polite_get(site, twin)
            target = resolve(twin, answer.location) if answer.location else None
            site.plain_http = self._record(answer, 0, target)
        for record in site.pages:
            # One slow answer may be chance or our own load: measured again alone, the better time counts.
            if record.first_byte_ms > self._limits.slow_answer_ms:
                again = await self._polite_get(site, record.url)
                record.first_byte_ms = min(record.first_byte_ms, again.first_byte_ms or record.first_byte_ms)
