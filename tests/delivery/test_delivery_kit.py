"""Our own channels keep the contract that plug-ins have to keep."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from opsroom.delivery.channels.clickup.channel import ClickUpChannel
from opsroom.delivery.channels.clickup.client import ClickUpClient
from opsroom.delivery.channels.clickup.settings import ClickUpSettings
from opsroom.delivery.channels.folder.channel import FolderChannel
from opsroom.delivery.channels.google_drive.channel import DriveChannel
from opsroom.delivery.channels.google_drive.settings import GoogleSettings
from opsroom.delivery.channels.slack.channel import SlackChannel
from opsroom.delivery.channels.slack.settings import SlackSettings
from opsroom.kernel.clock import SYSTEM_CLOCK
from opsroom.kernel.shape import Shape
from opsroom.sandbox.api import Fault, Sandbox
from opsroom.testing.channel_kit import ChannelKit, ChannelSubject, sample_order
from tests.delivery.conftest import TASK


def arming(sandbox: Sandbox, route: str, **what: object) -> Callable[[], None]:
    def arm() -> None:
        sandbox.faults.disarm()
        sandbox.faults.arm(Fault(route=route, **what))  # type: ignore[arg-type]

    return arm


def counting(sandbox: Sandbox, service: str) -> Callable[[], int]:
    return lambda: len([e for e in sandbox.ledger.find_effects(service) if e.kind != "task.created"])


class TestSlack(ChannelKit):
    @pytest.fixture
    def subject(self, sandbox: Sandbox, accounts: list[Shape]) -> ChannelSubject:
        settings = next(s for s in accounts if isinstance(s, SlackSettings))
        posting = "POST /slack/api/chat.postMessage"
        return ChannelSubject(
            channel=SlackChannel(settings),
            order=sample_order(slack={"channel": "#seo-automation", "post_files": True}),
            # A shared file is one effect that shows as a message and as a file.
            effects=lambda: len(sandbox.ledger.find_effects("slack", "message.posted")),
            refuse=arming(sandbox, posting, error="is_archived"),
            interrupt=arming(sandbox, posting, drop_request=True),
            lose_reply=arming(sandbox, "POST /slack/api/c*", lost_reply=True),
        )

    async def test_files_are_found_in_the_thread(self, subject: ChannelSubject, sandbox: Sandbox) -> None:
        message, *files = subject.planned()
        await subject.send(message)
        for item in files:
            sandbox.faults.arm(Fault(route="POST /slack/api/files.completeUploadExternal", lost_reply=True))
            with pytest.raises(Exception, match="could not be reached"):
                await subject.send(item)
            assert await subject.channel.find(item, subject.job()) is not None
        thread = sandbox.slack.in_channel("#seo-automation")
        assert {m.thread_ts for m in thread[1:]} == {thread[0].ts}


class TestClickUp(ChannelKit):
    @pytest.fixture
    async def subject(self, sandbox: Sandbox, accounts: list[Shape]) -> AsyncIterator[ChannelSubject]:
        settings = next(s for s in accounts if isinstance(s, ClickUpSettings))
        client = ClickUpClient(settings, SYSTEM_CLOCK)
        order = sample_order(clickup={"update_task_status": "Review"})
        yield ChannelSubject(
            channel=ClickUpChannel(settings, client),
            order=order.model_copy(update={"task_id": TASK}),
            effects=counting(sandbox, "clickup"),
            refuse=arming(sandbox, "POST /clickup/*", status=401),
            interrupt=arming(sandbox, "POST /clickup/*", status=503),
            lose_reply=arming(sandbox, "P* /clickup/*", lost_reply=True),
        )
        await client.close()


class TestGoogleDrive(ChannelKit):
    @pytest.fixture
    def subject(self, sandbox: Sandbox, accounts: list[Shape]) -> ChannelSubject:
        settings = next(s for s in accounts if isinstance(s, GoogleSettings))
        return ChannelSubject(
            channel=DriveChannel(settings),
            order=sample_order(google_drive={"folder_template": "/Audits/"}),
            effects=counting(sandbox, "drive"),
            refuse=arming(sandbox, "POST /google/drive/*", status=403, error="insufficientFilePermissions"),
            interrupt=arming(sandbox, "POST /google/drive/*", status=500),
            lose_reply=arming(sandbox, "P* /google/*", skip=0, lost_reply=True, body_contains=""),
        )


class TestFolder(ChannelKit):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> ChannelSubject:
        base = tmp_path / "delivered"
        return ChannelSubject(
            channel=FolderChannel(base),
            order=sample_order(folder={}),
            effects=lambda: len([p for p in base.rglob("*") if p.is_file()]),
        )
