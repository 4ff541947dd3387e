"""The main path: the seed's agent file, every channel, the real SDKs, one of each thing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsroom.delivery import api
from opsroom.delivery.errors import DeliveryBusy, NothingOrdered, UnknownChannel
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import NotFound
from tests.delivery.conftest import FILES, SENTINEL, TASK, Desk

WHOLE = {
    "drive folder.created": 3,
    "drive file.created": 3,
    "clickup comment.added": 1,
    "clickup attachment.added": 3,
    "clickup status.changed": 1,
    "slack message.posted seo-automation": 1,
}
ALL_SENT = {"slack": "sent", "clickup": "sent", "google_drive": "sent", "folder": "sent"}


async def test_every_channel_gets_everything_once(desk: Desk) -> None:
    order = await desk.order(started_at=datetime(2026, 4, 19, 12, 30, 5, tzinfo=UTC))
    deliveries = await desk.deliver(order)

    assert {c: d.status for c, d in deliveries.items()} == ALL_SENT
    assert desk.counts() == WHOLE
    for delivery in deliveries.values():
        assert delivery.attempts == 1
        assert all(item.receipt and item.sent_at for item in delivery.items)

    drive = desk.sandbox.drive
    files = [f for f in drive.files.values() if f.blob]
    assert sorted(f.name for f in files) == [
        "sentinel-audit-20260419T123005Z.html",
        "sentinel-audit-20260419T123005Z.json",
        "sentinel-audit-20260419T123005Z.md",
    ]
    folder = drive.files[files[0].parents[0]]
    client = drive.files[folder.parents[0]]
    assert [folder.name, client.name] == ["Audits", "Shamrock Detailing (Columbus, OH)"]
    assert {f.blob.size for f in files if f.blob} == {len(content) for content, _ in FILES.values()}

    task = desk.sandbox.clickup.tasks[TASK]
    assert task.status == "Review"
    assert sorted(a.title for a in task.attachments) == sorted(FILES)
    link = deliveries["google_drive"].link
    assert link is not None
    comment = task.comments[0].text
    assert "Overall score: 71/100" in comment
    assert "Duration: 23m 14s · Cost: $1.82" in comment
    assert link in comment
    assert order.run_id in comment
    assert task.comments[0].notify_all is False

    rounds = await desk.rounds(order.run_id)
    assert rounds == [
        {"run_id": order.run_id, "round": 1, "ok": True, "failed_channels": [], "dry_run": False}
    ]
    assert await desk.alerts() == []


async def test_the_folder_holds_the_files_byte_for_byte(desk: Desk) -> None:
    order = await desk.order({})
    folder = (await desk.deliver(order))["folder"]
    for item in folder.items:
        path = Path(item.receipt or "")
        assert path.is_relative_to(desk.house.data_dir / "delivered" / "sentinel")
        assert path.read_bytes() == FILES[path.name][0]
    assert [
        p.name for p in Path(folder.items[0].receipt or "").parent.iterdir() if p.name.startswith(".")
    ] == []


async def test_asking_twice_delivers_once(desk: Desk) -> None:
    order = await desk.order()
    async with desk.house.unit_of_work(desk.actor) as tx:
        await api.request_delivery(tx, order)
        await api.request_delivery(tx, order)
    await desk.finished(order.run_id)
    async with desk.house.unit_of_work(desk.actor) as tx:
        again = await api.request_delivery(tx, order)
    assert {d.status for d in again} == {"sent"}
    await asyncio.sleep(0.1)
    assert desk.counts() == WHOLE


async def test_what_the_file_turns_off_is_skipped_and_says_so(desk: Desk) -> None:
    channels = {**SENTINEL, "slack": {"enabled": False}, "folder": {"enabled": False}}
    deliveries = await desk.deliver(await desk.order(channels, task_id=None, task_url=None))
    assert {c: d.status for c, d in deliveries.items()} == {
        "slack": "skipped",
        "clickup": "skipped",
        "google_drive": "sent",
        "folder": "skipped",
    }
    assert deliveries["slack"].error == "Turned off in the agent file."
    assert deliveries["clickup"].error == "The run belongs to no ClickUp task."
    assert not (desk.house.data_dir / "delivered").exists()


async def test_an_unknown_channel_fails_alone(desk: Desk) -> None:
    deliveries = await desk.deliver(await desk.order({"fax": {"enabled": True}}))
    assert deliveries["fax"].status == "failed"
    assert "there are: clickup, folder, google_drive, slack" in (deliveries["fax"].error or "")
    assert deliveries["folder"].status == "sent"


async def test_a_template_that_names_nothing_fails_with_what_it_may_name(desk: Desk) -> None:
    channels = {"google_drive": {"enabled": True, "folder_template": "/Clients/{client_naem}/"}}
    drive = (await desk.deliver(await desk.order(channels)))["google_drive"]
    assert drive.status == "failed"
    assert "{client_naem}" in (drive.error or "")
    assert "client_name" in (drive.error or "")
    assert desk.effects("drive", "folder.created") == []


async def test_a_dry_run_shows_everything_and_sends_nothing(desk: Desk) -> None:
    order = await desk.order(dry_run=True)
    deliveries = await desk.deliver(order)
    assert {d.status for d in deliveries.values()} == {"dry_run"}
    assert desk.counts() == {}
    assert not (desk.house.data_dir / "delivered").exists()
    assert desk.sandbox.ledger.requests == []
    message = deliveries["slack"].items[0].preview
    assert message["channel"] == "#seo-automation"
    assert "made-on-delivery.invalid" in str(message["blocks"])
    assert len(deliveries["clickup"].items) == 5
    assert deliveries["google_drive"].items[0].preview["path"] == [
        "Clients",
        "Shamrock Detailing (Columbus, OH)",
        "Audits",
    ]
    assert (await desk.rounds(order.run_id))[0]["dry_run"] is True


async def test_files_with_one_name_both_arrive(desk: Desk) -> None:
    first = await desk.keep("report.md", b"one", "text/markdown")
    second = await desk.keep("Report.md", b"two", "text/markdown")
    deliveries = await desk.deliver(await desk.order(outputs=(first, second)))
    assert {c: d.status for c, d in deliveries.items()} == ALL_SENT
    names = sorted(Path(i.receipt or "").name for i in deliveries["folder"].items)
    assert names == ["Report (2).md", "report.md"]
    assert len(desk.effects("drive", "file.created")) == 2
    assert len(desk.effects("clickup", "attachment.added")) == 2


@pytest.mark.parametrize(
    "hostile", ["../../../etc/passwd", "..", "a/../../b", "con", "x" * 500, "\u202egnp.exe"]
)
async def test_hostile_names_stay_inside(desk: Desk, hostile: str) -> None:
    output = await desk.keep("out.txt", b"content")
    order = await desk.order(
        {"folder": {"enabled": True, "path_template": "{client_id}/{client_name}"}},
        outputs=(output.model_copy(update={"name": hostile}),),
        client_id=hostile,
        client_name=hostile,
    )
    folder = (await desk.deliver(order))["folder"]
    assert folder.status == "sent", folder.error
    base = (desk.house.data_dir / "delivered").resolve()
    written = [p for p in base.rglob("*") if p.is_file()]
    assert len(written) == 1
    assert Path(folder.items[0].receipt or "").resolve() == written[0]


# Again


async def test_redeliver_sends_only_what_failed(desk: Desk) -> None:
    desk.fault("POST /slack/api/chat.postMessage", times=None, error="channel_not_found")
    order = await desk.order()
    deliveries = await desk.deliver(order)
    assert deliveries["slack"].status == "failed"
    assert "invite the bot" in (deliveries["slack"].error or "")
    desk.sandbox.faults.disarm()

    again = await desk.redeliver(order.run_id)
    assert {c: d.status for c, d in again.items()} == ALL_SENT
    counts = desk.counts()
    counts.pop("slack message.posted seo-automation-alerts", None)
    assert counts == WHOLE
    assert [r["ok"] for r in await desk.rounds(order.run_id)] == [False, True]


async def test_redeliver_with_force_sends_again(desk: Desk) -> None:
    order = await desk.order()
    await desk.deliver(order)
    await desk.redeliver(order.run_id, "slack")
    assert len(desk.effects("slack", "message.posted")) == 1
    again = await desk.redeliver(order.run_id, "slack", force=True)
    assert again["slack"].status == "sent"
    assert len(desk.effects("slack", "message.posted")) == 2
    assert len(desk.effects("clickup", "comment.added")) == 1


async def test_redeliver_refuses_what_it_cannot_do(desk: Desk) -> None:
    async with desk.house.unit_of_work(desk.actor) as tx:
        with pytest.raises(NothingOrdered):
            await api.redeliver(tx, "run_never")
    desk.fault("POST /slack/api/chat.postMessage", latency_ms=300)
    order = await desk.order({**SENTINEL, "clickup": {"enabled": False}})
    async with desk.house.unit_of_work(desk.actor) as tx:
        await api.request_delivery(tx, order)
    async with desk.house.unit_of_work(desk.actor) as tx:
        with pytest.raises(DeliveryBusy):
            await api.redeliver(tx, order.run_id)
    await desk.finished(order.run_id)
    async with desk.house.unit_of_work(desk.actor) as tx:
        with pytest.raises(UnknownChannel, match="its channels are: clickup, folder, google_drive, slack"):
            await api.redeliver(tx, order.run_id, "fax")
        with pytest.raises(UnknownChannel, match="turned off"):
            await api.redeliver(tx, order.run_id, "clickup")


async def test_another_tenant_sees_nothing(desk: Desk, bob: Actor) -> None:
    order = await desk.order({})
    deliveries = await desk.deliver(order)
    async with desk.house.unit_of_work(bob) as tx:
        assert await api.deliveries_of(tx, order.run_id) == []
        assert await api.alerts(tx) == ([], 0)
        with pytest.raises(NotFound):
            await api.delivery(tx, deliveries["folder"].id)
        with pytest.raises(NothingOrdered):
            await api.redeliver(tx, order.run_id)
