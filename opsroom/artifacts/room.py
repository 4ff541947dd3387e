"""The declaration of the artifacts room."""

from __future__ import annotations

from collections.abc import Sequence

from opsroom.artifacts.blobs import ArtifactStore
from opsroom.artifacts.retention import sweep_for_ever
from opsroom.artifacts.settings import ArtifactsSettings
from opsroom.kernel.room import HealthCheck, House, Room


def build(house: House) -> None:
    """Open the store, offer it to the rooms above, sweep daily."""
    blobs = ArtifactStore(house.settings.section(ArtifactsSettings), house.data_dir / "artifacts")
    house.provide(ArtifactStore, blobs)
    house.health.append(HealthCheck("artifacts", blobs.check))

    async def sweep_artifacts() -> None:
        await sweep_for_ever(house)

    house.background.append(sweep_artifacts)


def http(house: House) -> Sequence[object]:
    from opsroom.artifacts.http import routes

    return routes(house)


ROOM = Room(name="artifacts", build=build, http=http, settings={"artifacts": ArtifactsSettings})
