"""robots.txt as RFC 9309 reads it, with the crawl delay that many sites still write."""

from dataclasses import dataclass

from protego import Protego

from local_seo.crawl.fetch import Answer, Fetcher
from local_seo.crawl.limits import USER_AGENT_TOKEN, CrawlLimits
from local_seo.crawl.urls import resolve

_MAX_ROBOTS_BYTES = 512 * 1024  # RFC 9309 asks crawlers for at least 500 KiB
_MAX_HOPS = 5


@dataclass(frozen=True, slots=True)
class Robots:
    """`state`: found, missing (everything allowed), failing (nothing allowed)."""

    url: str
    state: str
    status: int
    rules: Protego | None
    sitemaps: tuple[str, ...]
    crawl_delay_s: float

    def allows(self, url: str) -> bool:
        if self.state == "failing":
            return False
        return self.rules is None or self.rules.can_fetch(url, USER_AGENT_TOKEN)


async def read_robots(fetcher: Fetcher, origin: str, limits: CrawlLimits) -> Robots:
    url = f"{origin}/robots.txt"
    answer = await _follow(fetcher, url)
    if answer.status == 0 or answer.status >= 500:
        return Robots(url, "failing", answer.status, None, (), 0.0)
    if answer.status != 200 or answer.is_html:
        # Some servers answer a page for everything; a page is not a set of rules.
        return Robots(url, "missing", answer.status, None, (), 0.0)
    rules = Protego.parse(answer.body[:_MAX_ROBOTS_BYTES].decode("utf-8", "replace"))
    sitemaps = (resolve(answer.url, text) for text in rules.sitemaps)
    delay = rules.crawl_delay(USER_AGENT_TOKEN) or 0.0
    return Robots(
        url,
        "found",
        200,
        rules,
        tuple(dict.fromkeys(found for found in sitemaps if found)),
        min(max(0.0, float(delay)), limits.max_crawl_delay_s),
    )


async def _follow(fetcher: Fetcher, url: str) -> Answer:
    answer = await fetcher.get(url)
    for _ in range(_MAX_HOPS):
        target = resolve(answer.url, answer.location) if answer.location else None
        if target is None:
            break
        answer = await fetcher.get(target)
    return answer
