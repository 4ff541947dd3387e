"""One SQLite file with the write gate, against two files, against no gate; and shared commits of the "
"event log."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.report import Figure, Result, quantile
from bench.world import ROOT, clean_env


async def run(folder: Path, scale: float) -> Result:
    seconds = "5" if scale == 1 else "2"
    kinds = ("gate", "two", "open")
    shared = {kind: _measure(folder, kind, seconds) for kind in kinds}
    log = {kind: _measure(folder, kind, seconds) for kind in ("log-shared", "log-single")}
    one, two, free = (shared[kind] for kind in kinds)
    figures = []
    for label, share in (("p50", 0.5), ("p99", 0.99), ("slowest", 1.0)):
        for name, other in (("two files", two), ("one file, no gate", free)):
            figures.append(
                Figure(
                    f"app write, {label} (beside: {name})",
                    quantile(one["write_ms"], share),
                    "ms",
                    baseline=quantile(other["write_ms"], share),
                )
            )
    for name, other in (("two files", two), ("one file, no gate", free)):
        figures += [
            Figure(f"app writes (beside: {name})", one["writes"], "/s", baseline=other["writes"]),
            Figure(
                f"workflows finished (beside: {name})", one["workflows"], "/s", baseline=other["workflows"]
            ),
        ]
    figures.append(Figure("orders committed with a row", one["orders"], "/s", baseline=free["orders"]))
    joint, alone = log["log-shared"], log["log-single"]
    figures.append(Figure("event log: events stored", joint["events"], "/s", baseline=alone["events"]))
    for label, share in (("p50", 0.5), ("p99", 0.99)):
        ours, theirs = quantile(joint["append_ms"], share), quantile(alone["append_ms"], share)
        figures.append(Figure(f"event log: append, {label}", ours, "ms", baseline=theirs))
    used = Figure("event log: processor per event", joint["cpu_ms"], "ms", baseline=alone["cpu_ms"])
    figures.append(used)
    return Result(
        title="SQLite: gate and shared commits",
        how=f"Each arrangement for {seconds} s in a process of its own with the product's kernel: two "
        f"writers that read, change and "
        "commit a row and pause 2 ms, while the durable engine works off a steady supply of workflows of "
        "two steps each, whose orders "
        "are committed together with a row (with two files that promise is given up: the order goes to the "
        "other file). "
        "All commits reach the disk (synchronous=FULL). Event log: 100 sessions appending one event at a "
        "time, as fast as it goes.",
        baseline="named in each line: the same work on two files (ours and the engine's), on one file "
        "without the gate "
        "(SQLite's own busy-waiting), and for the event log a commit for each event.",
        figures=figures,
        notes=[
            (
                f"Errors (locked, timed out): gate {one['errors']}, two files {two['errors']}, no gate "
                f"{free['errors']}."
            )
        ],
    )


def _measure(folder: Path, kind: str, seconds: str) -> dict:
    place = folder / kind
    place.mkdir()
    argv = [sys.executable, "-m", "bench.sqlite_kinds", kind, str(place), seconds]
    done = subprocess.run(
        argv, cwd=ROOT, env=clean_env(), capture_output=True, text=True, timeout=120, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise RuntimeError(f"{kind}: {done.stderr[-3000:]}")
    return json.loads(lines[-1])
