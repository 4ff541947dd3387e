"""The field names the pages are written with are the ones the server answers with."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest

from .conftest import WEB
from .product import Product

# Shape in types.ts → schema of the server. Fields only the server knows are its own business; one
# that only the pages know would be undefined on every page.
SHAPES = {
    "Run": "Run",
    "RunDetail": "RunDetail",
    "RunEvent": "RunEvent",
    "Output": "Output",
    "Delivery": "Delivery",
    "DeliveryItem": "DeliveryItem",
    "Approval": "Approval",
    "TriggerDetail": "TriggerDetail",
    "Agent": "AgentSummary",
    "AgentDetail": "AgentDetail",
    "AgentVersion": "VersionInfo",
    "WebhookDelivery": "WebhookDelivery",
    "Priority": "Priority",
    "Summary": "RunSummary",
    "Progress": "Progress",
    "Problem": "Problem",
}
# The same for what stands in files of its own, where the names are the server's.
BOARD = (
    "Task",
    "TaskRef",
    "NewTask",
    "TaskChange",
    "Column",
    "BoardSettings",
    "RosterAgent",
    "Category",
    "Sprint",
    "Comment",
    "CustomField",
    "SavedView",
    "Activity",
    "BoardSnapshot",
    "Hook",
    "HookKind",
    "HookDelivery",
    "Attempt",
    "Key",
    "AgentOrApp",
    "AddedPerson",
    "Import",
    "Misfit",
    "PreferencesInForce",
    "DailySummary",
)
# And for what starts itself.
BY_ITSELF = {
    "Automation": "automations.ts",
    "Firing": "automations.ts",
    "Recurring": "recurring.ts",
}
# And for figures.
FIGURES = (
    "Velocity",
    "SprintVelocity",
    "Burn",
    "BurnDay",
    "CycleTimes",
    "CycleGroup",
    "Spread",
    "DoneTasks",
    "DoneTask",
    "Throughput",
    "Week",
    "CumulativeFlow",
    "FlowColumn",
    "FlowDay",
    "Workload",
    "Load",
)
# What the pages leave out on purpose; anything else the server tells must be in types.ts.
UNUSED = {
    "NewTask": {"recurring_id"},
    "Delivery": {"run_id"},
    "Firing": {"automation_id"},
    "Approval": {"thread_id"},
    "AgentVersion": {"created_by", "source"},
    "WebhookDelivery": {"body_bytes", "remote"},
}


def _written(files: str = "types.ts") -> dict[str, set[str]]:
    """Field names by interface, those of the extended interface included."""
    found_in = sorted((WEB / "src" / "api").glob(files))
    text = "\n".join(file.read_text(encoding="utf-8") for file in found_in)
    found: dict[str, set[str]] = {}
    for name, base, body in re.findall(
        r"export interface (\w+)(?: extends (\w+))? \{\n(.*?)\n\}", text, re.S
    ):
        own = set(re.findall(r"^  (\w+)\??:", body, re.M))
        found[name] = own | found.get(base, set())
    return found


@pytest.fixture(scope="session")
def told(product: Product) -> dict[str, set[str]]:
    with urllib.request.urlopen(f"{product.url}/schema/openapi.json", timeout=30) as answer:
        schemas = json.load(answer)["components"]["schemas"]
    return {name: set(schema.get("properties", {})) for name, schema in schemas.items()}


@pytest.mark.parametrize("name", SHAPES)
def test_types_ts_has_the_fields_the_server_tells(name: str, told: dict[str, set[str]]) -> None:
    theirs, ours = told[SHAPES[name]], _written()[name]
    assert ours - theirs == set(), f"types.ts: {name} has fields the server does not tell"
    assert theirs - ours - UNUSED.get(name, set()) == set(), f"types.ts: {name} lacks fields the server tells"


@pytest.mark.parametrize("name", BOARD)
def test_the_board_has_the_fields_the_server_tells(name: str, told: dict[str, set[str]]) -> None:
    theirs, ours = told[name], _written("*.ts")[name]
    assert ours - theirs == set(), f"{name} has fields the server does not tell"
    assert theirs - ours - UNUSED.get(name, set()) == set(), f"{name} lacks fields the server tells"


@pytest.mark.parametrize("name", BY_ITSELF)
def test_rules_and_recurring_tasks_have_the_fields_the_server_tells(
    name: str, told: dict[str, set[str]]
) -> None:
    theirs, ours = told[name], _written(BY_ITSELF[name])[name]
    assert ours - theirs == set(), f"{name} has fields the server does not tell"
    assert theirs - ours - UNUSED.get(name, set()) == set(), f"{name} lacks fields the server tells"


@pytest.mark.parametrize("name", FIGURES)
def test_figures_have_the_fields_the_server_tells(name: str, told: dict[str, set[str]]) -> None:
    theirs, ours = told[name], _written("analytics.ts")[name]
    assert ours - theirs == set(), f"{name} has fields the server does not tell"
    assert theirs - ours - UNUSED.get(name, set()) == set(), f"{name} lacks fields the server tells"


def test_no_figure_is_left_out() -> None:
    assert _written("analytics.ts").keys() - {"Figures"} == set(FIGURES)


def test_every_status_of_a_run_is_known_to_the_pages(product: Product) -> None:
    with urllib.request.urlopen(f"{product.url}/schema/openapi.json", timeout=30) as answer:
        status = json.load(answer)["components"]["schemas"]["Run"]["properties"]["status"]
    text = (WEB / "src" / "api" / "types.ts").read_text(encoding="utf-8")
    block = text.split("export type RunStatus =", 1)[1].split(";", 1)[0]
    assert set(re.findall(r'"(\w+)"', block)) == set(status.get("enum", [])), status
