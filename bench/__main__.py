"""`python -m bench [name …] [--quick]`: run benchmarks and rewrite the tables in bench/results."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import circumstances, write, write_overview

NAMES = (
    "trigger",
    "webhook",
    "overhead",
    "streams",
    "idle",
    "sqlite",
    "demo",
    "crawl",
    "board",
    "board_live",
    "pages",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(NAMES)} (default: all)")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the load, nothing written: does it run?"
    )
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - set(NAMES)):
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    missed = 0
    for name in given.names or NAMES:
        try:
            missed += _one(name, 0.1 if given.quick else 1.0, keep=not given.quick)
        except (RuntimeError, OSError, TimeoutError, subprocess.SubprocessError) as error:
            # One that could not be measured keeps its old table; the others still run.
            print(f"\n{name}: not measured: {error or type(error).__name__}", file=sys.stderr)
            missed += 1
    if not given.quick:
        write_overview(NAMES)
    return 1 if missed else 0


def _one(name: str, scale: float, *, keep: bool) -> int:
    """Run one benchmark; how many of its targets were missed."""
    taken, began = circumstances(), time.monotonic()
    module = importlib.import_module(f"bench.{name}" if name != "crawl" else "bench.crawl.run")
    with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
        result = asyncio.run(module.run(Path(folder), scale))
    print(f"\n{result.title}  ({time.monotonic() - began:.0f} s; {taken})", file=sys.stderr)
    for figure in result.figures:
        print(figure.line(), file=sys.stderr)
    for note in result.notes:
        print(note, file=sys.stderr)
    if keep:
        write(name, result, taken)
    return sum("miss" in figure.verdict for figure in result.figures)


if __name__ == "__main__":
    sys.exit(main())
