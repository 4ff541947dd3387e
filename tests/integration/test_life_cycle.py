"""The ways a run can go that are not the good one, and the gates people stand at."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from opsroom.sandbox.api import Fault
from tests.integration.conftest import MakeProduct, Product

pytestmark = pytest.mark.sqlite_only


async def pending(product: Product, run_id: str) -> list[Any]:
    await product.until(run_id, lambda r: r["status"] == "AWAITING_HUMAN")
    return [a for a in await product.call("GET", "/api/approvals?status=pending") if a["run_id"] == run_id]


async def test_an_allowed_tool_lets_the_run_go_on(make_product: MakeProduct) -> None:
    product = await make_product(scenario="approval")
    run_id = (await product.start())["id"]
    [question] = await pending(product, run_id)
    assert question["tool_name"]
    assert question["input"]
    wrong = await product.call("POST", f"/api/approvals/{question['id']}/allow", {"input_sha256": "0" * 64})
    assert wrong["status"] == 409
    body = {"input_sha256": question["input_sha256"], "message": "go"}
    answered = await product.call("POST", f"/api/approvals/{question['id']}/allow", body, 200)
    assert answered["status"] == "allowed"
    run = await product.until_ended(run_id)
    assert run["status"] == "DONE", run["error"]
    confirmations = [
        e
        for e in product.sandbox.ledger.find_effects("anthropic", "event.sent")
        if e.detail.get("type") == "user.tool_confirmation"
    ]
    assert len(confirmations) == 1
    late = await product.call("POST", f"/api/approvals/{question['id']}/deny", {})
    assert late["status"] == 409


async def test_two_answers_at_once_continue_once(make_product: MakeProduct) -> None:
    product = await make_product(scenario="approvals-two")
    run_id = (await product.start())["id"]
    questions = await pending(product, run_id)
    assert len(questions) == 2
    calls = [product.call("POST", f"/api/approvals/{q['id']}/allow", {}) for q in questions for _ in range(3)]
    await asyncio.gather(*calls)
    run = await product.until_ended(run_id)
    assert run["status"] == "DONE", run["error"]
    confirmations = [
        e
        for e in product.sandbox.ledger.find_effects("anthropic", "event.sent")
        if e.detail.get("type") == "user.tool_confirmation"
    ]
    assert len(confirmations) == 2


async def test_the_agents_file_can_answer_by_itself(make_product: MakeProduct) -> None:
    def deny(file: dict[str, Any]) -> None:
        file["approvals"] = {"default": "deny"}

    product = await make_product(scenario="approval", edit=deny)
    run = await product.until_ended((await product.start())["id"])
    assert [a["status"] for a in run["approvals"]] == ["denied"]
    assert "AWAITING_HUMAN" not in await product.states(run["id"])


async def test_a_parked_run_can_be_cancelled(make_product: MakeProduct) -> None:
    product = await make_product(scenario="approval")
    run_id = (await product.start())["id"]
    [question] = await pending(product, run_id)
    await product.call("POST", f"/api/runs/{run_id}/cancel", {"reason": "wrong client"}, 200)
    run = await product.until_ended(run_id)
    assert (run["status"], run["outcome"]) == ("CANCELLED", "cancelled")
    after = await product.call("GET", f"/api/runs/{run_id}")
    assert [a["status"] for a in after["approvals"]] == ["withdrawn"]
    assert (await product.call("POST", f"/api/approvals/{question['id']}/allow", {}))["status"] == 409


async def test_a_running_session_is_interrupted_by_cancel(make_product: MakeProduct) -> None:
    product = await make_product(scenario="endless")
    run_id = (await product.start())["id"]
    await product.until(run_id, lambda r: r["event_count"] > 5)
    await product.call("POST", f"/api/runs/{run_id}/cancel", {}, 200)
    run = await product.until_ended(run_id)
    assert run["status"] == "CANCELLED"
    interrupts = [
        e
        for e in product.sandbox.ledger.find_effects("anthropic", "event.sent")
        if e.detail.get("type") == "user.interrupt"
    ]
    assert interrupts
    assert product.messages("seo-automation-alerts") == []
    assert (await product.call("POST", f"/api/runs/{run_id}/cancel", {}))["status"] == 409


async def test_our_own_ceiling_stops_an_endless_session(make_product: MakeProduct) -> None:
    def tight(file: dict[str, Any]) -> None:
        file["limits"] = {
            "max_session_duration_minutes": 0.02,
            "max_session_cost_usd": 5,
            "alert_if_cost_exceeds_usd": 3,
        }

    product = await make_product(scenario="endless", edit=tight)
    run = await product.until_ended((await product.start())["id"])
    assert (run["status"], run["outcome"]) == ("TERMINATED", "duration_exceeded")
    await product.until_true(lambda: len(product.messages("seo-automation-alerts")) == 1)


@pytest.mark.parametrize(
    ("scenario", "status", "outcome"),
    [
        ("refusal", "ALERTED", "refused"),
        ("retries-exhausted", "ALERTED", "retries_exhausted"),
        ("terminated", "ALERTED", "session_terminated"),
        ("empty", "EMPTY", "empty"),
    ],
)
async def test_each_end_has_its_outcome(
    make_product: MakeProduct, scenario: str, status: str, outcome: str
) -> None:
    product = await make_product(scenario=scenario)
    run = await product.until_ended((await product.start(clickup_task_id=product.seed.task_id))["id"])
    assert (run["status"], run["outcome"]) == (status, outcome)
    assert run["error"]["message"]
    await product.until_true(lambda: len(product.messages("seo-automation-alerts")) == 1)
    assert product.messages("seo-automation") == []


@pytest.mark.parametrize("scenario", ["unknown-things", "custom-tool", "threads"])
async def test_what_we_do_not_know_is_logged_and_survived(make_product: MakeProduct, scenario: str) -> None:
    product = await make_product(scenario=scenario)
    run = await product.until_ended((await product.start())["id"])
    log = await product.log(run["id"])
    assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
    assert run["status"] in ("DONE", "EMPTY", "ALERTED")
    if scenario == "unknown-things":
        assert any(e["kind"] == "unknown" for e in log)


async def test_hostile_file_names_stay_inside(make_product: MakeProduct) -> None:
    product = await make_product(scenario="bad-names")
    run = await product.until_ended((await product.start())["id"])
    names = [o["name"] for o in run["outputs"]]
    assert names
    assert len(set(names)) == len(names)
    for name in names:
        assert "/" not in name and "\\" not in name and ".." not in name.split("."), name
        assert len(name.encode()) <= 150
    delivered = (product.data_dir / "delivered").rglob("*")
    assert all(product.data_dir in p.resolve().parents for p in delivered)


async def test_an_output_that_cannot_be_had_is_told(make_product: MakeProduct) -> None:
    product = await make_product()
    product.sandbox.faults.arm(Fault(route="GET /anthropic/v1/files/*/content", times=3, status=500))
    run = await product.until_ended((await product.start())["id"])
    assert run["status"] in ("UNDELIVERED", "DONE")
    assert len(run["outputs"]) == (1 if run["status"] == "UNDELIVERED" else 2)
    if run["status"] == "UNDELIVERED":
        assert run["error"]["kind"] == "outputs_lost"


@pytest.mark.parametrize("fault", [{"html": True}, {"error_body_200": True}, {"status": 500}])
async def test_a_provider_that_answers_nonsense_is_a_recorded_failure(
    make_product: MakeProduct, fault: dict[str, Any]
) -> None:
    product = await make_product(OPSROOM_ANTHROPIC__RETRY_DELAYS_S="[0.05,0.05,0.05]")
    product.sandbox.faults.arm(Fault(route="POST /anthropic/v1/sessions", times=None, **fault))
    run = await product.until_ended((await product.start())["id"])
    assert (run["status"], run["outcome"]) == ("ALERTED", "error")
    assert run["error"]["kind"] == "session_not_opened"
    assert run["error"]["message"]


@pytest.mark.parametrize(
    "fault", [{"lost_reply": True}, {"half_json": True}, {"status": 500, "after_effect": True}]
)
async def test_a_lost_reply_makes_no_second_session(make_product: MakeProduct, fault: dict[str, Any]) -> None:
    product = await make_product()
    product.sandbox.faults.arm(Fault(route="POST /anthropic/v1/sessions", times=1, **fault))
    run = await product.until_ended((await product.start())["id"])
    assert run["status"] == "DONE", run["error"]
    assert product.effects("anthropic", "session.created") == 1


async def test_bad_orders_are_refused_with_every_problem(make_product: MakeProduct) -> None:
    product = await make_product()
    refused = await product.call("POST", "/api/runs", {"agent": "sentinel", "payload": {"client_id": "../x"}})
    assert refused["status"] == 422
    paths = {e["path"] for e in refused["errors"]}
    assert {"payload.client_name", "payload.website_url", "payload.client_id"} <= paths
    unknown = await product.call("POST", "/api/runs", {"agent": "sentinle", "payload": {}})
    assert unknown["status"] == 404
    assert "sentinel" in json.dumps(unknown)
    stray = await product.call("POST", "/api/runs", {"agent": "sentinel", "payloda": {}})
    assert stray["status"] == 422
    lost = await product.call("GET", "/api/runs/run_nope")
    assert lost["status"] == 404
    sorting = await product.call("GET", "/api/runs?sort=colour&status=SLEEPY")
    assert sorting["status"] == 422


async def test_a_dry_run_shows_what_would_be_sent(make_product: MakeProduct) -> None:
    product = await make_product()
    run = await product.until_ended(
        (await product.start(dry_run=True, clickup_task_id=product.seed.task_id))["id"]
    )
    assert run["status"] == "DONE"
    assert {d["status"] for d in run["deliveries"]} == {"dry_run"}
    assert any(i["preview"] for d in run["deliveries"] for i in d["items"])
    assert product.effects("slack") == 0
    assert product.sandbox.clickup.tasks[product.seed.task_id].comments == []


async def test_run_again_is_a_new_run_of_the_same_payload(make_product: MakeProduct) -> None:
    product = await make_product()
    first = await product.until_ended((await product.start())["id"])
    second = await product.call("POST", f"/api/runs/{first['id']}/rerun", expect=201)
    assert second["id"] != first["id"]
    assert second["payload_hash"] == first["payload_hash"]
    assert (await product.until_ended(second["id"]))["status"] == "DONE"
