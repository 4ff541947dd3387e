"""A board with three months behind it: sprints that were completed, cards that took their time.

What is done through the API is done now; here the log is dated back afterwards, before anybody counts it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import cycle, pairwise
from typing import Any

from playwright.sync_api import Page

from .product import Product

NOW = datetime.now(UTC)
TODAY = NOW.date()

_DOING = ("Rewrite", "Check", "Publish", "Measure", "Repair", "Plan", "Photograph", "Translate")
_WHAT = (
    "the service pages of Harbor Dental",
    "the opening hours in every listing",
    "the booking form on phones",
    "the spring offer",
    "redirects of the old shop",
    "the page for Westerville",
    "alt texts of the gallery",
)
_AGENTS = ("kenji", "maya", "sofia", "neo", "aisha", None)
_CATEGORIES = ("development", "content", "research", "infrastructure", "operations")
# How long what was done took, in days; the last one is one of those.
_TOOK = (0.4, 1.2, 2.1, 0.8, 3.4, 1.6, 5.5, 2.7, 0.6, 9.0)


@dataclass
class History:
    """What was made: sprints from the earliest to the one planned, cards by what became of them."""

    sprints: list[Any] = field(default_factory=list)
    done: list[Any] = field(default_factory=list)
    open: list[Any] = field(default_factory=list)
    at: dict[str, list[datetime]] = field(default_factory=dict)


def day(away: int) -> str:
    """A day from today, as the API writes it."""
    return (TODAY + timedelta(days=away)).isoformat()


def _when(away: float) -> datetime:
    return min(datetime.combine(TODAY, time(9), UTC) + timedelta(days=away), NOW)


def furnish_history(product: Product, *, weeks: int = 12) -> History:
    """Two-week sprints up to now with what was done in them, one going on, one to come."""
    made = History()
    titles, agents, categories = _titles(), cycle(_AGENTS), cycle(_CATEGORIES)
    for number, first in enumerate(range(-7 * weeks + 7, 0, 14), 1):
        sprint = _sprint(product, f"Sprint {number}", first)
        cards = [
            product.call(
                "POST",
                "/api/tasks",
                {
                    "title": next(titles),
                    "sprint_id": sprint["id"],
                    "assigned_agent_id": next(agents),
                    "category_id": next(categories),
                    "estimate": 1 + (number * 3 + n) % 5,
                    "due_date": day(first + 3 + n),
                },
            )
            for n in range(7 + number % 3)
        ]
        for n, card in enumerate(cards):
            made.at[card["id"]] = [_when(first - 5 + n % 4)]
        product.call("POST", f"/api/sprints/{sprint['id']}/start")
        made.at[sprint["id"]] = [_when(first - 1), _when(first)]
        _work(product, made, cards, first)
        made.sprints.append(sprint)
        if first + 14 <= 0:
            product.call("POST", f"/api/sprints/{sprint['id']}/complete", {"carry_to": "backlog"})
            made.at[sprint["id"]].append(_when(first + 13.5))
    made.sprints.append(_sprint(product, f"Sprint {len(made.sprints) + 1}", 7))
    _date_back(product, made)
    _count_anew(product)
    return made


def _titles() -> Iterator[str]:
    for n in range(10_000):
        yield f"{_DOING[n % len(_DOING)]} {_WHAT[n % len(_WHAT)]}"


def _sprint(product: Product, name: str, first: int) -> Any:
    body = {"name": name, "start_date": day(first), "end_date": day(first + 13)}
    return product.call("POST", "/api/sprints", body)


def _work(product: Product, made: History, cards: list[Any], first: int) -> None:
    """Of a sprint all but two cards are done, one of them comes late and one stays under way."""
    for n, card in enumerate(cards):
        times = made.at[card["id"]]
        begun = first + 0.5 + n * 1.2
        ended = begun + _TOOK[(n * 3 + abs(first)) % len(_TOOK)]
        steps = [("in_progress", begun), ("done", ended)]
        for status, away in steps[: 1 if n == len(cards) - 2 else 0 if n == len(cards) - 1 else 2]:
            if away > 0:
                break
            product.call("POST", f"/api/tasks/{card['id']}/move", {"status": status})
            times.append(_when(away))
        now = product.call("GET", f"/api/tasks/{card['id']}")
        (made.done if now["status"] == "done" else made.open).append(now)


def _date_back(product: Product, made: History) -> None:
    with sqlite3.connect(product.data / "opsroom.db", timeout=30) as db:
        for subject, times in made.at.items():
            found = db.execute("SELECT seq FROM events WHERE subject = ? ORDER BY seq", (subject,)).fetchall()
            last = times[-1]
            for n, (seq,) in enumerate(found):
                at = times[n] if n < len(times) else last
                db.execute("UPDATE events SET at = ? WHERE seq = ?", (_text(at), seq))
            stamps = [_text(times[0]), *(_text(at) for at in times[1:]), None, None][:3]
            db.execute(
                "UPDATE tasks SET created_at = ?, started_at = ?, completed_at = ? WHERE id = ?",
                (*stamps, subject),
            )
    db.close()


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _count_anew(product: Product) -> None:
    """Days of another time zone are other days: whoever has counted already counts again."""
    settings = product.call("GET", "/api/board/settings")
    here = settings["time_zone"]
    for zone in ("Pacific/Auckland" if here == "UTC" else "UTC", here):
        change = {"time_zone": zone, "version": settings["version"]}
        settings = product.call("PATCH", "/api/board/settings", change)
        product.call("GET", "/api/analytics/throughput")


def furnish_timeline(product: Product, made: History) -> dict[str, Any]:
    """Cards with both dates in the sprint that goes on and the next, some that wait for others; by name."""
    going, coming = made.sprints[-2]["id"], made.sprints[-1]["id"]
    plan: list[tuple[str, str, int | None, int | None, str | None, str]] = [
        ("Outline the city pages", "david", -6, -2, going, "done"),
        ("Write the city pages", "sofia", -2, 6, going, "in_progress"),
        ("Photos from the shop", "maya", 2, 4, going, "todo"),
        ("Publish the city pages", "kenji", 7, 10, coming, "todo"),
        ("Tell the search engines", "neo", 8, 8, coming, "todo"),
        ("Report to the owner", "marcus", 11, 13, coming, "todo"),
        ("Renew the certificate of the booking system before it runs out at the end of the month", "aisha",
         None, 3, going, "todo"),
        ("Choose a call tracking provider", "zara", -10, -3, going, "in_progress"),
        ("Keep the reviews answered", "sarah", -4, None, None, "in_progress"),
    ]  # fmt: skip
    found: dict[str, Any] = {}
    for title, agent, start, due, sprint, status in plan:
        body: dict[str, Any] = {"title": title, "assigned_agent_id": agent, "status": status}
        body |= {
            "start_date": None if start is None else day(start),
            "due_date": None if due is None else day(due),
        }
        found[title] = product.call("POST", "/api/tasks", body | {"sprint_id": sprint})
    chain = (
        "Outline the city pages",
        "Write the city pages",
        "Publish the city pages",
        "Report to the owner",
    )
    for first, second in (*pairwise(chain), ("Publish the city pages", "Tell the search engines")):
        product.call("PATCH", f"/api/tasks/{found[second]['id']}", {"depends_on": [found[first]["id"]]})
    for title in ("Ask for a second phone number", "Compare the prices of two photographers", "Idea: a map"):
        found[title] = product.call("POST", "/api/tasks", {"title": title, "priority": "p3"})
    return found


VIEWS = {
    "timeline": ("/board?layout=timeline", ".tl-bar"),
    "calendar": ("/board?layout=calendar", ".day-today"),
    "analytics": ("/analytics", ".fig-plot svg"),
}


def settle(page: Page) -> None:
    """Wait until nothing is being computed any more."""
    page.wait_for_function("() => !document.querySelector('.fig-busy, .skeleton')")
