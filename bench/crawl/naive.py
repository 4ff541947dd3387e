"""What one writes first: urllib and html.parser, one page after the other. Prints one JSON line."""

import argparse
import gzip
import json
import resource
import time
import urllib.request
from html.parser import HTMLParser
from urllib.parse import urljoin


class Facts(HTMLParser):
    """Links, title, description, headings and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.facts: dict[str, str] = {}
        self.text: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._inside = tag
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        elif tag == "meta" and found.get("name"):
            self.facts[str(found["name"])] = found.get("content") or ""

    def handle_data(self, data: str) -> None:
        if self._inside in {"title", "h1", "h2"}:
            self.facts[self._inside] = data
        if self._inside not in {"script", "style"}:
            self.text.append(data)


def measure(origin: str, pages: int) -> dict[str, float]:
    started, cpu = time.perf_counter(), time.process_time()
    queue, seen, kept = [f"{origin}/p/0"], {f"{origin}/p/0"}, []
    records: dict[str, dict[str, str]] = {}
    while queue and len(records) < pages:
        url = queue.pop(0)
        with urllib.request.urlopen(url) as response:
            body = response.read()
        kept.append(gzip.compress(body, 1))
        parser = Facts()
        parser.feed(body.decode())
        records[url] = parser.facts | {"words": str(len(" ".join(parser.text).split()))}
        for href in parser.links:
            target = urljoin(url, href)
            if target.startswith(origin) and target not in seen:
                seen.add(target)
                queue.append(target)
    elapsed = time.perf_counter() - started
    return {
        "pages": len(records),
        "crawl_s": elapsed,
        "total_s": elapsed,
        "cpu_s": time.process_time() - cpu,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("origin")
    arguments.add_argument("--pages", type=int, required=True)
    given = arguments.parse_args()
    print(json.dumps(measure(given.origin, given.pages)))
