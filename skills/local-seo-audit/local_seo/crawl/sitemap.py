"""Sitemaps: XML, gzip and plain text, and the index files that name further ones.

The addresses are found by their tags, without an XML parser: sitemaps are written by strangers, entity
tricks find nothing to work on here, and a file cut off in the middle still gives what it has.
"""

import html
import re
import zlib
from dataclasses import dataclass, field
from itertools import islice

from local_seo.crawl.fetch import Answer, Fetcher
from local_seo.crawl.limits import CrawlLimits
from local_seo.crawl.urls import resolve, site_key

_LOC = re.compile(
    rb"<(?:[\w-]+:)?loc>\s*(?:<!\[CDATA\[)?\s*([^<\]]+?)\s*(?:\]\]>)?\s*</(?:[\w-]+:)?loc>", re.I
)
_INDEX = re.compile(rb"<(?:[\w-]+:)?sitemapindex[\s>]", re.I)
_URLSET = re.compile(rb"<(?:[\w-]+:)?urlset[\s>]", re.I)
_MAX_HOPS = 3


@dataclass(slots=True)
class Sitemaps:
    """`entries` maps each page address to the sitemap that lists it; `problems` sitemap → reason."""

    files: list[str] = field(default_factory=list)
    entries: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    declared: bool = False


async def read_sitemaps(
    fetcher: Fetcher, origin: str, declared: tuple[str, ...], limits: CrawlLimits
) -> Sitemaps:
    found = Sitemaps(declared=bool(declared))
    queue = list(declared) or [f"{origin}/sitemap.xml"]
    seen = set(queue)
    while queue and len(found.files) + len(found.problems) < limits.max_sitemaps:
        url = queue.pop(0)
        answer = await _follow(fetcher, url)
        children = _read_one(url, answer, origin, found, limits)
        queue.extend(child for child in children if child not in seen)
        seen.update(children)
    return found


def _read_one(url: str, answer: Answer, origin: str, found: Sitemaps, limits: CrawlLimits) -> list[str]:
    """Take in one file; the sitemaps it names, if it is an index."""
    if answer.status != 200:
        if found.declared or answer.status not in {0, 404, 410}:
            found.problems[url] = answer.failure or f"answers {answer.status}"
        return []
    text = _unpacked(answer, limits)
    if text is None:
        found.problems[url] = "the gzip file is damaged"
        return []
    is_index = _INDEX.search(text, 0, 4096) is not None
    if not is_index and not _URLSET.search(text, 0, 4096) and not _is_plain_list(answer, text):
        if found.declared or not answer.is_html:
            found.problems[url] = "is not a sitemap"
        return []
    found.files.append(url)
    locations = _locations(text, is_plain=_is_plain_list(answer, text), most=limits.max_sitemap_urls)
    if is_index:
        return [child for child in (resolve(url, text) for text in locations) if child]
    _take_entries(url, locations, origin, found, limits)
    return []


def _take_entries(url: str, locations: list[str], origin: str, found: Sitemaps, limits: CrawlLimits) -> None:
    if not locations:
        found.problems[url] = "lists no address"
    for text in locations[: max(0, limits.max_sitemap_urls - len(found.entries))]:
        page = resolve(url, text)
        if page is None:
            continue
        if site_key(page) == site_key(origin):
            found.entries.setdefault(page, url)
        else:
            found.foreign.setdefault(page, url)


def _is_plain_list(answer: Answer, text: bytes) -> bool:
    return answer.content_type == "text/plain" and text.lstrip()[:4].lower() == b"http"


def _locations(text: bytes, *, is_plain: bool, most: int) -> list[str]:
    if is_plain:
        lines = text.decode("utf-8", "replace").splitlines()
        return [line.strip() for line in lines[:most] if line.strip()]
    found = islice(_LOC.finditer(text), most)
    return [html.unescape(match.group(1).decode("utf-8", "replace")) for match in found]


def _unpacked(answer: Answer, limits: CrawlLimits) -> bytes | None:
    if answer.body[:2] != b"\x1f\x8b":
        return answer.body
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(answer.body, limits.max_body_bytes * 4)
    except zlib.error:
        return None


async def _follow(fetcher: Fetcher, url: str) -> Answer:
    answer = await fetcher.get(url)
    for _ in range(_MAX_HOPS):
        target = resolve(answer.url, answer.location) if answer.location else None
        if target is None:
            break
        answer = await fetcher.get(target)
    return answer
