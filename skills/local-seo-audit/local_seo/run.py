"""The audit from payload to reports."""

import asyncio
import gc
import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from local_seo.audit_context import Audit, Rival
from local_seo.checks import competitors, content, coverage, identity, technical_pages, technical_site
from local_seo.crawl.crawler import Crawler, Progress
from local_seo.crawl.egress import open_connector
from local_seo.crawl.fetch import Fetcher, open_session
from local_seo.crawl.limits import CrawlLimits
from local_seo.crawl.warc import WarcWriter
from local_seo.file_names import safe_stem
from local_seo.findings import Findings
from local_seo.page import JsonValue
from local_seo.payload import NotChecked, read_payload
from local_seo.protocol import Voice
from local_seo.report.data import audit_data
from local_seo.report.markdown import audit_markdown
from local_seo.report.page import audit_page
from local_seo.rules import MODULES
from local_seo.score import Scores, score
from local_seo.site import Site


@dataclass(frozen=True, slots=True)
class Place:
    """Where the results go, and whether the raw pages are wanted too."""

    folder: Path
    keep_html: bool = False


async def run_audit(
    payload: JsonValue, place: Place, voice: Voice, limits: CrawlLimits | None = None
) -> Audit:
    client, not_checked = read_payload(payload)
    options = client.options
    limits = limits or CrawlLimits(max_pages=options.max_pages)
    place = replace(place, keep_html=place.keep_html or options.keep_html)
    stem = safe_stem(client.client_id)
    name = client.name or client.client_id
    voice.message(f"Local SEO audit for {name}: {client.website_url or 'no website given'}")
    for entry in not_checked:
        voice.message(f"Cannot check everything: {entry.reason}.")

    started = time.monotonic()
    raw_path = place.folder / f"sentinel-raw-{stem}.warc.gz" if place.keep_html else None
    site = await _read_site(client.website_url, limits, voice, raw_path)
    audit = Audit(client, site, Findings(client.client_id), not_checked)
    if site.readable:
        audit.rivals = [
            await _read_rival(url, limits, options.competitor_pages, voice) for url in client.competitors
        ]
    check_all(audit, limits, voice)
    scores = score(audit)
    _write_reports(audit, scores, place.folder, stem, voice)
    if raw_path is not None and raw_path.exists():
        voice.output(raw_path, "application/warc", "Raw HTML of the pages")
    voice.message(f"Finished in {time.monotonic() - started:.1f} s.")
    voice.summary(
        headline(audit, scores), scores.overall, [(f.rule.severity, f.headline) for f in scores.priorities]
    )
    return audit


def headline(audit: Audit, scores: Scores) -> str:
    name = audit.client.name or audit.client.client_id
    if scores.overall is None:
        reason = audit.site.failure or "nothing could be read"
        return f"{name}: not scored ({reason})"
    findings = len(audit.findings.sorted())
    return f"{name}: {scores.overall} of 100, {findings} findings on {audit.site.stats.pages} pages"


async def read_website(
    url: str, limits: CrawlLimits, progress: Progress, store: WarcWriter | None = None, *, probe: bool = True
) -> Site:
    """One crawl with a connection pool of its own."""
    connector, refusals = open_connector(limits.concurrency)
    async with open_session(connector) as session:
        crawler = Crawler(Fetcher(session, limits, refusals), limits, progress=progress, store=store)
        return await crawler.crawl(url, probe=probe)


async def _read_site(url: str, limits: CrawlLimits, voice: Voice, raw_path: Path | None) -> Site:
    if not url:
        return Site("", "", failure="the payload has no usable website_url")
    tool = voice.tool_use("crawl", {"website_url": url, "max_pages": limits.max_pages})

    def progress(done: int, total: int, note: str) -> None:
        voice.progress(done, min(total, limits.max_pages), f"crawling {urlsplit(note).path}")

    if raw_path is None:
        site = await read_website(url, limits, progress)
    else:
        with WarcWriter(raw_path) as store:
            site = await read_website(url, limits, progress, store)
    stats = site.stats
    if site.readable:
        stopped = f"; stopped by {stats.stopped_by}" if stats.stopped_by else ""
        text = f"{stats.pages} pages, {stats.requests} requests in {stats.duration_s:.1f} s{stopped}"
    else:
        text = f"the site could not be read: {site.failure or 'crawling is not allowed'}"
    voice.tool_result(tool, text, is_error=not site.readable)
    return site


async def _read_rival(url: str, limits: CrawlLimits, pages: int, voice: Voice) -> Rival:
    tool = voice.tool_use("crawl_competitor", {"url": url, "max_pages": pages})
    site = await read_website(url, limits.for_competitor(pages), lambda *_: None, probe=False)
    if not site.readable:
        blocked = site.robots is not None and not site.robots.allows(site.start)
        reason = site.failure or ("its robots.txt does not allow it" if blocked else "no page could be read")
        voice.tool_result(tool, f"not compared: {reason}", is_error=True)
        return Rival(url, _rival_name(site, url), site, f"not compared: {reason}")
    voice.tool_result(tool, f"{site.stats.pages} pages in {site.stats.duration_s:.1f} s")
    return Rival(url, _rival_name(site, url), site)


def _rival_name(site: Site, url: str) -> str:
    """The business name of the competitor's own structured data, else the host."""
    for _, entity in identity.business_entries(site):
        name = entity.get("name")
        if isinstance(name, str) and name.strip():
            return " ".join(name.split())[:60]
    return urlsplit(url).netloc


def check_all(audit: Audit, limits: CrawlLimits, voice: Voice) -> None:
    """Each module as one tool call. Without a readable site only the first has something to say."""
    for module in MODULES:
        tool = voice.tool_use(module.name, {"pages": len(audit.site.pages)})
        if module.name == "technical":
            technical_site.check(audit, limits)
            technical_pages.check(audit)
            _note_limits(audit)
            if not audit.site.given:
                audit.skip_module("technical", audit.site.failure)
        elif not audit.site.readable:
            audit.skip_module(module.name, "the website could not be read")
        else:
            _CHECKS[module.name](audit)
        reason = audit.unchecked_modules.get(module.name)
        found = audit.findings.of(module.name)
        urgent = sum(1 for finding in found if finding.rule.severity == "P1")
        text = f"not checked: {reason}" if reason else f"{len(found)} findings, {urgent} of them P1"
        voice.tool_result(tool, text)
        voice.progress(
            MODULES.index(module) + 1, len(MODULES), f"checked {module.title.lower()}", always=True
        )
    audit.not_checked.append(
        NotChecked("rankings, reviews and listings elsewhere", "they need accounts with outside services")
    )


_CHECKS = {
    "identity": identity.check,
    "coverage": coverage.check,
    "content": content.check,
    "competitors": competitors.check,
}


def _note_limits(audit: Audit) -> None:
    site = audit.site
    if site.given and not site.readable:
        # One finding on a site nobody could read is no measure of its health.
        audit.skip_module(
            "technical", f"the website could not be read: {site.failure or 'crawling is not allowed'}"
        )
    if site.stats.stopped_by:
        left = f"{site.stats.not_followed} addresses were left"
        reason = f"the crawl stopped early ({site.stats.stopped_by}); {left}"
        audit.not_checked.append(NotChecked("the rest of the site", reason, "technical"))


def _write_reports(audit: Audit, scores: Scores, folder: Path, stem: str, voice: Voice) -> None:
    generated_at = datetime.now(UTC).replace(microsecond=0).isoformat()
    data = json.dumps(audit_data(audit, scores, generated_at), indent=2, ensure_ascii=False) + "\n"
    reports = (
        ("json", "application/json", "Audit data", data),
        ("md", "text/markdown", "Audit", audit_markdown(audit, scores, generated_at)),
        ("html", "text/html", "Audit report", audit_page(audit, scores, generated_at)),
    )
    for ending, media_type, title, text in reports:
        path = folder / f"sentinel-audit-{stem}.{ending}"
        path.write_text(text, encoding="utf-8", errors="replace")
        voice.output(path, media_type, title)


def tune_memory() -> None:
    """A crawl keeps millions of small records alive; to look for cycles among them often is waste."""
    gc.set_threshold(100_000, 50, 100)


def main_audit(payload: JsonValue, place: Place, limits: CrawlLimits | None = None) -> None:
    tune_memory()
    asyncio.run(run_audit(payload, place, Voice(), limits))
