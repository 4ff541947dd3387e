"""Failing loud, within limits, and never about itself."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.delivery import api, rules
from opsroom.delivery.alerting.disk import DiskWatch
from opsroom.delivery.channels.slack.settings import SlackSettings
from opsroom.delivery.room import ROOM as DELIVERY
from opsroom.delivery.settings import DeliverySettings
from opsroom.delivery.shapes import AlertField, AlertOrder
from opsroom.kernel.actor import Actor
from opsroom.kernel.clock import FakeClock
from opsroom.kernel.shape import Shape
from opsroom.sandbox.api import Sandbox
from tests.delivery.conftest import TASK, Desk


def trouble(**changes: Any) -> AlertOrder:
    known: dict[str, Any] = {
        "kind": "run_failed",
        "key": "run_failed:sentinel",
        "title": "SEO Sentinel failed on Shamrock",
        "text": "anthropic answered 404: agent not found",
        "agent_name": "sentinel",
        "run_id": "run_01",
        "channel": "#seo-automation-alerts",
        "tags": ("@trung", "@channel"),
        "fields": (AlertField(label="Session", value="sesn_9"),),
        "task_id": TASK,
        "block_task": True,
        "last_event": "agent.tool_use web_fetch",
        "run_url": "https://opsroom.example/runs/run_01",
    }
    return AlertOrder(**{**known, **changes})


async def test_an_alert_tells_everything_and_blocks_the_task(desk: Desk) -> None:
    alert = await desk.alert(trouble())
    assert alert.status == "sent"
    (message,) = desk.sandbox.slack.in_channel("#seo-automation-alerts")
    said = json.dumps(message.blocks, ensure_ascii=False)
    for part in (
        "SEO Sentinel failed",
        "agent not found",
        "run_01",
        "sentinel",
        "sesn_9",
        "web_fetch",
        "@trung",
    ):
        assert part in said, part
    assert "<!channel>" in message.text, "the file may ping the channel"
    task = desk.sandbox.clickup.tasks[TASK]
    assert task.status == "Blocked"
    assert "agent not found" in task.comments[0].text
    assert [item.kind for item in alert.items] == ["comment", "status", "message"]


async def test_a_person_is_notified_by_the_id_the_settings_give(
    build_house: Any, sandbox: Sandbox, accounts: list[Shape], alice: Actor
) -> None:
    slack = next(s for s in accounts if isinstance(s, SlackSettings))
    known = slack.model_copy(update={"people": {"trung": "U0TRUNG01"}})
    house = await build_house([ARTIFACTS, DELIVERY], settings=[*accounts, known])
    desk = Desk(house, alice, sandbox)
    await desk.alert(trouble())
    (message,) = sandbox.slack.in_channel("#seo-automation-alerts")
    assert "<@U0TRUNG01>" in message.text


async def test_the_same_trouble_speaks_once_and_still_blocks_each_task(desk: Desk) -> None:
    desk.sandbox.clickup.add_task("901", "Other", status="In progress", task_id="tk_other", announce=False)
    first = await desk.alert(trouble())
    second = await desk.alert(trouble(run_id="run_02", task_id="tk_other"))
    third = await desk.alert(trouble(run_id="run_03", block_task=False))
    other = await desk.alert(trouble(key="run_failed:catalyst", block_task=False))
    assert [a.status for a in (first, second, third, other)] == ["sent", "suppressed", "suppressed", "sent"]
    assert len(desk.sandbox.slack.in_channel("#seo-automation-alerts")) == 2
    assert desk.sandbox.clickup.tasks["tk_other"].status == "Blocked"
    assert len(await desk.alerts()) == 4, "all are on record"


async def test_the_next_message_counts_those_held_back(
    build_house: Any, sandbox: Sandbox, accounts: list[Shape], alice: Actor
) -> None:
    clock = FakeClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    house = await build_house([ARTIFACTS, DELIVERY], settings=accounts, clock=clock)
    desk = Desk(house, alice, sandbox)
    for _ in range(4):
        await desk.alert(trouble(block_task=False))
    clock.advance(timedelta(minutes=11))
    last = await desk.alert(trouble(block_task=False))
    assert (last.status, last.earlier_suppressed) == ("sent", 3)
    assert "3 alerts of this kind were held back" in str(
        sandbox.slack.in_channel("#seo-automation-alerts")[-1].blocks
    )


async def test_a_storm_of_different_troubles_is_limited_too(
    build_house: Any, sandbox: Sandbox, accounts: list[Shape], alice: Actor
) -> None:
    settings = DeliverySettings(retry_delay_s=0.01, alerts_per_window=3)
    house = await build_house([ARTIFACTS, DELIVERY], settings=[*accounts, settings])
    desk = Desk(house, alice, sandbox)
    for n in range(6):
        await desk.alert(trouble(key=f"k{n}", block_task=False))
    assert len(sandbox.slack.in_channel("#seo-automation-alerts")) == 3
    assert sum(a.status == "suppressed" for a in await desk.alerts()) == 3


@pytest.mark.parametrize("route", ["POST /slack/api/chat.postMessage", "POST /clickup/*"])
async def test_a_failed_alert_is_recorded_and_ends_there(desk: Desk, route: str) -> None:
    desk.fault(route, times=None, status=500)
    alert = await desk.alert(trouble())
    assert alert.status == "failed"
    assert alert.error
    assert [a.id for a in await desk.alerts()] == [alert.id], "no alert about the alert"
    if "slack" in route:
        assert desk.sandbox.clickup.tasks[TASK].status == "Blocked", "one failing does not keep the other"
    else:
        assert len(desk.sandbox.slack.in_channel("#seo-automation-alerts")) == 1
        assert desk.sandbox.clickup.tasks[TASK].status == "Blocked", "the status does not wait for the reason"


async def test_a_lost_reply_does_not_alert_twice(desk: Desk) -> None:
    desk.fault("POST /slack/api/chat.postMessage", lost_reply=True)
    desk.fault("POST /clickup/api/v2/task/*/comment", lost_reply=True)
    alert = await desk.alert(trouble())
    assert alert.status == "sent"
    assert desk.counts() == {
        "slack message.posted seo-automation-alerts": 1,
        "clickup comment.added": 1,
        "clickup status.changed": 1,
    }


async def test_without_a_channel_the_one_from_the_settings_is_used(desk: Desk) -> None:
    alert = await desk.alert(trouble(channel=None, task_id=None))
    assert alert.status == "sent"
    assert len(desk.sandbox.slack.in_channel("#seo-automation-alerts")) == 1


async def test_a_status_the_list_does_not_have_is_explained(desk: Desk) -> None:
    alert = await desk.alert(trouble(blocked_status="Stuck"))
    assert alert.status == "failed"
    assert "does not take the status 'Stuck'" in (alert.error or "")


# Money and disk


async def test_the_daily_cost_alert_comes_once_a_day(desk: Desk) -> None:
    for spent in (1_000_000, 29_990_000, 30_050_000, 31_000_000, 55_000_000):
        async with desk.house.unit_of_work(desk.actor) as tx:
            await api.check_daily_cost(tx, spent)
            key = f"daily_cost:{tx.actor.scope.project_id}:{tx.now:%Y-%m-%d}:{spent // api.DIME_MICRO_USD}"
        while await desk.house.durable.status(key) not in ("SUCCESS", "ERROR"):
            await asyncio.sleep(0.01)
    (alert,) = await desk.alerts()
    assert alert.kind == "daily_cost"
    assert "$30.05" in alert.title
    assert (await desk.settled(alert.id)).status == "sent"


async def test_the_disk_alert(desk: Desk, tmp_path: Path) -> None:
    clock = FakeClock(datetime(2026, 11, 21, tzinfo=UTC))
    full = DiskWatch(desk.house.unit_of_work, tmp_path, DeliverySettings(disk_alert_percent=0.001), clock)
    roomy = DiskWatch(desk.house.unit_of_work, tmp_path, DeliverySettings(disk_alert_percent=100), clock)
    assert await full.look() is False, "nobody lives here yet"
    await desk.deliver(await desk.order({}))
    assert await roomy.look() is False
    assert await full.look() is False, "told a moment ago"
    clock.advance(timedelta(hours=7))
    assert await full.look() is True
    (alert,) = await desk.alerts()
    assert "% full" in alert.title
    assert (await desk.settled(alert.id)).status == "sent"


def test_the_words_of_the_house_alerts() -> None:
    cost = rules.daily_cost_alert("k", 30_500_000, 30_000_000)
    assert "$30.50" in cost.title
    assert "$30.00" in cost.text
    assert "81 % full" in rules.disk_alert(81.2, 3 * 2**30, 80).title
