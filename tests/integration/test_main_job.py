"""OT1 to OT7: the main job from trigger to delivered files, over real HTTP with the vendors' own SDKs."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from opsroom.sandbox.api import Fault
from tests.integration.conftest import MakeProduct, Product

READY = "Ready (Automate)"


def moved(product: Product, into: str = READY, date: str = "1763719200000", **more: Any) -> dict[str, Any]:
    """What ClickUp sends when a task is moved."""
    item = {
        "id": "4000000000000000001",
        "field": "status",
        "date": date,
        "before": {"status": "backlog", "type": "open"},
        "after": {"status": into, "type": "custom"},
    }
    return {
        "event": "taskStatusUpdated",
        "task_id": product.seed.task_id,
        "webhook_id": "wh_1",
        "history_items": [item | more],
    }


async def test_ot1_started_by_hand_ends_delivered_everywhere(make_product: MakeProduct) -> None:
    product = await make_product()
    started = await product.start(clickup_task_id=product.seed.task_id)
    run = await product.until_ended(started["id"])
    assert (run["status"], run["outcome"]) == ("DONE", "succeeded")
    assert await product.states(run["id"]) == [
        "SENDING_KICKOFF",
        "STREAMING",
        "FETCHING_OUTPUTS",
        "DELIVERING",
        "DONE",
    ]
    assert {o["name"].rsplit(".")[-1] for o in run["outputs"]} == {"json", "md"}
    assert {d["channel"]: d["status"] for d in run["deliveries"]} == {
        "slack": "sent",
        "clickup": "sent",
        "google_drive": "sent",
        "folder": "sent",
    }
    assert run["summary"]["score"] and len(run["summary"]["priorities"]) == 3
    assert product.effects("anthropic", "session.created") == 1
    task = product.sandbox.clickup.tasks[product.seed.task_id]
    assert task.status.casefold() == "review"
    assert len(task.comments) == 1
    assert len(product.messages("seo-automation")) == 1
    copy = product.data_dir / "logs" / "sessions" / f"{run['session_id']}.jsonl"
    async with asyncio.timeout(5):
        while len(copy.read_text().splitlines()) < run["event_count"]:
            await asyncio.sleep(0.05)
    assert [json.loads(line)["seq"] for line in copy.read_text().splitlines()] == list(
        range(1, run["event_count"] + 1)
    )


async def test_ot2_a_moved_card_starts_a_run(make_product: MakeProduct) -> None:
    product = await make_product()
    product.sandbox.clickup.change_status(product.sandbox.clickup.tasks[product.seed.task_id], READY)
    status, answer = await product.hook("sentinel", moved(product))
    assert (status, answer["verdict"]) == (200, "accepted"), answer
    delivery = await until_started(product, answer["delivery_id"])
    run = await product.until_ended(delivery["run_id"])
    assert run["status"] == "DONE"
    assert run["client_id"] == product.seed.client_id
    assert run["trigger_detail"]["source"] == "clickup"
    assert run["trigger_detail"]["payload"]["service_area_cities"] == list(product.seed.service_area_cities)
    assert run["trigger_detail"]["webhook_delivery_id"] == answer["delivery_id"]
    assert product.sandbox.clickup.tasks[product.seed.task_id].status.casefold() == "review"


async def until_started(product: Product, delivery_id: str) -> Any:
    async with asyncio.timeout(20):
        while True:
            delivery = await product.call("GET", f"/api/webhook-deliveries/{delivery_id}")
            if delivery["run_id"] or delivery["verdict"] != "accepted":
                return delivery
            await asyncio.sleep(0.03)


async def test_ot3_an_unknown_agent_id_raises_the_alert(make_product: MakeProduct) -> None:
    product = await make_product(SENTINEL_AGENT_ID="agent_invalid_one")
    started = await product.start(clickup_task_id=product.seed.task_id)
    run = await product.until_ended(started["id"])
    assert (run["status"], run["outcome"]) == ("ALERTED", "error")
    assert product.effects("anthropic", "session.created") == 0
    await product.until_true(lambda: bool(product.messages("seo-automation-alerts")))
    await product.until_true(
        lambda: product.sandbox.clickup.tasks[product.seed.task_id].status.casefold() == "blocked"
    )
    message = next(m for m in product.sandbox.slack.messages)
    told = json.dumps(message.blocks, ensure_ascii=False) + message.text
    assert run["id"] in told
    assert "trung" in told.lower() or "<@" in told


async def test_ot4_a_spent_budget_stops_the_session(make_product: MakeProduct) -> None:
    product = await make_product(scenario="budget")
    run = await product.until_ended((await product.start())["id"])
    assert (run["status"], run["outcome"]) == ("TERMINATED", "budget_exceeded")
    assert "BUDGET_EXCEEDED" in await product.states(run["id"])
    await product.until_true(lambda: bool(product.messages("seo-automation-alerts")))
    session = product.sandbox.anthropic.sessions[run["session_id"]]
    assert session.budget_cents is not None
    assert product.messages("seo-automation") == []


async def test_ot5_a_dropped_stream_loses_and_repeats_nothing(make_product: MakeProduct) -> None:
    product = await make_product(scenario="many-events")
    product.sandbox.faults.arm(
        Fault(route="GET /anthropic/v1/sessions/*/events/stream", times=None, drop_stream_after=7)
    )
    run = await product.until_ended((await product.start())["id"])
    assert run["outcome"] in ("succeeded", "empty"), run["error"]
    log = await product.log(run["id"])
    assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
    session = product.sandbox.anthropic.sessions[run["session_id"]]
    theirs = [e["id"] for e in session.events]
    told = [e for e in log if e["source_type"] != "opsroom"]
    assert len(told) == len(set(theirs))
    assert product.effects("anthropic", "session.created") == 1


async def test_ot6_a_thousand_equal_webhooks_start_one_run(make_product: MakeProduct) -> None:
    product = await make_product()
    product.sandbox.clickup.change_status(product.sandbox.clickup.tasks[product.seed.task_id], READY)
    answers: list[tuple[int, Any]] = []
    for _ in range(20):
        answers += await asyncio.gather(*(product.hook("sentinel", moved(product)) for _ in range(50)))
    assert {status for status, _ in answers} == {200}
    assert sum(a["accepted"] for _, a in answers) == 1
    assert sum(a["already_processed"] for _, a in answers) == 999
    listed = await product.call("GET", "/api/runs")
    assert len(listed) == 1
    await product.until_ended(listed[0]["id"])
    assert product.effects("anthropic", "session.created") == 1
    _, again = await product.hook("sentinel", moved(product))
    assert again["already_processed"]
    assert again["original_run"] == listed[0]["id"]
    assert again["original_session"]


async def test_ot7_a_failing_channel_does_not_hold_up_the_others(make_product: MakeProduct) -> None:
    product = await make_product()
    product.sandbox.faults.arm(Fault(route="* /clickup/*", times=None, status=500))
    run = await product.until_ended((await product.start(clickup_task_id=product.seed.task_id))["id"])
    assert (run["status"], run["outcome"]) == ("UNDELIVERED", "undelivered")
    states = {d["channel"]: d["status"] for d in run["deliveries"]}
    assert states["clickup"] == "failed"
    assert states["slack"] == states["google_drive"] == "sent"
    assert len(product.messages("seo-automation")) == 1
    await product.until_true(lambda: len(product.messages("seo-automation-alerts")) == 1)
    product.sandbox.faults.disarm()
    await product.call("POST", f"/api/runs/{run['id']}/redeliver", {"channel": "clickup"}, 200)
    run = await product.until(run["id"], lambda r: r["status"] == "DONE")
    assert len(product.sandbox.clickup.tasks[product.seed.task_id].comments) == 1
    assert len(product.messages("seo-automation")) == 1
