"""A project that is founded gets its board; so do those that were there before there were boards."""

from __future__ import annotations

from opsroom.board.workflow.furnishing import Furnished, ensure_furnished
from opsroom.identity import api as identity
from opsroom.identity.events import OrganizationFounded, ProjectAdded
from opsroom.kernel.events import Recorded
from opsroom.kernel.room import House


def build(house: House) -> None:
    """Wire the furnishing: when a project is founded, at start-up, and (through `Furnished`) at first use."""
    house.provide(Furnished, Furnished())

    async def furnish_project(event: Recorded) -> None:
        scope = house.scope_of(event)
        if event.kind == ProjectAdded.KIND:  # recorded in the project it was added from
            scope = scope.model_copy(update={"project_id": event.subject})
        await ensure_furnished(house, house.system_actor(scope))

    async def furnish_all() -> None:
        for scope in await identity.every_project(house):
            await ensure_furnished(house, house.system_actor(scope))

    house.react(OrganizationFounded, "board.furnish_organization.v1", furnish_project)
    house.react(ProjectAdded, "board.furnish_project.v1", furnish_project)
    house.background.append(furnish_all)
