"""A process with a house in it, to be killed: saves what it is told, or goes on with what waits.

    python -m tests.board.documents_killed_house FOLDER

FOLDER holds `settings.json` (settings by class name) and `saves.json` (texts of one document, in order).
Saves that an earlier process made are not made again.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from opsroom.app.house import open_house
from opsroom.artifacts.room import ROOM as ARTIFACTS
from opsroom.board.documents import store
from opsroom.board.documents.errors import NoSuchDocument
from opsroom.board.documents.settings import DocumentsSettings, GitHubSettings
from opsroom.board.errors import NoSuchTask
from opsroom.kernel.actor import Actor, Scope
from opsroom.kernel.db import open_database
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House
from tests.board import documents_kit as kit
from tests.conftest import GivenSettings

ALICE = Actor(
    id="per_alice",
    kind="person",
    name="Alice",
    role="admin",
    scope=Scope(organization_id="org_a", instance_id="inst_a", project_id="proj_a"),
)
KINDS = (DocumentsSettings, GitHubSettings)


async def main(folder: Path) -> None:
    given = json.loads((folder / "settings.json").read_text())
    settings = GivenSettings({kind: kind.model_validate(given[kind.__name__]) for kind in KINDS})
    async with open_house(
        [ARTIFACTS, kit.DOCUMENTS],
        settings=settings,
        database=open_database(f"sqlite:///{folder}/opsroom.db"),
        workspace=folder,
        data_dir=folder / "data",
    ) as house:
        await save_the_rest(house, json.loads((folder / "saves.json").read_text()))
        await kit.settled(house, ALICE, 40)
        print("settled", flush=True)


async def save_the_rest(house: House, texts: list[str]) -> None:
    try:
        await kit.history(house, ALICE)
    except NoSuchTask:
        await kit.add_owners(house, ALICE)
    except NoSuchDocument:
        pass
    async with house.unit_of_work.reading(ALICE) as tx:
        made = len(await store.writes_of(tx, kit.SPEC.path("spec.md")))
    base = (await kit.read(house, ALICE)).revision if made else None
    for n, text in list(enumerate(texts))[made:]:
        saved = await kit.save(house, ALICE, text, base=base, message=f"save {n}")
        base = saved.document.revision
        failpoint("documents.queued")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
