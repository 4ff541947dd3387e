"""Putting documents together when the house is built."""

from __future__ import annotations

import asyncio

from opsroom.artifacts.api import ArtifactStore
from opsroom.board.documents import tables
from opsroom.board.documents.attachments import Shelf
from opsroom.board.documents.library import Library
from opsroom.board.documents.ports import RepositoryParts
from opsroom.board.documents.queue.writer import Writer
from opsroom.board.documents.registry import Repositories
from opsroom.board.documents.settings import DocumentsSettings, GitHubSettings
from opsroom.kernel.room import HealthCheck, House

__all__ = ["SETTINGS", "build", "tables"]

SETTINGS = {"documents": DocumentsSettings, "github": GitHubSettings}
"""The sections of opsroom.toml."""


def build(house: House) -> None:
    """Offer the library and the shelf, register the workflow, look around now and then."""
    settings = house.settings.section(DocumentsSettings)
    parts = RepositoryParts(house.settings, house.clock, house.data_dir, house.closing)
    repositories = Repositories(settings, parts)
    writer = Writer(house, repositories, settings)
    writer.register()
    blobs = house.need(ArtifactStore)
    house.provide(Writer, writer)
    house.provide(Library, Library(house.unit_of_work, repositories, settings))
    house.provide(Shelf, Shelf(house.unit_of_work, blobs, repositories, settings))
    house.health.append(HealthCheck("documents", writer.check))

    async def look_around_documents() -> None:
        while True:
            await asyncio.sleep(settings.look_every_s)
            await writer.look_around()

    house.background.append(look_around_documents)
