"""Our crawl of the generated site, with raw HTML kept and all checks run. Prints one JSON line."""

import argparse
import asyncio
import io
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "skills" / "local-seo-audit"))
os.environ["OPSROOM_ALLOW_PRIVATE"] = "1"

from local_seo.audit_context import Audit
from local_seo.crawl.limits import CrawlLimits
from local_seo.crawl.warc import WarcWriter
from local_seo.findings import Findings
from local_seo.payload import read_payload
from local_seo.protocol import Voice
from local_seo.run import check_all, read_website, tune_memory
from local_seo.score import score


async def measure(origin: str, pages: int, folder: Path) -> dict[str, float]:
    client, missing = read_payload(
        {
            "client_id": "bench",
            "client_name": "Acme",
            "website_url": f"{origin}/p/0",
            "business_address": "1 Main St, Columbus, OH 43212",
            "phone": "614-555-0142",
            "service_area_cities": "Columbus, Dublin, Powell, Marysville",
            "seed_keywords": "babaco difegu columbus, lamene, job 12",
        }
    )
    limits = CrawlLimits(max_pages=pages, concurrency=16)
    raw = folder / "raw.warc.gz"
    started, cpu = time.perf_counter(), time.process_time()
    with WarcWriter(raw) as store:
        site = await read_website(client.website_url, limits, lambda *_: None, store)
    crawled = time.perf_counter()
    audit = Audit(client, site, Findings(client.client_id), missing)
    check_all(audit, limits, Voice(io.StringIO()))
    score(audit)
    ended = time.perf_counter()
    return {
        "pages": len(site.pages),
        "crawl_s": crawled - started,
        "total_s": ended - started,
        "cpu_s": time.process_time() - cpu,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "raw_mb": raw.stat().st_size / 1e6,
        "findings": len(audit.findings.sorted()),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("origin")
    parser.add_argument("--pages", type=int, required=True)
    given = parser.parse_args()
    tune_memory()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(measure(given.origin, given.pages, Path(folder)))))
