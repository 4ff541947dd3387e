"""A board worth looking at: for axe, and for the pictures in docs/images."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from .product import Product

_TODAY = datetime.now(UTC).date()


def _day(away: int) -> str:
    return (_TODAY + timedelta(days=away)).isoformat()


# Title, agent, category, priority, column, and what else stands on the card.
_CARDS: list[tuple[str, str | None, str | None, str, str, dict[str, Any]]] = [
    ("Fix the sitemap after the move to the new domain", "kenji", "development", "p1", "todo",
     {"due_date": _day(-2), "labels": ["technical", "Harbor Dental"], "estimate": 3}),
    ("Keyword clusters for emergency plumbing", "maya", "research", "p2", "todo", {"due_date": _day(0)}),
    ("Rewrite the service pages in the owner's own words", "sofia", "content", "p2", "todo",
     {"labels": ["Harbor Dental"], "estimate": 8, "brand": "Harbor Dental"}),
    ("Answer four new reviews", "sarah", "operations", "p3", "todo", {"due_date": _day(1)}),
    ("Landing page for the spring offer", "jackson", "revenue", "p2", "todo",
     {"due_date": _day(9), "brand": "Elm Street Yoga"}),
    ("Compress the pictures of the gallery", None, "development", "p3", "todo", {}),
    ("Compare the backlinks of three competitors", "elena", "research", "p3", "todo", {"estimate": 5}),
    ("Local SEO audit: Clintonville Roofing", "neo", "research", "p1", "in_progress",
     {"due_date": _day(0), "labels": ["audit"], "estimate": 2, "client_visible": True}),
    ("City pages for Columbus, Dublin and Westerville", "david", "content", "p1", "in_progress",
     {"due_date": _day(3), "labels": ["city pages", "needs approval"]}),
    ("Move DNS to the new provider without an hour of silence", "aisha", "infrastructure", "p2",
     "in_progress", {"estimate": 3}),
    ("Weekly report of rankings", "priya", "revenue", "p3", "in_progress", {"due_date": _day(5)}),
    ("Structured data for opening hours", "kenji", "development", "p2", "done", {}),
    ("Renew the certificate", "aisha", "infrastructure", "p1", "done", {"due_date": _day(-6)}),
    ("Ask the owner about the tone of voice", "sofia", "content", "p3", "done", {}),
    ("Numbers of the third quarter", "marcus", "revenue", "p2", "done", {"estimate": 2}),
    ("Put the call tracking on all pages", "zara", "operations", "p1", "blocked",
     {"blocked_reason": "Waiting for access to the tag manager; asked again on Monday.",
      "due_date": _day(-1)}),
]  # fmt: skip


def furnish_board(product: Product) -> dict[str, str]:
    """Cards in every column and every state; their ids by title."""
    made: dict[str, str] = {}
    for title, agent, category, priority, status, more in reversed(_CARDS):
        body = {"title": title, "priority": priority, "status": status} | more
        if agent:
            body["assigned_agent_id"] = agent
        if category:
            body["category_id"] = category
        made[title] = product.call("POST", "/api/tasks", body)["id"]
    sitemap = made["Fix the sitemap after the move to the new domain"]
    for part in ("List the old addresses", "Redirect them", "Tell the search engines"):
        product.call("POST", "/api/tasks", {"title": part, "parent_id": sitemap, "status": "done"})
    pages = made["City pages for Columbus, Dublin and Westerville"]
    for text in ("The draft for Dublin reads well.", "@david the phone number is the old one."):
        product.call("POST", f"/api/tasks/{pages}/comments", {"content": text})
    rewrite = made["Rewrite the service pages in the owner's own words"]
    tone = made["Compare the backlinks of three competitors"]
    product.call("PATCH", f"/api/tasks/{rewrite}", {"depends_on": [tone]})
    return made
