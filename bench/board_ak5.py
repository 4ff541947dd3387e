"""The baseline of the board: ak5, a Kanban server from the registry, on SQLite with as many tickets.

`OPSROOM_BENCH_AK5` names its program; without it one is installed into a folder that is thrown away.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.board_load import send
from bench.board_seed import LABELS, RARE, WORDS
from bench.report import median
from bench.world import clean_env, process

VERSION = "2.0.0"
_BOARD = "proj-core-engine"  # what a fresh one comes with
_PRIORITIES = ("low", "medium", "high", "urgent")


@dataclass(frozen=True)
class Baseline:
    """What was measured beside us: p50 in ms by kind of request."""

    what: str
    p50: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


async def measured(folder: Path, *, tasks: int, open_cards: int, count: int) -> Baseline:
    """Measure the other board in the same way, one request after another."""
    folder.mkdir()
    program = await asyncio.to_thread(_program, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}/api/v1"
    argv = [program, "serve", "--port", str(port), "--dev-insecure-identify"]
    env = clean_env(AK5_DATA_DIR=str(folder / "data"), HOME=str(folder), AK5_LOG_LEVEL="WARNING")
    rng = random.Random(7)
    log = folder / "ak5.log"
    async with process(argv, log, env), aiohttp.ClientSession() as http:
        first = await _post(http, f"{url}/tickets", _ticket(rng), await _signed_in(http, url))
    # Filled while it is down: connections of its own that were open meanwhile answer "disk I/O error".
    await asyncio.to_thread(_seed, folder / "data" / "ak5.db", first["ticket_id"], tasks, open_cards)
    async with process(argv, log, env), aiohttp.ClientSession() as http:
        headers = await _signed_in(http, url)
        ids = [f"TK-B{number:06d}" for number in range(tasks - open_cards, tasks)]
        p50: dict[str, float] = {}
        notes = ["ak5 lists without a count, and searches by LIKE without ranking or highlights."]
        for kind in ("create", "move", "list", "search"):
            requests = [_request(kind, rng, ids) for _ in range(count)]
            plan = {"url": url, "headers": headers, "requests": requests, "warm": requests[:12], "per_s": 0}
            report = await send(plan)
            if report["wrong"]:  # its failure is its own figure, and does not cost us ours
                notes.append(f"ak5 failed {len(report['wrong'])} of {count} {kind} requests.")
            if len(report["wrong"]) < count / 10:
                p50[kind] = median(report["took"][kind])
    return Baseline(
        what=f"ak5 {VERSION} (FastAPI, SQLAlchemy), as `ak5 serve` runs on SQLite, with {tasks:,} tickets, "
        f"{open_cards:,} of them in its backlog.",
        p50=p50,
        notes=notes,
    )


def _program(folder: Path) -> str:
    if given := os.environ.get("OPSROOM_BENCH_AK5"):
        return given
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    pip = [str(folder / "venv/bin/pip"), "install", "--quiet", f"ak5[server]=={VERSION}"]
    subprocess.run(pip, check=True, capture_output=True)
    return str(folder / "venv/bin/ak5")


async def _signed_in(http: aiohttp.ClientSession, url: str) -> dict[str, str]:
    who = {"actor_id": "bench", "actor_type": "human", "name": "Bench", "role": "human", "capabilities": []}
    async with asyncio.timeout(60):
        while True:
            try:
                answer = await _post(http, f"{url}/auth/identify", who, {})
            except aiohttp.ClientError:
                await asyncio.sleep(0.2)
            else:
                return {"Authorization": f"Bearer {answer['access_token']}"}


async def _post(http: aiohttp.ClientSession, url: str, body: object, headers: dict[str, str]) -> Any:
    async with http.post(url, json=body, headers=headers) as response:
        if response.status >= 400:
            raise RuntimeError(f"ak5: {response.status} {await response.text()}")
        return await response.json()


def _ticket(rng: random.Random) -> dict[str, object]:
    return {
        "title": " ".join(rng.sample(WORDS, 4)),
        "spec": " ".join(rng.choices(WORDS, k=30)),
        "acceptance_criteria": ["done"],
        "labels": rng.sample(LABELS, 2),
        "priority": "high",
        "board_id": _BOARD,
    }


def _request(kind: str, rng: random.Random, ids: list[str]) -> list[Any]:
    if kind == "create":
        return [kind, "POST", "/tickets", _ticket(rng)]
    if kind == "move":
        ticket, other = rng.sample(ids, 2)
        body = {"target_column_id": f"{_BOARD}_backlog", "previous_ticket_id": other}
        return [kind, "PATCH", f"/tickets/{ticket}/move", body]
    if kind == "search":
        return [kind, "GET", f"/tickets?limit=20&q={rng.choice(RARE).lower()}", None]
    filters = (
        f"stage=backlog&priority={rng.choice(_PRIORITIES)}",
        f"priority={rng.choice(_PRIORITIES)}",
        f"labels={rng.choice(LABELS)}&stage=backlog",
        "stage=done",
        "",
    )
    return [kind, "GET", f"/tickets?limit=100&{rng.choice(filters)}", None]


def _seed(database: Path, like: str, tasks: int, open_cards: int) -> None:
    """Copies of one ticket with words, labels, priorities and ranks of their own."""
    with closing(sqlite3.connect(database, timeout=60)) as conn, conn:
        conn.row_factory = sqlite3.Row
        row = dict(conn.execute("select * from tickets where ticket_id = ?", (like,)).fetchone())
        marks = ", ".join(f":{name}" for name in row)
        rows = _copies(row, tasks, open_cards)
        conn.executemany(f"insert into tickets ({', '.join(row)}) values ({marks})", rows)
        conn.execute("analyze")


def _copies(row: dict[str, Any], tasks: int, open_cards: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(42)
    for number in range(tasks):
        about = rng.choices(WORDS, k=rng.randint(5, 60))
        if number % 20 == 0:
            about.insert(0, rng.choice(RARE))
        stage = "backlog" if number >= tasks - open_cards else "done"
        yield row | {
            "ticket_id": f"TK-B{number:06d}",
            "title": " ".join(rng.choices(WORDS, k=rng.randint(3, 8))),
            "description": " ".join(about),
            "labels": json.dumps(rng.sample(LABELS, rng.randint(0, 3))),
            "priority": rng.choice(_PRIORITIES),
            "column_id": f"{_BOARD}_{stage}",
            # Three digits of base 36 and a fourth, so that there is room between any two.
            "rank": f"0|{_base36(100_000 + number):0>6}i:",
        }


def _base36(value: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
