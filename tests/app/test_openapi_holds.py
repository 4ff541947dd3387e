"""The product's own OpenAPI document, tried on the product: generated requests, good ones and bad ones."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from opsroom.app.edge.settings import EdgeSettings
from opsroom.kernel.actor import Actor
from tests.app.edge_town import Town
from tests.app.product_town import Makers, open_product

pytestmark = pytest.mark.sqlite_only

# Endless answers; and one whose media type is its own.
LEFT_OUT = {"/api/feed", "/api/runs/{run_id}/events", "/api/agent-file-schema"}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
PATIENCE_S = 30.0
KINDS = {
    "run_id": "run",
    "approval_id": "approval",
    "artifact_id": "artifact",
    "delivery_id": "delivery",
    "person_id": "person",
    "key_id": "key",
    "automation_id": "automation",
    "task_id": "task",
    "agent_id": "seat",
    "category_id": "category",
    "sprint_id": "sprint",
    "comment_id": "comment",
    "view_id": "view",
    "event_id": "event",
    "key": "column",
    "recurring_id": "recurring",
    "hook_id": "hook",
    "import_id": "brought",
}


def _try(operation: Any, key: str, mode: GenerationMode, url: str, things: dict[str, str]) -> int:
    """Some requests to one operation; how many. Raises what the answers break of the document's promises."""
    count = 0

    @seed(20261121)
    @settings(
        max_examples=4,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        nonlocal count
        count += 1
        # Every other request is about something that is really there.
        if count % 2 and case.path_parameters:
            for name in case.path_parameters:
                case.path_parameters[name] = things.get(name, case.path_parameters[name])
        answer = case.call(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=10)
        if answer.status_code == 503 and case.operation.path.startswith("/webhook/"):
            return  # no secret is set: told so, as documented
        case.validate_response(answer, checks=CHECKS)

    try:
        ask()
    except Unsatisfiable:  # an operation without parameters has no bad requests
        return 0
    return count


def _try_all(document: dict[str, Any], key: str, url: str, things: dict[str, str]) -> tuple[int, list[str]]:
    schema = schemathesis.openapi.from_dict(document)
    broken: list[str] = []
    count = 0
    until = time.monotonic() + PATIENCE_S
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path in LEFT_OUT or time.monotonic() > until:
                continue
            try:
                count += _try(operation, key, mode, url, things)
            except BaseExceptionGroup as group:
                broken += [f"{operation.method} {operation.path}: {e}"[:600] for e in group.exceptions]
            except AssertionError as error:
                broken.append(f"{operation.method} {operation.path}: {error}"[:600])
    return count, broken


async def test_every_answer_is_one_the_document_promises(build_house: Any, alice: Actor, bob: Actor) -> None:
    generous = EdgeSettings(sign_in_per_minute=100_000, public_per_s=100_000)
    async with open_product(build_house, alice, bob, settings=[generous]) as town:
        document = (await town.send("GET", "/schema/openapi.json")).body
        things = await _things(town)
        count, broken = await asyncio.to_thread(_try_all, document, town.keys["alice"], town.url, things)
    assert not broken, "\n\n".join(broken)
    assert count > 100


async def _things(town: Town) -> dict[str, str]:
    makers = Makers(town, "alice")
    made = {name: await makers.of(kind)() for name, kind in KINDS.items() if kind != "key"}
    return made | {"name": "scout-a", "agent_name": "scout-a"}
