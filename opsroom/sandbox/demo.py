"""What the demo finds in the sandbox: a ClickUp list with one client, two Slack channels, a person to tag."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from opsroom.sandbox.wire import JsonObject

if TYPE_CHECKING:
    from opsroom.sandbox.api import Sandbox

STATUSES = ("Backlog", "Ready (Automate)", "In progress", "Blocked", "Review", "Complete")
_FIELDS: tuple[dict[str, object], ...] = (
    {"name": "client_id", "type": "short_text", "required": True},
    {"name": "client_name", "type": "short_text", "required": True},
    {"name": "business_address", "type": "location"},
    {"name": "phone", "type": "phone"},
    {"name": "gbp_url", "type": "url"},
    {"name": "website_url", "type": "url"},
    {
        "name": "service_area_cities",
        "type": "labels",
        "options": [
            "Columbus",
            "Dublin",
            "Upper Arlington",
            "Westerville",
            "Hilliard",
            "Worthington",
            "New Albany",
            "Grove City",
            "Reynoldsburg",
            "Gahanna",
        ],
    },
    {"name": "seed_keywords", "type": "text"},
    {"name": "competitors", "type": "text"},
    {"name": "priority_services_ranked", "type": "text"},
    {"name": "business_usps", "type": "text"},
    {"name": "service_tier", "type": "drop_down", "options": ["Starter", "Growth", "Premium"]},
    {"name": "audit_due", "type": "date"},
)


@dataclass(frozen=True, slots=True)
class DemoSeed:
    """What the demo may set differently; the rest is fixed."""

    website_url: str = "http://127.0.0.1:8000/"
    competitors: Sequence[str] = ("http://127.0.0.1:8001/", "http://127.0.0.1:8002/")
    list_id: str = "901800000001"
    task_id: str = "tk_abc123"
    client_id: str = "shamrock-detailing-columbus"
    client_name: str = "Shamrock Detailing (Columbus, OH)"
    business_address: str = "2400 N High St, Columbus, OH 43202, USA"
    phone: str = "+1 614 555 0142"
    gbp_url: str = "https://www.google.com/maps/place/?q=place_id:ChIJsandboxShamrock"
    service_area_cities: Sequence[str] = ("Columbus", "Dublin", "Westerville", "Hilliard", "Grove City")
    seed_keywords: Sequence[str] = (
        "auto detailing columbus",
        "ceramic coating columbus",
        "mobile detailing dublin ohio",
    )
    priority_services: Sequence[str] = (
        "Ceramic coating",
        "Full detail",
        "Paint correction",
        "Mobile detailing",
    )
    usps: Sequence[str] = (
        "Certified ceramic installer",
        "Mobile within 25 miles",
        "Five-year coating warranty",
    )


def seed_from(body: Mapping[str, object]) -> DemoSeed:
    """A seed from JSON. Raises ValueError that names every unknown member."""
    known = {f.name for f in fields(DemoSeed)}
    if unknown := sorted(body.keys() - known):
        raise ValueError(
            f"{', '.join(unknown)}: not a member of the demo's seed ({', '.join(sorted(known))})"
        )
    return DemoSeed(**body)  # type: ignore[arg-type]


def client_fields(seed: DemoSeed) -> JsonObject:
    """The custom fields of the client's task, by name."""
    return {
        "client_id": seed.client_id,
        "client_name": seed.client_name,
        "business_address": seed.business_address,
        "phone": seed.phone,
        "gbp_url": seed.gbp_url,
        "website_url": seed.website_url,
        "service_area_cities": list(seed.service_area_cities),
        "seed_keywords": "\n".join(seed.seed_keywords),
        "competitors": "\n".join(seed.competitors),
        "priority_services_ranked": "\n".join(f"{i}. {s}" for i, s in enumerate(seed.priority_services, 1)),
        "business_usps": "\n".join(seed.usps),
        "service_tier": "Growth",
        "audit_due": "2026-12-04T17:00:00+00:00",
    }


def demo_seed(sandbox: "Sandbox", seed: DemoSeed | None = None) -> None:
    """Put the demo's data in. What is there stays, except the addresses, which change at every start."""
    seed = seed or DemoSeed()
    clickup, slack = sandbox.clickup, sandbox.slack
    if seed.list_id not in clickup.lists:
        clickup.add_list(seed.list_id, "Local SEO audits", STATUSES, _FIELDS)
    if seed.task_id not in clickup.tasks:
        clickup.add_task(
            seed.list_id,
            f"Local SEO audit: {seed.client_name}",
            client_fields(seed),
            "Backlog",
            seed.task_id,
            announce=False,
        )
    task = clickup.tasks[seed.task_id]
    clickup.set_field(task, "website_url", seed.website_url)
    clickup.set_field(task, "competitors", "\n".join(seed.competitors))
    for name in ("seo-automation", "seo-automation-alerts"):
        if slack.find_channel(name) is None:
            slack.add_channel(name)
    if not slack.users:
        slack.add_user("trung", "Trung Nguyen", "trung@example.com")
        slack.add_user("jake", "Jake Miller", "jake@example.com")
