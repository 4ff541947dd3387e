"""What is peculiar to each vendor: keys, quotas, interrupted uploads, ids and pages, the task tracker."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.delivery.channels.clickup.settings import ClickUpSettings
from opsroom.delivery.channels.google_drive.settings import GoogleSettings
from opsroom.delivery.channels.slack.settings import SlackSettings
from opsroom.delivery.ports import TaskTracker
from opsroom.delivery.room import ROOM as DELIVERY
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.shape import Json, Shape
from opsroom.sandbox.api import Sandbox, SandboxConfig, start_sandbox
from tests.delivery.conftest import SENTINEL, STATUSES, TASK, Desk

DRIVE_ONLY = {"google_drive": SENTINEL["google_drive"]}


async def desk_with(build_house: Any, sandbox: Sandbox, alice: Actor, settings: list[Shape]) -> Desk:
    return Desk(await build_house([ARTIFACTS, DELIVERY], settings=settings), alice, sandbox)


def changed(accounts: list[Shape], kind: type[Shape], **changes: object) -> list[Shape]:
    return [a.model_copy(update=changes) if isinstance(a, kind) else a for a in accounts]


# Google Drive


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read"),
        ("{", "not the key file"),
        ('{"type": "service_account"}', "not the key file"),
    ],
)
async def test_a_bad_key_file_is_named(
    build_house: Any,
    sandbox: Sandbox,
    accounts: list[Shape],
    alice: Actor,
    tmp_path: Path,
    content: str | None,
    expected: str,
) -> None:
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_text(content)
    settings = changed(accounts, GoogleSettings, service_account_json_path=path)
    desk = await desk_with(build_house, sandbox, alice, settings)
    drive = (await desk.deliver(await desk.order(DRIVE_ONLY)))["google_drive"]
    assert drive.status == "failed"
    assert expected in (drive.error or "")
    assert "bad.json" in (drive.error or "")


async def test_a_root_folder_nobody_shared_is_explained(
    build_house: Any, sandbox: Sandbox, accounts: list[Shape], alice: Actor
) -> None:
    settings = changed(accounts, GoogleSettings, drive_root_folder_id="0Anowhere")
    desk = await desk_with(build_house, sandbox, alice, settings)
    drive = (await desk.deliver(await desk.order(DRIVE_ONLY)))["google_drive"]
    assert drive.status == "failed"
    assert "0Anowhere" in (drive.error or "")
    assert "not shared with the service account" in (drive.error or "")


async def test_an_account_without_storage_is_explained(
    build_house: Any, accounts: list[Shape], alice: Actor
) -> None:
    box = await start_sandbox(SandboxConfig(drive_account_has_storage=False))
    google = next(a for a in accounts if isinstance(a, GoogleSettings))
    key = google.service_account_json_path
    assert key is not None
    key.write_text(json.dumps({**json.loads(key.read_text()), "token_uri": box.urls.google_token}))
    mine = google.model_copy(update={"url": box.urls.google, "drive_root_folder_id": None})
    desk = await desk_with(build_house, box, alice, [*accounts, mine])
    drive = (await desk.deliver(await desk.order(DRIVE_ONLY)))["google_drive"]
    assert drive.status == "failed"
    assert "shared drive" in (drive.error or "")
    await box.stop()


async def test_an_interrupted_upload_goes_on_where_it_stopped(desk: Desk) -> None:
    content = bytes(range(256)) * 1024 * 5 + b"the odd end"  # five pieces of 256 KiB and a bit
    output = await desk.keep("large.bin", content, "application/octet-stream")
    desk.fault("PUT /google/resumable/*", skip=1, lost_reply=True)
    desk.fault("PUT /google/resumable/*", skip=3, status=503)
    drive = (await desk.deliver(await desk.order(DRIVE_ONLY, outputs=(output,))))["google_drive"]
    assert drive.status == "sent"
    assert drive.attempts == 1
    (file,) = [f for f in desk.sandbox.drive.files.values() if f.blob]
    assert file.blob
    assert file.blob.size == len(content)
    starts = desk.sandbox.ledger.find_requests("drive", "POST", "/google/upload/*")
    assert len(starts) == 1, "one upload, taken up again"


async def test_an_empty_output_is_delivered(desk: Desk) -> None:
    output = await desk.keep("empty.txt", b"")
    slack: Json = {"enabled": True, "channel": "#seo-automation", "post_files": True}
    deliveries = await desk.deliver(await desk.order({**SENTINEL, "slack": slack}, outputs=(output,)))
    assert {d.status for d in deliveries.values()} == {"sent"}
    assert len(deliveries["slack"].items) == 1, "Slack takes no empty files"


async def test_bytes_that_changed_are_not_delivered(desk: Desk) -> None:
    output = await desk.keep("a.txt", b"content")
    lying = output.model_copy(update={"size_bytes": 3})
    deliveries = await desk.deliver(await desk.order(outputs=(lying,), task_id=None))
    assert deliveries["google_drive"].status == "failed"
    assert "not those of the run" in (deliveries["folder"].error or "")
    assert desk.effects("drive", "file.created") == []


async def test_names_without_a_template_and_with_one(desk: Desk) -> None:
    first, second = await desk.keep("a.md", b"1"), await desk.keep("b.md", b"2")
    plain: Json = {"enabled": True, "folder_template": "/Plain/"}
    await desk.deliver(await desk.order({"google_drive": plain}, outputs=(first, second)))
    templated: Json = {**plain, "file_name_template": "audit-{client_id}"}
    await desk.deliver(await desk.order({"google_drive": templated}, outputs=(first, second)))
    names = sorted(f.name for f in desk.sandbox.drive.files.values() if f.blob)
    client = "shamrock-detailing-columbus"
    assert names == ["a.md", f"audit-{client}-a.md", f"audit-{client}-b.md", "b.md"]


# Slack


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        ("channel_not_found", "invite the bot"),
        ("not_in_channel", "/invite"),
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("missing_scope", "scope"),
        ("invalid_blocks", "invalid_blocks"),
    ],
)
async def test_slack_refusals_say_what_to_do(desk: Desk, error: str, hint: str) -> None:
    desk.fault("POST /slack/api/chat.postMessage", error=error)
    slack = (await desk.deliver(await desk.order({"slack": SENTINEL["slack"]})))["slack"]
    assert slack.status == "failed"
    assert slack.attempts == 1
    assert hint in (slack.error or "")


async def test_files_are_posted_under_the_message(desk: Desk) -> None:
    slack: Json = {**SENTINEL["slack"], "post_files": True}
    deliveries = await desk.deliver(await desk.order({"slack": slack}))
    assert deliveries["slack"].status == "sent"
    assert deliveries["slack"].link
    message, *files = desk.sandbox.slack.in_channel("#seo-automation")
    assert len(files) == 3
    assert {f.thread_ts for f in files} == {message.ts}
    assert len(desk.effects("slack", "file.shared")) == 3


async def test_the_results_channel_of_the_settings_stands_in(
    build_house: Any, sandbox: Sandbox, accounts: list[Shape], alice: Actor
) -> None:
    settings = changed(accounts, SlackSettings, results_channel="#seo-automation")
    desk = await desk_with(build_house, sandbox, alice, settings)
    slack = (await desk.deliver(await desk.order({"slack": {"enabled": True}})))["slack"]
    assert slack.status == "sent"


async def test_no_channel_at_all_says_where_to_name_one(desk: Desk) -> None:
    slack = (await desk.deliver(await desk.order({"slack": {"enabled": True}})))["slack"]
    assert "SLACK_RESULTS_CHANNEL_ID" in (slack.error or "")


async def test_a_wrong_option_is_told_with_its_path(desk: Desk) -> None:
    slack: Json = {"enabled": True, "channel": ["a"], "post_summary": "perhaps"}
    found = (await desk.deliver(await desk.order({"slack": slack})))["slack"]
    assert found.status == "failed"
    assert "channel" in (found.error or "")
    assert "post_summary" in (found.error or "")


# ClickUp


async def test_a_personal_token_is_no_bearer_and_an_oauth_token_is_one(
    build_house: Any, sandbox: Sandbox, accounts: list[Shape], alice: Actor
) -> None:
    from pydantic import SecretStr

    oauth = changed(accounts, ClickUpSettings, api_token=SecretStr("1234_oauth"))
    desk = await desk_with(build_house, sandbox, alice, oauth)
    deliveries = await desk.deliver(await desk.order({"clickup": SENTINEL["clickup"]}))
    # The sandbox refuses `Bearer pk_…`, as ClickUp does; the other tests send a personal token.
    assert deliveries["clickup"].status == "sent"


async def test_a_status_the_list_does_not_have_comes_after_everything_else(desk: Desk) -> None:
    clickup: Json = {**SENTINEL["clickup"], "update_task_status": "Finished"}
    found = (await desk.deliver(await desk.order({"clickup": clickup})))["clickup"]
    assert found.status == "failed"
    assert "does not take the status 'Finished'" in (found.error or "")
    assert [i.status for i in found.items] == ["sent", "sent", "sent", "sent", "failed"]


async def test_the_status_waits_for_comment_and_files(desk: Desk) -> None:
    desk.fault("POST /clickup/api/v2/task/*/attachment", times=None, status=503)
    found = (await desk.deliver(await desk.order({"clickup": SENTINEL["clickup"]})))["clickup"]
    assert found.status == "failed"
    assert desk.sandbox.clickup.tasks[TASK].status == "In progress"
    assert "failed before it" in (found.items[-1].error or "")


async def test_a_task_that_is_gone_is_explained(desk: Desk) -> None:
    found = (await desk.deliver(await desk.order({"clickup": SENTINEL["clickup"]}, task_id="tk_gone")))[
        "clickup"
    ]
    assert "no task tk_gone" in (found.error or "")
    assert found.attempts == 1


async def test_attachments_arrive_byte_for_byte_with_odd_names(desk: Desk) -> None:
    content = bytes(range(256)) * 9000
    output = await desk.keep('größe "x".bin', content, "application/octet-stream")
    await desk.deliver(await desk.order({"clickup": SENTINEL["clickup"]}, outputs=(output,)))
    (attachment,) = desk.sandbox.clickup.tasks[TASK].attachments
    assert attachment.title == "größe -x-.bin"
    assert attachment.blob.size == len(content)


# The tracker the triggers read


async def test_a_task_is_read_with_its_values(desk: Desk) -> None:
    fields: list[Json] = [
        {"name": "Client ID", "type": "short_text"},
        {"name": "Tier", "type": "drop_down", "options": ["Starter", "Growth"]},
        {"name": "service_area_cities", "type": "labels", "options": ["Columbus", "Dublin"]},
        {"name": "unset", "type": "text"},
    ]
    desk.sandbox.clickup.add_list("902", "Audits", STATUSES, fields)
    values = {"Client ID": "shamrock", "Tier": "Growth", "service_area_cities": ["Dublin"]}
    task = desk.sandbox.clickup.add_task("902", "Audit", values, "Ready (Automate)", "tk_9", announce=False)
    tracker = desk.house.need(TaskTracker)
    found = await tracker.get_task("tk_9")
    assert (found.id, found.name, found.status, found.list_id) == ("tk_9", "Audit", "Ready (Automate)", "902")
    assert found.values == {"client_id": "shamrock", "tier": "Growth", "service_area_cities": ["Dublin"]}
    assert len(found.custom_fields) == 4
    assert abs(found.date_updated.timestamp() - task.updated_at) < 1
    with pytest.raises(AdapterError, match="no task tk_none") as caught:
        await tracker.get_task("tk_none")
    assert caught.value.permanent


async def test_tasks_are_listed_by_status_and_change_over_pages(desk: Desk) -> None:
    clickup = desk.sandbox.clickup
    clickup.add_list("903", "Many", STATUSES)
    for n in range(120):
        task = clickup.add_task("903", f"T{n}", None, "Ready (Automate)", f"m{n}", announce=False)
        task.updated_at = 1_760_000_000 + n
    clickup.add_task("903", "Other", None, "Backlog", "m_other", announce=False)
    tracker = desk.house.need(TaskTracker)
    ready = await tracker.list_tasks("903", statuses=["Ready (Automate)"])
    assert len(ready) == 120
    assert {t.status for t in ready} == {"Ready (Automate)"}
    since = datetime.fromtimestamp(1_760_000_000 + 99, UTC)
    newer = await tracker.list_tasks("903", statuses=["Ready (Automate)"], updated_after=since)
    assert sorted(t.id for t in newer) == sorted(f"m{n}" for n in range(100, 120))


async def test_a_marked_comment_is_made_once(desk: Desk) -> None:
    tracker = desk.house.need(TaskTracker)
    first = await tracker.comment(TASK, "Missing: client_id", marker="opsroom:webhook:1")
    assert await tracker.comment(TASK, "Missing: client_id", marker="opsroom:webhook:1") == first
    assert await tracker.comment(TASK, "Missing: client_id") != first
    assert len(desk.sandbox.clickup.tasks[TASK].comments) == 2
    await tracker.set_status(TASK, "Blocked")
    await tracker.set_status(TASK, "Blocked")
    assert desk.sandbox.clickup.tasks[TASK].status == "Blocked"


async def test_an_old_comment_is_found_behind_many(desk: Desk) -> None:
    tracker = desk.house.need(TaskTracker)
    first = await tracker.comment(TASK, "one", marker="opsroom:first")
    for n in range(60):
        await tracker.comment(TASK, f"chatter {n}")
    assert await tracker.comment(TASK, "one", marker="opsroom:first") == first


async def test_custom_ids_are_looked_up_in_the_workspace(
    build_house: Any, sandbox: Sandbox, accounts: list[Shape], alice: Actor
) -> None:
    settings = changed(accounts, ClickUpSettings, workspace_id=sandbox.clickup.team_id)
    sandbox.clickup.tasks[TASK].custom_id = "SEO-12"
    desk = await desk_with(build_house, sandbox, alice, settings)
    assert (await desk.house.need(TaskTracker).get_task("SEO-12")).id == TASK


# Health


async def test_the_doctor_asks_each_account(desk: Desk) -> None:
    found = {c.name: await c.check() for c in desk.house.health if c.name.startswith("delivery")}
    assert found == {
        "delivery to clickup": "connected as Trung Nguyen",
        "delivery to google_drive": "connected; the root folder is 'Agency', on a shared drive",
        "delivery to slack": "connected as opsroom in Sandbox",
    }


async def test_times_grace() -> None:
    from opsroom.delivery.channels.render import since_ms

    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert since_ms(at + timedelta(minutes=2)) == int(at.timestamp() * 1000)
