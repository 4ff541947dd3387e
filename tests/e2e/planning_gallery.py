"""Saved views, a list, webhooks, people and news: for the pictures in docs/images."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import quote

from .product import Product
from .section_kit import receiver

_VIEWS = (
    ("Due this week", "board", {"due": "overdue,this_week"}),
    ("By agent", "list", {"group": "agent", "sort": "priority:asc"}),
    ("Harbor Dental", "board", {"label": "Harbor Dental"}),
    ("Needs approval", "list", {"label": "needs approval"}),
)


def furnish_planning(product: Product, cards: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Fill the pages; name of the picture → path, and what must be there before it is taken."""
    made = [
        product.call(
            "POST",
            "/api/board/views",
            {"name": name, "layout": layout, "query": query, "shared": at != 3},
        )
        for at, (name, layout, query) in enumerate(_VIEWS)
    ]
    for name, role in (("Lena Fischer", "admin"), ("Omar Haddad", "user")):
        email = f"{name.split()[0].lower()}@example.com"
        product.call("POST", "/api/people", {"email": email, "name": name, "role": role})
    _tell(product, cards)
    hook = _hooks(product, cards)
    week, by_agent = made[0]["id"], made[1]["id"]
    return {
        "views": (f"/board?view={week}&due={quote('overdue,this_week')}", ".kcard"),
        "list": (f"/board?layout=list&view={by_agent}&group=agent&sort=priority:asc", ".l-group, .l-below"),
        "activity": ("/activity", ".feed-row"),
        "notifications": ("/notifications", ".feed-row"),
        "settings-webhooks": (f"/settings/webhooks?hook={hook}", ".hook-line"),
        "settings-import": ("/settings/import", ".drop"),
        "settings-people": ("/settings/people", ".entry-row"),
        "settings-notifications": ("/settings/notifications", ".paces"),
    }


def _tell(product: Product, cards: dict[str, str]) -> None:
    """Somebody else does a few things that concern the one who looks."""
    me = product.call("GET", "/api/me")["actor"]
    lena = product.call(
        "POST", "/api/actors", {"kind": "app", "slug": "intake", "name": "Intake", "role": "admin"}
    )
    key = product.call("POST", "/api/keys", {"label": "Intake forms", "actor_id": lena["id"]})["secret"]
    for task_id in list(cards.values())[:3]:
        theirs = {"Authorization": f"Bearer {key}"}
        product.call("PATCH", f"/api/tasks/{task_id}", {"accountable_id": me["id"]}, **theirs)
        said = {"content": "@admin the owner has sent the new photos; they are in the folder."}
        product.call("POST", f"/api/tasks/{task_id}/comments", said, **theirs)


def _hooks(product: Product, cards: dict[str, str]) -> str:
    """A webhook whose receiver answers, and one news that went there; its id."""
    kinds = ["board.task_moved.v1", "board.comment_added.v1"]
    with receiver() as there:
        body = {"name": "Invoicing", "url": there.url, "kinds": kinds}
        hook = product.call("POST", "/api/hooks", body)["hook"]["id"]
        product.call("POST", f"/api/hooks/{hook}/test", {})
        _until(lambda: len(there.got) > 0)
        there.status = 503
        card = next(iter(cards.values()))
        product.call("POST", f"/api/tasks/{card}/comments", {"content": "Invoice it with the last one."})
        _until(lambda: len(there.got) > 2)
    return hook


def _until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not there() and time.monotonic() < deadline:
        time.sleep(0.2)
