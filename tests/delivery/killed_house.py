"""A process with a house in it, to be killed: delivers the order it finds, or goes on with it.

    python -m tests.delivery.killed_house FOLDER

FOLDER holds `order.json` (the order), `settings.json` (settings by class name) and `blobs/` (the outputs).
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from opsroom.app.house import open_house
from opsroom.artifacts.api import ArtifactStore
from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.delivery import api
from opsroom.delivery.channels.clickup.settings import ClickUpSettings
from opsroom.delivery.channels.google_drive.settings import GoogleSettings
from opsroom.delivery.channels.slack.settings import SlackSettings
from opsroom.delivery.room import ROOM as DELIVERY
from opsroom.delivery.settings import DeliverySettings
from opsroom.delivery.shapes import DeliveryOrder
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.db import open_database
from tests.conftest import GivenSettings

ACTOR = system_actor(Scope(organization_id="org_a", instance_id="inst_a", project_id="proj_a"))
KINDS = (SlackSettings, ClickUpSettings, GoogleSettings, DeliverySettings)


async def main(folder: Path) -> None:
    given = json.loads((folder / "settings.json").read_text())
    settings = GivenSettings({kind: kind.model_validate(given[kind.__name__]) for kind in KINDS})
    order = DeliveryOrder.model_validate_json((folder / "order.json").read_text())
    database = open_database(f"sqlite:///{folder}/opsroom.db")
    rooms = [ARTIFACTS, DELIVERY]
    async with open_house(
        rooms, settings=settings, database=database, workspace=folder, data_dir=folder / "data"
    ) as house:
        for path in sorted((folder / "blobs").iterdir()):
            await house.need(ArtifactStore).put_stream(pieces(path.read_bytes()))
        async with house.unit_of_work(ACTOR) as tx:
            await api.request_delivery(tx, order)
        while True:
            async with house.unit_of_work.reading(ACTOR) as tx:
                found = await api.deliveries_of(tx, order.run_id)
            if all(d.status in ("sent", "failed", "skipped") for d in found):
                print(json.dumps({d.channel: d.status for d in found}), flush=True)
                return
            await asyncio.sleep(0.02)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
