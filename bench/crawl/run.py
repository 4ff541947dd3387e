"""Crawl speed: ours, Scrapy and a naive crawler on the same generated site, in the same run.

The site is served by a process of its own. Slow contenders read fewer pages; the rate is what is compared.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from bench.report import Figure, Result

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = 800


@dataclass(frozen=True)
class Row:
    name: str
    numbers: dict[str, float]

    @property
    def rate(self) -> float:
        return self.numbers["pages"] / self.numbers["total_s"]

    @property
    def cpu_ms(self) -> float:
        return self.numbers["cpu_s"] / self.numbers["pages"] * 1000


def contend(name: str, python: str, script: str, origin: str, pages: int, rounds: int = 1) -> Row:
    """The best of the rounds: other work on the machine only ever makes a run slower."""
    command = [python, str(HERE / script), origin, "--pages", str(pages)]
    rows = []
    for _ in range(rounds):
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
        rows.append(Row(name, json.loads(done.stdout.splitlines()[-1])))
        print(f"{name}: {rows[-1].rate:.0f} pages/s", file=sys.stderr)
    return max(rows, key=lambda row: row.rate)


def scrapy_python() -> str | None:
    """A Python with Scrapy, in an environment of its own beside ours; None if it cannot be installed here."""
    folder = Path(sys.prefix) / "bench"
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        venv.create(folder, with_pip=True)
        locked = ["--require-hashes", "-r", str(ROOT / "requirements" / "bench.txt")]
        uv = shutil.which("uv", path=str(Path(sys.executable).parent))
        installers = [[uv, "pip", "install", "-q", "--python", str(python), *locked]] if uv else []
        installers.append([str(python), "-m", "pip", "install", "-q", *locked])
        if not any(subprocess.run(one, check=False, timeout=120).returncode == 0 for one in installers):
            return None
        (folder / ".complete").touch()
    return str(python)


def result(rows: list[Row], notes: list[str], pages: int, page_bytes: int) -> Result:
    ours = rows[0]
    figures = [
        Figure(f"crawl, checks and score (beside: {row.name})", ours.rate, "pages/s", baseline=row.rate)
        for row in rows[1:]
    ]
    figures += [
        Figure(f"processor per page (beside: {row.name})", ours.cpu_ms, "ms", baseline=row.cpu_ms)
        for row in rows[1:]
    ]
    crawl_rate = ours.numbers["pages"] / ours.numbers["crawl_s"]
    return Result(
        title="Crawl",
        how=f"A generated site of {pages:,} pages of {page_bytes / 1000:.1f} kB with forty links each, "
        "served on loopback by a process of its own. Ours includes the egress guard, "
        f"robots.txt, sitemap, the raw HTML kept as WARC ({ours.numbers['raw_mb']:.1f} MB), and, whole, "
        f"all checks and the score ({ours.numbers['findings']:.0f} findings).",
        baseline="named in each line: Scrapy as its documentation sets it up for broad crawls, and urllib "
        "with html.parser one page after the other; both take plain facts of each page and run no checks.",
        figures=[
            Figure("crawl, every page parsed, raw HTML kept", crawl_rate, "pages/s", at_least=TARGET),
            *figures,
            Figure("memory, peak", ours.numbers["rss_mb"], "MB"),
        ],
        notes=notes,
    )


async def run(_folder: Path, scale: float) -> Result:
    """The benchmark as `python -m bench crawl` runs it."""
    return await asyncio.to_thread(measured, max(500, round(10_000 * scale)), 1)


def measured(pages: int, rounds: int) -> Result:
    notes: list[str] = []
    python = scrapy_python()
    command = [sys.executable, str(HERE / "site.py"), "--pages", str(pages)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        origin, page_bytes = server.stdout.readline().split()
        some = min(pages, 1000)
        rows = [contend("ours", sys.executable, "ours.py", origin, pages, rounds)]
        if python is None:
            notes.append("Scrapy could not be installed here and is left out.")
        else:
            rows.append(contend("Scrapy", python, "scrapy_crawl.py", origin, some))
        rows.append(contend("urllib and html.parser", sys.executable, "naive.py", origin, some))
    finally:
        server.kill()
        server.wait()
    return result(rows, notes, pages, int(page_bytes))
