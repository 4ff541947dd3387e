"""Settings worth looking at: for axe, and for the pictures in docs/images."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

from .product import Product

_TODAY = datetime.now(UTC).date()

_FIELDS: list[dict[str, Any]] = [
    {"key": "go_live", "name": "Go-live", "kind": "date"},
    {"key": "channel", "name": "Channel", "kind": "choice", "options": ["Search", "Ads", "Social", "E-mail"]},
    {"key": "budget", "name": "Budget in euros", "kind": "number"},
    {"key": "approved", "name": "Approved by the client", "kind": "checkbox"},
]
_RULES: list[dict[str, Any]] = [
    {
        "name": "Urgent work gets an agent",
        "when": {"event": "task_created"},
        "only_if": {"priority": "p1", "assigned": "none"},
        "then": [{"do": "assign", "agent": "auto"}],
    },
    {
        "name": "Blocked work is seen",
        "when": {"event": "task_moved", "after": "blocked"},
        "then": [
            {"do": "set", "field": "priority", "value": "p1"},
            {"do": "notify", "to": ["accountable"], "message": "{title} is blocked: can you clear the way?"},
        ],
    },
    {
        "name": "Started work has a parent",
        "when": {"event": "task_moved", "after": "in_progress"},
        "then": [{"do": "set", "field": "parent_id", "value": "task_that_is_gone"}],
    },
    {
        "name": "Ping",
        "when": {"event": "task_changed", "field": "labels", "after": "ping"},
        "then": [{"do": "label", "add": ["pong"], "remove": ["ping"]}],
    },
    {
        "name": "Pong",
        "when": {"event": "task_changed", "field": "labels", "after": "pong"},
        "then": [{"do": "label", "add": ["ping"], "remove": ["pong"]}],
    },
]
_RECURRING: list[tuple[str, str, str, str]] = [
    ("Weekly report", "FREQ=WEEKLY;BYDAY=MO", "09:00", "Europe/Amsterdam"),
    ("Invoices", "FREQ=MONTHLY;BYDAY=-1FR", "15:00", "UTC"),
    ("Check the backups", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "08:30", "UTC"),
    ("What was promised to whom, and by when", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1", "10:00", "UTC"),
]


def _day(away: int) -> str:
    return (_TODAY + timedelta(days=away)).isoformat()


def furnish_settings(product: Product) -> None:
    """Something in every section, and rules that acted, failed and were stopped."""
    for field in _FIELDS:
        product.call("POST", "/api/board/fields", field)
    product.call("PATCH", "/api/agents/neo", {"agent_name": "echo", "capacity": 4})
    product.call("PATCH", "/api/agents/david", {"agent_name": "publisher", "capacity": 1})
    product.call("PATCH", "/api/board/columns/in_progress", {"wip_limit": 5})
    _sprints(product)
    for rule in _RULES:
        product.call("POST", "/api/automations", rule)
    _work(product)
    for name, rule, at, zone in _RECURRING:
        body = {"name": name, "template": {"title": f"{name} {{date}}"}, "rule": rule, "time_zone": zone}
        product.call("POST", "/api/recurring", body | {"starts": f"2026-01-05T{at}"})


def _sprints(product: Product) -> None:
    spans = (("Sprint 11", -23, "The old pages are redirected."), ("Sprint 12", -9, ""), ("Sprint 13", 5, ""))
    ids = [
        product.call(
            "POST",
            "/api/sprints",
            {"name": name, "start_date": _day(begins), "end_date": _day(begins + 11), "goal": goal},
        )["id"]
        for name, begins, goal in spans
    ]
    product.call(
        "PATCH",
        f"/api/sprints/{ids[1]}",
        {"goal": "Every service page says it in the owner's own words, and the old domain is empty."},
    )
    cards = [each["id"] for each in product.call("GET", "/api/tasks?limit=50")]
    for card in cards[:5]:
        product.call("PATCH", f"/api/tasks/{card}", {"sprint_id": ids[0]})
    product.call("POST", f"/api/sprints/{ids[0]}/start", {})
    product.call("POST", f"/api/sprints/{ids[0]}/complete", {"carry_to": ids[1]})
    for card in cards[3:14]:
        product.call("PATCH", f"/api/tasks/{card}", {"sprint_id": ids[1]})
    product.call("POST", f"/api/sprints/{ids[1]}/start", {})


def _work(product: Product) -> None:
    """What makes the rules act; waits until they did."""
    api = product.call("POST", "/api/tasks", {"title": "Fix the API of the booking form", "priority": "p1"})
    lost = product.call("POST", "/api/tasks", {"title": "Ask who owns the tag manager"})
    product.call("POST", f"/api/tasks/{lost['id']}/move", {"status": "in_progress"})
    product.call("PATCH", f"/api/tasks/{api['id']}", {"labels": ["ping"]})
    product.call(
        "POST",
        f"/api/tasks/{lost['id']}/move",
        {"status": "blocked", "blocked_reason": "Nobody knows the password."},
    )
    deadline = time.monotonic() + 20
    while not all(each["record"] for each in product.call("GET", "/api/automations")):
        assert time.monotonic() < deadline, "the rules did not act"
        time.sleep(0.1)


# Name of the picture → section, and what must be there before it is taken.
SECTIONS: dict[str, tuple[str, str]] = {
    "settings-columns": ("columns", ".template"),
    "settings-general": ("general", ".switch"),
    "settings-fields": ("fields", ".set-row"),
    "settings-categories": ("categories", ".set-row"),
    "settings-sprints": ("sprints", ".sprint-now"),
    "settings-agents": ("board-agents", ".matrix"),
    "settings-automations": ("automations", ".example"),
    "settings-recurring": ("recurring", ".recurring-row"),
}


def open_rule(page: Page) -> None:
    """A rule in its editor, tried on a card."""
    page.get_by_role("button", name="Blocked work is seen", exact=True).click()
    page.locator(".trial-says").wait_for()


def open_log(page: Page) -> None:
    """The log of a rule that was stopped."""
    page.get_by_role("button", name="Actions for Ping").click()
    page.get_by_role("menuitem", name="Log").click()
    page.locator(".log-line").first.wait_for()


def open_recurring(page: Page) -> None:
    """A recurring task with its next times."""
    page.get_by_role("button", name="Weekly report", exact=True).click()
    page.locator(".next-times li").first.wait_for()


DEEPER: dict[str, tuple[str, str, Callable[[Page], None]]] = {
    "settings-rule": ("automations", ".example", open_rule),
    "settings-rule-log": ("automations", ".example", open_log),
    "settings-recurring-one": ("recurring", ".recurring-row", open_recurring),
}


def take_settings(page: Page, product: Product, keep: Callable[[str], None]) -> None:
    """Every section as a picture, and what is behind some of them."""
    for name, (section, sign) in SECTIONS.items():
        page.goto(f"{product.url}/settings/{section}")
        page.locator(sign).first.wait_for()
        keep(name)
    for name, (section, sign, deeper) in DEEPER.items():
        page.goto(f"{product.url}/settings/{section}")
        page.locator(sign).first.wait_for()
        deeper(page)
        keep(name)
