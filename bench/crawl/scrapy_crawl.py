"""The same crawl with Scrapy, set up as its documentation advises for broad crawls. Prints one JSON line.

It takes the plain facts of a page (title, description, headings, links, words) and keeps the raw HTML; it
runs no checks. Runs in a virtual environment of its own.
"""

import argparse
import gzip
import json
import resource
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.linkextractors import LinkExtractor


class Pages(scrapy.Spider):
    name = "pages"
    links = LinkExtractor()
    kept: ClassVar[list[bytes]] = []
    count = 0

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        Pages.count += 1
        Pages.kept.append(gzip.compress(response.body, 1))
        text = response.xpath("//body//text()[not(parent::script or parent::style)]").getall()
        yield {
            "title": response.css("title::text").get(),
            "description": response.css("meta[name=description]::attr(content)").get(),
            "canonical": response.css("link[rel=canonical]::attr(href)").get(),
            "headings": response.xpath("//h1//text()|//h2//text()").getall(),
            "images": len(response.css("img")),
            "words": len(" ".join(text).split()),
        }
        for link in self.links.extract_links(response):
            yield response.follow(link, self.parse)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("origin")
    parser.add_argument("--pages", type=int, required=True)
    given = parser.parse_args()
    process = CrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "CONCURRENT_REQUESTS": 16,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": True,
            "COOKIES_ENABLED": False,
            "RETRY_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "CLOSESPIDER_PAGECOUNT": given.pages,
        }
    )
    process.crawl(Pages, start_urls=[f"{given.origin}/p/0"])
    started, cpu = time.perf_counter(), time.process_time()
    process.start()
    elapsed = time.perf_counter() - started
    print(
        json.dumps(
            {
                "pages": Pages.count,
                "crawl_s": elapsed,
                "total_s": elapsed,
                "cpu_s": time.process_time() - cpu,
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )
