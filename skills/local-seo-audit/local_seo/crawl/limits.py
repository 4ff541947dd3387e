"""How far a crawl may go. Every number is a promise to the visited server or to our own machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    max_pages: int = 2000
    max_depth: int = 12
    concurrency: int = 8
    deadline_s: float = 900.0
    request_timeout_s: float = 20.0
    max_body_bytes: int = 5 * 1024 * 1024
    max_redirects: int = 10
    max_crawl_delay_s: float = 5.0
    max_retry_after_s: float = 5.0
    max_urls_per_pattern: int = 30
    max_sitemaps: int = 50
    max_sitemap_urls: int = 50_000
    slow_answer_ms: int = 800

    def for_competitor(self, pages: int) -> "CrawlLimits":
        """A look at somebody else's site: few pages, few connections."""
        return CrawlLimits(
            max_pages=min(pages, self.max_pages),
            concurrency=min(4, self.concurrency),
            deadline_s=min(120.0, self.deadline_s),
            request_timeout_s=self.request_timeout_s,
            max_sitemaps=5,
        )


USER_AGENT_TOKEN = "OpsroomAudit"  # noqa: S105 - the name robots.txt may address us by, not a secret
USER_AGENT = "Mozilla/5.0 (compatible; OpsroomAudit/1.0; local SEO audit)"
