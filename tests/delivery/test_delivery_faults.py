"""Channels that fail, answers that get lost, processes that die: the others deliver, nothing comes twice."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from opsroom.artifacts.api import ArtifactStore
from opsroom.delivery.channels.clickup.channel import ClickUpChannel
from opsroom.delivery.channels.clickup.client import ClickUpClient
from opsroom.delivery.channels.clickup.settings import ClickUpSettings
from opsroom.delivery.channels.google_drive.channel import DriveChannel
from opsroom.delivery.channels.google_drive.settings import GoogleSettings
from opsroom.delivery.channels.slack.channel import SlackChannel
from opsroom.delivery.channels.slack.settings import SlackSettings
from opsroom.delivery.outbox import Outbox, Owner
from opsroom.delivery.ports import Channel, Job, Link, PlannedItem, Receipt
from opsroom.delivery.shapes import Alert, DeliveryOrder
from tests.delivery.conftest import Desk
from tests.delivery.test_delivery_deliver import ALL_SENT, WHOLE

WRITES = {
    "slack": ["POST /slack/api/chat.postMessage"],
    "clickup": [
        "POST /clickup/api/v2/task/*/comment",
        "POST /clickup/api/v2/task/*/attachment",
        "PUT /clickup/api/v2/task/*",
    ],
    "google_drive": ["POST /google/drive/v3/files", "PUT /google/*"],
}
SUBSETS = [s for n in (1, 2, 3) for s in itertools.combinations(WRITES, n)]
ALERTS = "slack message.posted seo-automation-alerts"


def parts_of(channels: Sequence[str]) -> dict[str, int]:
    """What `channels` leave outside when they deliver."""
    prefix = {"slack": "slack", "clickup": "clickup", "google_drive": "drive"}
    return {k: n for k, n in WHOLE.items() if k.split()[0] in [prefix[c] for c in channels]}


@pytest.mark.parametrize("failing", SUBSETS, ids="+".join)
async def test_failing_channels_do_not_block_the_others(desk: Desk, failing: tuple[str, ...]) -> None:
    for channel in failing:
        for route in WRITES[channel]:
            # Alerts go to another channel of the same Slack and shall arrive.
            only = {"body_contains": '"#seo-automation"'} if channel == "slack" else {}
            desk.fault(route, times=None, status=503, **only)
    order = await desk.order()
    deliveries = await desk.deliver(order)

    expected = {c: "failed" if c in failing else "sent" for c in ALL_SENT}
    assert {c: d.status for c, d in deliveries.items()} == expected
    for channel in failing:
        assert deliveries[channel].attempts == 2, "tried, and tried once more"
        assert deliveries[channel].error
    counts = desk.counts()
    counts.pop(ALERTS, None)
    assert counts == parts_of([c for c in WRITES if c not in failing])
    (alert,) = await desk.alerts()
    assert all(channel in alert.title for channel in failing)
    alert = await desk.settled(alert.id)
    assert alert.status == "sent"
    assert desk.counts()[ALERTS] == 1, "one combined summary"

    desk.sandbox.faults.disarm()
    again = await desk.redeliver(order.run_id)
    assert {c: d.status for c, d in again.items()} == ALL_SENT
    counts = desk.counts()
    assert counts.pop(ALERTS) == 1
    assert counts == WHOLE


@pytest.mark.parametrize("losing", SUBSETS, ids="+".join)
async def test_lost_replies_make_no_duplicates(desk: Desk, losing: tuple[str, ...]) -> None:
    for channel in losing:
        for route in WRITES[channel]:
            desk.fault(route, lost_reply=True)
    deliveries = await desk.deliver(await desk.order())
    assert {c: d.status for c, d in deliveries.items()} == ALL_SENT
    assert desk.counts() == WHOLE


@pytest.mark.parametrize("spoiled", ["after_effect", "html", "half_json"])
async def test_effects_behind_a_spoiled_answer_are_found(desk: Desk, spoiled: str) -> None:
    """The work was done, and a proxy's page, half an answer or a 502 came back."""
    what = {"after_effect": {"status": 502}, "html": {"html": True}, "half_json": {"half_json": True}}[
        spoiled
    ]
    for routes in WRITES.values():
        for route in routes:
            desk.fault(route, after_effect=True, **what)
    deliveries = await desk.deliver(await desk.order())
    assert {c: d.status for c, d in deliveries.items()} == ALL_SENT
    assert desk.counts() == WHOLE


async def test_an_effect_that_cannot_be_looked_for_is_not_repeated(desk: Desk) -> None:
    desk.fault("POST /slack/api/chat.postMessage", lost_reply=True, times=None)
    desk.fault("* /slack/api/conversations.history", times=None, error="missing_scope")
    deliveries = await desk.deliver(order := await desk.order())
    assert deliveries["slack"].status == "failed"
    assert "scope" in (deliveries["slack"].error or "")
    assert len(desk.effects("slack", "message.posted")) == 1
    desk.sandbox.faults.disarm()
    again = await desk.redeliver(order.run_id, "slack")
    assert again["slack"].status == "sent"
    assert desk.counts()["slack message.posted seo-automation"] == 1


# Asked to slow down


async def test_rate_limits_are_waited_for(desk: Desk) -> None:
    desk.fault("POST /slack/api/chat.postMessage", error="ratelimited", status=429, retry_after="0")
    desk.fault("POST /clickup/api/v2/task/*/comment", status=429)
    desk.fault("POST /google/drive/v3/files", status=403, error="userRateLimitExceeded")
    deliveries = await desk.deliver(await desk.order())
    assert {c: d.status for c, d in deliveries.items()} == ALL_SENT
    assert {d.attempts for d in deliveries.values()} == {1, 2}
    assert desk.counts() == WHOLE
    # Turned away at the door: nothing to look for.
    assert desk.sandbox.ledger.find_requests("slack", path="*conversations.history") == []


# Folders


async def test_runs_at_once_share_one_folder(desk: Desk) -> None:
    channels = {"google_drive": {"enabled": True, "folder_template": "/Clients/{client_name}/Audits/"}}
    desk.fault("POST /google/drive/v3/files", times=None, latency_ms=20)
    orders = [await desk.order(channels) for _ in range(6)]
    results = await asyncio.gather(*(desk.deliver(order) for order in orders))
    assert {r["google_drive"].status for r in results} == {"sent"}
    assert len(desk.effects("drive", "folder.created")) == 3
    assert len(desk.effects("drive", "file.created")) == 18
    assert len({r["google_drive"].items[0].receipt for r in results}) == 1


async def test_a_folder_people_made_or_deleted(desk: Desk) -> None:
    channels = {"google_drive": {"enabled": True, "folder_template": "/Clients/{client_name}/"}}
    desk.sandbox.drive.add(
        {"name": "Clients", "mimeType": "application/vnd.google-apps.folder", "parents": ["0Adrive"]},
        "",
        None,
    )
    made_by_people = len(desk.effects("drive", "folder.created"))
    first = (await desk.deliver(await desk.order(channels)))["google_drive"]
    assert len(desk.effects("drive", "folder.created")) == made_by_people + 1, "theirs is used"

    desk.sandbox.drive.files[first.items[0].receipt or ""].trashed = True
    second = (await desk.deliver(await desk.order(channels)))["google_drive"]
    assert second.status == "sent"
    assert second.items[0].receipt != first.items[0].receipt, "a trashed folder is made anew"


# Not connected


async def test_channels_without_accounts_say_what_to_set(
    build_house: object, sandbox: object, alice: object
) -> None:
    from opsroom.artifacts.room import ROOM as ARTIFACTS
    from opsroom.delivery.room import ROOM as DELIVERY
    from opsroom.delivery.settings import DeliverySettings

    house = await build_house([ARTIFACTS, DELIVERY], settings=[DeliverySettings(retry_delay_s=0)])  # type: ignore
    desk = Desk(house, alice, sandbox)  # type: ignore[arg-type]
    deliveries = await desk.deliver(await desk.order())
    assert deliveries["folder"].status == "sent"
    for channel, variable in {
        "slack": "SLACK_BOT_TOKEN",
        "clickup": "CLICKUP_API_TOKEN",
        "google_drive": "GOOGLE_SERVICE_ACCOUNT_JSON_PATH",
    }.items():
        assert deliveries[channel].status == "failed"
        assert variable in (deliveries[channel].error or "")
        assert deliveries[channel].attempts == 1, "trying again is no use"
    assert desk.sandbox.ledger.requests == []
    alert = await desk.settled((await desk.alerts())[0].id)
    assert alert.status == "failed"
    assert "SLACK_BOT_TOKEN" in (alert.error or "")
    assert len(await desk.alerts()) == 1, "an alert that fails raises no alert"


# Dying between the effect and its receipt


class Dead(Exception):
    """Stands for the end of the process."""


class DiesAfter:
    """A channel whose process dies right after the nth effect, before anything is written down."""

    def __init__(self, channel: Channel, nth: int) -> None:
        self._channel = channel
        self._left = nth
        self.name = channel.name
        self.capabilities = channel.capabilities

    def plan(self, order: DeliveryOrder, links: Sequence[Link]) -> list[PlannedItem]:
        return self._channel.plan(order, links)

    def plan_alert(self, alert: Alert, *, block_task: str | None, quiet: bool) -> list[PlannedItem]:
        raise NotImplementedError

    async def find(self, item: PlannedItem, job: Job) -> Receipt | None:
        return await self._channel.find(item, job)

    async def send(self, item: PlannedItem, job: Job) -> Receipt:
        receipt = await self._channel.send(item, job)
        self._left -= 1
        if self._left == 0:
            raise Dead
        return receipt


@pytest.mark.parametrize("name", ["slack", "clickup", "google_drive"])
async def test_dying_after_any_effect_repeats_none(desk: Desk, name: str, accounts: list) -> None:
    given = {type(s): s for s in accounts}
    clickup = given[ClickUpSettings]
    client = ClickUpClient(clickup, desk.house.clock)
    channel = {
        "slack": lambda: SlackChannel(given[SlackSettings]),
        "clickup": lambda: ClickUpChannel(clickup, client),
        "google_drive": lambda: DriveChannel(given[GoogleSettings]),
    }[name]()
    outbox = Outbox(desk.house.unit_of_work, desk.house.need(ArtifactStore))
    options = {"slack": {"channel": "#seo-automation", "post_files": True}}.get(name)
    order = await desk.order({name: {"enabled": True, **options}} if options else None)
    planned = channel.plan(order, [])
    for nth in range(1, len(planned) + 1):
        desk.sandbox.ledger.clear()
        desk.sandbox.clickup.tasks[order.task_id or ""].status = "In progress"
        own = order.model_copy(update={"run_id": f"run_{name}{nth}", "started_at": datetime.now(UTC)})
        owner = Owner(own.run_id, own.started_at, announces=True)
        with pytest.raises(Dead):
            await outbox.work_off(desk.actor, owner, DiesAfter(channel, nth), channel.plan(own, []))
        outcome = await outbox.work_off(desk.actor, owner, channel, channel.plan(own, []))
        assert outcome.error is None
        counts = {k: n for k, n in desk.counts().items() if "folder" not in k}
        expected = {k: n for k, n in parts_of([name]).items() if "folder" not in k}
        if name == "slack":
            expected |= {"slack message.posted seo-automation": 4, "slack file.shared": 3}
        assert counts == expected, f"died after effect {nth}"
        # Attachments are told apart by name, size and time: the next round must not find these.
        desk.sandbox.clickup.tasks[order.task_id or ""].attachments.clear()
    await client.close()
