"""A house with delivery in it, and a sandbox for the world outside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsroom.artifacts.api import ArtifactStore
from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.delivery import api
from opsroom.delivery.channels.clickup.settings import ClickUpSettings
from opsroom.delivery.channels.google_drive.settings import GoogleSettings
from opsroom.delivery.channels.slack.settings import SlackSettings
from opsroom.delivery.events import OrderFinished
from opsroom.delivery.room import ROOM as DELIVERY
from opsroom.delivery.settings import DeliverySettings
from opsroom.delivery.shapes import Alert, AlertOrder, Delivery, DeliveryOrder, OutputRef
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Json, Shape
from opsroom.kernel.uow import events_after
from opsroom.sandbox.api import Fault, Sandbox, SandboxConfig, start_sandbox
from opsroom.testing.channel_kit import output_ref, sample_order

STATUSES = ("Backlog", "Ready (Automate)", "In progress", "Blocked", "Review", "Complete")
TASK = "tk_abc123"
SENTINEL: dict[str, Json] = {
    "slack": {
        "enabled": True,
        "channel": "#seo-automation",
        "post_summary": True,
        "post_links_to_outputs": True,
    },
    "clickup": {
        "enabled": True,
        "update_task_status": "Review",
        "post_comment": True,
        "attach_output_files": True,
    },
    "google_drive": {
        "enabled": True,
        "folder_template": "/Clients/{client_name}/Audits/",
        "file_name_template": "sentinel-audit-{timestamp}",
    },
}
FILES = {
    "sentinel-audit-shamrock.json": (b'{"score": 71}' * 50, "application/json"),
    "sentinel-audit-shamrock.md": (b"# Audit\n", "text/markdown"),
    "sentinel-audit-shamrock.html": (b"<h1>Audit</h1>" * 40_000, "text/html"),
}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    box = await start_sandbox(SandboxConfig())
    box.clickup.add_list("901", "Local SEO audits", STATUSES)
    box.clickup.add_task("901", "Audit of Shamrock", status="In progress", task_id=TASK, announce=False)
    box.slack.add_channel("seo-automation")
    box.slack.add_channel("seo-automation-alerts")
    box.drive.add_shared_drive("Agency", "0Adrive")
    yield box
    await box.stop()


@pytest.fixture(scope="session")
def service_account_key() -> Json:
    """One key for the session: making one costs a tenth of a second."""
    from opsroom.sandbox.drive.token import TokenHttp

    return dict(TokenHttp("").new_service_account())


@pytest.fixture
def accounts(sandbox: Sandbox, service_account_key: Json, tmp_path: Path) -> list[Shape]:
    """Settings that point every channel at the sandbox."""
    key = tmp_path / "service-account.json"
    key.write_text(json.dumps({**service_account_key, "token_uri": sandbox.urls.google_token}))
    return [
        SlackSettings(
            url=sandbox.urls.slack, bot_token="xoxb-sandbox", alert_channel="#seo-automation-alerts"
        ),  # pyright: ignore
        ClickUpSettings(url=sandbox.urls.clickup, api_token="pk_sandbox"),  # pyright: ignore
        GoogleSettings(
            url=sandbox.urls.google,
            service_account_json_path=key,
            drive_root_folder_id="0Adrive",
            chunk_kib=256,
        ),
        DeliverySettings(retry_delay_s=0.01, retry_delay_limit_s=0.2),
    ]


@dataclass
class Desk:
    """What a test does with a house: keep files, deliver, look."""

    house: House
    actor: Actor
    sandbox: Sandbox

    async def keep(self, name: str, content: bytes, media_type: str = "text/plain") -> OutputRef:
        async def one() -> AsyncIterator[bytes]:
            yield content

        blob = await self.house.need(ArtifactStore).put_stream(one())
        made = output_ref(name, content, media_type)
        assert made.sha256 == blob.sha256
        return made

    async def order(self, channels: dict[str, Json] | None = None, **changes: object) -> DeliveryOrder:
        """An order of the seed's sentinel file with real outputs in the store."""
        outputs = tuple([await self.keep(n, c, m) for n, (c, m) in FILES.items()])
        known = {
            "channels": SENTINEL if channels is None else channels,
            "outputs": outputs,
            "task_id": TASK,
            "task_url": f"https://app.clickup.com/t/{TASK}",
            "alerts": {"on_failure_channel": "#seo-automation-alerts", "tag_on_failure": ["@trung"]},
        }
        return sample_order().model_copy(update={**known, **changes})

    async def deliver(self, order: DeliveryOrder) -> dict[str, Delivery]:
        async with self.house.unit_of_work(self.actor) as tx:
            await api.request_delivery(tx, order)
        return await self.finished(order.run_id)

    async def redeliver(
        self, run_id: str, channel: str | None = None, *, force: bool = False
    ) -> dict[str, Delivery]:
        rounds = len(await self.rounds(run_id))
        async with self.house.unit_of_work(self.actor) as tx:
            await api.redeliver(tx, run_id, channel, force=force)
        return await self.finished(run_id, rounds + 1)

    async def rounds(self, run_id: str) -> list[Json]:
        async with self.house.unit_of_work.reading(self.actor) as tx:
            events = await events_after(tx, 0, kinds=[OrderFinished.KIND])
        return [event.body for event in events if event.subject == run_id]

    async def finished(self, run_id: str, rounds: int = 1) -> dict[str, Delivery]:
        with self.house.wakes.listen(run_id) as listener:
            async with asyncio.timeout(20):
                while len(await self.rounds(run_id)) < rounds:
                    await listener.wait(0.2)
        return await self.deliveries(run_id)

    async def deliveries(self, run_id: str) -> dict[str, Delivery]:
        async with self.house.unit_of_work.reading(self.actor) as tx:
            return {d.channel: d for d in await api.deliveries_of(tx, run_id)}

    async def alert(self, order: AlertOrder) -> Alert:
        async with self.house.unit_of_work(self.actor) as tx:
            alert = await api.raise_alert(tx, order)
        return await self.settled(alert.id)

    async def settled(self, alert_id: str) -> Alert:
        """The alert when its workflow has ended."""
        async with asyncio.timeout(20):
            while await self.house.durable.status(f"alert:{alert_id}") not in ("SUCCESS", "ERROR"):
                await asyncio.sleep(0.02)
        return next(a for a in await self.alerts() if a.id == alert_id)

    async def alerts(self) -> list[Alert]:
        async with self.house.unit_of_work.reading(self.actor) as tx:
            return (await api.alerts(tx))[0]

    def effects(self, service: str, kind: str) -> list[str]:
        return [e.subject for e in self.sandbox.ledger.find_effects(service, kind)]

    def counts(self) -> dict[str, int]:
        """What came to exist outside, by the sandbox's own books."""
        found: dict[str, int] = {}
        for effect in self.sandbox.ledger.effects:
            if effect.kind != "task.created":
                name = f"{effect.service} {effect.kind}"
                if effect.kind == "message.posted":
                    name += f" {effect.detail['channel']}"
                found[name] = found.get(name, 0) + 1
        return found

    def fault(self, route: str, **what: object) -> None:
        self.sandbox.faults.arm(Fault(route=route, **what))  # type: ignore[arg-type]


@pytest.fixture
async def desk(
    build_house: Callable[..., object], sandbox: Sandbox, accounts: list[Shape], alice: Actor
) -> Desk:
    house = await build_house([ARTIFACTS, DELIVERY], settings=accounts)  # type: ignore[misc]
    return Desk(house, alice, sandbox)


__all__ = ["suppress"]
