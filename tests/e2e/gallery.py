"""Runs in every state worth looking at: for axe, and for the pictures in docs/images."""

from __future__ import annotations

from dataclasses import dataclass

from opsroom.sandbox.api import Fault

from .product import Product


@dataclass(frozen=True)
class Gallery:
    """The runs by what became of them."""

    audited: str
    managed: str
    hostile: str
    undelivered: str
    awaiting: str
    alerted: str
    cancelled: str
    running: str
    webhook: str


def furnish(product: Product) -> Gallery:
    """Start one of each and wait until each is where it should be."""
    misplaced = "Northgate Plumbing"
    fault = Fault(
        route="* /slack/api/chat.postMessage",
        times=None,
        error="channel_not_found",
        body_contains="Northgate",
    )
    product.loop.do(lambda: product.sandbox.faults.arm(fault))
    alerted = product.start("reviews", "Riverside Animal Clinic")
    undelivered = product.start("sentinel", misplaced)
    managed = product.start("sentinel", "Harbor Dental")
    hostile = product.start("briefs", "Blue Door Bakery")
    product.start("echo", "Elm Street Yoga")
    cancelled = product.start("watcher", "Capital Auto Spa")
    product.call("POST", f"/api/runs/{cancelled}/cancel", {"reason": "the wrong client"})
    denied = product.start("publisher", "Maple Law Group")
    product.new_task("tk_clintonville", "Clintonville Roofing")
    for _ in range(2):
        assert product.hook("tk_clintonville", date="1763719200000") == 200
    assert product.hook("tk_clintonville", into="Backlog", date="1763719260000") == 200
    assert product.hook("tk_clintonville", signature="forged") == 403
    audited = product.call("POST", "/api/runs", {"agent": "local-audit", "payload": product.site_payload})[
        "id"
    ]
    product.until(denied, lambda run: run["status"] == "AWAITING_HUMAN")
    question = product.call("GET", "/api/approvals?status=pending")[0]
    answer = {"message": "The page still has the old phone number."}
    product.call("POST", f"/api/approvals/{question['id']}/deny", answer)
    for run_id in (alerted, managed, hostile, cancelled, denied, audited):
        product.until_ended(run_id)
    assert product.until_ended(undelivered)["status"] == "UNDELIVERED"
    awaiting = product.start("publisher", "Shamrock Detailing")
    product.until(awaiting, lambda run: run["status"] == "AWAITING_HUMAN")
    running = product.start("watcher", "Buckeye Shine")
    product.until(running, lambda run: run["event_count"] > 8)
    webhook = next(
        one["id"] for one in product.call("GET", "/api/webhook-deliveries") if one["verdict"] == "accepted"
    )
    return Gallery(audited, managed, hostile, undelivered, awaiting, alerted, cancelled, running, webhook)
