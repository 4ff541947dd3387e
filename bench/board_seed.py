"""A project of many tasks, laid straight into the product's SQLite file before it is measured."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from opsroom.board.tasks.ranks import spread

WORDS = [
    "sitemap",
    "schema",
    "redirect",
    "audit",
    "backlink",
    "keyword",
    "landing",
    "page",
    "citation",
    "review",
    "profile",
    "budget",
    "campaign",
    "headline",
    "snippet",
    "crawl",
    "index",
    "speed",
    "image",
    "caption",
    "report",
    "dashboard",
    "invoice",
    "contract",
    "newsletter",
    "template",
]
# Words that few tasks hold: what people search for.
RARE = tuple(
    f"{word}{number}" for word in ("Kestrel", "Borealis", "Juniper", "Magnolia") for number in range(50)
)
AGENTS = ("neo", "marcus", "sofia", "kenji", "aisha", "elena", "priya", "jackson", "maya", "david")
CATEGORIES = ("development", "content", "revenue", "infrastructure", "research", "operations")
LABELS = ("seo", "urgent", "waiting-for-client", "quick-win", "technical", "copy", "q3", "local")
OPEN = ("todo", "in_progress", "blocked")
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def seed(database: Path, *, tasks: int, open_cards: int, first: int = 1) -> None:
    """`tasks` tasks into the project that has a board: `open_cards` of them open, the others done."""
    rng = random.Random(42)
    with closing(sqlite3.connect(database)) as conn, conn:
        scope = conn.execute("select organization_id, instance_id, project_id from board_settings").fetchone()
        rows = list(_rows(rng, scope, tasks, open_cards, first))
        _insert(conn, "tasks", rows)
        texts = [
            _part(r, id=n, title=r["title"], description=r["description"], comments="")
            for n, r in _texts(rows, first)
        ]
        _insert(conn, "task_texts", texts)
        _insert(conn, "task_labels", [_part(r, label=x) for r in rows for x in json.loads(r["labels"])])
        _insert(conn, "task_watchers", [_part(r, actor_id=r["created_by"]) for r in rows])
        waits = [(r, rows[n - 7]) for n, r in enumerate(rows) if n > 7 and n % 25 == 0]
        _insert(conn, "task_dependencies", [_part(r, depends_on_id=other["id"]) for r, other in waits])
        conn.execute("update board_settings set last_number = ?", (first + tasks,))
        conn.execute("analyze")


def _texts(rows: list[dict[str, Any]], first: int) -> Iterator[tuple[int, dict[str, Any]]]:
    return enumerate(rows, start=first + 1_000_000)


def _rows(
    rng: random.Random, scope: tuple[str, ...], tasks: int, open_cards: int, first: int
) -> Iterator[dict[str, Any]]:
    ranks = list(spread(tasks))
    for number in range(tasks):
        created = _EPOCH + timedelta(minutes=5 * number)
        status = OPEN[number % 10 % 3] if number >= tasks - open_cards else "done"
        title = " ".join(rng.choice(WORDS) for _ in range(rng.randint(3, 8))).capitalize()
        about = [rng.choice(WORDS) for _ in range(rng.randint(5, 60))]
        if number % 20 == 0:
            about.insert(0, rng.choice(RARE))
        due = (
            (_EPOCH + timedelta(days=rng.randint(0, 400))).date().isoformat() if rng.random() < 0.5 else None
        )
        yield {
            "organization_id": scope[0],
            "instance_id": scope[1],
            "project_id": scope[2],
            "id": f"task_bench{first + number:014d}",
            "number": first + number,
            "title": title,
            "description": " ".join(about),
            "status": status,
            "priority": rng.choice(("p1", "p2", "p2", "p3")),
            "rank": ranks[number],
            "assigned_agent_id": rng.choice((*AGENTS, None)),
            "category_id": rng.choice((*CATEGORIES, None)),
            "parent_id": f"task_bench{first + number - 3:014d}" if number % 15 == 14 else None,
            "due_date": due,
            "estimate": rng.choice((None, 1, 2, 3, 5, 8)),
            "blocked_reason": "The client has not answered" if status == "blocked" else None,
            "labels": json.dumps(rng.sample(LABELS, rng.randint(0, 3))),
            "custom": "{}",
            "created_by": "per_bench",
            "created_by_name": "Bench",
            "created_at": _time(created),
            "updated_at": _time(created + timedelta(minutes=rng.randint(0, 500_000))),
            "moved_at": _time(created + timedelta(minutes=rng.randint(0, 400_000))),
            "completed_at": _time(created + timedelta(days=3)) if status == "done" else None,
        }


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _part(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    kept = {name: row[name] for name in ("organization_id", "instance_id", "project_id")}
    return kept | {"task_id": row["id"]} | more


def _insert(conn: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = list(rows[0])
        marks = ", ".join(f":{name}" for name in names)
        conn.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", rows)
