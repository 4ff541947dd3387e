"""The board: creating, moving, listing and searching at 100,000 tasks, alone and all mixed."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench.board_ak5 import Baseline, measured
from bench.board_load import send
from bench.board_seed import AGENTS, CATEGORIES, LABELS, RARE, WORDS, seed
from bench.report import Figure, Result, median, quantile
from bench.world import Product, product

TASKS, OPEN = 100_000, 5_000
PER_S, CALM_PER_S = 300, 50
Wanted = list[Any]  # kind, method, path, body

# Of a hundred requests: much looking, some touching.
MIX = {"one": 40, "list": 20, "search": 10, "patch": 12, "move": 12, "create": 6}


async def run(folder: Path, scale: float) -> Result:
    rng = random.Random(7)
    count = max(30, round(300 * scale))
    async with product(folder) as first:
        await first.call("GET", "/api/board")  # whoever looks first gets the board furnished
    database = next((folder / "data").glob("*.db"))
    tasks = max(OPEN + 1000, round(TASKS * min(1.0, scale * 2)))
    await asyncio.to_thread(seed, database, tasks=tasks, open_cards=OPEN)
    async with product(folder) as ours:
        ids = [f"task_bench{number:014d}" for number in range(tasks - OPEN + 1, tasks + 1)]
        alone: dict[str, list[float]] = {}
        for kind in ("create", "move", "list", "search"):
            requests = [_request(kind, rng, ids) for _ in range(count)]
            report = await _send(ours, requests, 0)
            alone[kind] = report["took"][kind]
            _check(report)
        board_ms, packed, cards = await _board(ours)
        seconds = max(3, round(15 * scale))
        mixed = {}
        for per_s in (CALM_PER_S, PER_S):
            kinds = rng.choices(list(MIX), list(MIX.values()), k=per_s * seconds)
            mixed[per_s] = await _send(ours, [_request(kind, rng, ids) for kind in kinds], per_s)
        rss = ours.rss_mb
    beside = await measured(folder / "ak5", tasks=tasks, open_cards=OPEN, count=count)
    return _result(alone, mixed, beside, tasks=tasks, board=(board_ms, packed, cards), rss=rss)


def _request(kind: str, rng: random.Random, ids: list[str]) -> Wanted:
    task = rng.choice(ids)
    match kind:
        case "create":
            body = {"title": " ".join(rng.sample(WORDS, 4)), "assigned_agent_id": rng.choice(AGENTS)}
            more = {"category_id": rng.choice(CATEGORIES), "labels": rng.sample(LABELS, 2), "priority": "p1"}
            return [
                kind,
                "POST",
                "/api/tasks",
                body | more | {"description": " ".join(rng.choices(WORDS, k=30))},
            ]
        case "move":
            body = {"status": rng.choice(("todo", "in_progress")), "sort_order": rng.randint(0, 50)}
            return [kind, "POST", f"/api/tasks/{task}/move", body]
        case "patch":
            return [kind, "PATCH", f"/api/tasks/{task}", {"priority": rng.choice(("p1", "p2", "p3"))}]
        case "list":
            return [kind, "GET", f"/api/tasks?limit=100&{_filter(rng)}", None]
        case "search":
            words = rng.choice(RARE).lower() if rng.random() < 0.7 else " ".join(rng.sample(WORDS, 2))[:-2]
            return [kind, "GET", f"/api/tasks?limit=20&search={words}", None]
        case _:
            return [kind, "GET", f"/api/tasks/{task}", None]


def _filter(rng: random.Random) -> str:
    """What people filter by, as often as not several things at once."""
    agent, category = rng.choice(AGENTS), rng.choice(CATEGORIES)
    return rng.choice(
        (
            f"assigned={agent}&status=todo,in_progress",
            f"assigned={agent}&priority=p1",
            f"category={category}&kind=todo,active",
            f"category={category}&priority=p1,p2&sort=priority,created_at:desc",
            "status=todo&sort=sort_order",
            "status=in_progress&priority=p1&sort=updated_at:desc",
            f"label={rng.choice(LABELS)}&kind=todo",
            "blocked=true",
            "overdue=true&sort=due_date",
            "status=done&sort=updated_at:desc",
            f"assigned={agent},none&category={category}",
            "",
        )
    )


async def _send(ours: Product, requests: list[Wanted], per_s: float) -> dict[str, Any]:
    headers = {name: value for name, value in ours.http.headers.items() if name == "Authorization"}
    plan = {"url": ours.url, "headers": headers, "requests": requests, "warm": requests[:12], "per_s": per_s}
    return await send(plan)


def _check(report: dict[str, Any]) -> None:
    if report["wrong"]:
        raise RuntimeError(f"{len(report['wrong'])} requests went wrong: {report['wrong'][0]}")


async def _board(ours: Product) -> tuple[float, int, int]:
    """(ms, bytes on the wire, cards) of the whole board."""
    key = ours.http.headers["Authorization"]
    headers = {"Authorization": key, "Accept-Encoding": "gzip"}
    took: list[float] = []
    raw = b""
    async with aiohttp.ClientSession(auto_decompress=False, headers=headers) as http:
        for _ in range(5):
            began = time.perf_counter()
            async with http.get(f"{ours.url}/api/board") as response:
                raw = await response.read()
            took.append((time.perf_counter() - began) * 1000)
    return median(took), len(raw), len(json.loads(gzip.decompress(raw))["data"]["cards"])


def _result(
    alone: dict[str, list[float]],
    mixed: dict[int, dict[str, Any]],
    beside: Baseline,
    *,
    tasks: int,
    board: tuple[float, int, int],
    rss: float,
) -> Result:
    targets = {"create": 4.0, "move": 5.0, "list": 8.0, "search": 15.0}
    words = {"create": "create", "move": "move", "list": "list of 100 with filters", "search": "search"}
    figures = [
        Figure(f"{words[kind]}, p50", median(alone[kind]), "ms", at_most, baseline=beside.p50.get(kind))
        for kind, at_most in targets.items()
    ]
    figures += [Figure(f"{words[kind]}, p99", quantile(alone[kind], 0.99), "ms") for kind in targets]
    for per_s, report in mixed.items():
        every = [ms for values in report["took"].values() for ms in values]
        at_most = 50.0 if per_s == PER_S else None
        figures += [
            Figure(f"mixed, {per_s} a second asked for, p99", quantile(every, 0.99), "ms", at_most),
            Figure(f"mixed, {per_s} a second asked for, p50", median(every), "ms"),
            Figure(f"mixed, {per_s} a second asked for, answered", report["per_s"], "a second"),
            Figure(f"mixed, {per_s} a second asked for, refused or failed", len(report["wrong"]), ""),
        ]
    figures += [
        Figure("the whole board, on the wire", board[1] / 1024, "KB", 300.0),
        Figure("the whole board, p50", board[0], "ms"),
        Figure("memory of the product", rss, "MB"),
    ]
    return Result(
        title="The board",
        how=f"{tasks:,} tasks in one project on SQLite, {OPEN:,} of them open; each kind of request "
        f"{len(alone['list'])} times one after another over one connection from a process of its own, then "
        f"mixed requests at a fixed rate, each timed from the moment it was due "
        f"({', '.join(f'{share} % {kind}' for kind, share in MIX.items())}). Writes answer after their "
        f"commit is on the disk. The whole board held {board[2]:,} cards.",
        baseline=beside.what,
        figures=figures,
        notes=[
            *(f"Failed at {n} a second: {r['wrong'][0]}" for n, r in mixed.items() if r["wrong"]),
            *beside.notes,
        ],
    )
