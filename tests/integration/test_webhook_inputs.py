"""What comes in at the webhook door, good and bad: each kept, judged and answered, nothing lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opsroom.agents import api as agents
from opsroom.agents.ports import WorkspaceScope
from opsroom.app.rehearsal import WEBHOOK_SECRET
from opsroom.kernel.actor import system_actor
from opsroom.triggers.reconciliation import reconcile
from opsroom.triggers.settings import TriggersSettings
from opsroom.triggers.sources.clickup.rules import sign
from tests.integration.conftest import MakeProduct, Product
from tests.integration.test_main_job import READY, moved, until_started

pytestmark = pytest.mark.sqlite_only


def ready(product: Product) -> None:
    product.sandbox.clickup.change_status(product.sandbox.clickup.tasks[product.seed.task_id], READY)


async def test_what_is_not_genuine_is_refused_and_kept(make_product: MakeProduct) -> None:
    product = await make_product()
    body = json.dumps(moved(product)).encode()
    good = sign(body, WEBHOOK_SECRET)
    for signature in (
        "",
        "0" * 64,
        good[:-1],
        good[:-1] + "é",
        good.upper() + "0",
        "sha256=" + good,
        "ü" * 64,
    ):
        headers = {"X-Signature": signature.encode("latin-1", "replace").decode("latin-1")}
        async with product.http.post(
            f"{product.running.url}/webhook/sentinel", data=body, headers=headers
        ) as response:
            assert response.status == 403, signature
    changed = body.replace(b"tk_abc123", b"tk_abc124")
    status, _ = await product.hook("sentinel", changed, good)
    assert status == 403
    kept = await product.call("GET", "/api/webhook-deliveries?verdict=refused")
    assert len(kept) == 8
    assert all(d["run_id"] is None and d["status_code"] == 403 for d in kept)
    assert await product.call("GET", "/api/runs") == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b'{"event": "taskStatusUpdated",',
        b'{"event": 1, "event": 2}',
        b'{"a": "\\u0000"}',
        b'{"a": NaN}',
        b"[" * 5000 + b"]" * 5000,
        b'{"a": "\xff\xfe"}',
        b'{"a": "\\ud800"}',
    ],
)
async def test_what_cannot_be_read_is_refused_clearly(make_product: MakeProduct, raw: bytes) -> None:
    product = await make_product()
    status, answer = await product.hook("sentinel", raw)
    assert status == 400, answer
    assert answer["reason"]
    [kept] = await product.call("GET", "/api/webhook-deliveries")
    assert kept["verdict"] == "refused"


async def test_genuine_events_that_are_not_for_us(make_product: MakeProduct) -> None:
    product = await make_product()
    created = moved(product, before={"status": None, "type": "removed"})
    cases: list[tuple[Any, str]] = [
        ({"event": "taskCreated", "task_id": "tk_1"}, "not a change of status"),
        (moved(product, into="In progress"), "starts a run"),
        (created, "created in this status"),
        (moved(product, before={"status": READY.lower(), "type": "custom"}), "already"),
        ({"event": "taskStatusUpdated", "task_id": "tk_1", "history_items": []}, "no change of status"),
        ({"event": "taskStatusUpdated", "history_items": []}, "no task"),
        ([1, 2], "not a JSON object"),
    ]
    for body, reason in cases:
        status, answer = await product.hook("sentinel", body)
        assert (status, answer["verdict"]) == (200, "ignored"), answer
        assert reason in answer["reason"]
    assert await product.call("GET", "/api/runs") == []


async def test_an_unknown_agent_and_a_body_over_the_limit(make_product: MakeProduct) -> None:
    product = await make_product()
    status, answer = await product.hook("sentinle", moved(product))
    assert status == 404
    assert "sentinel" in answer["reason"]
    big = json.dumps(moved(product) | {"padding": "x" * 1_100_000}).encode()
    status, _ = await product.hook("sentinel", big)
    assert status == 413


async def test_missing_fields_are_all_named_and_nothing_starts(make_product: MakeProduct) -> None:
    product = await make_product()
    task = product.sandbox.clickup.tasks[product.seed.task_id]
    for name in ("client_name", "website_url"):
        product.sandbox.clickup.set_field(task, name, None)
    ready(product)
    _, answer = await product.hook("sentinel", moved(product))
    delivery = await until_started(product, answer["delivery_id"])
    assert delivery["verdict"] == "missing_fields"
    assert "client_name" in delivery["reason"]
    assert "website_url" in delivery["reason"]
    await product.until_true(lambda: task.status.casefold() == "blocked")
    [alert] = product.messages("seo-automation-alerts")
    told = json.dumps([m.blocks for m in product.sandbox.slack.messages]) + alert
    assert "client_name" in told
    assert "website_url" in told
    assert await product.call("GET", "/api/runs") == []
    assert product.effects("anthropic", "session.created") == 0


async def test_a_task_that_moved_on_starts_nothing(make_product: MakeProduct) -> None:
    product = await make_product()
    _, answer = await product.hook("sentinel", moved(product))
    delivery = await until_started(product, answer["delivery_id"])
    assert delivery["verdict"] == "stale"
    assert await product.call("GET", "/api/runs") == []


async def test_a_delivery_can_be_replayed(make_product: MakeProduct) -> None:
    product = await make_product()
    ready(product)
    _, answer = await product.hook("sentinel", moved(product))
    first = await until_started(product, answer["delivery_id"])
    await product.until_ended(first["run_id"])
    ready(product)
    again = await product.call("POST", f"/api/webhook-deliveries/{first['id']}/replay", expect=201)
    second = await until_started(product, again["id"])
    assert second["replay_of"] == first["id"]
    assert second["run_id"] != first["run_id"]
    assert (await product.call("GET", f"/api/webhook-deliveries/{first['id']}"))["replays"] == 1
    _, forged = await product.hook("sentinel", moved(product), "0" * 64)
    problem = await product.call("POST", f"/api/webhook-deliveries/{forged['delivery_id']}/replay")
    assert problem["status"] == 400


async def test_a_lost_webhook_is_found_and_a_late_one_is_a_duplicate(make_product: MakeProduct) -> None:
    product = await make_product()
    house = product.running.house
    scope = house.need(WorkspaceScope).scope
    settings = TriggersSettings(reconcile_s=1, reconcile_grace_s=0)
    async with house.unit_of_work.reading(system_actor(scope)) as tx:
        file = (await agents.current(tx, "sentinel")).file
    assert await reconcile(house, scope, file, settings) == []
    ready(product)
    assert await reconcile(house, scope, file, settings) == []  # seen waiting for the first time
    assert await reconcile(house, scope, file, settings) == [product.seed.task_id]
    assert await reconcile(house, scope, file, settings) == []

    async def runs() -> list[Any]:
        return await product.call("GET", "/api/runs")

    await product.until_true(lambda: product.effects("anthropic", "session.created") == 1)
    [run] = await runs()
    await product.until_ended(run["id"])
    status, late = await product.hook("sentinel", moved(product))
    assert (status, late["already_processed"], late["original_run"]) == (200, True, run["id"])
    assert len(await runs()) == 1


async def test_without_a_secret_nothing_is_believed(make_product: MakeProduct) -> None:
    product = await make_product(CLICKUP_WEBHOOK_SECRET="")
    status, answer = await product.hook("sentinel", moved(product))
    assert status == 503
    assert "CLICKUP_WEBHOOK_SECRET" in answer["reason"]
