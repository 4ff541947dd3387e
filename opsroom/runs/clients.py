"""Where the payload of a run started by hand comes from."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from opsroom.agents import api as agents
from opsroom.agents.ports import WorkspaceScope
from opsroom.delivery.ports import TaskTracker
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Invalid, NotFound, Problem
from opsroom.kernel.room import House
from opsroom.kernel.shape import Json
from opsroom.runs import api

_MAX_FILE_BYTES = 1024 * 1024


async def payload_for(
    house: House,
    actor: Actor,
    agent: str,
    client_id: str | None,
    given: Json | None,
    task_id: str | None,
) -> Json:
    """The payload as given, else out of the ClickUp task, the client's file, or its newest run.

    Raises NotFound naming every place that was looked in.
    """
    if given is not None:
        return given
    if task_id is not None:
        return await payload_of_task(house, actor, agent, task_id)
    if client_id is None:
        return {}
    if not agents.is_client_id(client_id):
        raise Invalid(
            "The client id is not usable.",
            problems=(Problem("client_id", "may hold letters, digits, dot, dash and underscore only"),),
        )
    found = await WorkspaceClients(house).payload_of(actor, client_id)
    if found is not None:
        return found
    async with house.unit_of_work.reading(actor) as tx:
        earlier = await api.latest_payload(tx, agent, client_id)
    if earlier is not None:
        return earlier
    raise NotFound(
        f"Nothing is known of client {client_id}. Write clients/{client_id}.json into the workspace, "
        "or give a payload file, or a ClickUp task."
    )


class WorkspaceClients:
    """The files of `clients/`. Fulfils `ClientFiles`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def payload_of(self, actor: Actor, client_id: str) -> Json | None:
        """What the client's file says. Raises Invalid for one that cannot be read."""
        if not agents.is_client_id(client_id):
            return None
        # The files belong to the workspace's project; another tenant must not read them by guessing.
        if actor.scope.project_id != self._house.need(WorkspaceScope).scope.project_id:
            return None
        path = self._house.workspace / "clients" / f"{client_id}.json"
        return await asyncio.to_thread(_read_client, path)


async def payload_of_task(house: House, actor: Actor, agent: str, task_id: str) -> Json:
    """The fields the agent's file names, out of a ClickUp task. Raises AdapterError, NotFound."""
    # The tracker's account belongs to the workspace's project; others may not read its tasks with it.
    if actor.scope.project_id != house.need(WorkspaceScope).scope.project_id:
        raise NotFound(f"This project has no account to read task {task_id} with; give the payload instead.")
    async with house.unit_of_work.reading(actor) as tx:
        version = await agents.current(tx, agent)
    task = await house.need(TaskTracker).get_task(task_id)
    wanted = (*version.file.required_fields, *version.file.optional_fields)
    return {name: task.values[name] for name in wanted if name in task.values}


def _read_client(path: Path) -> Json | None:
    try:
        if path.is_symlink() or not path.is_file():
            return None
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise Invalid(f"{path.name} is larger than 1 MiB.")
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid(f"clients/{path.name} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise Invalid(f"clients/{path.name} must hold one JSON object: the payload.")
    return data
